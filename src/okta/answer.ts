import { type Failure, OktaError, parseErrorBody } from "./error.ts";
import type { WireAnswer } from "./exchange.ts";
import { headerOf, requestIdOf } from "./header.ts";
import { nextCursor } from "./page.ts";

export interface OktaAnswer {
  readonly status: number;
  /** Parsed JSON; undefined where the body was empty. */
  readonly body: unknown;
  readonly etag: string | undefined;
  /** Opaque cursor of the next page. */
  readonly next: string | undefined;
  readonly requestId: string | undefined;
}

/**
 * Turns a whole answer into what was asked for, or throws what Okta said as an OktaError. `sentAt` is when the request
 * was sent, by the org's clock.
 */
export function interpret(effect: "read" | "write", answer: WireAnswer, sentAt?: number): OktaAnswer {
  const { status } = answer;
  const requestId = requestIdOf(answer.headers);
  const said = { status, requestId, sentAt };
  const isPage = /^text\/html\b/i.test(headerOf(answer.headers, "content-type") ?? "");
  const body = isPage ? NOT_JSON : parseJson(answer.text);
  const error = parseErrorBody(body);
  if (status >= 200 && status < 300) {
    if (error) throw unreadable(effect, said, "Okta's answer says both done and failed.");
    if (body === NOT_JSON) throw unreadable(effect, said, isPage ? webPage(status) : "Okta's answer is not JSON.");
    return { status, body, etag: headerOf(answer.headers, "etag"), next: nextCursor(answer.headers.link), requestId };
  }
  if (error && (status < 500 || effect === "read" || provesNothingDone(status, error.code)))
    throw new OktaError({ ...said, ...error });
  const challenge = headerOf(answer.headers, "www-authenticate") ?? "";
  if (status === 401)
    throw new OktaError({ ...said, code: "unauthorized", summary: "Okta does not accept the token." });
  if (status === 403 && /insufficient_scope/.test(challenge)) throw missingScope(said, challenge);
  const strange = isPage && (status < 300 || status >= 400) ? webPage(status) : unexplained(status);
  if (effect === "write" && !provesNothingDone(status, undefined))
    throw new OktaError({
      ...said,
      code: "outcome_unknown",
      summary: `${strange} The request may or may not have been done.`,
      causes: error ? [`${error.code}: ${error.summary}`, ...error.causes] : [],
    });
  throw new OktaError({ ...said, code: "bad_response", summary: strange });
}

function webPage(status: number): string {
  return `A web page answered (${status}), not Okta's API.`;
}

/** The challenge names the scope that is missing (recorded). */
function missingScope(said: Pick<Failure, "status" | "requestId" | "sentAt">, challenge: string): OktaError {
  const scope = /\bscope="([\w.]{1,80})"/.exec(challenge)?.[1];
  return new OktaError({
    ...said,
    code: "insufficient_scope",
    summary: scope === undefined ? "The access token lacks a scope." : `The access token lacks the scope ${scope}.`,
    scope,
  });
}

function unexplained(status: number): string {
  return status >= 300 && status < 400
    ? "Okta answered with a redirect, which is not followed."
    : `Okta answered ${status} without an explanation.`;
}

/** Too large a request, an operation that does not exist (501, E0000060), an org in read-only mode (E0000010). */
function provesNothingDone(status: number, code: string | undefined): boolean {
  return [413, 414, 431, 501].includes(status) || code === "E0000010";
}

function unreadable(
  effect: "read" | "write",
  said: Pick<Failure, "status" | "requestId" | "sentAt">,
  summary: string,
): OktaError {
  return effect === "read"
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
