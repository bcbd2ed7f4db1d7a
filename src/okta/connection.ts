import { setTimeout as sleep } from "node:timers/promises";
import { type OrgClock, orgClock } from "./clock.ts";
import { openDispatcher, type ProxySettings } from "./dispatcher.ts";
import { OktaError } from "./error.ts";
import { ExchangeError, type ExchangeOptions, exchange, type WireAnswer, type WireRequest } from "./exchange.ts";
import { headerOf, requestIdOf } from "./header.ts";
import { waitAfter429 } from "./rate-limit.ts";
import { explainReason } from "./reason.ts";
import { backoff, READ_RETRIES } from "./retry.ts";

export interface ConnectionOptions {
  /** Origin of the org. */
  readonly orgUrl: string;
  readonly userAgent: string;
  /** Bound on one exchange. */
  readonly timeoutMs: number;
  readonly proxy: ProxySettings;
  /** Told of each exchange with the authorization server, for the log. */
  onSignIn?(record: {
    path: string;
    status: number | string;
    milliseconds: number;
    requestId: string | undefined;
  }): void;
}

/** What goes to the authorization server. */
export interface SignInForm {
  readonly form: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The way to one org: every byte for it goes through here, and its clock is known here. */
export interface Connection {
  readonly orgUrl: string;
  readonly clock: OrgClock;
  /** One exchange. Rejects with ExchangeError. */
  exchange(request: WireRequest, options: ExchangeOptions): Promise<WireAnswer>;
  /**
   * Sends a form to an endpoint of the org's authorization server and gives the whole answer, whatever its status. Asks
   * again after a network failure, a 429 or a 5xx, with a form made anew, since an assertion or a proof serves once.
   * Throws OktaError `unreachable` or `timeout`.
   */
  post(path: string, make: () => Promise<SignInForm>): Promise<WireAnswer>;
  close(): Promise<void>;
}

/** Opens the way to an org; connects at the first exchange. */
export function openConnection(options: ConnectionOptions): Connection {
  const { orgUrl, timeoutMs, userAgent } = options;
  const dispatcher = openDispatcher(orgUrl, options.proxy);
  const clock = orgClock();

  const send: Connection["exchange"] = async (request, bounds) => {
    const headers = { ...request.headers, "user-agent": userAgent };
    const answer = await exchange(dispatcher, orgUrl, { ...request, headers }, bounds);
    clock.learn(headerOf(answer.headers, "date"));
    return answer;
  };

  async function post(path: string, make: () => Promise<SignInForm>): Promise<WireAnswer> {
    for (let repeats = 0; ; repeats += 1) {
      const last = repeats >= READ_RETRIES;
      const { form, headers } = await make();
      const request: WireRequest = {
        method: "POST",
        path,
        headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded", ...headers },
        body: new URLSearchParams(form).toString(),
      };
      const started = performance.now();
      const told = (status: number | string, requestId?: string): void =>
        options.onSignIn?.({ path, status, milliseconds: performance.now() - started, requestId });
      try {
        const answer = await send(request, { timeoutMs, runsOn: false });
        told(answer.status, requestIdOf(answer.headers));
        if (last || (answer.status !== 429 && answer.status < 500)) return answer;
        await sleep(
          answer.status === 429 ? Math.min(waitAfter429(answer.headers, repeats), timeoutMs) : backoff(repeats),
        );
      } catch (error) {
        if (!(error instanceof ExchangeError)) throw error;
        told(error.reason);
        if (last || error.kind !== "failed") throw unreachable(error);
        await sleep(backoff(repeats));
      }
    }
  }

  return { orgUrl, clock, exchange: send, post, close: () => dispatcher.destroy() };
}

function unreachable({ kind, reason }: ExchangeError): OktaError {
  if (kind === "too_large")
    return new OktaError({ code: "bad_response", summary: `The answer to the sign-in was ${reason}.` });
  return kind === "timeout"
    ? new OktaError({ code: "timeout", summary: "Okta did not answer the sign-in in time." })
    : new OktaError({
        code: "unreachable",
        summary: `Okta could not be reached to sign in (${explainReason(reason)}).`,
      });
}
