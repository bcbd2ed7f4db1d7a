import { firstFitting, inert, inertText, type JobContext, type JobOkta, job, nearest, Refusal } from "../../src/job.ts";
import { consent, type Operation } from "../../src/operation.ts";
import { asJsonObject, isJsonObject, type JsonObject, z } from "../../src/schema.ts";
import { flag } from "../args.ts";
import { addUserToGroup, getGroup, listGroups } from "../groups.ts";
import { activateUser } from "../lifecycle.ts";
import { listLinkedObjectsForUser, setLinkedObjectForUser } from "../linked-objects.ts";
import { createUser, listUsers } from "../users.ts";
import { type Attribute, attributesOf } from "./attributes.ts";
import { requireKnown } from "./columns.ts";
import { listAll, orMissing, type Person, personOf } from "./look.ts";
import { consentAndCarryOut, type Plan, planOf, runId } from "./planned.ts";
import { unfit } from "./refuse.ts";
import type { PlannedCall } from "./step.ts";

const NAME = "onboard_user";

const needed = z.string().min(1);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/*
 * Created STAGED, without groups, and activated last: whatever cuts this off leaves an account nobody can sign in to,
 * that nobody was mailed about, and whose creation can be found out by reading. Groups given to Okta with the creation
 * would save calls, but hide whether a lost answer was a yes; activated at once, a person would find half of what they
 * are to have.
 */
export const onboardUser = job({
  name: NAME,
  title: "On-board user",
  summary: "Create a person with groups and manager, then activate and mail them. Cut off, its runId goes on.",
  scope: "okta.users.manage",
  effect: "destructive",
  sendsEmail: true,
  arguments: {
    profile: z
      .object({ login: needed, email: needed, firstName: needed, lastName: needed })
      .catchall(z.union([scalar, z.array(scalar)]))
      .describe("other attributes too"),
    groups: z.array(z.string()).max(20).describe("names or ids").optional(),
    managerId: z.string().describe("id or login").optional(),
    activate: flag("default true"),
    confirm: consent.optional(),
    runId,
  },
  run: async (okta, { confirm, runId: id, ...given }, context) => {
    const plan = id === undefined ? await planFor(given, okta, context) : await planOf(NAME, id, given, context);
    return consentAndCarryOut(NAME, okta, context, plan, { id, confirm });
  },
});

interface Given {
  readonly profile: Readonly<Record<string, unknown>> & { readonly login: string; readonly email: string };
  readonly groups?: readonly string[] | undefined;
  readonly managerId?: string | undefined;
  readonly activate?: boolean | undefined;
}

async function planFor(given: Given, okta: JobOkta, context: JobContext): Promise<Plan> {
  const { groups: names = [], managerId, activate = true } = given;
  const profile = asJsonObject(given.profile);
  context.check(createUser, { profile, activate: false });
  const attributes = await attributesOf(okta);
  await requireKnown(okta, "profile", profile, async () => attributes);
  requireRequired(profile, attributes);
  await refuseDuplicates(given.profile, okta);
  const manager = managerId === undefined ? undefined : await managerOf(managerId, okta);
  const groups = await groupsNamed(names, okta, context);
  const to = { primaryRelationshipName: "manager", primaryUserId: manager?.id ?? "" };
  const wanted: readonly (readonly [name: string, wanted: boolean, after: string[], calls: PlannedCall[]])[] = [
    ["create", true, [], [call(createUser, { profile, activate: false })]],
    ["manager", manager !== undefined, ["create"], [call(setLinkedObjectForUser, to)]],
    ["groups", groups.length > 0, ["create"], groups.map((group) => call(addUserToGroup, { groupId: group.id }))],
    // Who is let in finds everything in place.
    ["activate", activate, ["create", "manager", "groups"], [call(activateUser, { sendEmail: true })]],
  ];
  return {
    given: {
      profile,
      activate,
      ...(given.groups === undefined ? {} : { groups: [...names] }),
      ...(managerId === undefined ? {} : { managerId }),
    },
    userId: null,
    preview: previewOf(profile, groups, manager, activate),
    steps: wanted.flatMap(([step, asked, after, calls]) =>
      asked ? [{ step, calls, after, mayBeRefused: false }] : [],
    ),
  };
}

/** The longest of the profile that a preview shows with its values, in characters of JSON. */
const LONGEST_PROFILE = 700;

function previewOf(
  profile: JsonObject,
  groups: readonly Group[],
  manager: Person | undefined,
  activate: boolean,
): JsonObject {
  const { login, email, firstName, lastName, ...others } = profile;
  const shown = inert(others, 60);
  const fits = JSON.stringify(shown).length <= LONGEST_PROFILE;
  // A form shows the first lines: the profile, which may be long, comes last.
  return {
    consequence: activate
      ? "An account is created that gets everything its groups carry, admin roles included, and is activated."
      : "A staged account is created that gets everything its groups carry, admin roles included.",
    target: {
      ...asJsonObject(inert({ id: null, login: login ?? "", name: `${firstName} ${lastName}` }, 100)),
      status: null,
    },
    ...(groups.length > 0 ? { groups: shownGroups(groups) } : {}),
    ...(manager ? { manager: inert({ id: manager.id, login: manager.login, name: manager.name }, 60) } : {}),
    mailTo: activate ? inert(email ?? null, 100) : null,
    action: NAME,
    undoneBy: "deactivate_user, then delete_user",
    ...(Object.keys(others).length > 0
      ? {
          profile: fits
            ? shown
            : Object.keys(others)
                .slice(0, 20)
                .map((name) => inertText(name, 20)),
        }
      : {}),
  };
}

/** A person's form has a line for each of so many; more stand four in a row, each row as long as such a line may be. */
const MOST_LINES = 6;
const A_ROW = 4;
const LONGEST_ROW = 240;
/** How long the names may be, tried in turn until every row is short enough. */
const NAME_LENGTHS = [40, 24, 12, 4, 1];

/** The groups' names by their ids; of many, in rows, so that none of them is cut off in a person's form. */
function shownGroups(groups: readonly Group[]): JsonObject {
  const shown = groups.length > MOST_LINES ? inRows : byId;
  const fits = (rows: JsonObject): boolean =>
    Object.values(rows).every((row) => JSON.stringify(row).length <= LONGEST_ROW);
  return firstFitting(NAME_LENGTHS, (longest) => shown(groups, longest), fits) ?? {};
}

function byId(groups: readonly Group[], longest: number): JsonObject {
  return Object.fromEntries(groups.map(({ id, name }) => [id, short(name, longest)]));
}

function inRows(groups: readonly Group[], longest: number): JsonObject {
  const texts = groups.map(({ id, name }) => `${id} ${short(name, longest)}`);
  const rows = Array.from({ length: Math.ceil(texts.length / A_ROW) }, (_, row) => row * A_ROW);
  return Object.fromEntries(rows.map((from) => [`from ${from + 1}`, texts.slice(from, from + A_ROW)]));
}

function short(name: string, longest: number): string {
  const shown = inertText(name.slice(0, longest), longest);
  return name.length > longest ? `${shown}…` : shown;
}

/** What the org's schema demands beside the four attributes every profile has, where the schema can be read. */
function requireRequired(profile: JsonObject, attributes: readonly Attribute[] = []): void {
  const missing = attributes
    .filter(({ name, required }) => required && (profile[name] ?? "") === "")
    .map(({ name }) => inertText(name, 60));
  if (missing.length > 0)
    throw unfit(NAME, "profile", `lacks what this org requires: ${missing.slice(0, 20).join(", ")}`);
}

/** A login and an e-mail address are one person's. */
async function refuseDuplicates({ login, email }: Given["profile"], okta: JobOkta): Promise<void> {
  // Reading by login is always current; the search may lag behind.
  const namesake = await orMissing(() => personOf(okta, login));
  if (namesake && same(namesake.login, login)) throw taken("login", namesake.id, namesake.login, namesake.status);
  const quoted = JSON.stringify(email);
  const search = `profile.email eq ${quoted} or profile.login eq ${quoted}`;
  const { body } = await okta.read(listUsers, { search, limit: 5 });
  const [found] = Array.isArray(body) ? body.filter(isJsonObject) : [];
  if (found === undefined) return;
  const { login: theirs } = isJsonObject(found.profile) ? found.profile : {};
  throw taken("email", String(found.id), String(theirs), String(found.status));
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function taken(attribute: string, id: string, login: string, status: string | null): Refusal {
  return new Refusal("invalid_arguments", "Nothing was done: somebody has this login or e-mail address already.", {
    causes: [`profile.${attribute}: belongs to ${inertText(id, 40)} (${inertText(login, 100)}), who is ${status}`],
    hint: "Look at them with get_user. update_user changes them; activate_user brings back who is DEPROVISIONED.",
  });
}

async function managerOf(managerId: string, okta: JobOkta): Promise<Person> {
  const found = await orMissing(() => personOf(okta, managerId));
  if (found === undefined) throw unfit(NAME, "managerId", "is nobody's id or login");
  if (found.status !== "ACTIVE") throw unfit(NAME, "managerId", `must be ACTIVE and is ${found.status}`);
  const relation = { userId: found.id, relationshipName: "manager" };
  if ((await orMissing(() => listAll(okta, listLinkedObjectsForUser, relation))) === undefined)
    throw unfit(NAME, "managerId", "cannot be set: this org has no managers and subordinates");
  return found;
}

interface Group {
  readonly id: string;
  readonly name: string;
}

async function groupsNamed(names: readonly string[], okta: JobOkta, context: JobContext): Promise<Group[]> {
  const found = new Map<string, Group>();
  for (const [index, name] of names.entries()) {
    const field = `groups.${index}`;
    const group = await groupNamed(name, field, okta);
    if (await context.isProtectedGroup(group.id))
      throw unfit(
        NAME,
        field,
        "is in OKTA_PROTECTED_GROUPS: once they are in it, nothing more can be done to them here",
      );
    found.set(group.id, group);
  }
  return [...found.values()];
}

/** The group with this id or exactly this name. Throws a Refusal when there is none, more than one, or none to be put into. */
async function groupNamed(name: string, field: string, okta: JobOkta): Promise<Group> {
  const byId = /^00g[A-Za-z0-9]{17}$/.test(name)
    ? await orMissing(async () => (await okta.read(getGroup, { groupId: name })).body)
    : undefined;
  const like = byId === undefined ? await groupsLike(name, okta) : [];
  const exact = isJsonObject(byId) ? [byId] : await exactly(name, like, okta);
  const [group] = exact;
  if (group === undefined) throw unfit(NAME, field, await noSuchGroup(name, like, okta));
  if (exact.length > 1)
    throw unfit(NAME, field, `is the name of several groups; say which by its id: ${exact.map(described).join(", ")}`);
  if (group.type !== "OKTA_GROUP")
    throw unfit(NAME, field, `is ${described(group)}: only people in an OKTA_GROUP can be chosen`);
  return { id: String(group.id), name: nameOf(group) };
}

/** The largest page; `q` has but one. */
const PAGE = 200;

/** Those of exactly this name: among those whose name starts so, unless these are too many for a page. */
async function exactly(name: string, like: readonly JsonObject[], okta: JobOkta): Promise<JsonObject[]> {
  const found =
    like.length < PAGE ? like : await listAll(okta, listGroups, { search: `profile.name eq ${JSON.stringify(name)}` });
  return found.filter((group) => nameOf(group) === name);
}

/** Those whose name starts so; in `q` no quoting can go wrong. */
async function groupsLike(start: string, okta: JobOkta): Promise<JsonObject[]> {
  if (start === "") return [];
  const { body } = await okta.read(listGroups, { q: start, limit: PAGE });
  return Array.isArray(body) ? body.filter(isJsonObject) : [];
}

async function noSuchGroup(name: string, like: readonly JsonObject[], okta: JobOkta): Promise<string> {
  const candidates = like.length > 0 ? like : await groupsLike(name.slice(0, 2), okta);
  const names = candidates.map(nameOf);
  const near = nearest(name, names) ?? (like.length > 0 ? names[0] : undefined);
  return near === undefined ? "is no group's name or id" : `is no group's name or id; the nearest is ${quoted(near)}`;
}

function nameOf({ profile }: JsonObject): string {
  return isJsonObject(profile) && typeof profile.name === "string" ? profile.name : "";
}

function described({ id, type }: JsonObject): string {
  return `${inertText(String(id), 40)} (${inertText(String(type), 20)})`;
}

function quoted(name: string): string {
  return JSON.stringify(inertText(name, 60));
}

function call({ name }: Operation, more: JsonObject): PlannedCall {
  return { tool: name, arguments: more };
}
