import { type ChangeSettings, type Consenting, change, withIds } from "./change.ts";
import type { Okta, SendOptions } from "./okta/client.ts";
import type { Operation, Target } from "./operation.ts";
import { type Outcome, type OutcomeSettings, outcomeOf } from "./outcome.ts";
import { isUserId, readPerson } from "./person.ts";
import type { AskPerson } from "./person-approval.ts";
import type { Refusal } from "./refusal.ts";
import { buildRequest } from "./request.ts";
import type { JsonObject } from "./schema.ts";
import { shape } from "./shape.ts";
import { validate } from "./validate.ts";

/** A call ends within this unless its host follows progress: hosts give up after 60 s (measured). */
const LONGEST_CALL_MS = 49_000;

export interface Call {
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /** Asks the person at the host. */
  readonly ask?: AskPerson | undefined;
  /** Tells the host what the call is waiting for, and how far it is; undefined when the host did not ask. */
  readonly progress?: ((message: string, done?: number, total?: number) => void) | undefined;
}

export interface CallSettings extends ChangeSettings, OutcomeSettings {
  /** Why a tool is switched off, or undefined when it is on. */
  disabled(name: string): Refusal | undefined;
  /** Goes in front of every reply. */
  readonly preface: JsonObject;
}

/** The handler of every operation's tool: one call, start to end. Never throws. */
export async function call(operation: Operation, settings: CallSettings, request: Call): Promise<Outcome> {
  const options = sendOptions(request);
  const { failed, reply } = await outcomeOf(operation, settings, () =>
    carryOut(operation, request.arguments, settings, options, { ask: request.ask }),
  );
  return { failed, reply: { ...settings.preface, ...reply } };
}

/** Everything that happens to a call between its arguments and its reply. Throws what ended it. */
export async function carryOut(
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  settings: CallSettings,
  options: SendOptions,
  consenting: Consenting,
): Promise<JsonObject> {
  const { okta, disabled, secrets } = settings;
  const given = validate(operation, args);
  const off = disabled(operation.name);
  if (off) throw off;
  okta.check(buildRequest(operation, given));
  secrets.allow(operation, given);
  const known = await lookUp(operation, given, okta, options);
  if (operation.effect !== "read") return change({ operation, given, known, consenting }, settings, options);
  const wire = buildRequest(operation, withIds(given, known));
  return shape(operation, withIds(given, known), await okta.send(wire, options), { ...wire.path }, known.get("userId"));
}

/**
 * Reads the people that were named by login or short name, by argument: where Okta takes only an id, and wherever
 * something changes, so that the person who is checked is the one who is hit.
 */
async function lookUp(
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  okta: Okta,
  options: SendOptions,
): Promise<Map<string, Target>> {
  const people = new Map<string, Target>();
  const writesTo = operation.effect !== "read" && "userId" in operation.path ? ["userId"] : [];
  for (const name of new Set([...writesTo, ...(operation.lookUp ?? [])])) {
    const who = args[name] === undefined ? undefined : String(args[name]);
    if (who !== undefined && !isUserId(who)) people.set(name, await readPerson(okta, who, options));
  }
  return people;
}

export function sendOptions({ signal, progress }: Call): SendOptions {
  return {
    signal,
    // A host that follows progress waits as long as it likes.
    ...(progress ? {} : { deadline: Date.now() + LONGEST_CALL_MS }),
    onWait: (ms) => progress?.(`Waiting ${Math.ceil(ms / 1000)} s for Okta's rate limit.`),
  };
}
