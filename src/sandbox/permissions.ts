import { OktaError } from "./error.ts";
import { isObject, isStringList } from "./guard.ts";
import type { ScopedRoute } from "./oauth/scopes.ts";
import type { Org, RoleAssignment } from "./org.ts";
import type { Principal } from "./principal.ts";
import type { Call } from "./route.ts";
import type { User } from "./user.ts";

/** As much of a role as decides what it allows. */
export type HeldRole = Pick<RoleAssignment, "type" | "groupTargets">;

const READS = ["users.read", "groups.read", "logs.read", "org.read"] as const;

/** What a route does, as far as roles are concerned. `help` is what a help desk does; `org` is schemas, types and the like. */
type Power =
  | (typeof READS)[number]
  | "users.help"
  | "users.manage"
  | "groups.members"
  | "groups.manage"
  | "roles.read"
  | "roles.manage"
  | "org.manage";

/**
 * What each standard role allows, after Okta's comparison of administrator roles. SUPER_ADMIN may do everything and is
 * not listed. unverified: reading of people, groups and org settings by the roles that are about something else; that roles
 * are read by others than super administrators; that a custom role, whose permissions the sandbox does not know, allows
 * what a help desk does.
 */
const POWERS: Readonly<Record<string, readonly Power[]>> = {
  ORG_ADMIN: [...READS, "users.help", "users.manage", "groups.members", "groups.manage", "roles.read", "org.manage"],
  USER_ADMIN: ["users.read", "users.help", "users.manage", "groups.read", "groups.members", "org.read"],
  HELP_DESK_ADMIN: ["users.read", "users.help", "groups.read", "org.read"],
  GROUP_MEMBERSHIP_ADMIN: ["users.read", "groups.read", "groups.members", "org.read"],
  READ_ONLY_ADMIN: [...READS, "roles.read"],
  APP_ADMIN: READS,
  MOBILE_ADMIN: READS,
  REPORT_ADMIN: READS,
  API_ACCESS_MANAGEMENT_ADMIN: READS,
  ACCESS_CERTIFICATIONS_ADMIN: READS,
  ACCESS_REQUESTS_ADMIN: READS,
  WORKFLOWS_ADMIN: READS,
  CUSTOM: ["users.read", "users.help", "groups.read", "org.read"],
};

/** What Okta's page on the help desk role lists, as routes. unverified: resetting single factors. */
const HELP =
  /\/lifecycle\/(reset_password|unlock|reset_factors|expire_password|expire_password_with_temp_password)$|\/sessions$|^DELETE .*\/factors\/\{\w+\}$/;

/** Roles of a person, own ones first, then those through groups. */
export function rolesHeld(org: Org, user: User): readonly HeldRole[] {
  return [...(org.roles.get(user.id) ?? []), ...user.groups.flatMap((id) => org.groupRoles.get(id) ?? [])];
}

/** @throws OktaError 403 E0000006 when no role of the caller allows the call */
export function requirePermission(call: Call, { user, isPerson, roles }: Principal, route: ScopedRoute): void {
  const power = powerOf(route);
  const target = targetOf(call, route);
  const act: Act = {
    power,
    target,
    isSelf: isPerson && target === user,
    groups: groupsOf(call, route),
    creates: route.method === "POST" && route.path === "/api/v1/users",
  };
  if (!roles.some((role) => allows(call.org, role, act))) throw new OktaError("E0000006");
}

/**
 * Whom a list of users shows to the caller; undefined when everybody. unverified: that lists of groups and of their
 * members are not narrowed.
 */
export function visibleTo(org: Org, { user, isPerson, roles }: Principal): ((other: User) => boolean) | undefined {
  const readers = roles.filter(({ type }) => type === "SUPER_ADMIN" || POWERS[type]?.includes("users.read"));
  if (readers.some(({ groupTargets }) => groupTargets.length === 0)) return undefined;
  return (other) => (isPerson && other === user) || readers.some((role) => isWithin(org, role, other));
}

interface Act {
  readonly power: Power;
  /** The person it is about; undefined for lists, and where there is no such person. */
  readonly target: User | undefined;
  readonly isSelf: boolean;
  /** Groups whose members it changes. */
  readonly groups: readonly string[];
  /** Whether it makes a person, who has no group yet. */
  readonly creates: boolean;
}

function allows(org: Org, role: HeldRole, { power, target, isSelf, groups, creates }: Act): boolean {
  if (role.type === "SUPER_ADMIN") return true;
  if (POWERS[role.type]?.includes(power) !== true) return false;
  const reads = power.endsWith(".read");
  if (reads && isSelf) return true;
  // unverified: that no other role may touch an administrator, nor a group that makes its members administrators; Okta's
  // comparison lets organization administrators suspend and activate some.
  if (!reads && target !== undefined && rolesHeld(org, target).length > 0) return false;
  if (groups.some((id) => org.groupRoles.has(id))) return false;
  if (role.groupTargets.length === 0 || role.groupTargets.includes(org.everyoneId)) return true;
  if (!groups.every((id) => role.groupTargets.includes(id))) return false;
  // Someone new must be put into a group that the administrator has (documented).
  if (creates) return groups.length > 0;
  return power === "groups.members" || target === undefined || isWithin(org, role, target);
}

function isWithin(org: Org, { groupTargets }: HeldRole, user: User): boolean {
  return groupTargets.some((id) => id === org.everyoneId || user.groups.includes(id));
}

function powerOf({ method, path, scope }: ScopedRoute): Power {
  const reads = method === "GET";
  switch (scope.replace(/\.(read|manage)$/, "")) {
    case "okta.users":
    case "okta.userRisk":
      if (reads) return "users.read";
      return HELP.test(`${method} ${path}`) ? "users.help" : "users.manage";
    case "okta.groups":
      if (reads) return "groups.read";
      return path.includes("/users/") ? "groups.members" : "groups.manage";
    case "okta.roles":
      return reads ? "roles.read" : "roles.manage";
    case "okta.logs":
      return "logs.read";
    default:
      return reads ? "org.read" : "org.manage";
  }
}

function targetOf({ org, params, self }: Call, { path }: ScopedRoute): User | undefined {
  const id = params.get("userId");
  if (id !== undefined) return org.users.byId(id);
  const key = path.startsWith("/api/v1/users/") ? (params.get("id") ?? params.get("userIdOrLogin")) : undefined;
  if (key === undefined) return undefined;
  return key === "me" ? self : org.users.find(key);
}

/** The group in the path of a change of members, or those a new person is to be in. */
function groupsOf({ params, body }: Call, { method, path }: ScopedRoute): readonly string[] {
  if (method === "GET") return [];
  const inPath = params.get("groupId");
  if (inPath !== undefined) return [inPath];
  if (path !== "/api/v1/users") return [];
  try {
    const wanted: unknown = JSON.parse(body);
    return isObject(wanted) && isStringList(wanted.groupIds) ? wanted.groupIds : [];
  } catch {
    // The handler refuses a body that is no JSON.
    return [];
  }
}
