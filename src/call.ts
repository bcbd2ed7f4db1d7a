import { gate } from "./confirm.ts";
import { explain } from "./explain.ts";
import type { Okta, OktaAnswer, SendOptions } from "./okta/client.ts";
import { OktaError, UnsendableError } from "./okta/error.ts";
import type { Operation, Shown, Target } from "./operation.ts";
import { isUserId, newcomer, readPerson } from "./person.ts";
import { Refusal } from "./refusal.ts";
import { buildRequest } from "./request.ts";
import type { JsonObject } from "./schema.ts";
import { shape } from "./shape.ts";
import { validate } from "./validate.ts";
import { type Lately, type Sending, verify, whomOf } from "./verify.ts";

/** A call ends within this unless its host follows progress: hosts give up after 60 s (measured). */
const LONGEST_CALL_MS = 49_000;

export interface Call {
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /** Tells the host what the call is waiting for; undefined when the host did not ask. */
  readonly progress?: ((message: string) => void) | undefined;
}

/** What a call came to: one JSON object, and whether it is a failure. */
export interface Outcome {
  readonly failed: boolean;
  readonly reply: JsonObject;
}

export interface CallSettings {
  readonly okta: Okta;
  /** The family of a tool. */
  family(name: string): string;
  /** Why a tool is switched off, or undefined when it is on. */
  disabled(name: string): Refusal | undefined;
  readonly lately: Lately;
  /** The operation with this name, for the reads that tell what became of a write. */
  operation(name: string): Operation | undefined;
  /** Goes in front of every reply. */
  readonly preface: JsonObject;
  /** Told of errors nobody foresaw. */
  onDefect(error: unknown): void;
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
  const asked = await gate(operation, given, async () => known.get("userId") ?? target(given, okta, options));
  if (asked) known.set("userId", asked);
  const args = { ...given, ...Object.fromEntries([...known].flatMap(([name, { id }]) => (id ? [[name, id]] : []))) };
  const wire = buildRequest(operation, args);
  const told = (answer: OktaAnswer): JsonObject =>
    shape(operation, args, answer, { ...wire.path }, known.get("userId"));
  const begun = performance.now();
  try {
    const reply = told(await okta.send(wire, options));
    if (operation.effect !== "read") settings.lately.changed(whomOf(args));
    return reply;
  } catch (error) {
    if (!(error instanceof OktaError) || error.failure.code !== "outcome_unknown") throw error;
    const shown = await look(operation, args, settings, { begun, sentAt: error.failure.sentAt }, options);
    if (shown === undefined) throw error;
    const body = operation.returns === undefined ? undefined : shown.found;
    const answer = { status: 200, body, etag: undefined, next: undefined, requestId: undefined };
    return { ...told(answer), verified: true, ...(shown.note === undefined ? {} : { note: shown.note }) };
  }
}

/** Looks whether a write with a lost answer was done. Whatever goes wrong with that, it stays unknown. */
async function look(
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  settings: CallSettings,
  sending: Sending,
  options: SendOptions,
): Promise<Shown | undefined> {
  if (options.signal?.aborted) return undefined;
  try {
    return await verify(operation, args, settings, sending, options);
  } catch (error) {
    if (!isForeseen(error)) settings.onDefect(error);
    return undefined;
  }
}

/** Reads the people that Okta takes by id only but were named by login or short name, by argument. */
async function lookUp(
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  okta: Okta,
  options: SendOptions,
): Promise<Map<string, Target>> {
  const people = new Map<string, Target>();
  for (const name of operation.lookUp ?? []) {
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
