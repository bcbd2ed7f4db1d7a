import { iso } from "./clock.ts";
import type { AppTarget, Org } from "./org.ts";

/**
 * A target of an APP_ADMIN: a catalogue entry without id, or an instance whose `name` is its label (behaviour:
 * recorded).
 */
export function appTargetView(org: Org, target: AppTarget, origin: string): object {
  if (target.appId !== undefined) {
    return {
      name: org.apps.get(target.appId)?.label ?? target.appName,
      status: "ACTIVE",
      id: target.appId,
      _links: { self: { href: `${origin}/api/v1/apps/${target.appId}` } },
    };
  }
  const entry = org.catalog.get(target.appName);
  const logo = entry?.logo ?? { href: `${origin}/assets/img/logos/${target.appName}.png`, type: "image/png" };
  return {
    name: target.appName,
    displayName: entry?.displayName ?? target.appName,
    description: entry?.description ?? "",
    status: "ACTIVE",
    lastUpdated: iso(entry?.lastUpdated ?? 0),
    category: entry?.category ?? "",
    verificationStatus: "OKTA_VERIFIED",
    website: entry?.website ?? "",
    signOnModes: entry?.signOnModes ?? [],
    ...(entry?.features !== undefined && { features: entry.features }),
    _links: {
      logo: [{ name: "medium", ...logo }],
      self: { href: `${origin}/api/v1/catalog/apps/${target.appName}` },
    },
  };
}
