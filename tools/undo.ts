import type { Inverse, Past, See, Undo } from "../src/operation.ts";
import { isJsonObject, type Json, type JsonObject } from "../src/schema.ts";
import { isDirect, isSameRole, linkedId } from "./held.ts";

/*
 * How undo_change takes changes back: what to look at before and after, and the call that brings back what was. Where
 * that would bring back more or less than there was, no call does.
 */

type Args = Readonly<Record<string, unknown>>;

const CHANGED_NOTHING = "it changed nothing";

/** A suspension; the status from before returns. */
export const unsuspended: Undo = {
  inverse: ({ args, before }) =>
    before.status === undefined
      ? CHANGED_NOTHING
      : { tool: "unsuspend_user", arguments: { userId: text(args.userId) } },
};

/** Attributes of the profile. */
export const attributesRestored: Undo = {
  never: (args) =>
    [args.credentials, args.type, args.realmId].some((given) => given !== undefined)
      ? "it did not only change attributes: credentials, user type or realm do not come back"
      : undefined,
  inverse: ({ args, before }) => {
    const profile = Object.fromEntries(
      Object.entries(before).map(([name, value]) => [name.replace(/^profile\./, ""), value]),
    );
    if (Object.keys(profile).length === 0) return CHANGED_NOTHING;
    return { tool: "update_user", arguments: { userId: text(args.userId), profile } };
  },
};

/** The link to a primary, such as the manager; `name` is the argument that says which. */
export function relinked(name: "primaryRelationshipName" | "relationshipName"): Undo {
  return {
    state: async (see, { userId, ...args }) => {
      const links = await see("list_linked_objects_for_user", { userId, relationshipName: args[name] });
      if (!Array.isArray(links) || links.length > 1) return undefined;
      return { primaryUserId: links.length === 0 ? null : (linkedId(links[0]) ?? null) };
    },
    inverse: ({ args, before, after }) => {
      const [relationshipName, userId] = [text(args[name]), text(args.userId)];
      if (before.primaryUserId === after.primaryUserId) return CHANGED_NOTHING;
      if (before.primaryUserId === null)
        return { tool: "delete_linked_object_for_user", arguments: { userId, relationshipName } };
      const primary = { primaryRelationshipName: relationshipName, primaryUserId: text(before.primaryUserId) };
      return { tool: "set_linked_object_for_user", arguments: { userId, ...primary } };
    },
  };
}

/** A role that was assigned; targets it has by then are a state of its own. */
export const roleTakenBack: Undo = {
  state: async (see, args) => {
    const roles = await see("list_assigned_roles_for_user", args);
    if (!Array.isArray(roles)) return undefined;
    const role = roles.find((found) => isJsonObject(found) && isDirect(found) && isSameRole(found, args));
    return stateOfRole(see, args, role);
  },
  inverse: ({ args, before, after }) => {
    if (before.role !== null) return "the person had the role before";
    const role = isJsonObject(after.role) ? after.role : {};
    const roleAssignmentId = text(role.id);
    return { tool: "unassign_role_from_user", arguments: { userId: text(args.userId), roleAssignmentId } };
  },
};

/** A role that was taken away; one with targets would come back wider than it was. */
export const roleGivenBack: Undo = {
  state: async (see, args) => stateOfRole(see, args, await see("get_user_assigned_role", args)),
  inverse: ({ args, before }) => {
    if (!isJsonObject(before.role)) return CHANGED_NOTHING;
    if (!Array.isArray(before.targets) || before.targets.length > 0)
      return "the role was narrowed to targets, and without them it would reach further than before: assign_role_to_user gives it back, then its targets must be added";
    const { type, role, "resource-set": resourceSet } = before.role;
    const custom = type === "CUSTOM" ? { role: text(role), "resource-set": text(resourceSet) } : {};
    return { tool: "assign_role_to_user", arguments: { userId: text(args.userId), type: text(type), ...custom } };
  },
};

/** The lists of targets by the roles that can have them (OpenAPI 2026.06.3); the other standard roles reach the whole org. */
const TARGETS: Readonly<Record<string, string>> = {
  APP_ADMIN: "list_app_targets_for_role",
  USER_ADMIN: "list_group_targets_for_role",
  HELP_DESK_ADMIN: "list_group_targets_for_role",
  GROUP_MEMBERSHIP_ADMIN: "list_group_targets_for_role",
};

async function stateOfRole(see: See, { userId }: Args, found: unknown): Promise<JsonObject | undefined> {
  if (found === undefined) return { role: null, targets: [] };
  if (!isJsonObject(found) || !isDirect(found)) return undefined;
  const { id, type, role, "resource-set": resourceSet } = found;
  const list = TARGETS[text(type)];
  const targets = list === undefined ? [] : idsOf(await see(list, { userId, roleAssignmentId: id }));
  if (targets === undefined) return undefined;
  const custom = type === "CUSTOM" ? { role: role ?? null, "resource-set": resourceSet ?? null } : {};
  return { role: { id: id ?? null, type: type ?? null, ...custom }, targets };
}

/** A target that was added, in the list that `list` reads; `widen` drops all targets, where there is such a tool. */
export function targetTakenBack(list: string, remove: string, widen?: string): Undo {
  return {
    state: targetsOf(list),
    inverse: (past) => {
      const { added, removed, before } = compare(past);
      if (removed.length > 0) return "other targets were lost with it";
      if (added.length === 0) return CHANGED_NOTHING;
      if (before.length > 0) return again(remove, past);
      const { userId, roleAssignmentId } = past.args;
      if (widen === undefined)
        return "it was the first target, and the last cannot be removed: unassign_role_from_user, then assign_role_to_user gives the role without targets";
      return { tool: widen, arguments: { userId: text(userId), roleAssignmentId: text(roleAssignmentId) } };
    },
  };
}

/** A target that was removed. */
export function targetGivenBack(list: string, add: string): Undo {
  return {
    state: targetsOf(list),
    inverse: (past) => {
      const { added, removed } = compare(past);
      return removed.length === 1 && added.length === 0 ? again(add, past) : CHANGED_NOTHING;
    },
  };
}

function targetsOf(list: string): NonNullable<Undo["state"]> {
  return async (see, args) => {
    const targets = idsOf(await see(list, args));
    return targets && { targets };
  };
}

/** The same arguments for another tool. */
function again(tool: string, { args }: Past): Inverse {
  return { tool, arguments: args };
}

function compare({ before, after }: Past): { before: Json[]; added: Json[]; removed: Json[] } {
  const [was, is] = [listOf(before.targets), listOf(after.targets)];
  return {
    before: was,
    added: is.filter((target) => !was.includes(target)),
    removed: was.filter((target) => !is.includes(target)),
  };
}

/** A whole app has no id in the list, only a name (recorded). */
function idsOf(targets: unknown): string[] | undefined {
  if (!Array.isArray(targets) || !targets.every(isJsonObject)) return undefined;
  return targets.map(({ id, name }) => text(id ?? name)).sort();
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
