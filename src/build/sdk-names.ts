/**
 * What Okta's API documents and SDKs call an operation beside the name of its tool, in camelCase. PascalCase and
 * snake_case follow from it, and so do all three forms of the tool's own name.
 */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  update_user: ["partialUpdateUser"],
  replace_user: ["updateUser"],
  delete_user: ["deactivateOrDeleteUser"],
  expire_password_with_temp_password: ["expirePasswordAndGetTemporaryPassword"],
  reset_password: ["generateResetPasswordToken"],
  revoke_user_sessions: ["clearUserSessions"],
  list_linked_objects_for_user: ["getLinkedObjectsForUser"],
  set_linked_object_for_user: ["assignLinkedObjectValueForPrimary"],
  delete_linked_object_for_user: ["removeLinkedObjectForUser"],
  get_user_assigned_role: ["getUserRole"],
  unassign_role_from_user: ["removeRoleFromUser"],
  list_app_targets_for_role: ["listApplicationTargetsForApplicationAdministratorRoleForUser"],
  assign_all_apps_target_to_role: ["assignAllAppsAsTargetToRoleForUser", "addAllAppsAsTargetToRole"],
  assign_app_target_to_role: ["assignAppTargetToAdminRoleForUser", "addApplicationTargetToAdminRoleForUser"],
  unassign_app_target_from_role: [
    "unassignAppTargetFromAppAdminRoleForUser",
    "removeApplicationTargetFromApplicationAdministratorRoleForUser",
  ],
  assign_app_instance_target_to_role: [
    "assignAppInstanceTargetToAppAdminRoleForUser",
    "addApplicationTargetToAppAdminRoleForUser",
  ],
  unassign_app_instance_target_from_role: [
    "unassignAppInstanceTargetFromAdminRoleForUser",
    "removeApplicationTargetFromAdministratorRoleForUser",
  ],
  assign_group_target_to_role: ["assignGroupTargetToUserRole", "addGroupTargetToRole"],
  unassign_group_target_from_role: ["unassignGroupTargetFromUserAdminRole", "removeGroupTargetFromRole"],
  add_user_to_group: ["assignUserToGroup"],
  remove_user_from_group: ["unassignUserFromGroup"],
  list_user_events: ["listLogEvents", "getLogs"],
};

/** The spellings of one name, and the tools it stands for: the one that bears it first, then those it once meant. */
export interface SdkName {
  readonly spellings: readonly string[];
  readonly tools: readonly string[];
}

/** Every name under which people may look for a tool, sorted. A tool's own name always means that tool alone. */
export function sdkNames(tools: readonly string[]): SdkName[] {
  const stray = Object.keys(OTHER_NAMES).find((tool) => !tools.includes(tool));
  if (stray !== undefined) throw new Error(`sdk-names.ts knows ${stray}, which is no tool`);
  const meanings = new Map<string, string[]>(tools.map((tool) => [camelCase(tool), [tool]]));
  for (const [tool, names] of Object.entries(OTHER_NAMES))
    for (const name of names) meanings.set(name, [...(meanings.get(name) ?? []), tool]);
  return [...meanings]
    .map(([name, meant]) => ({ spellings: [name, pascalCase(name), snakeCase(name)], tools: meant }))
    .sort((one, other) => (one.spellings.join() < other.spellings.join() ? -1 : 1));
}

function camelCase(snake: string): string {
  return snake.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function pascalCase(camel: string): string {
  return camel.charAt(0).toUpperCase() + camel.slice(1);
}

function snakeCase(camel: string): string {
  return camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
