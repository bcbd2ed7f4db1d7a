import { setMaxListeners } from "node:events";
import { setTimeout as sleep, setImmediate as turnOfTheLoop } from "node:timers/promises";
import { interpret, type OktaAnswer } from "./answer.ts";
import type { Authorizer } from "./auth/authorizer.ts";
import { bucketOf } from "./bucket.ts";
import { type BucketState, createBudget, OutOfTime, Refused, type Turn } from "./budget.ts";
import { conceal } from "./conceal.ts";
import type { Connection } from "./connection.ts";
import { CONNECTIONS } from "./dispatcher.ts";
import { OktaError } from "./error.ts";
import { ExchangeError, type WireAnswer, type WireRequest } from "./exchange.ts";
import { headerOf, requestIdOf } from "./header.ts";
import { nextCursor } from "./page.ts";
import { buildPath } from "./path.ts";
import { isTooManyAtOnce } from "./rate-limit.ts";
import { explainReason } from "./reason.ts";
import { backoff, READ_RETRIES } from "./retry.ts";

export type { OktaAnswer } from "./answer.ts";

/** One call of Okta's API. */
export interface OktaRequest {
  readonly method: WireRequest["method"];
  /** Path template, e.g. `/api/v1/users/{userId}`; the only form of the path that is logged. */
  readonly template: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What was given in confidence, such as passwords: hidden in the answer, should it echo them. */
  readonly confidential?: readonly string[];
  /** A read may be sent again after an unclear failure and ends when the caller gives up; a write neither. */
  readonly effect: "read" | "write";
}

export interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  /** Moment, in epoch milliseconds, by which the caller must have an answer. */
  readonly deadline?: number | undefined;
  /** Told of a wait of a second or more for a rate limit, and again while it lasts. */
  onWait?(milliseconds: number): void;
  /** Told of the next page's cursor before this page is read, so that Okta can work on the one meanwhile. */
  onNext?(after: string): void;
}

/** The shared client: one per process. */
export interface Okta {
  /** Throws UnsendableError when a value of the request cannot go on the wire. */
  check(request: OktaRequest): void;
  /** Sends one request; throws OktaError or UnsendableError. */
  send(request: OktaRequest, options?: SendOptions): Promise<OktaAnswer>;
  /** The org's time in epoch milliseconds. */
  now(): number;
  /** How each rate-limit bucket stood when last heard of. */
  buckets(): readonly BucketState[];
  /** How many requests like this one Okta allows in a window of a minute; undefined before an answer told. */
  limitFor(request: Pick<OktaRequest, "method" | "template">): number | undefined;
  close(): Promise<void>;
}

/** What a finished exchange looked like, for the log; holds no values and no secrets. */
export interface ExchangeRecord {
  readonly method: string;
  readonly template: string;
  readonly status: number | string;
  readonly milliseconds: number;
  readonly requestId: string | undefined;
  readonly bucket: string;
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
}

export interface OktaOptions {
  readonly connection: Connection;
  readonly authorizer: Authorizer;
  /** Bound on one exchange. */
  readonly timeoutMs: number;
  /** Longest wait of a call for rate limits. */
  readonly maxWaitMs: number;
  /** Percent of each rate-limit bucket left to the org's other clients. */
  readonly reservePercent: number;
  onExchange?(record: ExchangeRecord): void;
}

/** A write is not begun with less time than this before the deadline: an answer could hardly come. */
const LEAST_TIME_FOR_A_WRITE_MS = 2_000;

export function createOkta(options: OktaOptions): Okta {
  const { connection, authorizer } = options;
  const rules = { reservePercent: options.reservePercent, concurrency: CONNECTIONS };
  const budget = createBudget(rules, connection.clock);

  /** One attempt: waits for its turn, signs in, and gives the whole answer. */
  async function attempt(request: OktaRequest, wire: WireRequest, waited: Waited, send: SendOptions): Promise<Attempt> {
    const bucket = bucketOf(request.method, request.template);
    const turn = await waitForTurn(bucket, request.effect, waited, send);
    let authorization: Readonly<Record<string, string>> = {};
    const record = { method: request.method, template: request.template, bucket };
    try {
      authorization = await authorizer.authorize(request.method, connection.orgUrl + wire.path, send);
      const left = timeLeft(send) - (request.effect === "read" ? 0 : LEAST_TIME_FOR_A_WRITE_MS);
      if (left <= 0) throw outOfTime();
      const started = performance.now();
      waited.sentAt = connection.clock.now();
      const finished = (status: number | string, requestId?: string): void => {
        if (options.onExchange === undefined) return;
        const { limit, remaining } = budget.state(bucket) ?? {};
        const milliseconds = performance.now() - started;
        options.onExchange({ ...record, status, requestId, milliseconds, limit, remaining });
      };
      try {
        const signed = { ...wire, headers: { ...wire.headers, ...authorization } };
        const timeoutMs = Math.min(options.timeoutMs, timeLeft(send));
        const bounds = { timeoutMs, signal: send.signal, runsOn: request.effect === "write" };
        const answer = await connection.exchange(signed, bounds);
        turn.done(answer.status, answer.headers);
        finished(answer.status, requestIdOf(answer.headers));
        await tellNext(answer, send);
        const credentials = Object.values(authorization).map((value) => value.replace(/^\S+ /, ""));
        return { authorization, answer: conceal([...credentials, ...(request.confidential ?? [])], answer) };
      } catch (error) {
        if (error instanceof ExchangeError) finished(error.reason);
        throw error;
      }
    } finally {
      turn.done();
    }
  }

  async function waitForTurn(
    bucket: string,
    effect: OktaRequest["effect"],
    waited: Waited,
    { signal, deadline, onWait }: SendOptions,
  ): Promise<Turn> {
    const from = Date.now();
    const spare = effect === "read" ? 0 : LEAST_TIME_FOR_A_WRITE_MS;
    try {
      return await budget.turn(bucket, {
        signal,
        maxWaitMs: options.maxWaitMs - waited.ms,
        wasRefused: waited.refused,
        deadline: (deadline ?? Number.POSITIVE_INFINITY) - spare,
        onWait,
      });
    } catch (error) {
      if (error instanceof Refused) throw rateLimited(waited, error.waitMs);
      if (error instanceof OutOfTime) throw outOfTime();
      if (signal?.aborted) throw cancelled("The call was cancelled while it waited; nothing was done.");
      throw error;
    } finally {
      waited.ms += Date.now() - from;
    }
  }

  async function send(request: OktaRequest, sendOptions: SendOptions = {}): Promise<OktaAnswer> {
    const { signal } = sendOptions;
    // One job may share its signal among many calls; node would warn of a leak.
    if (signal) setMaxListeners(0, signal);
    const wire = toWire(request);
    const waited: Waited = { ms: 0, refused: false, requestId: undefined, sentAt: undefined };
    let renewed = false;
    for (let repeats = 0; ; ) {
      if (signal?.aborted) throw cancelled("The call was cancelled before it was sent.");
      let tried: Attempt;
      try {
        tried = await attempt(request, wire, waited, sendOptions);
      } catch (error) {
        if (!(error instanceof ExchangeError)) throw error;
        const mayRepeat = request.effect === "read" && error.kind === "failed";
        if (!mayRepeat || repeats >= READ_RETRIES) throw lostAnswer(request.effect, error, waited.sentAt);
        await pause(backoff(repeats++), signal);
        continue;
      }
      const { answer, authorization } = tried;
      if (answer.status === 429) {
        // The budget has learned from it, and makes the next attempt wait its turn.
        waited.refused = true;
        waited.requestId = requestIdOf(answer.headers);
        if (isTooManyAtOnce(answer.headers)) {
          const ms = backoff(0);
          if (waited.ms + ms > options.maxWaitMs) throw rateLimited(waited, ms);
          await pause(ms, signal);
          waited.ms += ms;
        }
        continue;
      }
      // A refused sign-in proves that nothing was done.
      if (!renewed && isSignInRefused(answer) && authorizer.refused(authorization, answer.headers)) {
        renewed = true;
        continue;
      }
      const failed = answer.status >= 500 && answer.status !== 501;
      if (failed && request.effect === "read" && repeats < READ_RETRIES) {
        await pause(backoff(repeats++), signal);
        continue;
      }
      return interpret(request.effect, answer, waited.sentAt);
    }
  }

  return {
    check: (request) => void toWire(request),
    send,
    now: () => connection.clock.now(),
    buckets: () => budget.states(),
    limitFor: ({ method, template }) => budget.state(bucketOf(method, template))?.limit,
    close: async () => {
      // A refresh token that is being exchanged must be stored, or the sign-in is lost.
      await authorizer.settled?.();
      await connection.close();
    },
  };
}

/** Tells where a list goes on, and lets the request for that go out. */
async function tellNext({ status, headers }: WireAnswer, { onNext }: SendOptions): Promise<void> {
  if (onNext === undefined || status >= 300) return;
  const next = nextCursor(headers.link);
  if (next === undefined) return;
  onNext(next);
  // Undici writes on a connection it used before only when the event loop comes round, behind the first of these turns.
  await turnOfTheLoop();
  await turnOfTheLoop();
}

interface Attempt {
  readonly authorization: Readonly<Record<string, string>>;
  readonly answer: WireAnswer;
}

/** What a call has come to: how long it waited for rate limits, and the last request that met one. */
interface Waited {
  ms: number;
  refused: boolean;
  requestId: string | undefined;
  /** When the last attempt was sent, by the org's clock. */
  sentAt: number | undefined;
}

/** By a 401, or by a challenge that names the proof of possession (reported with 400). */
function isSignInRefused({ status, headers }: WireAnswer): boolean {
  const challenge = headerOf(headers, "www-authenticate") ?? "";
  return status === 401 || (status === 400 && /\berror="(use_dpop_nonce|invalid_dpop_proof)"/.test(challenge));
}

function timeLeft({ deadline }: SendOptions): number {
  return deadline === undefined ? Number.POSITIVE_INFINITY : deadline - Date.now();
}

function toWire(request: OktaRequest): WireRequest {
  const query = new URLSearchParams(request.query).toString();
  return {
    method: request.method,
    path: buildPath(request.template, request.path) + (query === "" ? "" : `?${query}`),
    headers: {
      accept: "application/json",
      ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      ...request.headers,
    },
    body: request.body === undefined ? undefined : JSON.stringify(request.body),
  };
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal ? { signal } : {});
  } catch {
    throw cancelled("The call was cancelled while it waited; nothing was done.");
  }
}

function outOfTime(): OktaError {
  return new OktaError({ code: "timeout", summary: "No time was left to ask Okta; nothing was sent." });
}

function cancelled(summary: string): OktaError {
  return new OktaError({ code: "cancelled", summary });
}

/** What a missing answer means: for a write that may have arrived, that nobody knows. */
function lostAnswer(
  effect: OktaRequest["effect"],
  { kind, sent, reason }: ExchangeError,
  sentAt: number | undefined,
): OktaError {
  if (kind === "cancelled" && !(sent && effect === "write"))
    return cancelled("The call was cancelled; nothing was changed.");
  if (!sent && effect === "write")
    return new OktaError({
      code: "not_done",
      summary: `Nothing was sent: no connection to Okta came about (${explainReason(reason)}).`,
    });
  if (!sent && kind === "timeout")
    return new OktaError({ code: "timeout", summary: "No connection to Okta came about in time." });
  if (!sent)
    return new OktaError({
      code: "unreachable",
      summary: `Okta could not be reached (${explainReason(reason)}).`,
    });
  if (effect === "write")
    return new OktaError({
      code: "outcome_unknown",
      summary: `The request went out but no whole answer came back (${reason}): it may or may not have been done.`,
      sentAt,
    });
  if (kind === "timeout") return new OktaError({ code: "timeout", summary: "Okta did not answer in time." });
  if (kind === "too_large")
    return new OktaError({ code: "bad_response", summary: `The answer was ${reason}; ask for less.` });
  return new OktaError({ code: "unreachable", summary: `The connection to Okta broke (${reason}).` });
}

function rateLimited({ requestId }: Waited, wait: number): OktaError {
  return new OktaError({
    code: "rate_limited",
    status: 429,
    summary: "Okta's rate limit is used up, and waiting for it would take too long; nothing was done.",
    requestId,
    retryAt: new Date(Date.now() + wait).toISOString(),
  });
}
