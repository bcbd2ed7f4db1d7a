import { now } from "./clock.ts";
import { OktaError } from "./error.ts";
import { groupInPath, unsupported } from "./groups.ts";
import { isId } from "./id.ts";
import type { Group, Org } from "./org.ts";
import { limitOf, links, type PageRules } from "./page.ts";
import { type Answer, type Call, noContent, type Route, route, userRoute } from "./route.ts";
import type { User } from "./user.ts";
import { indexAfter } from "./user-index.ts";
import { omitFrom, userListItem } from "./user-view.ts";

const MEMBERS = "/api/v1/groups/{groupId}/users";
/** OpenAPI 2026.06.3 names only the default. unverified: the largest page. */
const PAGE: PageRules = { byDefault: 1000, max: 1000 };

/** Who is in a group. Apps and roles that hang on it follow at once for whoever comes and goes. */
export const groupMemberRoutes: readonly Route[] = [
  route(`GET ${MEMBERS}`, listMembers),
  userRoute(`PUT ${MEMBERS}/{userId}`, addMember),
  userRoute(`DELETE ${MEMBERS}/{userId}`, removeMember),
];

/** In the order of ids. unverified: the order, and that DEPROVISIONED members are shown. */
function listMembers(call: Call): Answer {
  const group = groupInPath(call);
  const limit = limitOf(call, PAGE);
  const after = call.query.get("after") ?? "";
  if (after !== "" && !isId("user", after)) throw new OktaError("E0000029", ["Invalid cursor."]);
  const members = membersOf(call.org, group);
  const start = after === "" ? 0 : indexAfter(members, after);
  const page = members.slice(start, start + limit);
  const next = members.length > start + limit ? page.at(-1)?.id : undefined;
  const omit = omitFrom(call.headers["content-type"]);
  const seen = call.sees === undefined ? page : page.filter(call.sees);
  const body = seen.map((user) => userListItem(call.org, user, call.origin, omit));
  return { status: 200, body, headers: { link: links(call, PAGE, limit, next) } };
}

/** The members in id order; everybody for the built-in group. */
export function membersOf(org: Org, group: Group): readonly User[] {
  if (group.type === "BUILT_IN") return org.users.all();
  return [...group.members].sort().flatMap((id) => org.users.byId(id) ?? []);
}

/** 204 also for somebody who is in the group already (documented). */
function addMember(call: Call, user: User): Answer {
  const group = changeable(call);
  if (group.members.has(user.id)) return noContent;
  group.members.add(user.id);
  group.lastMembershipUpdated = now();
  user.groups = [...user.groups, group.id];
  return noContent;
}

/** 204 also for somebody who is not in the group (documented). */
function removeMember(call: Call, user: User): Answer {
  const group = changeable(call);
  if (!group.members.delete(user.id)) return noContent;
  group.lastMembershipUpdated = now();
  user.groups = user.groups.filter((id) => id !== group.id);
  return noContent;
}

/** Only the org decides who is in BUILT_IN, only its app who is in APP_GROUP (OpenAPI 2026.06.3). */
function changeable(call: Call): Group {
  const group = groupInPath(call);
  if (group.type !== "OKTA_GROUP") throw unsupported();
  return group;
}
