import { type Key, sortKey } from "./sort.ts";
import type { User } from "./user.ts";

export type Reader = (user: User) => unknown;

/** Properties beside the profile that can be searched and sorted by (OpenAPI 2026.06.3). Times are epoch milliseconds. */
const OWN: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["id", (user) => user.id],
  ["status", (user) => user.status],
  ["type.id", (user) => user.typeId],
  ["created", (user) => user.created],
  ["activated", (user) => user.activated],
  ["statusChanged", (user) => user.statusChanged],
  ["lastUpdated", (user) => user.lastUpdated],
]);

/** These change with the user alone, without a word to the store. */
const LOOSE: ReadonlySet<string> = new Set(["type.id", "activated", "statusChanged", "lastUpdated"]);

const PROFILE = "profile.";

/** How to read a property by its name in a search; undefined where the user has none. */
export function reader(name: string): Reader {
  const own = OWN.get(name);
  if (own !== undefined) return own;
  if (!name.startsWith(PROFILE)) return () => undefined;
  const attribute = name.slice(PROFILE.length);
  return (user) => user.profile[attribute];
}

/** Whether the value can change without the store being told. */
export function isLoose(name: string): boolean {
  return LOOSE.has(name);
}

/** What a user is filed under by a property. */
export function keyReader(name: string, numeric: boolean): (user: User) => Key {
  const read = reader(name);
  return (user) => sortKey(read(user), numeric);
}
