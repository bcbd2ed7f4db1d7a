import { done, firstFitting, type JobOkta, job, OktaError } from "../../src/job.ts";
import type { Operation } from "../../src/operation.ts";
import { isJsonObject, type Json, type JsonObject } from "../../src/schema.ts";
import { userId } from "../args.ts";
import { listFactors } from "../factors.ts";
import { listUserGrants } from "../grants.ts";
import { listLinkedObjectsForUser } from "../linked-objects.ts";
import { listAppLinks, listUserClients, listUserGroups } from "../resources.ts";
import { listAppTargetsForRole } from "../role-targets.ts";
import { listAssignedRolesForUser } from "../roles.ts";
import { getUser } from "../users.ts";
import { codeOf } from "./failure.ts";

/** A list of what somebody can reach, by its name in the reply. */
interface Part {
  readonly name: string;
  readonly operation: Operation;
  readonly args?: JsonObject;
  /** The list's name in the reply to the operation. */
  readonly list: string;
  /** What of an entry is shown, where that is less than the operation shows. */
  readonly keys?: readonly string[];
  /** The page size of an operation that takes no cursor: so many entries, and there may be more. */
  readonly page?: number;
}

const PARTS: readonly Part[] = [
  // Okta shows 200 groups on a page (recorded).
  { name: "groups", operation: listUserGroups, list: "groups", page: 200 },
  { name: "apps", operation: listAppLinks, list: "appLinks" },
  { name: "roles", operation: listAssignedRolesForUser, args: { expand: "targets/groups" }, list: "roles" },
  { name: "factors", operation: listFactors, list: "factors" },
  { name: "clients", operation: listUserClients, list: "clients" },
  {
    name: "grants",
    operation: listUserGrants,
    args: { limit: 200 },
    list: "grants",
    keys: ["id", "clientId", "scopeId", "status"],
  },
];

/** The two ends of the link that most orgs have; Okta has no list of a person's links of every kind. */
const LINKS = ["manager", "subordinate"];
const LINKED = "linkedObjects";

/** Roles that cover everything until groups narrow them (documented). */
const NARROWED_BY_GROUPS: readonly unknown[] = ["USER_ADMIN", "HELP_DESK_ADMIN", "GROUP_MEMBERSHIP_ADMIN"];

/** How many entries of each list are shown, tried in turn until the reply is short enough. */
const ENTRIES = [60, 40, 25, 15, 10, 6, 3, 1];
const LONGEST_REPLY = 4_000;

interface Listed {
  readonly entries: readonly JsonObject[];
  /** How many there are, as far as was read. */
  readonly total: number;
  /** Whether Okta has more than that. */
  readonly more: boolean;
}

/** A list or, where it could not be read, the code of what went wrong. */
type Read = Listed | string;
/** What was read, by the name of the part. */
type Parts = readonly (readonly [name: string, read: Read])[];

export const getUserAccess = job({
  name: "get_user_access",
  title: "Get user access",
  summary: "What a person can reach: groups, apps, admin roles, factors, OAuth clients and grants, and their manager.",
  scope: "okta.users.read",
  effect: "read",
  arguments: { userId },
  run: async (okta, { userId: given }) => {
    const person = await okta.act(getUser, { userId: given });
    const off = codeOf(person) === "tool_disabled";
    if (person.failed && !off) return person;
    const { user } = person.reply;
    const id = isJsonObject(user) ? user.id : (await okta.person(given)).id;
    if (typeof id !== "string") throw new TypeError("the person has no id");
    const [parts, links] = await Promise.all([
      Promise.all(PARTS.map(async (part) => [part.name, await readPart(okta, part, id)] as const)),
      Promise.all(LINKS.map(async (name) => [name, await readLink(okta, name, id)] as const)),
    ]);
    const targets = await readAppTargets(okta, parts, id);
    return done(fitting((most) => reply(user, parts, links, targets, most)));
  },
});

async function readPart(okta: JobOkta, { operation, args, list, keys, page }: Part, userId: string): Promise<Read> {
  const read = await readList(okta, operation, { userId, ...args }, list);
  if (typeof read === "string") return read;
  const entries = keys === undefined ? read.entries : read.entries.map((entry) => pick(entry, keys));
  return { ...read, entries, more: read.more || read.total === page };
}

/** Okta's 404 says that the org has no link of that name, since the person is there. */
async function readLink(okta: JobOkta, relationshipName: string, userId: string): Promise<Read> {
  const read = await readList(okta, listLinkedObjectsForUser, { userId, relationshipName }, LINKED);
  return read === "E0000007" ? { entries: [], total: 0, more: false } : read;
}

/** The apps that the role of an app administrator is narrowed to. One held through a group has its targets there. */
async function readAppTargets(okta: JobOkta, parts: Parts, userId: string): Promise<Read | undefined> {
  const roles = parts.find(([name]) => name === "roles")?.[1];
  const role = typeof roles === "object" ? roles.entries.find(isNarrowedByApps) : undefined;
  if (role === undefined) return undefined;
  return readList(okta, listAppTargetsForRole, { userId, roleAssignmentId: role.id, limit: 200 }, "targets");
}

async function readList(
  okta: JobOkta,
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  list: string,
): Promise<Read> {
  const outcome = await okta.act(operation, args);
  const code = codeOf(outcome);
  if (code === "cancelled") throw new OktaError({ code, summary: "The call was cancelled; nothing was changed." });
  if (code !== undefined) return code;
  const { [list]: found, total, next } = outcome.reply;
  const entries = Array.isArray(found) ? found.filter(isJsonObject) : [];
  return { entries, total: typeof total === "number" ? total : entries.length, more: next !== undefined };
}

/** The whole answer with at most so many entries in each list. */
function reply(user: Json | undefined, parts: Parts, links: Parts, apps: Read | undefined, most: number): JsonObject {
  const totals: JsonObject = {};
  const unavailable: JsonObject[] = user === undefined ? [{ part: "user", code: "tool_disabled" }] : [];
  const cut = (name: string, read: Read, view = (entry: JsonObject): JsonObject => entry): JsonObject[] | undefined => {
    if (typeof read === "string") {
      const part = name.split(".")[0] === LINKED ? LINKED : name;
      if (!unavailable.some((known) => known.part === part)) unavailable.push({ part, code: read });
      return undefined;
    }
    if (read.more || read.total > most) totals[name] = read.more ? `${read.total} or more` : read.total;
    return read.entries.slice(0, most).map(view);
  };
  const shown = parts.map(([name, read]) => {
    const view =
      name === "roles"
        ? (role: JsonObject) => withTargets(role, apps, (list) => cut("roles.targets", list))
        : undefined;
    return [name, cut(name, read, view)] as const;
  });
  const linked = links.map(([name, read]) => [name, cut(`${LINKED}.${name}`, read)] as const);
  // Nothing here means that there is nobody.
  const linksSeen = linked.some(([, list]) => list !== undefined);
  return {
    ...present([["user", user], ...shown]),
    ...(linksSeen ? { [LINKED]: present(linked.filter(([, list]) => list?.length !== 0)) } : {}),
    ...(Object.keys(totals).length > 0
      ? { totals, hint: "totals counts what is cut here; each list's own tool has all." }
      : {}),
    unavailable,
  };
}

/** A role with what it is narrowed to, and `all` where it could be and is not. */
function withTargets(
  { targets, ...role }: JsonObject,
  apps: Read | undefined,
  cut: (targets: Read) => JsonObject[] | undefined,
): JsonObject {
  const narrowable = NARROWED_BY_GROUPS.includes(role.type) && role.assignmentType === "USER";
  const groups =
    isJsonObject(targets) && Array.isArray(targets.groups) ? targets.groups.filter(isJsonObject) : undefined;
  const byGroups = groups && { entries: groups.map(nameOfGroup), total: groups.length, more: false };
  const read = isNarrowedByApps(role) ? apps : narrowable || byGroups?.total ? byGroups : undefined;
  if (read === undefined) return role;
  if (typeof read === "object" && read.total === 0) return { ...role, targets: "all" };
  return { ...role, ...present([["targets", cut(read)]]) };
}

function isNarrowedByApps({ type, assignmentType }: JsonObject): boolean {
  return type === "APP_ADMIN" && assignmentType === "USER";
}

function nameOfGroup({ id, profile }: JsonObject): JsonObject {
  return present([
    ["id", id],
    ["name", isJsonObject(profile) ? profile.name : undefined],
  ]);
}

/** The longest of the replies that is short enough, else the shortest. */
function fitting(show: (most: number) => JsonObject): JsonObject {
  return firstFitting(ENTRIES, show, (one) => Buffer.byteLength(JSON.stringify(one)) < LONGEST_REPLY) ?? show(1);
}

function pick(entry: JsonObject, keys: readonly string[]): JsonObject {
  return present(keys.map((key) => [key, entry[key]]));
}

function present(entries: readonly (readonly [string, Json | undefined])[]): JsonObject {
  const kept: JsonObject = {};
  for (const [key, value] of entries) if (value !== undefined) kept[key] = value;
  return kept;
}
