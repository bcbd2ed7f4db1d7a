import type { Dispatcher } from "undici";

/** One request as it goes on the wire. */
export interface WireRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path with query, encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** One whole answer as it came off the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/**
 * Why there is no whole answer. `unsent`: the request never left us. `cut`: it may have arrived, the answer did not.
 * `timeout`: no answer in time. `cancelled`: the caller gave up. `too_large`: the answer passed the bound.
 */
export type ExchangeFailure = "unsent" | "cut" | "timeout" | "cancelled" | "too_large";

export class ExchangeError extends Error {
  readonly kind: ExchangeFailure;
  /** The system's or undici's error code, e.g. ECONNREFUSED; never a text that could hold a secret. */
  readonly reason: string;

  constructor(kind: ExchangeFailure, reason: string) {
    super(kind);
    this.name = "ExchangeError";
    this.kind = kind;
    this.reason = reason;
  }
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Errors that come before a byte of the request is written. */
const BEFORE_SENDING =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|UND_ERR_CONNECT_TIMEOUT|UND_ERR_INVALID_ARG|ERR_TLS_.*|CERT_.*|.*SELF_SIGNED.*|UNABLE_TO_.*)$/;

/**
 * Sends one request and reads its whole answer. Redirects are not followed. Throws ExchangeError.
 *
 * @param timeoutMs bound on the whole exchange
 * @param signal ends the exchange; leave it out where the request must run to its answer
 */
export async function exchange(
  dispatcher: Dispatcher,
  origin: string,
  request: WireRequest,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<WireAnswer> {
  // One controller and one timer, both let go at the end: AbortSignal.timeout would hold each until it fires.
  const stop = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    stop.abort();
  }, timeoutMs);
  const cancel = (): void => stop.abort();
  signal?.addEventListener("abort", cancel);
  try {
    const answer = await dispatcher.request({
      origin,
      method: request.method,
      path: request.path,
      headers: { ...request.headers },
      body: request.body ?? null,
      signal: stop.signal,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer.body) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > MAX_ANSWER_BYTES) throw new ExchangeError("too_large", "answer over 16 MB");
      chunks.push(bytes);
    }
    return { status: answer.statusCode, headers: answer.headers, text: Buffer.concat(chunks).toString("utf8") };
  } catch (error) {
    if (error instanceof ExchangeError) throw error;
    if (signal?.aborted) throw new ExchangeError("cancelled", "cancelled");
    if (timedOut) throw new ExchangeError("timeout", "no answer in time");
    const reason = errorCode(error);
    throw new ExchangeError(BEFORE_SENDING.test(reason) ? "unsent" : "cut", reason);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}

function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : "unknown";
}
