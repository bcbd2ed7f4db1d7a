import {
  inert,
  inertText,
  type JobContext,
  type JobOkta,
  job,
  OktaError,
  orUndefined,
  Refusal,
  statusOf,
} from "../../src/job.ts";
import { consent, type Operation, type UserStatus } from "../../src/operation.ts";
import { isJsonObject, type Json, type JsonObject, z } from "../../src/schema.ts";
import { flag, userId } from "../args.ts";
import { listUserGrants, revokeUserGrants } from "../grants.ts";
import { removeUserFromGroup } from "../groups.ts";
import { isDirect, linkedId } from "../held.ts";
import { deactivateUser, suspendUser } from "../lifecycle.ts";
import { listLinkedObjectsForUser, setLinkedObjectForUser } from "../linked-objects.ts";
import { isGood } from "../proof.ts";
import { listAppLinks, listUserGroups } from "../resources.ts";
import { listAssignedRolesForUser, unassignRoleFromUser } from "../roles.ts";
import { revokeUserSessions } from "../sessions.ts";
import { listAll, orMissing, type Person, personOf } from "./look.ts";
import { consentAndCarryOut, type Plan, planOf, runId } from "./planned.ts";
import { unfit } from "./refuse.ts";
import type { PlannedCall } from "./step.ts";

const NAME = "offboard_user";

/*
 * Suspended first: nothing is taken from somebody who can still sign in and give it back to themselves, so where that
 * fails nothing else is done. Deactivated last, and not while an admin role or a subordinate is left with them: once
 * it looks finished, nobody comes back for those. Other steps do not hold each other up.
 */
export const offboardUser = job({
  name: NAME,
  title: "Off-board user",
  summary: "Take a leaver out in a safe order, from suspension to deactivation. Cut off, its runId goes on.",
  scope: "okta.users.manage",
  effect: "destructive",
  irreversible: true,
  sendsEmail: true,
  arguments: {
    userId,
    revokeTokens: flag("OAuth too; default true"),
    removeRoles: flag("admin roles; default true"),
    removeGroups: flag("default false"),
    newManagerId: z.string().describe("of their subordinates").optional(),
    deactivate: flag("default true"),
    confirm: consent.optional(),
    runId,
  },
  run: async (okta, { confirm, runId: id, ...given }, context) => {
    const person = await personOf(okta, given.userId);
    await context.protect(NAME, person.id);
    const said = { ...given, userId: person.id };
    const plan = id === undefined ? await planFor(person, said, okta, context) : await planOf(NAME, id, said, context);
    if (id !== undefined) await requireAsShown(person, plan, id, context);
    return consentAndCarryOut(NAME, okta, context, plan, {
      id,
      confirm,
      // Who cannot be suspended in their status can still sign in until they are deactivated.
      open: ({ refused }) => refused && plan.given.deactivate === false,
    });
  },
});

/** Whether there are sessions to end was seen in the preview: who could not sign in then, and can now, is shown again. */
async function requireAsShown({ status }: Person, { preview }: Plan, id: string, { runs }: JobContext): Promise<void> {
  const shown = statusOf(isJsonObject(preview.target) ? preview.target.status : undefined);
  if (signsIn(shown) || !signsIn(status) || (await runs.read(id)).notes.length > 0) return;
  throw new Refusal("state_changed", "Nothing was done: this person's status is not the one that was shown.", {
    hint: "Call again without runId, so that they are shown as they are now.",
  });
}

interface Given {
  readonly userId: string;
  readonly revokeTokens?: boolean | undefined;
  readonly removeRoles?: boolean | undefined;
  readonly removeGroups?: boolean | undefined;
  readonly newManagerId?: string | undefined;
  readonly deactivate?: boolean | undefined;
}

async function planFor(person: Person, given: Given, okta: JobOkta, context: JobContext): Promise<Plan> {
  const { revokeTokens = true, removeRoles = true, removeGroups = false, deactivate = true, newManagerId } = given;
  const asked = { revokeTokens, removeRoles, removeGroups, deactivate };
  // There is no argument that leaves consents out, so their tools may be missing.
  const seesGrants = [listUserGrants, revokeUserGrants].every(({ name }) => context.disabled(name) === undefined);
  const found = await find(person, { ...given, ...asked, seesGrants }, okta);
  const { id, status } = person;
  const direct = idsOf(found.direct).map((role) => call(unassignRoleFromUser, id, { roleAssignmentId: role }));
  const off = direct.length > 0 ? context.disabled(unassignRoleFromUser.name) : undefined;
  if (off) rolesOutOfReach(off);
  const groups = idsOf(found.removable).map((groupId) => call(removeUserFromGroup, id, { groupId }));
  const to = { primaryRelationshipName: "manager", primaryUserId: found.newManager?.id ?? "" };
  const wanted: readonly (readonly [name: string, wanted: boolean, calls: PlannedCall[]])[] = [
    // Whether these are needed is seen when their turn comes: the status may be another by then.
    ["suspend", true, [call(suspendUser, id)]],
    ["sessions", true, signsIn(status) ? [call(revokeUserSessions, id, { oauthTokens: revokeTokens })] : []],
    ["grants", found.grants !== undefined, found.grants ? [call(revokeUserGrants, id)] : []],
    ["roles", removeRoles, direct],
    ["groups", removeGroups, groups],
    [
      "managerHandover",
      newManagerId !== undefined,
      found.handed.map((one) => ({ ...call(setLinkedObjectForUser, one, to), state: { primaryUserId: id } })),
    ],
    ["deactivate", deactivate, [call(deactivateUser, id)]],
  ];
  return {
    given: { ...asked, userId: id, ...(newManagerId === undefined ? {} : { newManagerId }) },
    userId: id,
    preview: previewOf(person, asked, found),
    steps: wanted.flatMap(([step, asked, calls]) =>
      asked
        ? [{ step, calls, after: AFTER[step] ?? ["suspend"], mayBeRefused: step === "suspend" && isUnsure(status) }]
        : [],
    ),
  };
}

const AFTER: Readonly<Record<string, string[]>> = {
  suspend: [],
  deactivate: ["suspend", "roles", "managerHandover"],
};

function canBeSuspended(status: UserStatus | null): boolean {
  return status !== null && status !== suspendUser.to && suspendUser.refusedFrom?.includes(status) !== true;
}

/** Okta may refuse to suspend them. */
function isUnsure(status: UserStatus | null): boolean {
  return status !== null && canBeSuspended(status) && suspendUser.uncertainFrom?.includes(status) === true;
}

function signsIn(status: UserStatus | null): boolean {
  return status !== "DEPROVISIONED" && status !== "STAGED";
}

interface Asked {
  readonly revokeTokens: boolean;
  readonly removeRoles: boolean;
  readonly removeGroups: boolean;
  readonly deactivate: boolean;
}

/** What they have now. What is to be taken is known; what is only told may be unknown. */
interface Found {
  readonly newManager: Person | undefined;
  /** Roles that are taken, and those that stay. */
  readonly direct: readonly JsonObject[];
  readonly kept: readonly JsonObject[] | undefined;
  readonly removable: readonly JsonObject[];
  readonly fixed: readonly JsonObject[];
  /** Undefined where the tools for them are off. */
  readonly grants: number | undefined;
  /** Undefined where they could not be read. */
  readonly subordinates: readonly string[] | undefined;
  /** The subordinates who get the new manager. */
  readonly handed: readonly string[];
  readonly apps: number | undefined;
}

async function find(
  person: Person,
  given: Given & Asked & { readonly seesGrants: boolean },
  okta: JobOkta,
): Promise<Found> {
  const { id, status } = person;
  const { newManagerId, removeRoles, removeGroups, seesGrants } = given;
  const list = (read: Operation): Promise<JsonObject[]> => listAll(okta, read, { userId: id });
  const newManager = newManagerId === undefined ? undefined : await managerOf(newManagerId, person, okta);
  const [roles, groups, grants, subordinates, apps] = await Promise.all([
    removeRoles
      ? list(listAssignedRolesForUser).catch(rolesOutOfReach)
      : orUndefined(() => list(listAssignedRolesForUser)),
    removeGroups ? list(listUserGroups) : [],
    seesGrants ? list(listUserGrants) : undefined,
    newManager ? subordinatesOf(id, okta) : orUndefined(async () => (await subordinatesOf(id, okta)) ?? []),
    signsIn(status) && given.deactivate ? orUndefined(() => list(listAppLinks)) : [],
  ]);
  if (newManager && subordinates === undefined)
    throw unfit(NAME, "newManagerId", "has no effect: this org has no managers and subordinates");
  const direct = removeRoles ? (roles ?? []).filter(isDirect) : [];
  // Okta decides who is in the built-in group, an app who is in its own (OpenAPI 2026.06.3).
  const removable = groups.filter(({ type }) => type === "OKTA_GROUP");
  return {
    newManager,
    direct,
    kept: roles?.filter((role) => !direct.includes(role)),
    removable,
    fixed: groups.filter((group) => !removable.includes(group)),
    grants: grants?.filter(isGood).length,
    subordinates,
    handed: newManager ? (subordinates ?? []).filter((one) => one !== newManager.id) : [],
    apps: apps?.length,
  };
}

function previewOf(person: Person, asked: Asked, found: Found): JsonObject {
  const { id, login, name, status } = person;
  const { removeRoles, removeGroups, deactivate } = asked;
  const { newManager, direct, kept, removable, fixed, grants, subordinates = [], handed, apps } = found;
  const warning = [
    direct.some(isSuper) ? "They are a super administrator and lose that." : "",
    kept?.some(isSuper) ? "They are a super administrator, and that is not taken." : "",
    grants === undefined ? "Consents to apps stay: the tools for them are switched off." : "",
    kept === undefined ? "Which admin roles they hold could not be read." : "",
    found.subordinates === undefined ? "Who reports to them could not be read." : "",
    isUnsure(status) ? "Okta may refuse to suspend them in their status; the other steps go on all the same." : "",
    !newManager && subordinates.length > 0 ? "People report to them, and nobody is named to take over." : "",
    newManager && subordinates.includes(newManager.id) ? "The new manager reports to them; that link stays." : "",
    // A rule may have made any of these memberships: Okta does not say so of a person's groups.
    removable.length > 0 ? "A group rule that put them into a group leaves them out from now on." : "",
  ].filter((sentence) => sentence !== "");
  const notTaken = {
    ...(kept?.length ? { roles: { count: kept.length, types: typesOf(kept) } } : {}),
    ...(fixed.length > 0 ? { groupsNotRemovable: { count: fixed.length, names: namesOf(fixed) } } : {}),
    ...(!newManager && subordinates.length > 0 ? { subordinates: subordinates.length } : {}),
  };
  return {
    action: NAME,
    consequence: deactivate
      ? "They lose sign-in, sessions, consents and what the steps name, and are deactivated."
      : "They lose sign-in, sessions, consents and what the steps name; the account stays, suspended.",
    cannotBeUndone: deactivate
      ? "Sessions, tokens, consents; app assignments, whose data apps may delete."
      : "Sessions, tokens, consents.",
    target: inert({ id, login, name, status }, 100),
    ...(warning.length > 0 ? { warning: warning.join(" ") } : {}),
    steps: {
      suspend: canBeSuspended(status) ? 1 : 0,
      sessions: signsIn(status) ? (asked.revokeTokens ? "all, with OAuth tokens" : "all") : 0,
      ...(grants === undefined ? {} : { grants }),
      ...(removeRoles ? { roles: { count: direct.length, types: typesOf(direct) } } : {}),
      ...(removeGroups ? { groups: { count: removable.length, names: namesOf(removable) } } : {}),
      ...(newManager
        ? {
            managerHandover: {
              subordinates: handed.length,
              to: inert({ id: newManager.id, login: newManager.login }, 100),
            },
          }
        : {}),
      ...(deactivate
        ? { deactivate: status === deactivateUser.to ? 0 : { count: 1, appsLost: apps ?? "unknown" } }
        : {}),
    },
    ...(Object.keys(notTaken).length > 0 ? { notTaken } : {}),
  };
}

/** Roles are taken unless said otherwise, so who cannot read or take them is told how to say so. */
function rolesOutOfReach(error: unknown): never {
  if (error instanceof Refusal)
    throw new Refusal(error.code, error.summary, {
      hint: `${error.hint} With removeRoles: false they stay, and the rest can be done.`,
    });
  if (!(error instanceof OktaError) || error.failure.status !== 403) throw error;
  throw unfit(
    NAME,
    "removeRoles",
    "the sign-in may not read admin roles; with false they stay, and the rest can be done",
  );
}

function call({ name }: Operation, who: string, more: JsonObject = {}): PlannedCall {
  return { tool: name, arguments: { userId: who, ...more } };
}

/** Who takes over: somebody else, who can sign in. */
async function managerOf(newManagerId: string, { id }: Person, okta: JobOkta): Promise<Person> {
  const found = await orMissing(() => personOf(okta, newManagerId));
  if (found === undefined) throw unfit(NAME, "newManagerId", "is nobody's id or login");
  if (found.id === id) throw unfit(NAME, "newManagerId", "is the person who leaves");
  if (found.status !== "ACTIVE") throw unfit(NAME, "newManagerId", `must be ACTIVE and is ${found.status}`);
  return found;
}

/** The ids of those whose manager they are; undefined where the org has no such relation. */
async function subordinatesOf(id: string, okta: JobOkta): Promise<string[] | undefined> {
  const links = await orMissing(() =>
    listAll(okta, listLinkedObjectsForUser, { userId: id, relationshipName: "subordinate" }),
  );
  return links?.flatMap((link) => linkedId(link) ?? []);
}

function isSuper({ type }: JsonObject): boolean {
  return type === "SUPER_ADMIN";
}

function idsOf(items: readonly JsonObject[]): string[] {
  return items.flatMap(({ id }) => (typeof id === "string" ? id : []));
}

const MOST_NAMES = 8;

function typesOf(roles: readonly JsonObject[]): Json[] {
  return few([...new Set(roles.map(({ type }) => inertText(String(type), 40)))]);
}

function namesOf(groups: readonly JsonObject[]): Json[] {
  return few(groups.map(({ profile }) => inertText(String(isJsonObject(profile) ? profile.name : ""), 40)));
}

function few(names: readonly string[]): Json[] {
  const more = names.length - MOST_NAMES;
  return more > 0 ? [...names.slice(0, MOST_NAMES), `and ${more} more`] : [...names];
}
