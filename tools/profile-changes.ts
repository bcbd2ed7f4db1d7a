import type { Changes, Target } from "../src/operation.ts";
import { isJsonObject } from "../src/schema.ts";
import { waysIn } from "./profile.ts";

/** The attributes that were given and differ from what the person has, ways into the account first; null is no value. */
export function profileChanges({ profile }: { readonly profile?: unknown }, target: Target): Changes {
  const given = isJsonObject(profile) ? profile : {};
  const grave = (name: string): number => (waysIn.some((way) => way === name) ? 0 : 1);
  const entries = Object.entries(given).sort(([one], [other]) => grave(one) - grave(other));
  return Object.fromEntries(
    entries.flatMap(([name, to]) => {
      const from = (Object.hasOwn(target.profile, name) ? target.profile[name] : undefined) ?? null;
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
