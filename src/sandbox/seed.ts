import { CONTRACTOR_ATTRIBUTES, EMPLOYEE_ATTRIBUTES } from "./attributes.ts";
import { now } from "./clock.ts";
import { allFeatures } from "./features.ts";
import { type IdSource, idSource, PREFIX } from "./id.ts";
import { IndexLag } from "./index-lag.ts";
import { defaultKnobs } from "./knobs.ts";
import { EventLog } from "./log-events.ts";
import { seededHistory } from "./log-history.ts";
import { link, type Org, type UserType } from "./org.ts";
import { storeShared } from "./password.ts";
import { seededRandom } from "./random.ts";
import { seedAccess } from "./seed-access.ts";
import { type Person, SEEDED_ANSWER, SEEDED_PASSWORD, seedPeople } from "./seed-people.ts";
import { appCatalog, authorizationServer, seedApps, seedGroups, seedIdentityProviders } from "./seed-things.ts";
import { UserStore } from "./user-store.ts";

const DAY = 86_400_000;

/** Builds the org: everything follows from the seed, the number of people, and today's date. */
export function seedOrg({ users: count, seed }: { users: number; seed: number }): Org {
  const today = Math.floor(now() / DAY) * DAY;
  const began = today - 1500 * DAY;
  const random = seededRandom(seed);
  const ids = idSource(seed);
  const employee = userType(ids, "user", "User", "Okta user profile template with default permission settings", began);
  const contractor = userType(ids, "contractor", "Contractor", "People who work for an agency", began);
  const realms = [ids.next("realm"), ids.next("realm")] as const;
  const catalog = appCatalog(began);
  const apps = seedApps(ids);
  const groups = seedGroups(ids, apps, began);
  const people = seedPeople({
    count: Math.max(1, count),
    today,
    random,
    ids,
    employeeTypeId: employee.id,
    contractorTypeId: contractor.id,
    realms,
    password: storeShared(SEEDED_PASSWORD),
    answer: storeShared(SEEDED_ANSWER),
  });
  const users = new UserStore();
  for (const { user } of people) users.add(user);
  const org: Org = {
    ids,
    ownerId: people[0]?.user.id ?? "",
    features: allFeatures(),
    users,
    types: new Map([employee, contractor].map((type) => [type.id, type])),
    realms,
    everyoneId: [...groups.values()].find((group) => group.type === "BUILT_IN")?.id ?? "",
    groups,
    catalog,
    apps,
    server: authorizationServer(ids),
    identityProviders: seedIdentityProviders(ids, began),
    customRoles: new Map([[ids.next("customRole"), "Password Helper"]]),
    resourceSets: new Map([[ids.next("resourceSet"), "People outside IT"]]),
    links: new Map(),
    appAssignments: new Map(),
    groupApps: new Map(),
    grants: new Map(),
    tokens: new Map(),
    idpLinks: new Map(),
    roles: new Map(),
    groupRoles: new Map(),
    mail: [],
    knobs: defaultKnobs(),
    events: new EventLog(() => seededHistory(org, today)),
    factors: new Map(),
    failedChecks: new Map(),
    unfinished: [],
    userIndex: new IndexLag(),
    groupIndex: new IndexLag(),
  };
  seedLinks(org, people);
  seedAccess(org, people, random, today);
  return org;
}

function userType(ids: IdSource, name: string, displayName: string, description: string, created: number): UserType {
  const isDefault = name === "user";
  const id = ids.next("userType");
  return {
    id,
    // The two ids differ in the prefix only (behaviour: recorded).
    schemaId: `${PREFIX.userSchema}${id.slice(3)}`,
    name,
    displayName,
    description,
    isDefault,
    created,
    custom: isDefault ? EMPLOYEE_ATTRIBUTES : CONTRACTOR_ATTRIBUTES,
  };
}

function seedLinks(org: Org, people: readonly Person[]): void {
  const managers = {
    primary: { name: "manager", title: "Manager", description: "Whom one reports to" },
    associated: { name: "subordinate", title: "Subordinate", description: "Who reports to one" },
    primaryOf: new Map<string, string>(),
    associatedOf: new Map<string, Set<string>>(),
  };
  org.links.set("manager", managers);
  org.links.set("mentor", {
    primary: { name: "mentor", title: "Mentor", description: "Who helps one to settle in" },
    associated: { name: "mentee", title: "Mentee", description: "Whom one helps to settle in" },
    primaryOf: new Map(),
    associatedOf: new Map(),
  });
  for (const { user, manager } of people) {
    const boss = manager === undefined ? undefined : people[manager]?.user;
    if (boss !== undefined) link(managers, user.id, boss.id);
  }
}
