import { appTargetView } from "./app-target.ts";
import { iso, now } from "./clock.ts";
import { invalid, notFound, OktaError } from "./error.ts";
import { isString, type Json } from "./guard.ts";
import { base32 } from "./id.ts";
import type { AppTarget, Org, RoleAssignment } from "./org.ts";
import { groupView } from "./resources.ts";
import {
  type Answer,
  type Call,
  created,
  flag,
  jsonBody,
  noContent,
  ok,
  param,
  type Route,
  userRoute,
} from "./route.ts";
import type { User } from "./user.ts";

/**
 * Standard roles: label and what they can be narrowed to. `iam` roles answer in the shape of custom roles.
 * unverified: labels of ORG_ADMIN, API_ACCESS_MANAGEMENT_ADMIN, REPORT_ADMIN and the IAM roles; the others are recorded.
 */
const ROLES = {
  SUPER_ADMIN: { label: "Super Administrator" },
  ORG_ADMIN: { label: "Organization Administrator" },
  APP_ADMIN: { label: "Application Administrator", targets: "apps" },
  USER_ADMIN: { label: "Group Administrator", targets: "groups" },
  HELP_DESK_ADMIN: { label: "Help Desk Administrator", targets: "groups" },
  GROUP_MEMBERSHIP_ADMIN: { label: "Group Membership Administrator", targets: "groups" },
  READ_ONLY_ADMIN: { label: "Read-only Administrator" },
  API_ACCESS_MANAGEMENT_ADMIN: { label: "API Access Management Administrator" },
  REPORT_ADMIN: { label: "Report Administrator" },
  MOBILE_ADMIN: { label: "Mobile Administrator" },
  ACCESS_CERTIFICATIONS_ADMIN: { label: "Access Certifications Administrator", iam: true },
  ACCESS_REQUESTS_ADMIN: { label: "Access Requests Administrator", iam: true },
  WORKFLOWS_ADMIN: { label: "Workflows Administrator", iam: true },
} as const satisfies Record<string, { label: string; targets?: TargetKind; iam?: true }>;

export type TargetKind = "apps" | "groups";
type StandardRole = keyof typeof ROLES;

export const roleRoutes: readonly Route[] = [
  userRoute("POST /api/v1/users/{userId}/roles", assignRole),
  userRoute("GET /api/v1/users/{userId}/roles", listRoles),
  userRoute("GET /api/v1/users/{userId}/roles/{roleAssignmentId}", (call, user) => {
    const id = param(call, "roleAssignmentId");
    const found = rolesOf(call.org, user).find((entry) => entry.assignment.id === id);
    if (found === undefined) throw notFound(id, "RoleAssignment");
    return ok(roleView(call, found));
  }),
  userRoute("DELETE /api/v1/users/{userId}/roles/{roleAssignmentId}", unassignRole),
];

interface HeldRole {
  readonly assignment: RoleAssignment;
  readonly user: User;
  /** The group that hands the role on. */
  readonly groupId?: string;
}

/** Roles of a user, own ones first, then those through groups. */
function rolesOf(org: Org, user: User): HeldRole[] {
  const own = (org.roles.get(user.id) ?? []).map((assignment) => ({ assignment, user }));
  const viaGroups = user.groups.flatMap((groupId) =>
    (org.groupRoles.get(groupId) ?? []).map((assignment) => ({ assignment, user, groupId })),
  );
  return [...own, ...viaGroups];
}

/** An assignment of a standard role at that time, as POST and the seed make it. */
export function newAssignment(org: Org, type: string, time: number, via: "user" | "group" = "user"): RoleAssignment {
  const role = standardRole(type);
  const targetable = role !== undefined && "targets" in ROLES[role];
  const iam = role !== undefined && "iam" in ROLES[role];
  return {
    id:
      targetable && via === "user"
        ? base32(type)
        : org.ids.next(iam ? "customBinding" : via === "user" ? "userRole" : "groupRole"),
    type,
    ...(iam && { role: type, resourceSet: `${type}_IAM_POLICY` }),
    created: time,
    lastUpdated: time,
    groupTargets: [],
    appTargets: [],
  };
}

/** 201; a second time 409 E0000090, for IAM roles E0000263. */
function assignRole(call: Call, user: User): Answer {
  const { org } = call;
  flag(call, "disableNotifications", false);
  const body = jsonBody(call, new Set(["type", "role", "resource-set"]));
  const wanted = body.type === "CUSTOM" ? customAssignment(org, body) : standardAssignment(org, body);
  const held = org.roles.get(user.id) ?? [];
  if (held.some((entry) => sameRole(entry, wanted))) {
    throw new OktaError(wanted.role === undefined || wanted.type === "CUSTOM" ? "E0000090" : "E0000263");
  }
  org.roles.set(user.id, [...held, wanted]);
  renew(org, user);
  return created(roleView(call, { assignment: wanted, user }));
}

function standardAssignment(org: Org, body: Json): RoleAssignment {
  const role = standardRole(body.type);
  // unverified: wording.
  if (role === undefined) throw invalid("type", "type: The role type is not valid");
  return newAssignment(org, role, now());
}

function customAssignment(org: Org, body: Json): RoleAssignment {
  const { role, "resource-set": resourceSet } = body;
  if (!isString(role) || !isString(resourceSet)) {
    // unverified: wording.
    throw invalid("role", "role: A custom role needs both role and resource-set");
  }
  if (!org.customRoles.has(role)) throw notFound(role, "CustomRole");
  // unverified: entity name.
  if (!org.resourceSets.has(resourceSet)) throw notFound(resourceSet, "ResourceSet");
  const time = now();
  const id = org.ids.next("customBinding");
  return { id, type: "CUSTOM", role, resourceSet, created: time, lastUpdated: time, groupTargets: [], appTargets: [] };
}

function sameRole(a: RoleAssignment, b: RoleAssignment): boolean {
  return a.type === b.type && a.role === b.role && a.resourceSet === b.resourceSet;
}

function listRoles(call: Call, user: User): Answer {
  return ok(rolesOf(call.org, user).map((held) => roleView(call, held)));
}

/** 204, then 404 (behaviour: recorded). unverified: that a role held through a group is not found here. */
function unassignRole(call: Call, user: User): Answer {
  const gone = ownAssignment(call, user);
  call.org.roles.set(
    user.id,
    (call.org.roles.get(user.id) ?? []).filter((entry) => entry !== gone),
  );
  renew(call.org, user);
  return noContent;
}

/** The user's own assignment named in the path. */
export function ownAssignment(call: Call, user: User): RoleAssignment {
  const id = param(call, "roleAssignmentId");
  const found = call.org.roles.get(user.id)?.find((entry) => entry.id === id);
  if (found === undefined) throw notFound(id, "RoleAssignment");
  return found;
}

/** The assignment in the path, which must be of a role that takes such targets: else 400 E0000091. */
export function targetable(call: Call, user: User, kind: TargetKind): RoleAssignment {
  const found = ownAssignment(call, user);
  const role = standardRole(found.type);
  const settings: { label: string; targets?: TargetKind } | undefined = role === undefined ? undefined : ROLES[role];
  if (settings?.targets !== kind) throw new OktaError("E0000091");
  return found;
}

/** An app target as a key: the catalogue entry, and the instance when it is one. */
export function appTargetKey(target: AppTarget): string {
  return `${target.appName}/${target.appId ?? ""}`;
}

/**
 * Roles that could have targets and have none look new whenever the roles of the user change (behaviour: recorded).
 * unverified: that taking one away does it as well.
 */
function renew(org: Org, user: User): void {
  const time = now();
  for (const entry of org.roles.get(user.id) ?? []) {
    if (entry.id !== base32(entry.type) || entry.groupTargets.length + entry.appTargets.length > 0) continue;
    entry.created = time;
    entry.lastUpdated = time;
  }
}

/** A role with targets was created with its oldest and updated with its newest target (behaviour: recorded). */
function timesOf({ created: made, lastUpdated, since, groupTargets, appTargets }: RoleAssignment): [number, number] {
  const times = [...groupTargets, ...appTargets.map(appTargetKey)].map((key) => since?.get(key) ?? made);
  return times.length === 0 ? [made, lastUpdated] : [Math.min(...times), Math.max(...times)];
}

function standardRole(type: unknown): StandardRole | undefined {
  return isString(type) && isRole(type) ? type : undefined;
}

/** True for the type of a standard role. */
export function isRole(text: string): text is StandardRole {
  return Object.hasOwn(ROLES, text);
}

function roleView(call: Call, { assignment, user, groupId }: HeldRole): object {
  const { org, origin } = call;
  const role = standardRole(assignment.type);
  const assignee = { href: `${origin}/api/v1/users/${user.id}` };
  const [made, changed] = timesOf(assignment);
  const base = {
    id: assignment.id,
    ...(assignment.role !== undefined && { role: assignment.role }),
    label: role === undefined ? (org.customRoles.get(assignment.role ?? "") ?? "") : ROLES[role].label,
    type: assignment.type,
    status: "ACTIVE",
    created: iso(made),
    lastUpdated: iso(changed),
    assignmentType: groupId === undefined ? "USER" : "GROUP",
  };
  if (assignment.role === undefined) {
    return { ...base, ...embeddedTargets(call, assignment), _links: { assignee } };
  }
  const set = `${origin}/api/v1/iam/resource-sets/${assignment.resourceSet}`;
  const iam = `${origin}/api/v1/iam/roles/${assignment.role}`;
  return {
    ...base,
    "resource-set": assignment.resourceSet,
    _links: {
      assignee,
      "resource-set": { href: set },
      role: { href: iam },
      permissions: { href: `${iam}/permissions` },
      member: { href: `${set}/bindings/${assignment.role}/members/${assignment.id}` },
    },
  };
}

/** `expand=targets/groups` and `expand=targets/catalog/apps` (OpenAPI 2026.06.3). unverified: the shape below `_embedded`. */
function embeddedTargets(call: Call, assignment: RoleAssignment): object {
  const { org, origin } = call;
  switch (call.query.get("expand")) {
    case "targets/groups": {
      const groups = assignment.groupTargets.flatMap((id) => org.groups.get(id) ?? []);
      return { _embedded: { targets: { groups: groups.map((group) => groupView(org, group, origin)) } } };
    }
    case "targets/catalog/apps":
      return {
        _embedded: { targets: { catalog: { apps: assignment.appTargets.map((t) => appTargetView(org, t, origin)) } } },
      };
    default:
      return {};
  }
}
