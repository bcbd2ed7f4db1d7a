import { fold, type IndexableTerm, indexable, type Predicate, type Subject } from "./query/index.ts";
import { compareKeys, type Order, type Place } from "./sort.ts";
import { STATUSES, type Status, type User } from "./user.ts";
import { byId, indexAfter } from "./user-index.ts";
import { keyReader, type Reader, reader } from "./user-property.ts";
import type { UserStore } from "./user-store.ts";

/** The properties whose `eq` and `sw` are looked up; all the others are asked of one user after the other. */
const INDEXED: ReadonlySet<string> = new Set([
  "id",
  "status",
  "profile.login",
  "profile.email",
  "profile.lastName",
  "profile.department",
]);

/**
 * So many matches are sorted for a page; more are met in the order of an index, from where the last page ended. Either
 * way a whole walk costs a few passes over the org, however many pages it has.
 */
const FEW = 1000;
/** An index that leaves more than this part of the org is no better than reading until the page is full. */
const NARROW = 1 / 8;

/** One page of users, and whether somebody comes after it. */
export interface Found {
  readonly users: readonly User[];
  readonly more: boolean;
}

/** In id order, from behind the user with the id `after`. */
export function findById(store: UserStore, predicate: Predicate, after: string, limit: number): Found {
  return take([behind(candidates(store, predicate), after)], matcher(predicate), limit);
}

/** In the order asked for, ties by id. */
export function findSorted(
  store: UserStore,
  predicate: Predicate,
  { property, numeric, direction }: Order,
  after: Place | undefined,
  limit: number,
): Found {
  const keep = matcher(predicate);
  const few = fewMatches(store, predicate, keep);
  if (few === undefined) return take(store.index(property, numeric).ordered(direction, after), keep, limit);
  const keyOf = keyReader(property, numeric);
  const sign = direction === "asc" ? 1 : -1;
  const compare = (a: Place, b: Place): number => sign * compareKeys(a.key, b.key) || compareKeys(a.id, b.id);
  const places = few.map((user) => ({ key: keyOf(user), id: user.id, user })).sort(compare);
  const rest = after === undefined ? places : places.filter((place) => compare(place, after) > 0);
  return { users: rest.slice(0, limit).map(({ user }) => user), more: rest.length > limit };
}

/** In the order of the plain list, by status and then id, from behind `after`; the predicate may be missing. */
export function findByStatus(
  store: UserStore,
  predicate: Predicate | undefined,
  statuses: readonly Status[],
  after: { readonly status: number; readonly id: string },
  limit: number,
): Found {
  if (predicate === undefined) return take(inOrder(store, statuses, after), () => true, limit);
  const keep = matcher(predicate);
  const few = fewMatches(store, predicate, keep);
  if (few === undefined) return take(inOrder(store, statuses.filter(wanted(predicate)), after), keep, limit);
  const rank = (user: User): number => STATUSES.indexOf(user.status);
  const rest = few
    .filter((user) => statuses.includes(user.status))
    .filter((user) => rank(user) > after.status || (rank(user) === after.status && user.id > after.id))
    .sort((a, b) => rank(a) - rank(b) || byId(a, b));
  return { users: rest.slice(0, limit), more: rest.length > limit };
}

/** The first `limit` users that are wanted, from one list after the other. */
export function take(lists: Iterable<readonly User[]>, keep: (user: User) => boolean, limit: number): Found {
  const page: User[] = [];
  for (const list of lists) {
    for (const user of list) {
      if (!keep(user)) continue;
      if (page.length === limit) return { users: page, more: true };
      page.push(user);
    }
  }
  return { users: page, more: false };
}

/** Everybody who can match, in id order: the narrowest list that a condition of the search leads to. */
function candidates(store: UserStore, { ast }: Predicate): readonly User[] {
  let best = store.all();
  const most = store.size * NARROW;
  for (const term of indexable(ast)) {
    const found = INDEXED.has(term.property) ? lookedUp(store, term, Math.min(most, best.length)) : undefined;
    if (found !== undefined && found.length < best.length) best = found;
  }
  return best;
}

function lookedUp(store: UserStore, { property, op, value }: IndexableTerm, most: number): readonly User[] | undefined {
  const index = store.index(property);
  return op === "eq" ? index.having(value) : index.startingWith(value, most);
}

/** All matches in id order, if they are few. */
function fewMatches(store: UserStore, predicate: Predicate, keep: (user: User) => boolean): User[] | undefined {
  const { users, more } = take([candidates(store, predicate)], keep, FEW);
  return more ? undefined : [...users];
}

/** Which statuses the conditions leave. */
function wanted({ ast }: Predicate): (status: Status) => boolean {
  const terms = indexable(ast).filter(({ property, op }) => property === "status" && op === "eq");
  return (status) => terms.every(({ value }) => value === fold(status));
}

function* inOrder(
  store: UserStore,
  statuses: readonly Status[],
  after: { readonly status: number; readonly id: string },
): Generator<readonly User[]> {
  for (const status of statuses) {
    const rank = STATUSES.indexOf(status);
    if (rank >= after.status) yield behind(store.inStatus(status), rank === after.status ? after.id : "");
  }
}

function behind(sorted: readonly User[], after: string): readonly User[] {
  return after === "" ? sorted : sorted.slice(indexAfter(sorted, after));
}

/** One subject for a whole scan: only the user it speaks for changes. */
function matcher(predicate: Predicate): (user: User) => boolean {
  let current: User | undefined;
  const readers = new Map<string, Reader>();
  const read = (name: string): Reader => {
    const known = readers.get(name) ?? reader(name);
    readers.set(name, known);
    return known;
  };
  const subject: Subject = { get: (name) => (current === undefined ? undefined : read(name)(current)) };
  return (user) => {
    current = user;
    return predicate.matches(subject);
  };
}
