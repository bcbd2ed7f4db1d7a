import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { type Failure, OktaError, parseErrorBody } from "./error.ts";
import { ExchangeError, exchange, type WireAnswer, type WireRequest } from "./exchange.ts";
import { headerOf } from "./header.ts";
import { nextCursor } from "./page.ts";
import { buildPath } from "./path.ts";
import { waitAfter429 } from "./rate-limit.ts";
import { backoff, READ_RETRIES } from "./retry.ts";

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

export interface OktaAnswer {
  readonly status: number;
  /** Parsed JSON; undefined where the body was empty. */
  readonly body: unknown;
  readonly etag: string | undefined;
  /** Opaque cursor of the next page. */
  readonly next: string | undefined;
  readonly requestId: string | undefined;
}

export interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  /** Moment, in epoch milliseconds, by which the caller must have an answer. */
  readonly deadline?: number | undefined;
  /** Told before each wait for a rate limit. */
  onWait?(milliseconds: number): void;
}

/** The shared client: one pool per process. */
export interface Okta {
  /** Throws UnsendableError when a value of the request cannot go on the wire. */
  check(request: OktaRequest): void;
  /** Sends one request; throws OktaError or UnsendableError. */
  send(request: OktaRequest, options?: SendOptions): Promise<OktaAnswer>;
  close(): Promise<void>;
}

/** What a finished exchange looked like, for the log; holds no values and no secrets. */
export interface ExchangeRecord {
  readonly method: string;
  readonly template: string;
  readonly status: number | string;
  readonly milliseconds: number;
  readonly requestId: string | undefined;
}

export interface OktaOptions {
  readonly orgUrl: string;
  readonly authorization: string;
  readonly userAgent: string;
  readonly timeoutMs: number;
  readonly maxWaitMs: number;
  onExchange?(record: ExchangeRecord): void;
}

/** A write is not begun with less time than this before the deadline: an answer could hardly come. */
const LEAST_TIME_FOR_A_WRITE_MS = 2_000;

export function createOkta(options: OktaOptions): Okta {
  const pool = new Pool(options.orgUrl, {
    connections: 12, // Okta's smallest orgs take 15 requests at once (documented).
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 64 * 1024, // Links repeat a long search twice.
  });

  const credential = spellings(options.authorization.replace(/^\S+ /, ""));

  async function once(request: OktaRequest, wire: WireRequest, { signal, deadline }: SendOptions): Promise<WireAnswer> {
    const left = deadline === undefined ? Number.POSITIVE_INFINITY : deadline - Date.now();
    const least = request.effect === "read" ? 1 : LEAST_TIME_FOR_A_WRITE_MS;
    if (left < least)
      throw new OktaError({ code: "timeout", summary: "No time was left to ask Okta; nothing was sent." });
    const started = performance.now();
    let outcome: { status: number | string; requestId: string | undefined } = {
      status: "failed",
      requestId: undefined,
    };
    try {
      const hidden = [...credential, ...(request.confidential ?? []).flatMap(spellings)];
      const bounds = { timeoutMs: Math.min(options.timeoutMs, left), signal, runsOn: request.effect === "write" };
      const answer = conceal(hidden, await exchange(pool, options.orgUrl, wire, bounds));
      outcome = { status: answer.status, requestId: headerOf(answer.headers, "x-okta-request-id") };
      return answer;
    } catch (error) {
      if (error instanceof ExchangeError) outcome = { status: error.reason, requestId: undefined };
      throw error;
    } finally {
      const milliseconds = performance.now() - started;
      options.onExchange?.({ method: request.method, template: request.template, milliseconds, ...outcome });
    }
  }

  async function send(request: OktaRequest, sendOptions: SendOptions = {}): Promise<OktaAnswer> {
    const { signal, deadline, onWait } = sendOptions;
    const wire = toWire(request, options);
    let repeats = 0;
    let waits = 0;
    let waited = 0;
    for (;;) {
      if (signal?.aborted)
        throw new OktaError({ code: "cancelled", summary: "The call was cancelled before it was sent." });
      let answer: WireAnswer;
      try {
        answer = await once(request, wire, sendOptions);
      } catch (error) {
        if (!(error instanceof ExchangeError)) throw error;
        const mayRepeat = request.effect === "read" && error.kind === "failed";
        if (!mayRepeat || repeats >= READ_RETRIES) throw lostAnswer(request, error);
        await pause(backoff(repeats++), signal);
        continue;
      }
      if (answer.status === 429) {
        const wait = waitAfter429(answer.headers, waits++);
        const left =
          deadline === undefined ? Number.POSITIVE_INFINITY : deadline - LEAST_TIME_FOR_A_WRITE_MS - Date.now();
        if (waited + wait > options.maxWaitMs || wait > left) throw rateLimited(answer, wait);
        waited += wait;
        onWait?.(wait);
        await pause(wait, signal);
        continue;
      }
      if (answer.status >= 500 && answer.status !== 501 && request.effect === "read" && repeats < READ_RETRIES) {
        await pause(backoff(repeats++), signal);
        continue;
      }
      return interpret(request, answer);
    }
  }

  return { check: (request) => void toWire(request, options), send, close: () => pool.destroy() };
}

function toWire(request: OktaRequest, options: OktaOptions): WireRequest {
  const query = new URLSearchParams(request.query).toString();
  return {
    method: request.method,
    path: buildPath(request.template, request.path) + (query === "" ? "" : `?${query}`),
    headers: {
      accept: "application/json",
      ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      ...request.headers,
      authorization: options.authorization,
      "user-agent": options.userAgent,
    },
    body: request.body === undefined ? undefined : JSON.stringify(request.body),
  };
}

/** An answer without what must not be shown, whoever between us echoes it: our credential and what the call gave. */
function conceal(hidden: readonly string[], answer: WireAnswer): WireAnswer {
  const clean = (text: string): string =>
    hidden.reduce((rest, secret) => (rest.includes(secret) ? rest.replaceAll(secret, "[secret]") : rest), text);
  const headers = { ...answer.headers };
  for (const [name, value] of Object.entries(headers))
    headers[name] = Array.isArray(value) ? value.map(clean) : value && clean(value);
  return { status: answer.status, headers, text: clean(answer.text) };
}

/** How a secret may stand in an answer: as it is, inside JSON, inside a URL. */
function spellings(secret: string): string[] {
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])];
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal ? { signal } : {});
  } catch {
    throw new OktaError({ code: "cancelled", summary: "The call was cancelled while it waited; nothing was done." });
  }
}

/** What a missing answer means: for a write that may have arrived, that nobody knows. */
function lostAnswer(request: OktaRequest, { kind, sent, reason }: ExchangeError): OktaError {
  if (kind === "cancelled" && !(sent && request.effect === "write"))
    return new OktaError({ code: "cancelled", summary: "The call was cancelled; nothing was changed." });
  if (!sent && kind === "timeout")
    return new OktaError({ code: "timeout", summary: "No connection to Okta came about in time; nothing was sent." });
  if (!sent)
    return new OktaError({
      code: "unreachable",
      summary: `Okta could not be reached (${reason}); the request was not sent.`,
    });
  if (request.effect === "write")
    return new OktaError({
      code: "outcome_unknown",
      summary: `The request went out but no whole answer came back (${reason}): it may or may not have been done.`,
    });
  if (kind === "timeout") return new OktaError({ code: "timeout", summary: "Okta did not answer in time." });
  if (kind === "too_large")
    return new OktaError({ code: "bad_response", summary: `The answer was ${reason}; ask for less.` });
  return new OktaError({ code: "unreachable", summary: `The connection to Okta broke (${reason}).` });
}

function rateLimited(answer: WireAnswer, wait: number): OktaError {
  return new OktaError({
    code: "rate_limited",
    status: 429,
    summary: "Okta's rate limit is used up, and waiting for it would take too long; nothing was done.",
    requestId: headerOf(answer.headers, "x-okta-request-id"),
    retryAt: new Date(Date.now() + wait).toISOString(),
  });
}

/** Turns a whole answer into what was asked for, or throws what Okta said. */
function interpret(request: OktaRequest, answer: WireAnswer): OktaAnswer {
  const { status } = answer;
  const requestId = headerOf(answer.headers, "x-okta-request-id");
  const body = parseJson(answer.text);
  const said = { status, requestId };
  const error = parseErrorBody(body);
  if (status >= 200 && status < 300) {
    if (error) throw unreadable(request, said, "Okta's answer says both done and failed.");
    if (body === NOT_JSON)
      throw unreadable(request, said, "Okta's answer is not JSON; something between us may have answered.");
    return { status, body, etag: headerOf(answer.headers, "etag"), next: nextCursor(answer.headers.link), requestId };
  }
  if (error && (status < 500 || request.effect === "read" || provesNothingDone(status, error.code)))
    throw new OktaError({ ...said, ...error });
  if (status === 401)
    throw new OktaError({ ...said, code: "unauthorized", summary: "Okta does not accept the token." });
  if (status === 403 && /insufficient_scope/.test(headerOf(answer.headers, "www-authenticate") ?? ""))
    throw new OktaError({
      ...said,
      code: "insufficient_scope",
      summary: "The access token lacks the scope for this call.",
    });
  if (request.effect === "write" && !provesNothingDone(status, undefined))
    throw new OktaError({
      ...said,
      code: "outcome_unknown",
      summary: `${strange(status)} The request may or may not have been done.`,
      causes: error ? [`${error.code}: ${error.summary}`, ...error.causes] : [],
    });
  throw new OktaError({
    ...said,
    code: "bad_response",
    summary: strange(status),
  });
}

function strange(status: number): string {
  return status >= 300 && status < 400
    ? "Okta answered with a redirect, which is not followed."
    : `Okta answered ${status} without an explanation.`;
}

/** Too large a request, an operation that does not exist (501, E0000060), an org in read-only mode (E0000010). */
function provesNothingDone(status: number, code: string | undefined): boolean {
  return [413, 414, 431, 501].includes(status) || code === "E0000010";
}

function unreadable(request: OktaRequest, said: Pick<Failure, "status" | "requestId">, summary: string): OktaError {
  return request.effect === "read"
    ? new OktaError({ ...said, code: "bad_response", summary })
    : new OktaError({
        ...said,
        code: "outcome_unknown",
        summary: `${summary} The request may or may not have been done.`,
      });
}

const NOT_JSON = Symbol("not JSON");

function parseJson(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}
