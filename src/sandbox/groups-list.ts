import { iso } from "./clock.ts";
import { OktaError } from "./error.ts";
import { isId } from "./id.ts";
import { conditionsOf, understood } from "./list-query.ts";
import type { Group, Org } from "./org.ts";
import { limitOf, links, type PageRules } from "./page.ts";
import {
  type AttributeTypes,
  GROUP_CONTAINS,
  GROUP_FILTER_PROPERTIES,
  type Predicate,
  parseFilter,
  parseSearch,
} from "./query/index.ts";
import { groupView } from "./resources.ts";
import type { Answer, Call } from "./route.ts";
import { closeSorted, openSorted, sortKey } from "./sort.ts";

const REPEAT = ["expand", "filter", "q", "search", "sortBy", "sortOrder"] as const;
/** Default and largest page (Okta's groups documentation). */
const LIST: PageRules = { byDefault: 10_000, max: 10_000, repeat: REPEAT };
/** `q` has no paging and gives 300 at most unless told (OpenAPI 2026.06.3). */
const QUICK: PageRules = { byDefault: 300, max: 10_000, repeat: REPEAT };

/** What `search` knows on groups (OpenAPI 2026.06.3); imported attributes of app groups are left out. */
const SEARCHABLE: AttributeTypes = {
  id: "string",
  type: "string",
  created: "date",
  lastUpdated: "date",
  lastMembershipUpdated: "date",
  "profile.name": "string",
  "profile.description": "string",
  "source.id": "string",
};

/**
 * `GET /api/v1/groups`, in the order of ids. unverified: the order.
 *
 * @throws OktaError 400 E0000033 search with filter, E0000031 bad search or filter, E0000030 bad date in a filter,
 *   E0000029 and E0000031 bad cursors
 */
export function listGroups(call: Call): Answer {
  const { query, org } = call;
  const { search, filter, q } = conditionsOf(query);
  const present = [...org.groups.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (search !== null) {
    const predicate = understood(() => parseSearch(search, SEARCHABLE, { contains: GROUP_CONTAINS }));
    const found = org.groupIndex.view(present).filter((group) => matches(predicate, group));
    return query.get("sortBy") ? sorted(call, found) : page(call, found, "E0000031");
  }
  if (q !== null) {
    // unverified: that case does not count; documented as a match on the start of the name.
    const found = present.filter(({ name }) => name.toLowerCase().startsWith(q.toLowerCase()));
    const limit = limitOf(call, QUICK);
    return answer(call, found.slice(0, limit), QUICK, limit, undefined);
  }
  if (filter === null) return page(call, present, "E0000029");
  const predicate = understood(() => parseFilter(filter, GROUP_FILTER_PROPERTIES));
  return page(
    call,
    present.filter((group) => matches(predicate, group)),
    "E0000029",
  );
}

function page(call: Call, found: readonly Group[], badCursor: "E0000029" | "E0000031"): Answer {
  const limit = limitOf(call, LIST);
  const after = call.query.get("after") ?? "";
  if (after !== "" && !isId("group", after)) throw new OktaError(badCursor, ["Invalid cursor."]);
  const rest = found.filter(({ id }) => id > after);
  const groups = rest.slice(0, limit);
  return answer(call, groups, LIST, limit, rest.length > groups.length ? groups.at(-1)?.id : undefined);
}

/** By one property, ties by id (OpenAPI 2026.06.3). */
function sorted(call: Call, found: readonly Group[]): Answer {
  const { query } = call;
  const sortBy = query.get("sortBy") ?? "";
  // unverified: which error an unknown sort property gets.
  if (SEARCHABLE[sortBy] === undefined) throw new OktaError("E0000031", [`Invalid sort property ${sortBy}.`]);
  const after = query.get("after");
  const start = after === null ? undefined : openSorted(after, "group");
  if (after !== null && start === undefined) throw new OktaError("E0000031", ["Invalid cursor."]);
  const direction = query.get("sortOrder")?.toLowerCase() === "desc" ? -1 : 1;
  const limit = limitOf(call, LIST);
  const keyed = found.map((group) => ({ key: sortKey(property(group, sortBy), false), id: group.id, group }));
  const compare = (a: Key, b: Key): number => direction * order(a.key, b.key) || order(a.id, b.id);
  keyed.sort(compare);
  const rest = start === undefined ? keyed : keyed.filter((entry) => compare(entry, start) > 0);
  const entries = rest.slice(0, limit);
  const last = entries.at(-1);
  const next = rest.length > entries.length && last !== undefined ? closeSorted(last.key, last.id) : undefined;
  return answer(
    call,
    entries.map(({ group }) => group),
    LIST,
    limit,
    next,
  );
}

interface Key {
  readonly key: string | number;
  readonly id: string;
}

function order(a: string | number, b: string | number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function matches(predicate: Predicate, group: Group): boolean {
  return predicate.matches({ get: (name) => property(group, name) });
}

function property(group: Group, name: string): unknown {
  switch (name) {
    case "id":
      return group.id;
    case "type":
      return group.type;
    case "created":
      return iso(group.created);
    case "lastUpdated":
      return iso(group.lastUpdated);
    case "lastMembershipUpdated":
      return iso(group.lastMembershipUpdated);
    case "profile.name":
      return group.name;
    case "profile.description":
      return group.description;
    case "source.id":
      return group.sourceId;
    default:
      return undefined;
  }
}

function answer(
  call: Call,
  groups: readonly Group[],
  rules: PageRules,
  limit: number,
  next: string | undefined,
): Answer {
  const expand = new Set((call.query.get("expand") ?? "").split(","));
  const body = groups.map((group) => {
    const embedded = {
      ...(expand.has("stats") && { stats: stats(call.org, group) }),
      ...(expand.has("app") && group.sourceId !== undefined && { app: sourceApp(call.org, group.sourceId) }),
    };
    const view = groupView(call.org, group, call.origin);
    return Object.keys(embedded).length === 0 ? view : { ...view, _embedded: embedded };
  });
  return { status: 200, body, headers: { link: links(call, rules, limit, next) } };
}

/** OpenAPI 2026.06.3, which spells the last name `hasAdminPrivlege`. unverified: how the API spells it. */
function stats(org: Org, group: Group): object {
  return {
    usersCount: group.type === "BUILT_IN" ? org.users.size : group.members.size,
    appsCount: org.groupApps.get(group.id)?.length ?? 0,
    groupPushMappingsCount: 0,
    hasAdminPrivilege: org.groupRoles.has(group.id),
  };
}

function sourceApp(org: Org, id: string): object {
  const app = org.apps.get(id);
  return { id, name: app?.name ?? "", label: app?.label ?? "" };
}
