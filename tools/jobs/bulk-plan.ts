import {
  firstFitting,
  inert,
  inertText,
  type JobContext,
  type JobOkta,
  OktaError,
  Refusal,
  statusOf,
} from "../../src/job.ts";
import type { Operation, Target, UserStatus } from "../../src/operation.ts";
import { isJsonObject, type Json, type JsonObject } from "../../src/schema.ts";
import { listUsers } from "../users.ts";
import { atOnce } from "./at-once.ts";
import { orMissing } from "./look.ts";
import { unfit } from "./refuse.ts";

/** One person of a plan. */
export interface Planned {
  readonly id: string;
  readonly login: string;
  readonly status: UserStatus | null;
  /** Why it would surely fail, as a constant sentence. */
  readonly wouldFail?: string | undefined;
}

/** What is to be done, and to whom. */
export interface Plan {
  readonly action: Operation;
  readonly args: JsonObject;
  readonly people: readonly Planned[];
}

export const TOOL = "bulk_user_action";

/** How many are shown at once. */
const SHOWN = 50;
/** How many of those who would fail, or did, are named. */
const NAMED = 15;
const READS_AT_ONCE = 6;
/** What is kept of a call's time for making the plan of those that were read. */
const TIME_TO_PLAN_MS = 10_000;

/** What a person who is asked is shown whole. */
const LONGEST_ARGUMENTS = 1_500;

const NOT_IN_BULK = ["credentials", "password", "newPassword", "oldPassword", "recovery_question"];

/** The operation, when it can be done to many with these arguments. Throws a Refusal that says why it cannot. */
export function inBulk(operation: Operation | undefined, args: JsonObject): Operation {
  if (JSON.stringify(args).length > LONGEST_ARGUMENTS)
    throw unfit(
      TOOL,
      "arguments",
      `are longer than ${LONGEST_ARGUMENTS} characters, more than a person can check at once`,
    );
  if (operation === undefined || operation.effect === "read")
    throw unfit(TOOL, "action", "must be a tool that changes one person, such as suspend_user");
  if (Object.keys(operation.path).join() !== "userId")
    throw unfit(TOOL, "action", "must be a tool whose only id is userId, such as suspend_user");
  if (operation.secret !== undefined && operation.secretWhen?.(args) !== false)
    throw unfit(
      TOOL,
      "action",
      "would bring a one-time secret for each person; where the tool has sendEmail, give it as true",
    );
  if (NOT_IN_BULK.some((name) => args[name] !== undefined || isRequired(operation, name)))
    throw unfit(TOOL, "action", "would set passwords or answers, which is done one by one");
  return operation;
}

function isRequired(operation: Operation, name: string): boolean {
  return operation.body[name]?.isOptional() === false;
}

/** The people of a search, at most so many. Throws a Refusal when there are more or none. */
export async function peopleFound(okta: JobOkta, search: string, most: number): Promise<Planned[]> {
  // A list that shifts while it is read may show somebody twice.
  const people = new Map<string, Planned>();
  for await (const { body } of okta.pages(listUsers, { search, limit: 200, fields: "id,status,profile:(login)" })) {
    for (const user of Array.isArray(body) ? body.filter(isJsonObject) : [])
      people.set(String(user.id), plannedOf(user));
    if (people.size > most)
      throw unfit(TOOL, "search", `matches more than ${most} people, the most that OKTA_BULK_MAX allows; narrow it`);
  }
  if (people.size === 0) throw unfit(TOOL, "search", "matches nobody; try it with list_users");
  return [...people.values()];
}

function plannedOf(user: JsonObject): Planned {
  const profile = isJsonObject(user.profile) ? user.profile : {};
  return { id: String(user.id), login: String(profile.login ?? ""), status: statusOf(user.status) };
}

/** The people named by id or login, each once. Throws a Refusal that names those nobody has. */
export async function peopleNamed(
  okta: JobOkta,
  userIds: readonly string[],
  most: number,
  deadline: number,
): Promise<Planned[]> {
  if (userIds.length === 0) throw unfit(TOOL, "userIds", "is empty; name at least one person");
  if (userIds.length > most)
    throw unfit(TOOL, "userIds", `names more than ${most} people, the most that OKTA_BULK_MAX allows`);
  const found = new Map<string, Target | undefined>(userIds.map((name) => [name, undefined]));
  await atOnce(READS_AT_ONCE, [...found.keys()], async (name) => {
    if (Date.now() > deadline - TIME_TO_PLAN_MS)
      throw unfit(
        TOOL,
        "userIds",
        "names more people than can be read in the time a call has; give fewer, or a search",
      );
    found.set(name, await orMissing(() => okta.person(name)));
    return true;
  });
  const missing = [...found].flatMap(([name, person]) => (person === undefined ? [inertText(name, 60)] : []));
  if (missing.length > 0)
    throw new Refusal("invalid_arguments", `Nothing was done: Okta does not know ${missing.length} of these people.`, {
      causes: missing.slice(0, NAMED).map((name) => `userIds: nobody is ${JSON.stringify(name)}`),
      hint: "Take ids from list_users, or leave these out.",
    });
  const people = [...found.values()].flatMap((person) =>
    person?.id ? [{ id: person.id, login: person.login, status: person.status }] : [],
  );
  return [...new Map(people.map((person) => [person.id, person])).values()];
}

/** Marks those whom Okta would refuse, or who must not be touched. */
export async function foreseen(action: Operation, people: readonly Planned[], context: JobContext): Promise<Planned[]> {
  const failing = new Map<string, string | undefined>();
  await atOnce(READS_AT_ONCE, people, async (person) => {
    failing.set(person.id, unfitStatus(action, person.status) ?? (await protectedCode(action, person, context)));
    return true;
  });
  return people.map((person) => ({ ...person, wouldFail: failing.get(person.id) }));
}

function unfitStatus({ refusedFrom, to, secret }: Operation, status: UserStatus | null): string | undefined {
  if (status === null) return undefined;
  // Whoever is there already gets a new link by what makes links.
  if (status === to && secret === undefined) return "is_so_already";
  return refusedFrom?.includes(status) ? "refused_by_status" : undefined;
}

async function protectedCode(action: Operation, { id }: Planned, context: JobContext): Promise<string | undefined> {
  try {
    await context.protect(action.name, id);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal && error.code === "protected_user") return error.code;
    // One odd answer about one person must not cost the plan for all.
    const { code, status = 0 } = error instanceof OktaError ? error.failure : {};
    if (code === "bad_response" && status < 500) return "groups_unreadable";
    throw error;
  }
}

/** What the action means for these people: each consequence once, and for how many. */
export function consequences({ action, args, people }: Plan): JsonObject[] {
  const counts = new Map<string, number>();
  for (const { status, wouldFail } of people) {
    if (wouldFail !== undefined) continue;
    const target = { id: null, login: "", name: "", status, profile: {} };
    // Of nobody's profile a change may look like none; what it can mean at the worst is said then.
    const worst = action.confirm?.({ ...args }, target) ?? action.confirm?.({ ...args });
    const sentence = worst ?? `${action.name} is done to them.`;
    counts.set(sentence, (counts.get(sentence) ?? 0) + 1);
  }
  return [...counts].map(([consequence, count]) => ({ count, consequence }));
}

/** Of how many Okta may refuse it, by their status. */
export function mayFail({ action, people }: Plan): JsonObject {
  const unsure = people.filter(
    ({ status, wouldFail }) => wouldFail === undefined && status !== null && action.uncertainFrom?.includes(status),
  );
  return unsure.length === 0 ? {} : { mayFail: byStatus(unsure) };
}

export function byStatus(people: readonly Planned[]): JsonObject {
  const counts: JsonObject = {};
  for (const { status } of people) counts[status ?? "unknown"] = Number(counts[status ?? "unknown"] ?? 0) + 1;
  return counts;
}

/** A part of the people, and where the next one begins. */
export function page(
  people: readonly Planned[],
  after: string | undefined,
  show: (person: Planned) => JsonObject,
): { users: JsonObject[]; next?: string } {
  const start = after === undefined ? 0 : Number(after);
  if (!Number.isInteger(start) || start < 0 || start > people.length)
    throw unfit(TOOL, "after", "is not the next of an earlier reply");
  const end = start + SHOWN;
  return { users: people.slice(start, end).map(show), ...(end < people.length ? { next: String(end) } : {}) };
}

/** A person in a reply, with a login of at most so many characters. */
export function shown({ id, login, status }: Planned, longest: number): JsonObject {
  return { id, login: inertText(login, longest), status };
}

/** How long logins may be, tried in turn until the reply is short enough. */
const SHORTEST_LOGIN = 15;
const LOGIN_LENGTHS = [100, 40, SHORTEST_LOGIN];

/** The reply with logins as long as it bears, in characters of JSON. */
export function fitting(most: number, reply: (longestLogin: number) => JsonObject): JsonObject {
  return firstFitting(LOGIN_LENGTHS, reply, (one) => JSON.stringify(one).length <= most) ?? reply(SHORTEST_LOGIN);
}

/** Those that are named, and how many there are where these are fewer. */
export function named(name: string, all: readonly JsonObject[]): JsonObject {
  return { [name]: all.slice(0, NAMED), ...(all.length > NAMED ? { [`${name}Count`]: all.length } : {}) };
}

/** The arguments as they are shown: without hidden characters, long ones cut. */
export function given({ args }: Plan): JsonObject {
  return Object.keys(args).length === 0 ? {} : { arguments: inert(args, 200) };
}

export function keep({ action, args, people }: Plan): JsonObject {
  const kept = people.map(({ id, login, status, wouldFail }): Json => [id, login, status, wouldFail ?? null]);
  return { action: action.name, arguments: args, people: kept };
}

/** A plan as it was kept. Throws a TypeError for anything else, which the hash of the plan rules out. */
export function kept(plan: JsonObject, context: JobContext): Plan {
  const action = context.operation(String(plan.action));
  if (action === undefined || !isJsonObject(plan.arguments) || !Array.isArray(plan.people))
    throw new TypeError("not a plan");
  const people = plan.people.flatMap((entry): Planned[] => {
    if (!Array.isArray(entry)) return [];
    const [id, login, status, wouldFail] = entry;
    const why = typeof wouldFail === "string" ? { wouldFail } : {};
    return [{ id: String(id), login: String(login), status: statusOf(status), ...why }];
  });
  return { action, args: plan.arguments, people };
}
