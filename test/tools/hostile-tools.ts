import type { Args } from "./support.ts";

/** What one tool is called with beside `userId`, and where its reply shows what people wrote. */
export interface ToolCase {
  /** Each a call of its own; the first one is also the least that the tool takes. */
  readonly args: readonly Args[];
  /** Where the sandbox org's own answer holds what was planted: for each of `args` the dotted paths. */
  readonly inOrg?: readonly (readonly string[])[];
  /** The tool is not about one person, or names them otherwise. */
  readonly nobody?: true;
  /** The tool takes nothing that could tell what the answer is to be. */
  readonly mute?: true;
  /** The reply shows the last part of a link only. */
  readonly tail?: true;
}

const PERSON = ["login", "name", "email", "department", "title"];
const PROFILE = ["login", "email", "firstName", "displayName", "city", "manager", "constructor", "toString", "isError"];
const within = (place: string, names: readonly string[]): string[] => names.map((name) => `${place}.${name}`);

const clientId = "{client}";
const grantId = "{grant}";
const tokenId = "{token}";
const appAdmin = { roleAssignmentId: "{appRole}" };
const helpDesk = { roleAssignmentId: "{groupRole}" };
const password = { value: "Correct-horse-9" };
const recovery_question = { question: "{planted}", answer: "blue kite" };
const nothing: ToolCase = { args: [{}] };

/** Every tool of the catalogue. Arguments stand for things of the org by their `{names}`. */
export const TOOLS: Readonly<Record<string, ToolCase>> = {
  list_users: {
    nobody: true,
    args: [
      { search: "{search}" },
      { search: "{search}", detail: "full" },
      { search: "{search}", fields: "id,profile" },
    ],
    inOrg: [
      within("users.0", PERSON),
      [...within("users.0.profile", PROFILE), "users.0.realmId", "users.0.credentials.recovery_question.question"],
      within("users.0.profile", PROFILE),
    ],
  },
  get_user: {
    args: [{}, { detail: "full" }, { expand: "blocks" }],
    inOrg: [
      within("user", PERSON),
      [
        ...within("user.profile", PROFILE),
        "user.profile.skills.0",
        "user.realmId",
        "user.credentials.recovery_question.question",
        "user.credentials.provider.name",
      ],
      within("user", PERSON),
    ],
  },
  create_user: {
    nobody: true,
    args: [{ profile: { login: "{planted}", firstName: "{planted}" }, groupIds: ["{group}"] }],
  },
  update_user: { args: [{ profile: { email: "new {planted}" } }] },
  replace_user: { args: [{ profile: { city: "{planted}" } }] },
  delete_user: nothing,
  list_user_blocks: nothing,
  activate_user: { args: [{ sendEmail: false }] },
  deactivate_user: nothing,
  reactivate_user: nothing,
  suspend_user: nothing,
  unsuspend_user: nothing,
  unlock_user: nothing,
  reset_factors: nothing,
  expire_password: nothing,
  expire_password_with_temp_password: nothing,
  reset_password: { args: [{ sendEmail: false }] },
  forgot_password: { args: [{ sendEmail: false }] },
  forgot_password_set_new_password: { args: [{ password, recovery_question: { answer: "blue kite" } }] },
  change_password: { args: [{ oldPassword: password, newPassword: password }] },
  change_recovery_question: { args: [{ password, recovery_question }] },
  revoke_user_sessions: nothing,
  list_user_groups: { args: [{}], inOrg: [["groups.1.name"]] },
  list_app_links: { args: [{}], inOrg: [["appLinks.0.label", "appLinks.1.label"]] },
  list_user_identity_providers: nothing,
  list_user_clients: { args: [{ userId: "{consenter}" }], inOrg: [["clients.0.client_name"]] },
  list_user_grants: { args: [{}, { expand: "scope" }] },
  get_user_grant: { args: [{ userId: "{consenter}", grantId, expand: "scope" }] },
  revoke_user_grants: nothing,
  revoke_user_grant: { args: [{ grantId }] },
  list_grants_for_user_and_client: { args: [{ clientId }, { clientId, expand: "scope" }] },
  revoke_grants_for_user_and_client: { args: [{ clientId }] },
  list_refresh_tokens_for_user_and_client: { args: [{ clientId }, { clientId, expand: "scope" }] },
  get_refresh_token_for_user_and_client: { args: [{ userId: "{consenter}", clientId, tokenId, expand: "scope" }] },
  revoke_tokens_for_user_and_client: { args: [{ clientId }] },
  revoke_token_for_user_and_client: { args: [{ clientId, tokenId }] },
  list_linked_objects_for_user: { args: [{ relationshipName: "manager" }], tail: true },
  set_linked_object_for_user: { args: [{ primaryRelationshipName: "manager", primaryUserId: "{consenter}" }] },
  delete_linked_object_for_user: { args: [{ relationshipName: "manager" }] },
  list_assigned_roles_for_user: {
    args: [{ expand: "targets/groups" }, { expand: "targets/catalog/apps" }],
    inOrg: [["roles.1.targets.groups.0.profile.name"], ["roles.0.targets.catalog.apps.0.name"]],
  },
  get_user_assigned_role: { args: [helpDesk] },
  assign_role_to_user: { args: [{ type: "CUSTOM", role: "{planted}", "resource-set": "{planted}" }] },
  unassign_role_from_user: { args: [helpDesk] },
  list_app_targets_for_role: { args: [appAdmin], inOrg: [["targets.0.name", "targets.1.displayName"]] },
  assign_all_apps_target_to_role: { args: [appAdmin] },
  assign_app_target_to_role: { args: [{ ...appAdmin, appName: "slack" }] },
  unassign_app_target_from_role: { args: [{ ...appAdmin, appName: "slack" }] },
  assign_app_instance_target_to_role: { args: [{ ...appAdmin, appName: "slack", appId: "{app}" }] },
  unassign_app_instance_target_from_role: { args: [{ ...appAdmin, appName: "slack", appId: "{app}" }] },
  list_group_targets_for_role: { args: [helpDesk], inOrg: [["targets.0.name"]] },
  assign_group_target_to_role: { args: [{ ...helpDesk, groupId: "{group}" }] },
  unassign_group_target_from_role: { args: [{ ...helpDesk, groupId: "{group}" }] },
  list_groups: {
    nobody: true,
    args: [{ search: "{groupSearch}" }, { search: "{groupSearch}", expand: "stats" }],
    inOrg: [["groups.0.name"], ["groups.0.name"]],
  },
  get_group: { nobody: true, args: [{ groupId: "{theGroup}" }], inOrg: [["group.name"]] },
  add_user_to_group: { args: [{ groupId: "{group}" }] },
  remove_user_from_group: { args: [{ groupId: "{group}" }] },
  list_factors: nothing,
  get_factor: { args: [{ factorId: "{factor}" }] },
  unenroll_factor: { args: [{ factorId: "{factor}" }] },
  get_user_schema: {
    nobody: true,
    args: [{ schemaId: "{theSchema}" }],
    inOrg: [["userSchema.title", "userSchema.custom.0.title"]],
  },
  list_user_types: { nobody: true, args: [{}], mute: true },
  list_user_events: { args: [{}, { filter: "id pr" }], inOrg: [["events.0.targets.0"], []] },
};
