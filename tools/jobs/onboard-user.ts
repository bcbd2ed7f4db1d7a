import { inert, inertText, type JobContext, type JobOkta, job, nearest, Refusal } from "../../src/job.ts";
import { consent, type Operation } from "../../src/operation.ts";
import { asJsonObject, isJsonObject, type Json, type JsonObject, z } from "../../src/schema.ts";
import { flag } from "../args.ts";
import { addUserToGroup, getGroup, listGroups } from "../groups.ts";
import { activateUser } from "../lifecycle.ts";
import { listLinkedObjectsForUser, setLinkedObjectForUser } from "../linked-objects.ts";
import { createUser, listUsers } from "../users.ts";
import { listAll, orMissing, orUnknown, type Person, personOf } from "./look.ts";
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
  await requireAttributes(profile, okta, context);
  await refuseDuplicates(given.profile, okta);
  const manager = managerId === undefined ? undefined : await managerOf(managerId, okta);
  const groups = await groupsNamed(names, okta);
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
  return {
    action: NAME,
    consequence: activate
      ? "An account is created that gets everything its groups carry, admin roles included, and is activated."
      : "A staged account is created that gets everything its groups carry, admin roles included.",
    undoneBy: "deactivate_user, then delete_user",
    target: {
      ...asJsonObject(inert({ id: null, login: login ?? "", name: `${firstName} ${lastName}` }, 100)),
      status: null,
    },
    mailTo: activate ? inert(email ?? null, 100) : null,
    ...(manager ? { manager: inert({ id: manager.id, login: manager.login, name: manager.name }, 60) } : {}),
    ...(Object.keys(others).length > 0
      ? {
          profile: fits
            ? shown
            : Object.keys(others)
                .slice(0, 20)
                .map((name) => inertText(name, 20)),
        }
      : {}),
    ...(groups.length > 0 ? { groups: shownGroups(groups) } : {}),
  };
}

/** The longest of the groups that a preview shows, in characters of JSON, and how long their names may be for that. */
const LONGEST_GROUPS = 1_400;
const NAME_LENGTHS = [40, 12, 4, 1];

/** The groups' names by their ids. */
function shownGroups(groups: readonly Group[]): JsonObject {
  const all = NAME_LENGTHS.map((longest) =>
    Object.fromEntries(groups.map(({ id, name }) => [id, inertText(name, longest)])),
  );
  return all.find((shown) => JSON.stringify(shown).length <= LONGEST_GROUPS) ?? all.at(-1) ?? {};
}

/** What the org's schema demands beside the four attributes every profile has, where the schema can be read. */
async function requireAttributes(profile: JsonObject, okta: JobOkta, context: JobContext): Promise<void> {
  const read = context.operation("get_user_schema");
  if (read === undefined || context.disabled(read.name) !== undefined) return;
  const schema = await orUnknown(() => okta.read(read, { schemaId: "default" }));
  const { definitions } = isJsonObject(schema?.body) ? schema.body : {};
  const missing = Object.values(isJsonObject(definitions) ? definitions : {})
    .flatMap(requiredIn)
    .filter((name) => profile[name] === undefined || profile[name] === null || profile[name] === "");
  if (missing.length > 0)
    throw new Refusal("invalid_arguments", `Nothing was sent: ${NAME} cannot take these arguments.`, {
      causes: [...new Set(missing)].map((name) => `profile.${inertText(name, 60)}: is required by this org`),
      hint: "Correct what causes names, then call again.",
    });
}

/** The required attributes of one part of a schema: a list beside the attributes, or a mark on each. */
function requiredIn(part: Json): string[] {
  if (!isJsonObject(part)) return [];
  const { required, properties } = part;
  const marked = Object.entries(isJsonObject(properties) ? properties : {}).flatMap(([name, attribute]) =>
    isJsonObject(attribute) && attribute.required === true ? name : [],
  );
  return [...(Array.isArray(required) ? required.filter((name) => typeof name === "string") : []), ...marked];
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

async function groupsNamed(names: readonly string[], okta: JobOkta): Promise<Group[]> {
  const found = new Map<string, Group>();
  for (const [index, name] of names.entries()) {
    const group = await groupNamed(name, `groups.${index}`, okta);
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
