import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { send, sendHalf, withHeaders } from "./answer.ts";
import { type ApiRequest, answerApi } from "./api.ts";
import { type Arrival, arrive, logLine } from "./arrival.ts";
import { tooMany } from "./concurrency.ts";
import { control } from "./control.ts";
import { insteadOfWork, spoiled } from "./fault-answer.ts";
import { createPage, type Page } from "./page/index.ts";
import type { Answer } from "./route.ts";
import type { State } from "./state.ts";

const LARGEST_BODY = 1024 * 1024;
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/** The HTTP server around a state. It accepts only loopback Host headers, so a web page cannot reach it by rebinding DNS. */
export function createHttpServer(state: State): Server {
  const page = createPage(state);
  const server = createServer((request, response) => {
    serve(state, page, request, response).catch(() => response.destroy());
  });
  // Longer than a client keeps an idle connection, so that a reused one is never found closed.
  server.keepAliveTimeout = 60_000;
  return server;
}

async function serve(state: State, page: Page, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const host = incoming.headers.host ?? "";
  if (!LOOPBACK.test(host)) {
    send(response, { status: 403, body: { error: "The sandbox answers only on loopback names." } });
    return;
  }
  const target = (incoming.url ?? "/").replace(/^\/+/, "/");
  const cut = target.indexOf("?");
  const path = cut < 0 ? target : target.slice(0, cut);
  if (page.serve(incoming, response, path)) return;
  const arrival = arrive(state.org, path);
  const text = await read(incoming);
  const request: ApiRequest = {
    method: incoming.method ?? "GET",
    path,
    query: cut < 0 ? "" : target.slice(cut + 1),
    headers: incoming.headers,
    body: text ?? "",
    origin: `http://${host}`,
  };
  if (path.startsWith("/sandbox/")) send(response, control(state, request));
  else {
    const leave = state.concurrency.enter(state.org.knobs.concurrency);
    if (leave === undefined) {
      const refusal = tooMany();
      state.log.add(logLine(request, arrival, refusal));
      send(response, refusal);
      return;
    }
    await answerInPublic(state, request, response, { tooLarge: text === undefined, arrival }).finally(leave);
  }
}

/** An API request: faults first, then the work, and a line in the log. */
async function answerInPublic(
  state: State,
  request: ApiRequest,
  response: ServerResponse,
  { tooLarge, arrival }: { tooLarge: boolean; arrival: Arrival },
): Promise<void> {
  const { method, path } = request;
  const fault = state.faults.take(method, path);
  // Unreferenced: a delay must not keep a process alive whose sandbox was closed.
  if (fault !== undefined && fault.delayMs > 0) await new Promise((go) => setTimeout(go, fault.delayMs).unref());
  const log = (answer: Answer | undefined): void => state.log.add(logLine(request, arrival, answer, fault));
  const cut = (): void => {
    log(undefined);
    response.destroy();
  };
  if (fault?.kind === "drop-before") return cut();
  const rate = state.limiter.look(method, path);
  const played = fault === undefined ? undefined : insteadOfWork(fault, rate);
  const answer = played ?? refusedBody(state, request, tooLarge) ?? (await answerApi(state, request));
  if (method !== "GET") state.org.users.changed();
  if (fault?.kind === "drop-after") return cut();
  const last = spoiled(fault, answer);
  log(last);
  if (fault?.kind === "truncate") sendHalf(response, last);
  else send(response, last);
}

/** 413 above 1 MB; 411 for a POST or PUT without Content-Length (Okta's API documentation). */
function refusedBody(state: State, request: ApiRequest, tooLarge: boolean): Answer | undefined {
  const rate = state.limiter.look(request.method, request.path);
  if (tooLarge) return withHeaders({ status: 413, headers: { connection: "close" } }, rate);
  const needsLength = request.method === "POST" || request.method === "PUT";
  return needsLength && request.headers["content-length"] === undefined
    ? withHeaders({ status: 411 }, rate)
    : undefined;
}

/** The body as text; undefined when it is larger than allowed, in which case it is read but not kept. */
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
