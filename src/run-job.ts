import { type Call, type CallSettings, carryOut, sendOptions } from "./call.ts";
import { attribute } from "./changes.ts";
import type { ExportFolder } from "./export-files.ts";
import type { Job, JobContext, JobOkta, PastChanges, Runs } from "./job.ts";
import type { OktaAnswer, OktaRequest, SendOptions } from "./okta/client.ts";
import type { Operation } from "./operation.ts";
import { orUndefined } from "./or-undefined.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { patientPages, waitUntil } from "./patient-pages.ts";
import { readPerson } from "./person.ts";
import { requireApproval } from "./person-approval.ts";
import { Refusal } from "./refusal.ts";
import { buildRequest } from "./request.ts";
import { secondsFor } from "./seconds-for.ts";
import { stateNow } from "./state.ts";
import { validate } from "./validate.ts";
import { verify } from "./verify.ts";

export interface JobSettings extends CallSettings {
  /** Walks a list page by page. */
  pages(request: OktaRequest, options: SendOptions): AsyncIterable<OktaAnswer>;
  /** The plans of a job, for a call. */
  runs(job: string, options: SendOptions): Runs;
  /** Most people in one plan. */
  readonly bulkMax: number;
  /** Percent of each rate limit left to others. */
  readonly reservePercent: number;
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
    pages: (operation, args) => patientPages(settings.pages, requestOf(operation, args), options),
    act: (operation, args, consented = {}) =>
      outcomeOf(operation, settings, () => carryOut(operation, args, settings, options, { ask, ...consented })),
    person: (userId) => readPerson(okta, userId, options),
  };
}

function contextOf(job: Job, settings: JobSettings, { signal, progress, ask }: Call, options: SendOptions): JobContext {
  const { okta } = settings;
  return {
    signal,
    deadline: options.deadline ?? Number.POSITIVE_INFINITY,
    attempt: (act) => outcomeOf(job, settings, act),
    now: () => okta.now(),
    waitUntil: (time) => waitUntil(time, options),
    progress: (message, done, total) => progress?.(message, done, total),
    operation: settings.operation,
    stateNow: async (operation, args, attributes) => {
      const state = await stateNow(operation, args, settings, options);
      if (attributes.length === 0) return state;
      const { status, profile } = await readPerson(okta, String(args.userId), options);
      return {
        ...state,
        ...Object.fromEntries(attributes.map((name) => [name, attribute({ status, profile }, name)])),
      };
    },
    disabled: settings.disabled,
    check: (operation, args) => okta.check(buildRequest(operation, validate(operation, args))),
    protect: (tool, userId) => settings.protection.check(tool, userId, options),
    isProtectedGroup: (groupId) => settings.protection.covers(groupId, options),
    seeDone: async (operation, args, { at, was }) => {
      const begun = performance.now() - (Date.now() - at);
      return orUndefined(() => verify(operation, args, settings, { begun, sentAt: undefined, was }, options));
    },
    secondsFor: (calls) => secondsFor(okta, calls, settings.reservePercent),
    runs: settings.runs(job.name, options),
    bulkMax: settings.bulkMax,
    past: settings.past(options),
    exports: settings.exports,
    consent: async (confirm, preview, again = "with confirm: true") => {
      if (confirm !== true)
        throw new Refusal("confirmation_required", `Nothing was done: ${job.name} needs the person's consent.`, {
          hint: `Show the preview to the person you work for. Only when they agree, call again ${again}.`,
          preview: await preview(),
        });
      if (!settings.personMustApprove) return "argument";
      await requireApproval(ask, job.name, await preview(), options);
      return "elicited";
    },
  };
}
