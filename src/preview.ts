import { changesOf } from "./changes.ts";
import { firstFitting } from "./first-fitting.ts";
import { inert, VALUE_LENGTHS } from "./inert.ts";
import type { Okta, SendOptions } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";
import type { Changes, Operation, Target } from "./operation.ts";
import { orUndefined } from "./or-undefined.ts";
import { withoutSecrets } from "./request.ts";
import { asJsonObject, isJsonObject, type JsonObject } from "./schema.ts";
import { shape } from "./shape.ts";
import { lookFor } from "./verify.ts";

export interface PreviewSettings {
  readonly okta: Okta;
  /** The operation with this name, for the reads a preview is made of. */
  operation(name: string): Operation | undefined;
  /** The tool that takes back what the journal holds, where there is one. */
  readonly undoTool?: string | undefined;
}

/** The longest of what changes and of what goes with it, in characters of JSON: hosts cut longer replies. */
const LONGEST_PART = 40_000;

/** The read that shows whether somebody is an admin of the whole org. */
const ROLES = "list_assigned_roles_for_user";

/**
 * What a call would do, for the person who decides: to whom, what changes from what to what, what goes with it, and what
 * to be wary of. Makes at most two reads; what cannot be read is left out or said to be unknown.
 */
export async function previewOf(
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  target: Target,
  consequence: string,
  settings: PreviewSettings,
  options: SendOptions,
): Promise<JsonObject> {
  const { id, login, name, status } = target;
  const [alongside, isSuperAdmin] = await Promise.all([
    erasesNow(operation, target)
      ? undefined
      : goesWith(operation, { ...args, userId: id ?? args.userId }, settings, options),
    id === null ? false : holdsSuperAdmin(id, settings, options),
  ]);
  const warning = [
    warningFor(operation, target),
    alongside === ABSENT ? "Okta does not know what this is about: look at the ids in with." : undefined,
    isSuperAdmin === true ? "They are a super administrator." : undefined,
    isSuperAdmin === undefined ? "Whether they are a super administrator could not be read." : undefined,
  ].filter((sentence) => sentence !== undefined);
  return {
    action: operation.name,
    consequence,
    ...undoing(operation, args, settings.undoTool),
    target: asJsonObject(inert({ id, login, name, status })),
    ...(warning.length > 0 ? { warning: warning.join(" ") } : {}),
    ...given(operation, args),
    ...(alongside === undefined || alongside === ABSENT ? {} : { goesWith: alongside }),
    ...shown(changesOf(operation, args, target)),
  };
}

/** The arguments that say more than whom it is about, without secrets; those whose changes are shown are left out. */
function given({ changes }: Operation, args: Readonly<Record<string, unknown>>): JsonObject {
  const { userId: _, preview: __, ...rest } = args;
  const { profile, ...others } = withoutSecrets(rest);
  const said = { ...others, ...(changes !== undefined || profile === undefined ? {} : { profile }) };
  return Object.keys(said).length === 0 ? {} : { with: inert(said, 200) };
}

/** Whether and with which tool it can be undone; of other changes the old values stand beside the new. */
function undoing(
  { undoneBy, undo, irreversible, effect }: Operation,
  args: Readonly<Record<string, unknown>>,
  undoTool: string | undefined,
): JsonObject {
  const tool = undoneBy ?? (undo && undo.never?.(args) === undefined ? undoTool : undefined);
  if (tool !== undefined) return { undoneBy: tool };
  return irreversible || effect === "destructive" ? { irreversible: true } : {};
}

/** The changes, in a few characters each if need be; those that fit, and how many do not, where that is too long. */
function shown(changes: Changes): JsonObject {
  const entries = Object.entries(changes);
  if (entries.length === 0) return {};
  const whole = firstFitting(
    VALUE_LENGTHS,
    (longest) => inert({ ...changes }, longest),
    (made) => JSON.stringify(made).length <= LONGEST_PART,
  );
  if (whole !== undefined) return { changes: whole };
  const some: JsonObject = {};
  let room = LONGEST_PART;
  for (const [name, change] of entries) {
    const short = inert({ [name]: { ...change } }, 20);
    const { length } = JSON.stringify(short);
    if (length > room) continue;
    room -= length;
    Object.assign(some, short);
  }
  return { changes: some, changesNotShown: entries.length - Object.keys(some).length };
}

/** Whom nothing is left to be lost with: all went when they were deactivated. */
function erasesNow({ erases }: Operation, { status }: Target): boolean {
  return erases === true && status === "DEPROVISIONED";
}

function warningFor({ refusedFrom, uncertainFrom, to }: Operation, { status }: Target): string | undefined {
  if (status === null) return undefined;
  if (refusedFrom?.includes(status)) return `Okta refuses this while the user is ${status}.`;
  const uncertain = uncertainFrom?.includes(status);
  if (status === to) return `The user is ${status} already${uncertain ? "; Okta may refuse this" : ""}.`;
  if (uncertain) return `Okta may refuse this while the user is ${status}.`;
  return undefined;
}

/**
 * What goes with the call, as the operation's read tells: how many there are of a list, or the one thing itself; ABSENT
 * where Okta knows no such thing.
 */
async function goesWith(
  { alongside }: Operation,
  args: Readonly<Record<string, unknown>>,
  { okta, operation }: PreviewSettings,
  options: SendOptions,
): Promise<JsonObject | typeof ABSENT | undefined> {
  const read = alongside === undefined ? undefined : operation(alongside);
  if (read === undefined) return undefined;
  return orUndefined(async () => {
    const answer = await okta.send(lookFor(read, args), options).catch(absent);
    if (answer === ABSENT) return ABSENT;
    if (read.listOf === undefined) {
      const one = shape(read, {}, answer, {}, undefined);
      return JSON.stringify(one).length > LONGEST_PART ? undefined : one;
    }
    if (!Array.isArray(answer.body)) return undefined;
    const count = answer.body.length;
    return { [`${read.listOf}s`]: answer.next === undefined ? count : `${count} or more` };
  });
}

const ABSENT = Symbol("absent");

function absent(error: unknown): typeof ABSENT {
  if (error instanceof OktaError && error.failure.status === 404) return ABSENT;
  throw error;
}

/** Undefined where it could not be read. */
async function holdsSuperAdmin(
  userId: string,
  { okta, operation }: PreviewSettings,
  options: SendOptions,
): Promise<boolean | undefined> {
  const read = operation(ROLES);
  if (read === undefined) return undefined;
  return orUndefined(async () => {
    const { body } = await okta.send(lookFor(read, { userId }), options);
    if (!Array.isArray(body)) return undefined;
    return body.some((role) => isJsonObject(role) && role.type === "SUPER_ADMIN");
  });
}
