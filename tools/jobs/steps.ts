import {
  type Consent,
  inertText,
  type JobContext,
  type JobOkta,
  OktaError,
  orUndefined,
  Refusal,
  type Run,
} from "../../src/job.ts";
import type { Operation, UserStatus } from "../../src/operation.ts";
import { isJsonObject, type JsonObject } from "../../src/schema.ts";
import { codeOf, FAILS_FOR_ALL, saidOf } from "./failure.ts";
import { personOf } from "./look.ts";
import type { PlannedCall, Step } from "./step.ts";
import { pastOf } from "./step-notes.ts";
import { type CallReport, type Carried, type Fate, type Reported, reportOf, sumUp } from "./step-report.ts";

/** What is kept of the call's time for its last step. */
const TIME_FOR_A_STEP_MS = 8_000;

/** What is Okta's word on the person's status (recorded). */
const NOT_IN_THIS_STATUS = ["E0000001", "E0000038"];

/**
 * Carries out steps one after the other, with a note before and after each call. What an earlier attempt has done is
 * not done again; what it sent without taking down the outcome is looked for, and never sent a second time.
 */
export async function carryOut(
  okta: JobOkta,
  context: JobContext,
  run: Run,
  steps: readonly Step[],
  consent: Consent,
): Promise<Carried> {
  const past = pastOf(run.notes);
  const total = steps.reduce((sum, { calls }) => sum + calls.length, 0);
  const reports: Reported[] = [];
  /** The calls that went out and of whose end nobody took a note. */
  const open = new Set(past.sent.keys());
  let { newcomer } = past;
  let tried = 0;
  let ended = false;

  const attempt = async (planned: PlannedCall, key: string, mayBeRefused: boolean): Promise<CallReport> => {
    const operation = operationOf(context, planned);
    const args = argumentsOf(operation, planned, newcomer);
    const sent = past.sent.get(key);
    const note = async (fate: Fate, more: JsonObject = {}): Promise<void> => {
      await run.note({ call: key, fate, ...more });
      open.delete(key);
    };
    if (sent !== undefined) {
      const seen = await context.seeDone(operation, args, sent);
      if (seen === undefined && !(await stands(okta, context, operation, args)))
        return { call: planned, fate: "unknown" };
      newcomer ??= idOf(seen?.found);
      await note("done", newcomer === undefined ? {} : { newcomer });
      return { call: planned, fate: "done" };
    }
    if (planned.state !== undefined && !(await stillSo(context, operation, args, planned.state))) {
      await note("not needed");
      return { call: planned, fate: "not needed" };
    }
    const was = await statusBefore(okta, operation, args);
    if (was !== undefined && (was === operation.to || operation.refusedFrom?.includes(was))) {
      await note("not needed");
      return { call: planned, fate: "not needed" };
    }
    await run.noteSending({ call: key, at: Date.now(), ...(was === undefined ? {} : { was }) });
    open.add(key);
    const answer = await okta.act(operation, args, { agreed: consent, was });
    const { failed, reply } = answer;
    if (!failed) {
      if (newcomer === undefined && isJsonObject(reply.user)) newcomer = idOf(reply.user);
      await note("done", newcomer === undefined ? {} : { newcomer });
      return { call: planned, fate: "done" };
    }
    const failure = isJsonObject(reply.error) ? reply.error : {};
    const code = codeOf(answer) ?? "";
    const unclear = code === "outcome_unknown";
    if ((unclear || /^E/.test(code)) && (await stands(okta, context, operation, args))) {
      const fate = unclear ? "done" : "not needed";
      await note(fate);
      return { call: planned, fate };
    }
    // A note of a call that is unclear would say no more than the one before it.
    if (unclear) return { call: planned, fate: "unknown" };
    const fate = mayBeRefused && NOT_IN_THIS_STATUS.includes(code) ? "refused" : "failed";
    await note(fate, { code });
    return { call: planned, fate, code, summary: saidOf(answer), retryAt: textOf(failure.retryAt) };
  };

  for (const [index, { step: name, calls, after, mayBeRefused }] of steps.entries()) {
    const held = reports.some((report) => after.includes(report.step) && !report.passed);
    const own: CallReport[] = [];
    for (const [place, planned] of calls.entries()) {
      const key = `${index}.${place}`;
      const settled = past.settled.get(key);
      ended ||= context.signal.aborted || context.deadline - Date.now() < TIME_FOR_A_STEP_MS;
      if (settled !== undefined) own.push({ call: planned, fate: settled });
      else if (ended || held) own.push({ call: planned, fate: past.sent.has(key) ? "unknown" : "untried" });
      else {
        context.progress(`${name}: ${tried} of ${total} calls done`, tried, total);
        const report = await attempt(planned, key, mayBeRefused).catch((error: unknown) =>
          failedRead(planned, error, open.has(key)),
        );
        ended ||= report.code !== undefined && FAILS_FOR_ALL.includes(report.code);
        own.push(report);
      }
      tried += 1;
    }
    reports.push(reportOf(name, own));
  }
  return sumUp(reports, newcomer);
}

/** The outcome of each step as far as the notes of a run tell it. */
export function soFar(steps: readonly Step[], notes: readonly JsonObject[]): JsonObject {
  const { settled, sent, failed } = pastOf(notes);
  const outcomes = steps.map(({ step: name, calls }, index) => {
    const own = calls.map((planned, place): CallReport => {
      const key = `${index}.${place}`;
      const open = sent.has(key) ? "unknown" : failed.has(key) ? "failed" : "untried";
      return { call: planned, fate: settled.get(key) ?? open };
    });
    return [name, reportOf(name, own).shown.outcome ?? null];
  });
  return Object.fromEntries(outcomes);
}

/** Throws the Refusal of a tool that a step needs and that is switched off. */
export function refuseDisabled(context: JobContext, steps: readonly Step[]): void {
  for (const { tool } of steps.flatMap(({ calls }) => calls)) {
    const off = context.disabled(tool);
    if (off !== undefined) throw off;
  }
}

function operationOf(context: JobContext, { tool }: PlannedCall): Operation {
  const operation = context.operation(tool);
  if (operation === undefined) throw new TypeError(`${tool} is not in the catalogue`);
  return operation;
}

/** Who is created in the first step is the one of the others. */
function argumentsOf(operation: Operation, planned: PlannedCall, newcomer: string | undefined): JsonObject {
  const their = "userId" in operation.path && newcomer !== undefined ? { userId: newcomer } : {};
  return { ...their, ...planned.arguments };
}

/** Whether what the call would change is as it was when it was planned. */
async function stillSo(
  context: JobContext,
  operation: Operation,
  args: JsonObject,
  state: JsonObject,
): Promise<boolean> {
  const now = await context.stateNow(operation, args, []);
  return Object.entries(state).every(([name, value]) => now?.[name] === value);
}

/** The person's status, where it decides whether the call is needed at all. */
async function statusBefore(
  okta: JobOkta,
  { to, refusedFrom }: Operation,
  { userId }: JsonObject,
): Promise<UserStatus | undefined> {
  if (typeof userId !== "string" || (to ?? refusedFrom) === undefined) return undefined;
  return (await personOf(okta, userId)).status ?? undefined;
}

/**
 * Whether things are as the call would leave them, whoever made them so: what a job is after. False where that cannot
 * be told, and of whoever was to be created: others may bear the same name.
 */
async function stands(
  okta: JobOkta,
  context: JobContext,
  { proof, seenWith = "get_user", path }: Operation,
  args: JsonObject,
): Promise<boolean> {
  const where = proof?.arguments ? proof.arguments(args) : args;
  if (proof === undefined || where === undefined || seenWith === null || !("userId" in path)) return false;
  const all = { ...args, ...where };
  const read = context.operation(seenWith);
  const look = await orUndefined(async () => {
    if (seenWith === "get_user" || read === undefined) {
      const { id, status } = await personOf(okta, String(args.userId));
      return { body: { id, status }, more: false };
    }
    const named = Object.fromEntries(Object.entries(all).filter(([name]) => name in read.path));
    const { body, next } = await okta.read(read, "limit" in read.query ? { ...named, limit: 200 } : named);
    return { body, more: next !== undefined };
  });
  const always = (): boolean => true;
  return (
    look !== undefined &&
    proof.shows({ was: undefined, gone: false, ...look, since: always, after: always }, args) !== undefined
  );
}

/** A read around a call that failed: nothing was sent, unless the call went out before. Throws what is no such failure. */
function failedRead(planned: PlannedCall, error: unknown, wentOut: boolean): CallReport {
  const fate = wentOut ? "unknown" : "failed";
  if (error instanceof Refusal)
    return { call: planned, fate, code: error.code, summary: inertText(error.summary, 200) };
  if (!(error instanceof OktaError)) throw error;
  const { code, summary, retryAt } = error.failure;
  return { call: planned, fate, code, summary: inertText(summary, 200), retryAt };
}

function idOf(user: JsonObject | undefined): string | undefined {
  return typeof user?.id === "string" ? user.id : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
