import { iso } from "./clock.ts";
import type { IdSource } from "./id.ts";
import type { StoredPassword } from "./password.ts";
import type { Random } from "./random.ts";
import { CITIES, DEPARTMENTS, type Department, DOMAIN, FIRST_NAMES, LAST_NAMES, ORGANIZATION } from "./seed-names.ts";
import type { Block, Profile, ProfileValue, Status, User } from "./user.ts";

const DAY = 86_400_000;
/** Every 40th person from a position is in that status; the other 33 of 40 are ACTIVE. */
const OTHER_STATUSES: ReadonlyMap<number, Status> = new Map([
  [14, "STAGED"],
  [17, "PROVISIONED"],
  [21, "RECOVERY"],
  [24, "LOCKED_OUT"],
  [28, "PASSWORD_EXPIRED"],
  [31, "SUSPENDED"],
  [35, "DEPROVISIONED"],
]);

/** Positions of two people in status ACTIVE whose password lives in Active Directory. */
const DIRECTORY_PEOPLE: ReadonlySet<number> = new Set([45, 53]);

/** The password of every seeded person who has one, and the answer to every seeded recovery question. */
export const SEEDED_PASSWORD = "Larch-Harbor-2041";
export const SEEDED_ANSWER = "blue kite";

export interface PeopleInput {
  readonly count: number;
  /** Midnight UTC of the day the org started, epoch milliseconds. */
  readonly today: number;
  readonly random: Random;
  readonly ids: IdSource;
  readonly employeeTypeId: string;
  readonly contractorTypeId: string;
  readonly realms: readonly [string, string];
  readonly password: StoredPassword;
  readonly answer: StoredPassword;
}

/** One made-up person with the place in the company. */
export interface Person {
  readonly user: User;
  readonly department: Department;
  /** Position of the manager among the people; undefined for the owner. */
  readonly manager: number | undefined;
}

/** The people in id order; the first is the owner, the next twelve lead the departments. */
export function seedPeople(input: PeopleInput): Person[] {
  const taken = new Map<string, number>();
  const people: Person[] = [];
  for (let i = 0; i < input.count; i++) people.push(person(input, i, taken, people));
  return people;
}

function person(input: PeopleInput, i: number, taken: Map<string, number>, before: readonly Person[]): Person {
  const { random, today, count } = input;
  const department = DEPARTMENTS[i === 0 ? 0 : (i - 1) % DEPARTMENTS.length] ?? random.pick(DEPARTMENTS);
  const leads = i > 0 && i <= DEPARTMENTS.length;
  const manager = i === 0 ? undefined : leads ? 0 : 1 + ((i - 1) % DEPARTMENTS.length);
  const contractor = i > 20 && i % 17 === 0;
  const status = OTHER_STATUSES.get(i % 40) ?? "ACTIVE";
  const created = today - Math.floor(((count - i) / count) * 1400 + 3) * DAY + random.below(36_000) * 1000 + 25_200_000;
  const firstName = random.pick(FIRST_NAMES);
  const lastName = random.pick(LAST_NAMES).replace("-", " ");
  const login = `${uniqueName(firstName, lastName, taken)}@${DOMAIN}`;
  const place = random.pick(CITIES);
  const boss = manager === undefined ? undefined : before[manager]?.user;
  const profile: Record<string, ProfileValue> = {
    firstName,
    lastName,
    displayName: `${firstName} ${lastName}`,
    title: i === 0 ? "Identity Lead" : leads ? department.head : random.pick(department.titles),
    department: department.name,
    division: department.division,
    costCenter: department.costCenter,
    organization: ORGANIZATION,
    userType: contractor ? "Contractor" : "Employee",
    employeeNumber: `${contractor ? "C" : "E"}${100_000 + i}`,
    city: place.city,
    state: place.state,
    countryCode: place.countryCode,
    zipCode: place.zipCode,
    streetAddress: place.street,
    timezone: place.timezone,
    locale: place.locale,
    preferredLanguage: place.locale.slice(0, 2),
    login,
    email: login,
  };
  if (boss !== undefined) {
    profile.manager = String(boss.profile.displayName);
    profile.managerId = String(boss.profile.employeeNumber);
  }
  if (random.chance(0.6)) profile.mobilePhone = `+1-555-01${String(random.below(100)).padStart(2, "0")}`;
  if (random.chance(0.2)) profile.secondEmail = login.replace(DOMAIN, "personal.example");
  if (random.chance(0.15)) profile.nickName = firstName.slice(0, 3);
  if (contractor) {
    profile.agency = random.pick(["Brightwater Staffing", "Ostra Partners"]);
    profile.contractEnd = iso(today + (random.below(400) - 60) * DAY).slice(0, 10);
  } else {
    profile.badgeNumber = 4000 + i;
    profile.startDate = iso(created + 7 * DAY).slice(0, 10);
    profile.costCenterOwner = leads;
    profile.remote = random.chance(0.35);
  }
  profile.skills = department.skills.filter(() => random.chance(0.5));
  const user = account(input, i, status, created, profile, contractor);
  return { user, department, manager };
}

function account(
  input: PeopleInput,
  i: number,
  status: Status,
  created: number,
  profile: Profile,
  contractor: boolean,
): User {
  const { random, today } = input;
  const activated = status === "STAGED" ? null : created + random.below(3600) * 1000;
  const hasPassword = status !== "STAGED" && status !== "PROVISIONED" && status !== "DEPROVISIONED";
  const directory = DIRECTORY_PEOPLE.has(i);
  const external = directory || (status === "ACTIVE" && i > 40 && i % 29 === 0);
  const since = activated ?? created;
  // Lockouts are a matter of days: somebody calls.
  const longest = status === "LOCKED_OUT" ? Math.min(today - since, 6 * DAY) : today - since;
  const changed =
    status === "ACTIVE" || activated === null ? since : today - longest + random.below(longest / 1000) * 1000;
  const passwordChanged =
    status === "STAGED" || status === "PROVISIONED" ? null : since + random.below(2 * 86_400) * 1000;
  const lastLogin = hasPassword && random.chance(0.9) ? today - random.below(45 * 86_400) * 1000 : null;
  return {
    id: input.ids.next("user"),
    status,
    suspendedFrom: i % 80 === 31 ? "ACTIVE" : "PASSWORD_EXPIRED",
    passwordExpired: status === "PASSWORD_EXPIRED" || (status === "LOCKED_OUT" && i % 80 !== 24),
    created,
    activated,
    statusChanged: changed,
    lastLogin: lastLogin !== null && lastLogin > since ? lastLogin : null,
    lastUpdated: Math.max(changed, passwordChanged ?? 0),
    passwordChanged: external ? null : passwordChanged,
    realmId: contractor ? input.realms[1] : input.realms[0],
    typeId: contractor ? input.contractorTypeId : input.employeeTypeId,
    profile,
    credentials: {
      password: hasPassword && !external ? input.password : undefined,
      previous: [],
      provider: external ? externalProvider(i, directory) : { type: "OKTA", name: "OKTA" },
      recovery:
        hasPassword && !external && i % 3 !== 1
          ? { question: "What was your first toy?", answer: input.answer }
          : undefined,
    },
    groups: [],
    blocks: blocksOf(status, i),
    sessions: status === "ACTIVE" ? random.below(3) : 0,
    devices: hasPassword ? random.below(3) : 0,
    factors: hasPassword ? 1 + random.below(2) : 0,
  };
}

/** Who signs in with a password of the company's old directory. */
function externalProvider(i: number, directory: boolean): User["credentials"]["provider"] {
  if (directory) return { type: "ACTIVE_DIRECTORY", name: "ad.larkspur.example" };
  return i % 2 === 0 ? { type: "SOCIAL", name: "SOCIAL" } : { type: "FEDERATION", name: "FEDERATION" };
}

function blocksOf(status: Status, i: number): readonly Block[] {
  if (status === "LOCKED_OUT") return [{ type: "DEVICE_BASED", appliesTo: "ANY_DEVICES" }];
  if (status === "ACTIVE" && i % 50 === 22) return [{ type: "DEVICE_BASED", appliesTo: "UNKNOWN_DEVICES" }];
  return [];
}

const LETTERS: Readonly<Record<string, string>> = { ł: "l", ø: "o", đ: "d", ı: "i", ß: "ss", æ: "ae" };

const PLAIN_NAMES = new Map<string, string>();

/** A name in lower-case letters of the English alphabet, as logins are made of. */
function plainName(name: string): string {
  const known = PLAIN_NAMES.get(name);
  if (known !== undefined) return known;
  const plain = name
    .toLowerCase()
    .normalize("NFD")
    .replace(/[łøđıßæ]/g, (letter) => LETTERS[letter] ?? letter)
    .replace(/[^a-z]/g, "");
  PLAIN_NAMES.set(name, plain);
  return plain;
}

function uniqueName(firstName: string, lastName: string, taken: Map<string, number>): string {
  const plain = `${plainName(firstName)}.${plainName(lastName)}`;
  const times = (taken.get(plain) ?? 0) + 1;
  taken.set(plain, times);
  return times === 1 ? plain : `${plain}${times}`;
}
