import { gate, type Stale } from "./confirm.ts";
import { explain } from "./explain.ts";
import type { Okta, SendOptions } from "./okta/client.ts";
import { OktaError, UnsendableError } from "./okta/error.ts";
import type { Operation, Target } from "./operation.ts";
import { isUserId, newcomer, readPerson } from "./person.ts";
import { type AskPerson, LONGEST_DECISION_MS, requireApproval } from "./person-approval.ts";
import { previewOf } from "./preview.ts";
import type { Protection } from "./protection.ts";
import { Refusal } from "./refusal.ts";
import { buildRequest } from "./request.ts";
import type { JsonObject } from "./schema.ts";
import type { Session } from "./session.ts";
import { shape } from "./shape.ts";
import { validate } from "./validate.ts";
import { type WriteSettings, write } from "./write.ts";

/** A call ends within this unless its host follows progress: hosts give up after 60 s (measured). */
const LONGEST_CALL_MS = 49_000;

/** What is kept of a call's time for the request itself, once a person has decided. */
const TIME_TO_ACT_MS = 10_000;

export interface Call {
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /** Asks the person at the host. */
  readonly ask?: AskPerson | undefined;
  /** Tells the host what the call is waiting for; undefined when the host did not ask. */
  readonly progress?: ((message: string) => void) | undefined;
}

/** What a call came to: one JSON object, and whether it is a failure. */
export interface Outcome {
  readonly failed: boolean;
  readonly reply: JsonObject;
}

export interface CallSettings extends WriteSettings {
  readonly protection: Protection;
  readonly session: Session;
  /** Whether a person must approve as well (OKTA_CONFIRM=human). */
  readonly personMustApprove: boolean;
  /** The family of a tool. */
  family(name: string): string;
  /** Why a tool is switched off, or undefined when it is on. */
  disabled(name: string): Refusal | undefined;
  /** Goes in front of every reply. */
  readonly preface: JsonObject;
}

/** The handler of every tool: one call, start to end. Never throws. */
export async function call(operation: Operation, settings: CallSettings, request: Call): Promise<Outcome> {
  try {
    return { failed: false, reply: { ...settings.preface, ...(await carryOut(operation, settings, request)) } };
  } catch (error) {
    if (!isForeseen(error)) settings.onDefect(error);
    return {
      failed: true,
      reply: { ...settings.preface, ...explain(error, operation, settings.family(operation.name)) },
    };
  }
}

function isForeseen(error: unknown): boolean {
  return error instanceof Refusal || error instanceof OktaError || error instanceof UnsendableError;
}

async function carryOut(operation: Operation, settings: CallSettings, request: Call): Promise<JsonObject> {
  const { okta, disabled } = settings;
  const given = validate(operation, request.arguments);
  const off = disabled(operation.name);
  if (off) throw off;
  okta.check(buildRequest(operation, given));
  const options = sendOptions(request);
  const known = await lookUp(operation, given, okta, options);
  if (operation.effect !== "read") return change(operation, given, known, settings, options, request.ask);
  const wire = buildRequest(operation, withIds(given, known));
  return shape(operation, withIds(given, known), await okta.send(wire, options), { ...wire.path }, known.get("userId"));
}

/** A call that changes something. Those that may erase the same account wait for each other. */
function change(
  operation: Operation,
  given: Readonly<Record<string, unknown>>,
  known: Map<string, Target>,
  settings: CallSettings,
  options: SendOptions,
  ask: AskPerson | undefined,
): Promise<JsonObject> {
  const begun = performance.now();
  const id = known.get("userId")?.id ?? given.userId;
  const act = (): Promise<JsonObject> => changeNow(operation, given, known, settings, options, ask, begun);
  return operation.erases && typeof id === "string" ? settings.session.alone(id, act) : act();
}

/** Everything between the arguments and the request. */
async function changeNow(
  operation: Operation,
  given: Readonly<Record<string, unknown>>,
  known: Map<string, Target>,
  settings: CallSettings,
  options: SendOptions,
  ask: AskPerson | undefined,
  begun: number,
): Promise<JsonObject> {
  const { okta, protection, recorder, secrets, session } = settings;
  const named = given.userId === undefined ? undefined : String(given.userId);
  const id = known.get("userId")?.id ?? named;
  await protection.check(operation.name, id, options);
  secrets.allow(operation, given);
  const read = async (): Promise<Target> => known.get("userId") ?? target(given, okta, options);
  const preview = async (person: Target, consequence: string): Promise<JsonObject> => {
    const whole = await previewOf(operation, given, person, consequence, settings, options);
    if (named !== undefined && person.id !== null) session.showed(named, person.id);
    if (operation.erases && person.id !== null) session.showedErasing(person.id);
    return whole;
  };
  const { consent, asked, consequence } = await gate(operation, given, {
    read,
    preview,
    stale: stale(operation, named, id, session, begun),
  });
  if (asked) known.set("userId", asked);
  const elicits = settings.personMustApprove && consequence !== undefined;
  if (elicits) {
    const person = await read();
    known.set("userId", person);
    const left = (options.deadline ?? Number.POSITIVE_INFINITY) - Date.now() - TIME_TO_ACT_MS;
    const shown = await preview(person, consequence);
    await requireApproval(ask, operation.name, shown, Math.min(LONGEST_DECISION_MS, left));
  }
  // The journal says whom a change was about, and how they were before.
  if (recorder) known.set("userId", await read());
  const ends = operation.erases === true || operation.to === "DEPROVISIONED";
  try {
    const it = {
      operation,
      args: withIds(given, known),
      person: known.get("userId"),
      consent: elicits ? ("elicited" as const) : consent,
    };
    const reply = await write(it, settings, options);
    if (ends && id !== undefined) session.deactivated(id);
    return reply;
  } catch (error) {
    const unknown = !(error instanceof OktaError) || error.failure.code === "outcome_unknown";
    if (ends && id !== undefined && unknown && !(error instanceof Refusal)) session.deactivated(id);
    throw error;
  }
}

/** Whether consent was given for something else than what would happen now. */
function stale(
  { erases }: Operation,
  named: string | undefined,
  id: string | undefined,
  session: Session,
  begun: number,
): Stale | undefined {
  if (named === undefined || id === undefined) return undefined;
  const shown = session.shown(named);
  if (shown !== undefined && shown !== id)
    return { code: "target_changed", summary: "the name given now stands for somebody else than the preview showed." };
  if (erases && session.mustShow(id, begun))
    return {
      code: "confirmation_required",
      summary:
        "this connection has deactivated, or may have deactivated, this person; what follows would be another step.",
    };
  return undefined;
}

/** The arguments, with the ids of the people that were looked up. */
function withIds(
  given: Readonly<Record<string, unknown>>,
  known: ReadonlyMap<string, Target>,
): Record<string, unknown> {
  return { ...given, ...Object.fromEntries([...known].flatMap(([name, { id }]) => (id ? [[name, id]] : []))) };
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
    const who = String(args[name]);
    if (!isUserId(who)) people.set(name, await readPerson(okta, who, options));
  }
  return people;
}

/** Whom the call is about: the person named, or the one to be created. */
async function target(args: Readonly<Record<string, unknown>>, okta: Okta, options: SendOptions): Promise<Target> {
  return args.userId === undefined ? newcomer(args.profile) : readPerson(okta, String(args.userId), options);
}

function sendOptions({ signal, progress }: Call): SendOptions {
  return {
    signal,
    // A host that follows progress waits as long as it likes.
    ...(progress ? {} : { deadline: Date.now() + LONGEST_CALL_MS }),
    onWait: (ms) => progress?.(`Waiting ${Math.ceil(ms / 1000)} s for Okta's rate limit.`),
  };
}
