import { setTimeout as sleep } from "node:timers/promises";
import { type Call, type CallSettings, carryOut, sendOptions } from "./call.ts";
import { attribute } from "./changes.ts";
import type { ExportFolder } from "./export-files.ts";
import type { Job, JobContext, JobOkta, PastChanges } from "./job.ts";
import type { OktaAnswer, OktaRequest, SendOptions } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";
import type { Operation } from "./operation.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { readPerson } from "./person.ts";
import { requireApproval } from "./person-approval.ts";
import { Refusal } from "./refusal.ts";
import { buildRequest } from "./request.ts";
import { isJsonObject } from "./schema.ts";
import { stateNow } from "./state.ts";
import { validate } from "./validate.ts";

export interface JobSettings extends CallSettings {
  /** Walks a list page by page. */
  pages(request: OktaRequest, options: SendOptions): AsyncIterable<OktaAnswer>;
  /** The changes the journal holds, for a call. */
  past(options: SendOptions): PastChanges | undefined;
  /** Where exports go. */
  readonly exports: ExportFolder | undefined;
}

/** The handler of every job's tool: one call, start to end. Never throws. */
export async function runJob(job: Job, settings: JobSettings, request: Call): Promise<Outcome> {
  const options = sendOptions(request);
  let ended: Outcome | undefined;
  const { failed, reply } = await outcomeOf(job, settings, async () => {
    const args = validate(job, request.arguments);
    const off = settings.disabled(job.name);
    if (off) throw off;
    ended = await job.run(oktaOf(settings, request, options), args, contextOf(job, settings, request, options));
    return ended.reply;
  });
  return { failed: ended?.failed ?? failed, reply: { ...settings.preface, ...reply } };
}

function oktaOf(settings: JobSettings, { ask }: Call, options: SendOptions): JobOkta {
  const { okta, disabled } = settings;
  const requestOf = (operation: Operation, args: Readonly<Record<string, unknown>>): OktaRequest => {
    const off = disabled(operation.name);
    if (off) throw off;
    if (operation.effect !== "read") throw new TypeError(`${operation.name} does not read`);
    return buildRequest(operation, validate(operation, args));
  };
  return {
    read: async (operation, args) => okta.send(requestOf(operation, args), options),
    pages: (operation, args) => patientPages(settings, requestOf(operation, args), options),
    act: (operation, args, consented = {}) =>
      outcomeOf(operation, settings, () => carryOut(operation, args, settings, options, { ask, ...consented })),
    person: (userId) => readPerson(okta, userId, options),
  };
}

/**
 * The pages of a list. A request waits only so long for a rate limit; a walk that was given up for that would begin
 * anew, so it waits on where the call may last that long, and goes on behind the last page.
 */
async function* patientPages(
  settings: JobSettings,
  request: OktaRequest,
  options: SendOptions,
): AsyncGenerator<OktaAnswer, void, undefined> {
  for (let query = request.query ?? {}; ; ) {
    try {
      for await (const page of settings.pages({ ...request, query }, options)) {
        if (page.next !== undefined) query = { ...query, after: page.next };
        yield page;
      }
      return;
    } catch (error) {
      const until = error instanceof OktaError ? Date.parse(error.failure.retryAt ?? "") : Number.NaN;
      // Without a time to come back, or with no time left then, there is nothing to wait for.
      if (!(until + LEAST_AFTER_A_WAIT_MS < (options.deadline ?? Number.POSITIVE_INFINITY))) throw error;
      await waitUntil(Math.max(until, Date.now() + 1_000), options);
    }
  }
}

/** A wait that leaves less of the call than this is for nothing. */
const LEAST_AFTER_A_WAIT_MS = 5_000;

/** How often a host hears of a wait, in milliseconds. */
const HEARTBEAT_MS = 5_000;

/** Throws OktaError `cancelled` when the host gives up. */
async function waitUntil(time: number, { signal, onWait }: SendOptions): Promise<void> {
  for (let left = time - Date.now(); left > 0; left = time - Date.now()) {
    if (signal?.aborted) throw new OktaError({ code: "cancelled", summary: "The call was cancelled while it waited." });
    onWait?.(left);
    await sleep(Math.min(left, HEARTBEAT_MS), undefined, signal ? { signal } : {}).catch(() => {});
  }
}

function contextOf(job: Job, settings: JobSettings, { signal, progress, ask }: Call, options: SendOptions): JobContext {
  const { okta } = settings;
  return {
    signal,
    deadline: options.deadline ?? Number.POSITIVE_INFINITY,
    now: () => okta.now(),
    progress: (message, done, total) => progress?.(message, done, total),
    operation: settings.operation,
    stateNow: async (operation, args, attributes) => {
      const state = await stateNow(operation, args, settings, options);
      if (attributes.length === 0) return state;
      const request = { method: "GET", template: "/api/v1/users/{userId}", effect: "read" } as const;
      const { body } = await okta.send({ ...request, path: { userId: String(args.userId) } }, options);
      if (!isJsonObject(body)) return undefined;
      return { ...state, ...Object.fromEntries(attributes.map((name) => [name, attribute(body, name)])) };
    },
    past: settings.past(options),
    exports: settings.exports,
    consent: async (confirm, preview) => {
      if (confirm !== true)
        throw new Refusal("confirmation_required", `Nothing was done: ${job.name} needs the person's consent.`, {
          hint: "Show the preview to the person you work for. Only when they agree, call again with confirm: true.",
          preview: await preview(),
        });
      if (!settings.personMustApprove) return "argument";
      await requireApproval(ask, job.name, await preview(), options);
      return "elicited";
    },
  };
}
