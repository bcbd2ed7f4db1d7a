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

/** Sends one request and reads its whole answer. Redirects are not followed. Throws ExchangeError. */
export async function exchange(
  dispatcher: Dispatcher,
  origin: string,
  request: WireRequest,
  { timeoutMs, signal, runsOn }: ExchangeOptions,
): Promise<WireAnswer> {
  // One controller and one timer, both let go at the end: AbortSignal.timeout would hold each until it fires.
  const stop = new AbortController();
  let sent = false;
  const watched = dispatcher.compose((dispatch) => (options, handler) => {
    const start = handler.onRequestStart?.bind(handler);
    handler.onRequestStart = (controller, context) => {
      // The last moment before the first byte is written.
      sent = !stop.signal.aborted;
      start?.(controller, context);
    };
    return dispatch(options, handler);
  });
  const timer = setTimeout(() => stop.abort("timeout"), timeoutMs);
  const cancel = (): void => {
    if (!(runsOn && sent)) stop.abort("cancelled");
  };
  signal?.addEventListener("abort", cancel);
  // undici notices an abort only when the request meets a connection; nobody waits for that.
  const given = new Promise<never>((_, reject) => {
    stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
  });
  try {
    return await Promise.race([given, whole(watched, origin, request, stop.signal)]);
  } catch (error) {
    if (error instanceof TooLarge) throw new ExchangeError("too_large", sent, "larger than 16 MB");
    if (stop.signal.aborted) {
      const kind = stop.signal.reason === "timeout" ? "timeout" : "cancelled";
      throw new ExchangeError(kind, sent, kind === "timeout" ? "no answer in time" : "cancelled");
    }
    const reason = errorCode(error);
    if (reason === "UND_ERR_HEADERS_OVERFLOW")
      throw new ExchangeError("too_large", sent, "larger than its headers may be");
    throw new ExchangeError("failed", sent, reason);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}

class TooLarge extends Error {}

async function whole(
  dispatcher: Dispatcher,
  origin: string,
  request: WireRequest,
  signal: AbortSignal,
): Promise<WireAnswer> {
  const answer = await dispatcher.request({
    origin,
    method: request.method,
    path: request.path,
    headers: { ...request.headers },
    body: request.body ?? null,
    signal,
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_ANSWER_BYTES) throw new TooLarge();
    chunks.push(bytes);
  }
  return { status: answer.statusCode, headers: answer.headers, text: Buffer.concat(chunks).toString("utf8") };
}

function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : "unknown";
}
