import { now } from "./clock.ts";
import { invalid, notFound, OktaError } from "./error.ts";
import { listGroups } from "./groups-list.ts";
import { isObject, isString, type Json } from "./guard.ts";
import type { Group, Org } from "./org.ts";
import { groupView } from "./resources.ts";
import { type Answer, type Call, jsonBody, noContent, ok, param, type Route, route } from "./route.ts";

const GROUP = "/api/v1/groups/{groupId}";
/** A group read from the org can be sent back whole; read-only keys are ignored. unverified: Okta may be stricter. */
const KEYS: ReadonlySet<string> = new Set([
  "profile",
  "id",
  "created",
  "lastUpdated",
  "lastMembershipUpdated",
  "objectClass",
  "type",
  "source",
  "_links",
  "_embedded",
]);
/** Longest name and description (Okta's groups documentation). */
const LONGEST = { name: 255, description: 1024 } as const;

export const groupRoutes: readonly Route[] = [
  route("GET /api/v1/groups", listGroups),
  route("POST /api/v1/groups", createGroup),
  route(`GET ${GROUP}`, (call) => ok(groupView(call.org, groupInPath(call), call.origin))),
  route(`PUT ${GROUP}`, replaceGroup),
  route(`DELETE ${GROUP}`, deleteGroup),
];

/** The group in the path; unknown: 404 (behaviour: recorded). */
export function groupInPath(call: Call): Group {
  const id = param(call, "groupId");
  const found = call.org.groups.get(id);
  if (found === undefined) throw notFound(id, "UserGroup");
  return found;
}

/**
 * What a change to a group refuses that is not of type OKTA_GROUP. Reported for adding a member to Everyone: "Unsupported
 * operation." unverified: that the others get the same.
 */
export function unsupported(): OktaError {
  return new OktaError("E0000060");
}

/** Answers 200, not 201 (behaviour: recorded). */
function createGroup(call: Call): Answer {
  const { org } = call;
  const time = now();
  const group: Group = {
    id: org.ids.next("group"),
    type: "OKTA_GROUP",
    ...readProfile(org, jsonBody(call, KEYS)),
    created: time,
    lastUpdated: time,
    lastMembershipUpdated: time,
    members: new Set(),
  };
  org.groups.set(group.id, group);
  return ok(groupView(call.org, group, call.origin));
}

/** Replaces the profile: a description that is not sent is gone (OpenAPI 2026.06.3). */
function replaceGroup(call: Call): Answer {
  const group = groupInPath(call);
  if (group.type !== "OKTA_GROUP") throw unsupported();
  const { name, description } = readProfile(call.org, jsonBody(call, KEYS), group);
  group.name = name;
  group.description = description;
  group.lastUpdated = now();
  return ok(groupView(call.org, group, call.origin));
}

/**
 * 204. Members lose the apps and roles they had through the group. A role that was narrowed to the group keeps that
 * target, so that it does not come to cover everything. unverified: what Okta does to such a role.
 */
function deleteGroup(call: Call): Answer {
  const { org } = call;
  const group = groupInPath(call);
  if (group.type === "BUILT_IN") throw unsupported();
  for (const id of group.members) {
    const user = org.users.byId(id);
    if (user !== undefined) user.groups = user.groups.filter((other) => other !== group.id);
  }
  for (const map of [org.groups, org.groupApps, org.groupRoles]) map.delete(group.id);
  return noContent;
}

/** @throws OktaError 400 E0000001 for a name that is missing, too long or taken; unverified: that case does not count */
function readProfile(org: Org, body: Json, owner?: Group): { name: string; description: string | null } {
  const profile = isObject(body.profile) ? body.profile : {};
  const unknown = Object.keys(profile).find((name) => name !== "name" && name !== "description");
  // unverified: the subject of the summary; the cause is recorded for users.
  if (unknown !== undefined) throw invalid("newGroup", `Property name '${unknown}' is not defined in profile`);
  const { name, description = null } = profile;
  if (!isString(name) || name.trim() === "") throw invalid("name", "name: The field cannot be left blank");
  if (description !== null && !isString(description)) throw new OktaError("E0000003");
  // unverified: wording.
  if (name.length > LONGEST.name) throw invalid("name", `name: The field is longer than ${LONGEST.name} characters`);
  if (description !== null && description.length > LONGEST.description) {
    throw invalid("description", `description: The field is longer than ${LONGEST.description} characters`);
  }
  const wanted = name.toLowerCase();
  for (const other of org.groups.values()) {
    if (other === owner || other.type === "APP_GROUP" || other.name.toLowerCase() !== wanted) continue;
    throw invalid("name", "name: An object with this field already exists in the current organization");
  }
  return { name, description };
}
