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

/** Why there is no whole answer: the connection failed, time ran out, the caller gave up, or it was too large. */
export type ExchangeFailure = "failed" | "timeout" | "cancelled" | "too_large";

export class ExchangeError extends Error {
  readonly kind: ExchangeFailure;
  /** Whether the request was handed to a connection: only then it may have arrived. */
  readonly sent: boolean;
  /** The system's or undici's error code, e.g. ECONNREFUSED; never a text that could hold a secret. */
  readonly reason: string;

  constructor(kind: ExchangeFailure, sent: boolean, reason: string) {
    super(kind);
    this.name = "ExchangeError";
    this.kind = kind;
    this.sent = sent;
    this.reason = reason;
  }
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export interface ExchangeOptions {
  /** Bound on the whole exchange, waiting for a connection included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Once the request is on the wire it runs to its answer, whoever gives up. */
  readonly runsOn: boolean;
}

/** Sends one request and reads its whole answer. Redirects are not followed. Rejects with ExchangeError. */
export function exchange(
  dispatcher: Dispatcher,
  origin: string,
  { method, path, headers, body }: WireRequest,
  { timeoutMs, signal, runsOn }: ExchangeOptions,
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    let connection: Dispatcher.DispatchController | undefined;
    let sent = false;
    let over = false;
    let answer: Pick<WireAnswer, "status" | "headers"> = { status: 0, headers: {} };
    const chunks: Buffer[] = [];
    let size = 0;

    const settle = (): boolean => {
      if (over) return false;
      over = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      return true;
    };
    const fail = (kind: ExchangeFailure, reason: string): void => {
      if (!settle()) return;
      reject(new ExchangeError(kind, sent, reason));
      connection?.abort(new Error(kind));
    };
    const cancel = (): void => {
      if (!(runsOn && sent)) fail("cancelled", "cancelled");
    };
    const timer = setTimeout(() => fail("timeout", "no answer in time"), timeoutMs);
    signal?.addEventListener("abort", cancel);
    if (signal?.aborted) return cancel();

    dispatcher.dispatch(
      { origin, method, path, headers: { ...headers }, body: body ?? null },
      {
        // The last moment before the first byte is written: who gave up while it waited is not sent any more.
        onRequestStart: (controller) => {
          connection = controller;
          if (over) controller.abort(new Error("given up"));
          else sent = true;
        },
        onResponseStart: (_, status, told) => {
          answer = { status, headers: told };
        },
        onResponseData: (_, chunk) => {
          size += chunk.length;
          if (size > MAX_ANSWER_BYTES) fail("too_large", "larger than 16 MB");
          else chunks.push(chunk);
        },
        onResponseEnd: () => {
          if (settle()) resolve({ ...answer, text: Buffer.concat(chunks).toString("utf8") });
        },
        onResponseError: (_, error) => {
          const reason = errorCode(error);
          if (reason === "UND_ERR_HEADERS_OVERFLOW") fail("too_large", "larger than its headers may be");
          else fail("failed", reason);
        },
      },
    );
  });
}

function errorCode(error: unknown): string {
  // Undici has no code for a proxy that answers but opens no tunnel.
  const refused = error instanceof Error ? /^Proxy response \((\d{3})\)/.exec(error.message)?.[1] : undefined;
  if (refused !== undefined) return `PROXY_${refused}`;
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : "unknown";
}
