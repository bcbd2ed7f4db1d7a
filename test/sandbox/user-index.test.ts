import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AttributeTypes, parseFilter, parseSearch } from "../../src/sandbox/query/index.ts";
import { compareKeys, type Order, type Place, sortKey } from "../../src/sandbox/sort.ts";
import { STATUSES, type Status, type User } from "../../src/sandbox/user.ts";
import { reader } from "../../src/sandbox/user-property.ts";
import { UserStore } from "../../src/sandbox/user-store.ts";
import { type Found, findById, findByStatus, findSorted } from "../../src/sandbox/users-search.ts";

/** The indexes against a scan, on small orgs that change all the time. */

const RUNS = process.env.LONG === "1" ? 1000 : 60;

const TYPES: AttributeTypes = {
  id: "string",
  status: "string",
  created: "date",
  lastUpdated: "date",
  "type.id": "string",
  "profile.login": "string",
  "profile.email": "string",
  "profile.lastName": "string",
  "profile.department": "string",
  "profile.badge": "number",
};

// Few and related values, so that keys are shared, are prefixes of each other and differ only in case.
const name = fc.constantFrom("Ma", "MA", "Mar", "Márquez", "mar", "Σίσυφος", "ΣΊΣΥΦΟΣ", "", "O'Neil", "Z");
const someProfile = fc.record(
  { lastName: name, department: name, email: name, badge: fc.integer({ min: -2, max: 3 }) },
  { requiredKeys: [] },
);
const someStatus = fc.constantFrom(...STATUSES);
const time = fc.integer({ min: 0, max: 5 }).map((seconds) => seconds * 1000);

type Change =
  | { readonly do: "add"; readonly profile: object; readonly status: Status; readonly created: number }
  | { readonly do: "remove" | "touch"; readonly who: number; readonly time: number }
  | { readonly do: "status"; readonly who: number; readonly status: Status }
  | { readonly do: "profile"; readonly who: number; readonly profile: object; readonly rename: boolean };

const who = fc.nat(1000);
const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("add" as const), profile: someProfile, status: someStatus, created: time }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), who, time }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("touch" as const), who, time }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("status" as const), who, status: someStatus }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("profile" as const), who, profile: someProfile, rename: fc.boolean() }),
  },
);

let made = 0;

function person(more: { profile: object; status: Status; created: number }): User {
  made += 1;
  const login = `p${made % 7}.${made}@x.example`;
  return {
    // Now and then an id that sorts before others, as an import gives them.
    id: `00u${String(made % 5 === 0 ? 10_000 - made : made).padStart(5, "0")}abcdefABCDEF`,
    suspendedFrom: "ACTIVE",
    passwordExpired: false,
    activated: null,
    statusChanged: null,
    lastLogin: null,
    lastUpdated: more.created,
    passwordChanged: null,
    realmId: "",
    typeId: "oty1",
    credentials: { password: undefined, previous: [], provider: { type: "OKTA", name: "OKTA" }, recovery: undefined },
    groups: [],
    blocks: [],
    sessions: 0,
    devices: 0,
    factors: 0,
    ...more,
    profile: { login, ...more.profile },
  };
}

/** Makes the change in the store; the naive side is the list of those who are there. */
function apply(store: UserStore, people: User[], step: Change): void {
  if (step.do === "add") {
    const user = person(step);
    store.add(user);
    people.push(user);
    return;
  }
  const user = people[step.who % Math.max(1, people.length)];
  if (user === undefined) return;
  switch (step.do) {
    case "remove":
      // Its time changed without a word, and then it goes.
      user.lastUpdated = step.time;
      store.remove(user);
      people.splice(people.indexOf(user), 1);
      break;
    case "touch":
      user.lastUpdated = step.time;
      user.typeId = `oty${step.time}`;
      store.changed();
      break;
    case "status":
      store.setStatus(user, step.status);
      break;
    case "profile": {
      const login = step.rename ? `renamed.${made++}@x.example` : (user.profile.login ?? "");
      store.setProfile(user, { ...step.profile, login });
    }
  }
}

const order: fc.Arbitrary<Order> = fc
  .record({
    property: fc.constantFrom("profile.lastName", "profile.badge", "status", "created", "lastUpdated", "type.id"),
    numeric: fc.constant(false),
    direction: fc.constantFrom("asc", "desc"),
  })
  .map((wanted) => ({
    ...wanted,
    numeric: TYPES[wanted.property] === "number" || TYPES[wanted.property] === "date",
  }));

function byPlace({ numeric, property, direction }: Order): (a: User, b: User) => number {
  const sign = direction === "asc" ? 1 : -1;
  const key = (user: User) => sortKey(reader(property)(user), numeric);
  return (a, b) => sign * compareKeys(key(a), key(b)) || compareKeys(a.id, b.id);
}

const SEARCHES = [
  'profile.lastName eq "mar"',
  'profile.lastName sw "ma"',
  'profile.lastName sw "σίσυφος"',
  'profile.email eq "MA" and profile.department sw "m"',
  'profile.department eq ""',
  'status eq "active"',
  'status sw "p" and profile.badge gt 0',
  'profile.login sw "p3."',
  'profile.login eq "P1.1@x.example" or profile.login sw "renamed"',
  'id sw "00u0000"',
  'id eq "00U00001ABCDEFabcdef" and status pr',
  'lastUpdated gt "1970-01-01T00:00:02.000Z"',
  "profile.badge le 1 and (status pr or profile.email pr)",
];

const ids = (users: readonly User[]): string[] => users.map(({ id }) => id);

/** All pages of a search put together. */
function walk(page: (last: User | undefined) => Found): string[] {
  const found: User[] = [];
  for (;;) {
    const { users, more } = page(found.at(-1));
    found.push(...users);
    if (!more || users.length === 0) return ids(found);
  }
}

describe("the indexes, while people come, change and go", () => {
  const step = fc.record({ change, search: fc.nat(SEARCHES.length - 1), order, limit: fc.integer({ min: 1, max: 4 }) });

  it("find and sort like a scan, page by page", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
        const store = new UserStore();
        const people: User[] = [];
        for (const { change: next, search, order: wanted, limit } of steps) {
          apply(store, people, next);
          const predicate = parseSearch(SEARCHES[search] ?? "", TYPES);
          const matching = people.filter((user) => predicate.matches({ get: (property) => reader(property)(user) }));
          const inIdOrder = ids(matching).sort();
          expect(walk((last) => findById(store, predicate, last?.id ?? "", limit))).toEqual(inIdOrder);
          const key = (user: User) => sortKey(reader(wanted.property)(user), wanted.numeric);
          const place = (user: User | undefined): Place | undefined =>
            user === undefined ? undefined : { key: key(user), id: user.id };
          expect(walk((last) => findSorted(store, predicate, wanted, place(last), limit))).toEqual(
            ids(matching.sort(byPlace(wanted))),
          );
          // The order itself, which small orgs do not need for their pages.
          const sorted = [...people].sort(byPlace(wanted));
          const from = sorted[Math.floor(sorted.length / 2)];
          const index = store.index(wanted.property, wanted.numeric);
          expect(ids([...index.ordered(wanted.direction)].flat())).toEqual(ids(sorted));
          // A place that nobody holds any more.
          const gone: Place = { key: wanted.numeric ? 1500 : "mar!", id: "00u5" };
          const beyond = sorted.filter((user) => {
            const way = wanted.direction === "asc" ? 1 : -1;
            return way * compareKeys(key(user), gone.key) > 0;
          });
          expect(ids([...index.ordered(wanted.direction, gone)].flat())).toEqual(ids(beyond));
          expect(ids([...index.ordered(wanted.direction, place(from))].flat())).toEqual(
            ids(sorted.slice(from === undefined ? 0 : sorted.indexOf(from) + 1)),
          );
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("hold exactly the prefixes and values of a scan, built early or late", () => {
    const property = fc.constantFrom("profile.lastName", "profile.department", "status", "id", "profile.login");
    fc.assert(
      fc.property(fc.array(fc.tuple(change, property, name), { minLength: 5, maxLength: 40 }), (steps) => {
        const store = new UserStore();
        const people: User[] = [];
        for (const [next, asked, prefix] of steps) {
          apply(store, people, next);
          const key = (user: User) => String(sortKey(reader(asked)(user), false));
          const wanted = sortKey(prefix, false);
          const index = store.index(asked);
          const having = people.filter((user) => key(user) === wanted);
          const starting = people.filter((user) => key(user).startsWith(String(wanted)));
          expect(ids(index.having(wanted))).toEqual(ids(having).sort());
          expect(ids(index.startingWith(String(wanted), 1000) ?? [])).toEqual(ids(starting).sort());
          if (starting.length > 1) expect(index.startingWith(String(wanted), 1)).toBeUndefined();
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("filter in the order of the plain list", () => {
    const store = new UserStore();
    const people: User[] = [];
    for (let i = 0; i < 60; i += 1) {
      const status = STATUSES[i % STATUSES.length] ?? "ACTIVE";
      apply(store, people, { do: "add", profile: { lastName: i % 3 ? "Mar" : "mar" }, status, created: 0 });
    }
    for (const text of [
      'profile.lastName eq "Mar"',
      'status eq "ACTIVE"',
      'status eq "ACTIVE" or status eq "STAGED"',
    ]) {
      const predicate = parseFilter(text);
      const rank = (user: User) => STATUSES.indexOf(user.status);
      const wanted = people
        .filter((user) => predicate.matches({ get: (property) => reader(property)(user) }))
        .sort((a, b) => rank(a) - rank(b) || compareKeys(a.id, b.id));
      const page = (last: User | undefined) =>
        findByStatus(store, predicate, STATUSES, { status: last ? rank(last) : 0, id: last?.id ?? "" }, 7);
      expect(walk(page), text).toEqual(ids(wanted));
    }
  });
});
