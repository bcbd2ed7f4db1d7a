import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { answerApi, withHeaders } from "./api.ts";
import { control } from "./control.ts";
import { errorBody, OktaError } from "./error.ts";
import type { Fault } from "./faults.ts";
import type { Answer } from "./route.ts";
import type { State } from "./state.ts";

const LARGEST_BODY = 1024 * 1024;
/** More than a careful client reads: 17 MB. */
const HUGE = 17 * 1024 * 1024;

/** The HTTP server around a state. It accepts only loopback Host headers, so a web page cannot reach it by rebinding DNS. */
export function createHttpServer(state: State): Server {
  const server = createServer((request, response) => {
    serve(state, request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  return server;
}

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const time = new Date().toISOString();
  const method = request.method ?? "GET";
  const host = request.headers.host ?? "";
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host)) {
    send(response, { status: 403, body: { error: "The sandbox answers only on loopback names." } });
    return;
  }
  const target = (request.url ?? "/").replace(/^\/+/, "/");
  const cut = target.indexOf("?");
  const path = cut < 0 ? target : target.slice(0, cut);
  const query = cut < 0 ? "" : target.slice(cut + 1);
  const body = await read(request);
  if (path.startsWith("/sandbox/")) {
    const { authorization } = request.headers;
    send(response, control(state, { method, path, authorization, body: body ?? "" }));
    return;
  }

  const fault = state.faults.take(method, path);
  if (fault !== undefined && fault.delayMs > 0) await wait(fault.delayMs);
  const log = (status: number): void => state.log.add({ method, path, query, status, time });
  if (fault?.kind === "drop-before") {
    log(0);
    response.destroy();
    return;
  }
  const played = fault === undefined ? undefined : instead(state, fault, method, path);
  const answer =
    played ??
    refusedBody(state, request, method, body) ??
    work(state, request, { method, path, query, body: body ?? "", host });
  if (fault?.kind === "drop-after") {
    log(0);
    response.destroy();
    return;
  }
  log(answer.status);
  if (fault?.kind === "truncate") truncate(response, answer);
  else if (fault?.kind === "bad-json") send(response, answer, '{"id":"00u');
  else if (fault?.kind === "html")
    send(response, { ...answer, headers: html(answer) }, "<html><body>Bad gateway</body></html>");
  else send(response, answer, typeof answer.body === "string" ? answer.body : undefined);
}

function work(
  state: State,
  request: IncomingMessage,
  parts: { method: string; path: string; query: string; body: string; host: string },
): Answer {
  const { host, ...rest } = parts;
  return answerApi(state, { ...rest, headers: request.headers, origin: `http://${host}` });
}

/** An answer that takes the place of the work. */
function instead(state: State, fault: Fault, method: string, path: string): Answer | undefined {
  const rate = state.limiter.look(method, path);
  switch (fault.kind) {
    case "status": {
      const body = errorBody(new OktaError(fault.status === 429 ? "E0000047" : "E0000009"));
      const reset = Math.ceil(Date.now() / 1000) + fault.resetInSeconds;
      const shown = fault.status === 429 ? { ...rate, remaining: 0, reset } : rate;
      return withHeaders({ status: fault.status, body, headers: fault.headers }, shown);
    }
    case "redirect":
      return withHeaders(
        { status: 302, headers: { location: "http://127.0.0.1:9/elsewhere", ...fault.headers } },
        rate,
      );
    case "huge":
      return withHeaders({ status: 200, body: [{ padding: "x".repeat(HUGE) }], headers: fault.headers }, rate);
    default:
      return undefined;
  }
}

/** 411 without Content-Length (Okta's API documentation), 413 above 1 MB. */
function refusedBody(
  state: State,
  request: IncomingMessage,
  method: string,
  body: string | undefined,
): Answer | undefined {
  const rate = state.limiter.look(method, "");
  if (body === undefined) return withHeaders({ status: 413, headers: { connection: "close" } }, rate);
  if ((method === "POST" || method === "PUT") && request.headers["content-length"] === undefined) {
    return withHeaders({ status: 411 }, rate);
  }
  return undefined;
}

/** The body as text; undefined when it is larger than allowed, in which case the rest is not kept. */
async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size <= LARGEST_BODY) chunks.push(bytes);
  }
  return size > LARGEST_BODY ? undefined : Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, answer: Answer, text?: string): void {
  head(response, answer);
  if (answer.body === undefined && text === undefined) response.end();
  else response.end(text ?? JSON.stringify(answer.body));
}

/** Promises the whole body, sends half of it, and cuts the connection. */
function truncate(response: ServerResponse, answer: Answer): void {
  const bytes = Buffer.from(JSON.stringify(answer.body ?? { padding: "x".repeat(100) }));
  head(response, answer);
  response.setHeader("content-length", bytes.length);
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
}

function head(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.statusCode = status;
  if (body !== undefined) response.setHeader("content-type", "application/json");
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, typeof value === "string" ? value : [...value]);
  }
}

function html(answer: Answer): NonNullable<Answer["headers"]> {
  return { ...answer.headers, "content-type": "text/html" };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
