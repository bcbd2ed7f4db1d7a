import { OktaError } from "./error.ts";
import { fieldSelector } from "./fields.ts";
import { isId } from "./id.ts";
import { searchedUsers } from "./index-lag.ts";
import { conditionsOf, understood } from "./list-query.ts";
import { attributesOf, type Org } from "./org.ts";
import { limitOf, links, type PageRules } from "./page.ts";
import { type AttributeType, type AttributeTypes, parseFilter, parseSearch } from "./query/index.ts";
import type { Answer, Call } from "./route.ts";
import { closeSorted, type Order, openSorted } from "./sort.ts";
import { STATUSES, type User } from "./user.ts";
import { keyReader } from "./user-property.ts";
import { type Omit, omitFrom, userListItem } from "./user-view.ts";
import { findById, findByStatus, findSorted, take } from "./users-search.ts";

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
  const { search, filter, q } = conditionsOf(query);
  if (search !== null) return bySearch(call, search);
  if (q !== null) {
    const limit = limitOf(call, QUICK);
    return answer(call, take(living(org), startsWith(q), limit).users, QUICK, limit, undefined);
  }
  const limit = limitOf(call, LIST);
  const predicate = filter === null ? undefined : understood(() => parseFilter(filter));
  const statuses = filter === null ? STATUSES.filter((status) => status !== "DEPROVISIONED") : STATUSES;
  const { users, more } = findByStatus(org.users, predicate, statuses, plainCursor(query.get("after") ?? ""), limit);
  const last = users.at(-1);
  const next = more && last !== undefined ? `${STATUSES.indexOf(last.status)}${last.id}` : undefined;
  return answer(call, users, LIST, limit, next);
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
  const store = searchedUsers(org);
  const predicate = understood(() => parseSearch(search, types));
  const sortBy = query.get("sortBy");
  const after = query.get("after");
  if (sortBy === null || sortBy === "") {
    if (after !== null && !isId("user", after)) throw badCursor();
    const { users, more } = findById(store, predicate, after ?? "", limit);
    return answer(call, users, LIST, limit, more ? users.at(-1)?.id : undefined);
  }
  const type = types[sortBy];
  // unverified: which error an unknown sort property gets.
  if (type === undefined) throw new OktaError("E0000031", [`Invalid sort property ${sortBy}.`]);
  const order: Order = {
    property: sortBy,
    numeric: type === "number" || type === "date",
    direction: query.get("sortOrder")?.toLowerCase() === "desc" ? "desc" : "asc",
  };
  const place = after === null ? undefined : openSorted(after, "user");
  if (after !== null && (place === undefined || (typeof place.key === "number") !== order.numeric)) throw badCursor();
  const { users, more } = findSorted(store, predicate, order, place, limit);
  const last = users.at(-1);
  const end = more && last !== undefined ? closeSorted(keyReader(sortBy, order.numeric)(last), last.id) : undefined;
  return answer(call, users, LIST, limit, end);
}

function badCursor(): OktaError {
  return new OktaError("E0000031", ["Invalid cursor."]);
}

/** The cursor of the plain list: the status number and the last id (behaviour: recorded). unverified: the order. */
function plainCursor(after: string): { status: number; id: string } {
  const status = after === "" ? 0 : Number(after[0]);
  const id = after.slice(1);
  if (after !== "" && (!isId("user", id) || STATUSES[status] === undefined)) {
    throw new OktaError("E0000029", ["Invalid cursor."]);
  }
  return { status, id };
}

function living(org: Org): (readonly User[])[] {
  return STATUSES.filter((status) => status !== "DEPROVISIONED").map((status) => org.users.inStatus(status));
}

/** `q`: starts-with on first name, last name and e-mail, whatever the case (OpenAPI 2026.06.3). */
function startsWith(q: string): (user: User) => boolean {
  const wanted = q.toLowerCase();
  return ({ profile: { firstName, lastName, email } }) =>
    [firstName, lastName, email].some((value) => typeof value === "string" && value.toLowerCase().startsWith(wanted));
}

function answer(call: Call, users: readonly User[], rules: PageRules, limit: number, next: string | undefined): Answer {
  const omit = omitFrom(call.headers["content-type"]);
  const fields = call.query.get("fields");
  // Pages may be short for somebody who does not see everybody. unverified: how Okta pages then.
  const seen = call.sees === undefined ? users : users.filter(call.sees);
  const headers = { link: links(call, rules, limit, next) };
  return { status: 200, raw: listText(call.org, seen, { origin: call.origin, omit, fields }), headers };
}

interface Texts {
  /** When they hold: until something about users changes. */
  readonly changes: number;
  /** The texts of people, by what else they depend on. */
  readonly variants: Map<string, WeakMap<User, Buffer>>;
}

const TEXTS = new WeakMap<Org, Texts>();
const MOST_VARIANTS = 3;

/** What else than the person decides how one is shown. */
interface Shown {
  readonly origin: string;
  readonly omit: Omit;
  readonly fields: string | null;
}

/** Who reads everybody sees many pages of people nobody changes: the text of each is kept until something does. */
function listText(org: Org, users: readonly User[], { origin, omit, fields }: Shown): Buffer {
  const known = TEXTS.get(org);
  const texts =
    known?.changes === org.users.changes
      ? known
      : { changes: org.users.changes, variants: new Map<string, WeakMap<User, Buffer>>() };
  TEXTS.set(org, texts);
  const variant = JSON.stringify([origin, omit, fields, org.features]);
  const ofUser = texts.variants.get(variant) ?? new WeakMap<User, Buffer>();
  if (texts.variants.size >= MOST_VARIANTS) texts.variants.clear();
  texts.variants.set(variant, ofUser);
  const select = fieldSelector(fields);
  const parts: Buffer[] = [];
  for (const user of users) {
    const text = ofUser.get(user) ?? Buffer.from(JSON.stringify(select(userListItem(org, user, origin, omit))));
    ofUser.set(user, text);
    parts.push(parts.length === 0 ? OPEN : COMMA, text);
  }
  return Buffer.concat(parts.length === 0 ? [OPEN, CLOSE] : [...parts, CLOSE]);
}

const OPEN = Buffer.from("[");
const COMMA = Buffer.from(",");
const CLOSE = Buffer.from("]");
