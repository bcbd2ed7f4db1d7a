import { appTargetView } from "./app-target.ts";
import { now } from "./clock.ts";
import { invalid, notFound } from "./error.ts";
import type { AppTarget, RoleAssignment } from "./org.ts";
import { pageOf } from "./page.ts";
import { groupView } from "./resources.ts";
import { appTargetKey, targetable } from "./roles.ts";
import { type Answer, type Call, noContent, ok, param, type Route, userRoute } from "./route.ts";
import type { User } from "./user.ts";

const PAGE = { byDefault: 20, max: 200, cursorInSelf: true } as const;
const TARGETS = "/api/v1/users/{userId}/roles/{roleAssignmentId}/targets";
const APPS = `${TARGETS}/catalog/apps`;
const APP = `${APPS}/{appName}`;
const INSTANCE = `${APP}/{appId}`;
const GROUP = `${TARGETS}/groups/{groupId}`;

/** What a role is narrowed to. Without any target it covers everything. */
export const roleTargetRoutes: readonly Route[] = [
  userRoute(`GET ${APPS}`, listApps),
  userRoute(`PUT ${APPS}`, targetAllApps),
  userRoute(`PUT ${APP}`, addApp),
  userRoute(`DELETE ${APP}`, (call, user) => removeApp(call, user, { appName: appName(call), appId: undefined })),
  userRoute(`PUT ${INSTANCE}`, addInstance),
  userRoute(`DELETE ${INSTANCE}`, (call, user) => removeApp(call, user, instance(call))),
  userRoute(`GET ${TARGETS}/groups`, listGroups),
  userRoute(`PUT ${GROUP}`, addGroup),
  userRoute(`DELETE ${GROUP}`, removeGroup),
];

/** In the order of the catalogue, as recorded. unverified: that this is Okta's rule. */
function listApps(call: Call, user: User): Answer {
  const { appTargets } = targetable(call, user, "apps");
  const places = new Map([...call.org.catalog.keys()].map((name, i) => [name, String(i).padStart(6, "0")]));
  const key = ({ appName: name, appId = "" }: AppTarget): string => `${places.get(name)}/${appId}`;
  return pageOf(call, appTargets, key, (target) => appTargetView(call.org, target, call.origin), PAGE);
}

/** Drops all targets, so that the role covers every app. 200 as in OpenAPI 2026.06.3; an Okta test expects 204. */
function targetAllApps(call: Call, user: User): Answer {
  const role = targetable(call, user, "apps");
  role.appTargets = [];
  return ok({});
}

/** A whole app takes the place of its instances (OpenAPI 2026.06.3). */
function addApp(call: Call, user: User): Answer {
  const role = targetable(call, user, "apps");
  const name = appName(call);
  setApps(role, [...role.appTargets.filter((target) => target.appName !== name), { appName: name, appId: undefined }]);
  return noContent;
}

function addInstance(call: Call, user: User): Answer {
  const role = targetable(call, user, "apps");
  const wanted = instance(call);
  if (role.appTargets.some((target) => target.appName === wanted.appName && target.appId === undefined)) {
    // unverified: the error; the rule is documented.
    throw invalid("appTarget", "The app is already a target as a whole; an instance of it cannot be one beside it.");
  }
  const rest = role.appTargets.filter((target) => appTargetKey(target) !== appTargetKey(wanted));
  setApps(role, [...rest, wanted]);
  return noContent;
}

function removeApp(call: Call, user: User, gone: AppTarget): Answer {
  const role = targetable(call, user, "apps");
  const rest = role.appTargets.filter((target) => appTargetKey(target) !== appTargetKey(gone));
  // unverified: removing what is no target.
  if (rest.length === role.appTargets.length) throw notFound(gone.appId ?? gone.appName, "AppInstance");
  if (rest.length === 0) throw lastTarget();
  setApps(role, rest);
  return noContent;
}

function setApps(role: RoleAssignment, targets: readonly AppTarget[]): void {
  remember(role, role.appTargets.map(appTargetKey), targets.map(appTargetKey));
  role.appTargets = targets;
}

/** Notes when each target came that was not there before. */
function remember(role: RoleAssignment, before: readonly string[], keys: readonly string[]): void {
  const time = now();
  const came = (key: string): number => role.since?.get(key) ?? (before.includes(key) ? role.created : time);
  role.since = new Map(keys.map((key) => [key, came(key)]));
}

function setGroups(role: RoleAssignment, ids: readonly string[]): void {
  remember(role, role.groupTargets, ids);
  role.groupTargets = ids;
}

function listGroups(call: Call, user: User): Answer {
  const { groupTargets } = targetable(call, user, "groups");
  const groups = groupTargets.flatMap((id) => call.org.groups.get(id) ?? []);
  return pageOf(
    call,
    groups,
    (group) => group.id,
    (group) => groupView(call.org, group, call.origin),
    PAGE,
  );
}

function addGroup(call: Call, user: User): Answer {
  const role = targetable(call, user, "groups");
  const id = groupInPath(call);
  setGroups(role, [...role.groupTargets.filter((other) => other !== id), id]);
  return noContent;
}

function removeGroup(call: Call, user: User): Answer {
  const role = targetable(call, user, "groups");
  const id = groupInPath(call);
  const rest = role.groupTargets.filter((other) => other !== id);
  // unverified: removing what is no target.
  if (rest.length === role.groupTargets.length) throw notFound(id, "UserGroup");
  if (rest.length === 0) throw lastTarget();
  setGroups(role, rest);
  return noContent;
}

/** The last target cannot go: the role would silently cover everything. unverified: the body; 400 is documented. */
function lastTarget() {
  return invalid("roleTarget", "The last target cannot be removed; unassign the role instead.");
}

function groupInPath(call: Call): string {
  const id = param(call, "groupId");
  if (!call.org.groups.has(id)) throw notFound(id, "UserGroup");
  return id;
}

function appName(call: Call): string {
  const name = param(call, "appName");
  // unverified: entity name.
  if (!call.org.catalog.has(name)) throw notFound(name, "App");
  return name;
}

function instance(call: Call): AppTarget {
  const name = appName(call);
  const id = param(call, "appId");
  if (call.org.apps.get(id)?.name !== name) throw notFound(id, "AppInstance");
  return { appName: name, appId: id };
}
