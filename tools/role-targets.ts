import { operation } from "../src/operation.ts";
import type { JsonObject } from "../src/schema.ts";
import { after, appId, appName, groupId, limit, roleAssignmentId, userId } from "./args.ts";
import { listed, nothingListed, unlisted } from "./proof.ts";
import { targetGivenBack, targetTakenBack } from "./undo.ts";

type Args = Readonly<Record<string, unknown>>;

const narrowed =
  "The first target narrows the role to its targets and cannot be removed again; each further one widens it.";
const lessReach = "The role no longer reaches this target. The last one cannot be removed: unassign the role instead.";

/** A whole app has no id in the list, an instance has its own and a label for a name (recorded). */
const isApp = (target: JsonObject, { appName }: Args): boolean => target.id === undefined && target.name === appName;
const isInstance = (target: JsonObject, { appId }: Args): boolean => target.id === appId;
const isGroup = (target: JsonObject, { groupId }: Args): boolean => target.id === groupId;

export const listAppTargetsForRole = operation({
  name: "list_app_targets_for_role",
  title: "List app targets",
  summary: "The apps an APP_ADMIN role is narrowed to; empty means all.",
  route: "GET /api/v1/users/{userId}/roles/{roleAssignmentId}/targets/catalog/apps",
  scope: "okta.roles.read",
  effect: "read",
  lookUp: ["userId"],
  path: { userId, roleAssignmentId },
  query: { after, limit: limit(20) },
  listOf: "target",
});

export const assignAllAppsTargetToRole = operation({
  name: "assign_all_apps_target_to_role",
  title: "Target all apps",
  summary: "Widen an APP_ADMIN role to all apps, dropping its targets.",
  route: "PUT /api/v1/users/{userId}/roles/{roleAssignmentId}/targets/catalog/apps",
  scope: "okta.roles.manage",
  effect: "destructive",
  idempotent: true,
  seenWith: "list_app_targets_for_role",
  proof: nothingListed,
  lookUp: ["userId"],
  alongside: "get_user_assigned_role",
  path: { userId, roleAssignmentId },
  confirm: () => "The role reaches every app of the org, and its list of targets is lost.",
});

export const assignAppTargetToRole = operation({
  name: "assign_app_target_to_role",
  title: "Add app target",
  summary: "Add an app to an APP_ADMIN role; replaces its instance targets.",
  route: "PUT /api/v1/users/{userId}/roles/{roleAssignmentId}/targets/catalog/apps/{appName}",
  scope: "okta.roles.manage",
  effect: "destructive",
  idempotent: true,
  undoneBy: "unassign_app_target_from_role",
  undo: targetTakenBack("list_app_targets_for_role", "unassign_app_target_from_role", "assign_all_apps_target_to_role"),
  seenWith: "list_app_targets_for_role",
  proof: listed(isApp),
  lookUp: ["userId"],
  alongside: "get_user_assigned_role",
  path: { userId, roleAssignmentId, appName },
  confirm: () => `${narrowed} Instance targets of this app are lost.`,
});

export const unassignAppTargetFromRole = operation({
  name: "unassign_app_target_from_role",
  title: "Remove app target",
  summary: "Remove an app from an APP_ADMIN role; not the last.",
  route: "DELETE /api/v1/users/{userId}/roles/{roleAssignmentId}/targets/catalog/apps/{appName}",
  scope: "okta.roles.manage",
  effect: "destructive",
  undoneBy: "assign_app_target_to_role",
  undo: targetGivenBack("list_app_targets_for_role", "assign_app_target_to_role"),
  seenWith: "list_app_targets_for_role",
  // An empty list would mean that the role reaches all apps.
  proof: unlisted(isApp, { amongOthers: true }),
  lookUp: ["userId"],
  alongside: "get_user_assigned_role",
  path: { userId, roleAssignmentId, appName },
  confirm: () => lessReach,
});

export const assignAppInstanceTargetToRole = operation({
  name: "assign_app_instance_target_to_role",
  title: "Add app instance target",
  summary: "Add an app instance to an APP_ADMIN role.",
  route: "PUT /api/v1/users/{userId}/roles/{roleAssignmentId}/targets/catalog/apps/{appName}/{appId}",
  scope: "okta.roles.manage",
  effect: "destructive",
  idempotent: true,
  undoneBy: "unassign_app_instance_target_from_role",
  undo: targetTakenBack(
    "list_app_targets_for_role",
    "unassign_app_instance_target_from_role",
    "assign_all_apps_target_to_role",
  ),
  seenWith: "list_app_targets_for_role",
  proof: listed(isInstance),
  lookUp: ["userId"],
  alongside: "get_user_assigned_role",
  path: { userId, roleAssignmentId, appName, appId },
  confirm: () => narrowed,
});

export const unassignAppInstanceTargetFromRole = operation({
  name: "unassign_app_instance_target_from_role",
  title: "Remove app instance target",
  summary: "Remove an app instance from an APP_ADMIN role; not the last.",
  route: "DELETE /api/v1/users/{userId}/roles/{roleAssignmentId}/targets/catalog/apps/{appName}/{appId}",
  scope: "okta.roles.manage",
  effect: "destructive",
  undoneBy: "assign_app_instance_target_to_role",
  undo: targetGivenBack("list_app_targets_for_role", "assign_app_instance_target_to_role"),
  seenWith: "list_app_targets_for_role",
  proof: unlisted((target, args) => isInstance(target, args) || isApp(target, args), { amongOthers: true }),
  lookUp: ["userId"],
  alongside: "get_user_assigned_role",
  path: { userId, roleAssignmentId, appName, appId },
  confirm: () => lessReach,
});

export const listGroupTargetsForRole = operation({
  name: "list_group_targets_for_role",
  title: "List group targets",
  summary: "The groups a role is narrowed to; empty means all.",
  route: "GET /api/v1/users/{userId}/roles/{roleAssignmentId}/targets/groups",
  scope: "okta.roles.read",
  effect: "read",
  lookUp: ["userId"],
  path: { userId, roleAssignmentId },
  query: { after, limit: limit(20) },
  listOf: "target",
});

export const assignGroupTargetToRole = operation({
  name: "assign_group_target_to_role",
  title: "Add group target",
  summary: "Add a group to a user, help desk or membership admin role.",
  route: "PUT /api/v1/users/{userId}/roles/{roleAssignmentId}/targets/groups/{groupId}",
  scope: "okta.roles.manage",
  effect: "destructive",
  idempotent: true,
  undoneBy: "unassign_group_target_from_role",
  undo: targetTakenBack("list_group_targets_for_role", "unassign_group_target_from_role"),
  seenWith: "list_group_targets_for_role",
  proof: listed(isGroup),
  lookUp: ["userId"],
  alongside: "get_user_assigned_role",
  path: { userId, roleAssignmentId, groupId },
  confirm: () => narrowed,
});

export const unassignGroupTargetFromRole = operation({
  name: "unassign_group_target_from_role",
  title: "Remove group target",
  summary: "Remove a group from an admin role; not the last.",
  route: "DELETE /api/v1/users/{userId}/roles/{roleAssignmentId}/targets/groups/{groupId}",
  scope: "okta.roles.manage",
  effect: "destructive",
  undoneBy: "assign_group_target_to_role",
  undo: targetGivenBack("list_group_targets_for_role", "assign_group_target_to_role"),
  seenWith: "list_group_targets_for_role",
  proof: unlisted(isGroup, { amongOthers: true }),
  lookUp: ["userId"],
  alongside: "get_user_assigned_role",
  path: { userId, roleAssignmentId, groupId },
  confirm: () => lessReach,
});
