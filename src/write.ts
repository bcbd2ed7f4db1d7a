import { attribute, changesOf, side } from "./changes.ts";
import type { Conclusion, Consent } from "./journal/entry.ts";
import type { Okta, OktaAnswer, SendOptions } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";
import type { Changes, Operation, Shown, Target } from "./operation.ts";
import { orUndefined } from "./or-undefined.ts";
import { Recorded } from "./recorded.ts";
import type { Recorder } from "./recorder.ts";
import { Refusal } from "./refusal.ts";
import { buildRequest } from "./request.ts";
import { isJsonObject, type Json, type JsonObject } from "./schema.ts";
import type { Secrets } from "./secrets.ts";
import { shape } from "./shape.ts";
import { stateNow } from "./state.ts";
import { type Lately, type Sending, verify, whomOf } from "./verify.ts";

/** A write that was checked and agreed to. */
export interface Write {
  readonly operation: Operation;
  /** With ids in place of logins. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Whom it is about, where they were read. */
  readonly person: Target | undefined;
  readonly consent: Consent;
  /** The id of the change that it takes back. */
  readonly undoes?: string | undefined;
}

export interface WriteSettings {
  readonly okta: Okta;
  operation(name: string): Operation | undefined;
  readonly lately: Lately;
  readonly secrets: Secrets;
  readonly recorder: Recorder | undefined;
  onDefect(error: unknown): void;
}

const UNRECORDED = "The journal could not take down that the outcome is unknown.";
const NOT_RECORDED = "It was done, but the journal could not take down how it ended.";

/**
 * Sends a write: journal, request, a look where the answer was lost, journal again. Gives the reply; throws what ended
 * it. Nothing goes out that the journal could not take down first.
 */
export async function write(it: Write, settings: WriteSettings, options: SendOptions): Promise<JsonObject> {
  const { operation, args, person, consent, undoes } = it;
  const { recorder, secrets } = settings;
  const changes = person === undefined ? {} : changesOf(operation, args, person);
  const state = recorder && (await orUndefined(() => stateNow(operation, args, settings, options)));
  const before = { ...side(changes, "from"), ...state };
  const file = await secrets.place(operation, args);
  let changeId: string | undefined;
  try {
    changeId = await recorder?.intend({ operation, args, target: person, before, consent, undoes }, options);
    const { reply, conclusion } = await sendAndLook(it, settings, options, changes, state);
    const told = await secrets.keep(reply, file);
    if (changeId === undefined) return told;
    const recorded = await recorder?.conclude(changeId, conclusion);
    const warning = [told.warning, recorded ? undefined : NOT_RECORDED].filter((text) => text !== undefined).join(" ");
    return { ...told, changeId, ...(warning === "" ? {} : { warning }) };
  } catch (error) {
    await file?.discard();
    if (changeId === undefined) throw error;
    const recorded = await recorder?.conclude(changeId, failed(error));
    throw isUnknown(error) ? new Recorded(changeId, error, recorded ? undefined : UNRECORDED) : error;
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof OktaError && error.failure.code === "outcome_unknown";
}

/** How a write ended that threw: only what says so was surely not done. */
function failed(error: unknown): Conclusion {
  if (error instanceof Refusal) return { outcome: "refused", code: error.code };
  if (!(error instanceof OktaError)) return { outcome: "unknown" };
  const { code, requestId } = error.failure;
  return { outcome: code === "outcome_unknown" ? "unknown" : "refused", code, requestId };
}

async function sendAndLook(
  it: Write,
  settings: WriteSettings,
  options: SendOptions,
  changes: Changes,
  before: JsonObject | undefined,
): Promise<{ reply: JsonObject; conclusion: Conclusion }> {
  const { operation, args, person } = it;
  const wire = buildRequest(operation, args);
  const told = (answer: OktaAnswer): JsonObject => shape(operation, args, answer, { ...wire.path }, person);
  const after = async (body: unknown): Promise<Json | undefined> => {
    const stands = { ...attributesAfter(it, changes, body), ...(before && (await stateAfter(it, settings, options))) };
    return Object.keys(stands).length === 0 ? undefined : stands;
  };
  const begun = performance.now();
  try {
    const answer = await settings.okta.send(wire, options);
    const reply = told(answer);
    settings.lately.changed(whomOf(args));
    return { reply, conclusion: { outcome: "done", requestId: answer.requestId, after: await after(answer.body) } };
  } catch (error) {
    if (!(error instanceof OktaError) || error.failure.code !== "outcome_unknown") throw error;
    const sending = { begun, sentAt: error.failure.sentAt, was: person?.status ?? undefined };
    const shown = await look(operation, args, settings, sending, options);
    if (shown === undefined) throw error;
    const body = operation.returns === undefined ? undefined : shown.found;
    const reply = told({ status: 200, body, etag: undefined, next: undefined, requestId: undefined });
    return {
      reply: { ...reply, verified: true, ...(shown.note === undefined ? {} : { note: shown.note }) },
      conclusion: { outcome: "verified", after: await after(shown.found) },
    };
  }
}

/** The attributes that were changed as they stand now: by the user in the answer, or as they were to become. */
function attributesAfter({ args, person }: Write, changes: Changes, body: unknown): JsonObject {
  const user = isJsonObject(body) && isJsonObject(body.profile) ? body : undefined;
  // What Okta does later is not so yet.
  if (user === undefined) return args.prefer === undefined ? { ...side(changes, "to") } : {};
  if (person?.id === null) return { id: user.id ?? null };
  return Object.fromEntries(Object.keys(changes).map((name) => [name, attribute(user, name)]));
}

/** It is done: whatever goes wrong with looking, the reply does not depend on it. */
async function stateAfter(
  { operation, args }: Write,
  settings: WriteSettings,
  options: SendOptions,
): Promise<JsonObject | undefined> {
  return stateNow(operation, args, settings, options).catch(() => undefined);
}

/** Looks whether a write with a lost answer was done. Whatever goes wrong with that, it stays unknown. */
async function look(
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  settings: WriteSettings,
  sending: Sending,
  options: SendOptions,
): Promise<Shown | undefined> {
  if (options.signal?.aborted) return undefined;
  try {
    return await verify(operation, args, settings, sending, options);
  } catch (error) {
    if (!(error instanceof OktaError)) settings.onDefect(error);
    return undefined;
  }
}
