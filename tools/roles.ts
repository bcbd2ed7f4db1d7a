import { operation } from "../src/operation.ts";
import { z } from "../src/schema.ts";
import { flag, roleAssignmentId, userId } from "./args.ts";
import { roleAssigned, unlisted } from "./proof.ts";
import { roleGivenBack, roleTakenBack } from "./undo.ts";

/** The standard admin roles that can be assigned to a user, and CUSTOM (OpenAPI 2026.06.3). */
const roleType = z.enum([
  "SUPER_ADMIN",
  "ORG_ADMIN",
  "APP_ADMIN",
  "USER_ADMIN",
  "HELP_DESK_ADMIN",
  "GROUP_MEMBERSHIP_ADMIN",
  "READ_ONLY_ADMIN",
  "REPORT_ADMIN",
  "API_ACCESS_MANAGEMENT_ADMIN",
  "ACCESS_CERTIFICATIONS_ADMIN",
  "ACCESS_REQUESTS_ADMIN",
  "WORKFLOWS_ADMIN",
  "CUSTOM",
]);

/** What each role lets its holder do (Okta's role names; unverified in detail). */
const reach: Readonly<Record<z.infer<typeof roleType>, string>> = {
  SUPER_ADMIN: "They become a super administrator: full control of the org, of every account and of every other admin.",
  ORG_ADMIN: "They become an administrator of the org: its people, groups, apps and most settings.",
  APP_ADMIN: "They become an administrator of apps: who reaches which, for all apps until targets narrow it.",
  USER_ADMIN:
    "They become an administrator of groups: create, change and deactivate people, all until targets narrow it.",
  HELP_DESK_ADMIN:
    "They become an administrator for help desks: reset passwords and factors, of all until targets narrow it.",
  GROUP_MEMBERSHIP_ADMIN:
    "They become an administrator of memberships: who is in which group, all until targets narrow it.",
  READ_ONLY_ADMIN: "They become an administrator who reads: sees everything in the org and changes nothing.",
  REPORT_ADMIN: "They become an administrator of reports: sees the org's reports and system log.",
  API_ACCESS_MANAGEMENT_ADMIN: "They become an administrator of API access: authorization servers, clients and scopes.",
  ACCESS_CERTIFICATIONS_ADMIN: "They become an administrator of certifications: reviews of who keeps which access.",
  ACCESS_REQUESTS_ADMIN: "They become an administrator of access requests: how access is asked for and approved.",
  WORKFLOWS_ADMIN: "They become an administrator of workflows: automations that act on the org.",
  CUSTOM: "They become an administrator with the custom role's permissions over the resource set given.",
};

export const listAssignedRolesForUser = operation({
  name: "list_assigned_roles_for_user",
  title: "List assigned roles",
  summary: "The admin roles of a user, assigned directly or through groups.",
  route: "GET /api/v1/users/{userId}/roles",
  scope: "okta.roles.read",
  effect: "read",
  lookUp: ["userId"],
  path: { userId },
  query: { expand: z.enum(["targets/groups", "targets/catalog/apps"]).optional() },
  listOf: "role",
});

export const getUserAssignedRole = operation({
  name: "get_user_assigned_role",
  title: "Get assigned role",
  summary: "One role assignment of a user.",
  route: "GET /api/v1/users/{userId}/roles/{roleAssignmentId}",
  scope: "okta.roles.read",
  effect: "read",
  lookUp: ["userId"],
  path: { userId, roleAssignmentId },
  returns: "role",
});

export const assignRoleToUser = operation({
  name: "assign_role_to_user",
  title: "Assign admin role",
  summary: "Make a user an admin. A standard type covers the whole org until targets narrow it.",
  route: "POST /api/v1/users/{userId}/roles",
  scope: "okta.roles.manage",
  effect: "destructive",
  sendsEmail: true,
  uncertainFrom: ["DEPROVISIONED"],
  undoneBy: "unassign_role_from_user",
  undo: roleTakenBack,
  seenWith: "list_assigned_roles_for_user",
  proof: roleAssigned,
  lookUp: ["userId"],
  path: { userId },
  query: { disableNotifications: flag("true: no admin mails; default false") },
  body: {
    type: roleType,
    role: z.string().describe("with CUSTOM: role id").optional(),
    "resource-set": z.string().describe("with CUSTOM: resource set id").optional(),
  },
  check: ({ type, role, ...rest }) => {
    const given = { role, "resource-set": rest["resource-set"] };
    for (const [field, value] of Object.entries(given)) {
      if (type === "CUSTOM" && value === undefined) return { field, problem: "is required when type is CUSTOM" };
      if (type !== "CUSTOM" && value !== undefined) return { field, problem: "goes only with type CUSTOM" };
    }
    return undefined;
  },
  confirm: ({ type }) => reach[type] ?? "They become an administrator.",
  returns: "role",
});

export const unassignRoleFromUser = operation({
  name: "unassign_role_from_user",
  title: "Unassign admin role",
  summary: "Take a direct admin role and its targets away.",
  route: "DELETE /api/v1/users/{userId}/roles/{roleAssignmentId}",
  scope: "okta.roles.manage",
  effect: "destructive",
  undoneBy: "assign_role_to_user",
  undo: roleGivenBack,
  seenWith: "list_assigned_roles_for_user",
  proof: unlisted((role, { roleAssignmentId }) => role.id === roleAssignmentId),
  lookUp: ["userId"],
  alongside: "get_user_assigned_role",
  path: { userId, roleAssignmentId },
  confirm: () => "They lose this admin role, and its targets are forgotten.",
});
