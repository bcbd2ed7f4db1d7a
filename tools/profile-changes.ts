import type { Changes, Target } from "../src/operation.ts";
import { isJsonObject } from "../src/schema.ts";

/** The attributes that were given and differ from what the person has; null is no value. */
export function profileChanges({ profile }: { readonly profile?: unknown }, target: Target): Changes {
  const given = isJsonObject(profile) ? profile : {};
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, to]) => {
      const from = target.profile[name] ?? null;
      return JSON.stringify(from) === JSON.stringify(to) ? [] : [[`profile.${name}`, { from, to }]];
    }),
  );
}

/** The same for a whole profile: what is not given goes. */
export function profileReplaced({ profile }: { readonly profile?: unknown }, target: Target): Changes {
  if (!isJsonObject(profile)) return {};
  const gone = Object.entries(target.profile).flatMap(([name, from]) =>
    from === null || Object.hasOwn(profile, name) ? [] : [[`profile.${name}`, { from, to: null }] as const],
  );
  return { ...profileChanges({ profile }, target), ...Object.fromEntries(gone) };
}
