import { iso } from "./clock.ts";
import { OktaError } from "./error.ts";
import { selectFields } from "./fields.ts";
import { isId } from "./id.ts";
import { attributesOf, type Org } from "./org.ts";
import { limitOf, links, type PageRules } from "./page.ts";
import {
  type AttributeType,
  type AttributeTypes,
  indexable,
  type Predicate,
  parseFilter,
  parseSearch,
  QueryError,
  type Subject,
} from "./query/index.ts";
import type { Answer, Call } from "./route.ts";
import { closeSorted, openSorted, sortKey } from "./sort.ts";
import { STATUSES, type User } from "./user.ts";
import { indexAfter } from "./user-store.ts";
import { omitFrom, userListItem } from "./user-view.ts";

const REPEAT = ["expand", "fields", "filter", "q", "search", "sortBy", "sortOrder"] as const;
const LIST: PageRules = { byDefault: 200, max: 200, repeat: REPEAT };
/** `q` has no paging and a smaller default (OpenAPI 2026.06.3). */
const QUICK: PageRules = { byDefault: 10, max: 200, repeat: REPEAT };

/**
 * `GET /api/v1/users`. Plain and `q` leave out DEPROVISIONED users, `filter` and `search` do not (OpenAPI 2026.06.3).
 *
 * @throws OktaError 400 E0000033 search with filter, E0000031 bad search or filter, E0000030 bad date in a filter,
 *   E0000029 and E0000031 bad cursors
 */
export function listUsers(call: Call): Answer {
  const { query, org } = call;
  const search = query.get("search");
  const filter = query.get("filter");
  const q = query.get("q");
  if (search !== null && filter !== null) throw new OktaError("E0000033");
  // unverified: `q` beside one of the others.
  if (q !== null && (search !== null || filter !== null)) throw new OktaError("E0000063");
  if (search !== null) return bySearch(call, search);
  if (q !== null) {
    const limit = limitOf(call, QUICK);
    return answer(call, take(living(org), startsWith(q), limit).page, QUICK, limit, undefined);
  }
  const limit = limitOf(call, LIST);
  const predicate = filter === null ? undefined : understood(() => parseFilter(filter));
  const keep = predicate === undefined ? () => true : matcher(predicate);
  const users = from(call, filter === null ? STATUSES.filter((status) => status !== "DEPROVISIONED") : STATUSES);
  const { page, more } = take(users, keep, limit);
  const last = page.at(-1);
  const next = more && last !== undefined ? `${STATUSES.indexOf(last.status)}${last.id}` : undefined;
  return answer(call, page, LIST, limit, next);
}

/** Every searchable property of an org with its type (OpenAPI 2026.06.3). */
export function searchable(org: Org): AttributeTypes {
  const types: Record<string, AttributeType> = {
    id: "string",
    status: "string",
    created: "date",
    activated: "date",
    statusChanged: "date",
    lastUpdated: "date",
    "type.id": "string",
  };
  for (const type of org.types.values()) {
    for (const { name, type: kind } of attributesOf(type)) {
      types[`profile.${name}`] = kind === "integer" ? "number" : kind;
    }
  }
  return types;
}

function bySearch(call: Call, search: string): Answer {
  const { org, query } = call;
  const limit = limitOf(call, LIST);
  const types = searchable(org);
  const predicate = understood(() => parseSearch(search, types));
  const keep = matcher(predicate);
  const sortBy = query.get("sortBy");
  const after = query.get("after");
  if (sortBy === null || sortBy === "") {
    if (after !== null && !isId("user", after)) throw badCursor();
    const { page, more } = take(tail(candidates(org, predicate), after ?? ""), keep, limit);
    return answer(call, page, LIST, limit, more ? page.at(-1)?.id : undefined);
  }
  // unverified: which error an unknown sort property gets.
  if (types[sortBy] === undefined) throw new OktaError("E0000031", [`Invalid sort property ${sortBy}.`]);
  const start = after === null ? undefined : openSorted(after);
  if (after !== null && start === undefined) throw badCursor();
  const direction = query.get("sortOrder")?.toLowerCase() === "desc" ? -1 : 1;
  const compare = (a: Keyed, b: Keyed): number => direction * order(a.key, b.key) || order(a.id, b.id);
  const numeric = types[sortBy] === "number";
  const found: Keyed[] = [];
  for (const user of candidates(org, predicate)) {
    if (keep(user)) found.push({ key: sortKey(property(user, sortBy), numeric), id: user.id, user });
  }
  found.sort(compare);
  const rest =
    start === undefined ? found : found.filter((entry) => compare(entry, { ...start, user: entry.user }) > 0);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const next = rest.length > page.length && last !== undefined ? closeSorted(last.key, last.id) : undefined;
  return answer(
    call,
    page.map((entry) => entry.user),
    LIST,
    limit,
    next,
  );
}

/** Everybody who can match, in id order: one login or one status narrows the search before it starts. */
function candidates(org: Org, { ast }: Predicate): readonly User[] {
  for (const { property: name, op, value } of indexable(ast)) {
    if (op !== "eq") continue;
    // Outside ASCII the two sides fold letters differently, so only plain values are looked up.
    if (name === "profile.login" && /^[\x20-\x7e]+$/.test(value))
      return [org.users.byLogin(value)].filter((user) => user !== undefined);
    const status = STATUSES.find((entry) => entry === value.toUpperCase());
    if (name === "status" && status !== undefined) return org.users.inStatus(status);
  }
  return org.users.all();
}

interface Keyed {
  readonly key: string | number;
  readonly id: string;
  readonly user: User;
}

function order(a: string | number, b: string | number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function badCursor(): OktaError {
  return new OktaError("E0000031", ["Invalid cursor."]);
}

/** Plain order: by status, then id; the cursor is the status number and the last id (behaviour: recorded). unverified: the order. */
function from(call: Call, statuses: readonly (typeof STATUSES)[number][]): Iterable<User> {
  const after = call.query.get("after");
  const digit = after === null || after === "" ? 0 : Number(after[0]);
  const id = after === null ? "" : after.slice(1);
  if (id !== "" && (!isId("user", id) || STATUSES[digit] === undefined)) {
    throw new OktaError("E0000029", ["Invalid cursor."]);
  }
  const { users } = call.org;
  return (function* () {
    for (const status of statuses) {
      const at = STATUSES.indexOf(status);
      if (at < digit) continue;
      yield* tail(users.inStatus(status), at === digit ? id : "");
    }
  })();
}

function* tail(sorted: readonly User[], after: string): Iterable<User> {
  for (let i = after === "" ? 0 : indexAfter(sorted, after); i < sorted.length; i++) {
    const user = sorted[i];
    if (user !== undefined) yield user;
  }
}

function* living(org: Org): Iterable<User> {
  for (const status of STATUSES) if (status !== "DEPROVISIONED") yield* org.users.inStatus(status);
}

function take(users: Iterable<User>, keep: (user: User) => boolean, limit: number): { page: User[]; more: boolean } {
  const page: User[] = [];
  for (const user of users) {
    if (!keep(user)) continue;
    if (page.length === limit) return { page, more: true };
    page.push(user);
  }
  return { page, more: false };
}

/** `q`: starts-with on first name, last name and e-mail, whatever the case (OpenAPI 2026.06.3). */
function startsWith(q: string): (user: User) => boolean {
  const wanted = q.toLowerCase();
  return ({ profile: { firstName, lastName, email } }) =>
    [firstName, lastName, email].some((value) => typeof value === "string" && value.toLowerCase().startsWith(wanted));
}

/** One subject for a whole scan: only the user it speaks for changes. */
function matcher(predicate: Predicate): (user: User) => boolean {
  let current: User | undefined;
  const subject: Subject = { get: (name) => (current === undefined ? undefined : property(current, name)) };
  return (user) => {
    current = user;
    return predicate.matches(subject);
  };
}

function property(user: User, name: string): unknown {
  if (name.startsWith("profile.")) return user.profile[name.slice(8)];
  switch (name) {
    case "id":
      return user.id;
    case "status":
      return user.status;
    case "type.id":
      return user.typeId;
    case "created":
      return iso(user.created);
    case "activated":
      return iso(user.activated);
    case "statusChanged":
      return iso(user.statusChanged);
    case "lastUpdated":
      return iso(user.lastUpdated);
    default:
      return undefined;
  }
}

/** Okta names no position; the sandbox adds one so that a reader can find the mistake. */
function understood(parse: () => Predicate): Predicate {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    if (error.kind === "date") throw new OktaError("E0000030");
    throw new OktaError("E0000031", ["Invalid search syntax.", `At position ${error.position}: ${error.message}`]);
  }
}

function answer(call: Call, users: readonly User[], rules: PageRules, limit: number, next: string | undefined): Answer {
  const omit = omitFrom(call.headers["content-type"]);
  const fields = call.query.get("fields");
  const body = users.map((user) => {
    const item = userListItem(user, call.origin, omit);
    return fields === null ? item : selectFields(item, fields);
  });
  return { status: 200, body, headers: { link: links(call, rules, limit, next) } };
}
