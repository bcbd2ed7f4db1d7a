import type { Org } from "./org.ts";
import { newAssignment } from "./roles.ts";
import { seedOrg } from "./seed.ts";

/**
 * A fresh org: its owner, the group Everyone, the default user type without custom attributes, and the app catalogue.
 * No apps, groups, realms beside the first, linked objects or consents.
 */
export function emptyOrg(seed: number): Org {
  const org = seedOrg({ users: 1, seed });
  for (const type of org.types.values()) {
    if (type.isDefault) org.types.set(type.id, { ...type, custom: [] });
    else org.types.delete(type.id);
  }
  org.realms = org.realms.slice(0, 1);
  for (const id of org.groups.keys()) if (id !== org.everyoneId) org.groups.delete(id);
  const holders = [org.apps, org.groupApps, org.appAssignments, org.grants, org.tokens, org.links, org.groupRoles];
  for (const map of holders) map.clear();
  for (const user of org.users.all()) user.groups = [];
  org.roles.set(org.ownerId, [newAssignment(org, "SUPER_ADMIN", org.users.byId(org.ownerId)?.created ?? 0)]);
  return org;
}
