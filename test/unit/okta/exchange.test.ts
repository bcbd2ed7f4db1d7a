import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTcp, type Server, type Socket } from "node:net";
import { Pool } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { ExchangeError, exchange, type WireRequest } from "../../../src/okta/exchange.ts";

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function listen(server: Server, sockets: Set<Socket>): Promise<number> {
  const ready = new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await ready;
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A server that hears requests and answers none until told, and those it has heard of. */
async function silent(): Promise<{ origin: string; heard: string[]; first: Promise<unknown>; answer(): void }> {
  const heard: string[] = [];
  const waiting: (() => void)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    heard.push(request.method ?? "");
    waiting.push(() => response.end("done"));
  });
  server.on("connection", (socket) => sockets.add(socket));
  const first = once(server, "request");
  const port = await listen(server, sockets);
  return {
    origin: `http://127.0.0.1:${port}`,
    heard,
    first,
    answer: () => {
      for (const go of waiting.splice(0)) go();
    },
  };
}

function pool(origin: string, connections = 1): Pool {
  const made = new Pool(origin, { connections });
  open.push(() => void made.destroy());
  return made;
}

const get: WireRequest = { method: "GET", path: "/", headers: {} };
const post: WireRequest = { method: "POST", path: "/", headers: {} };

async function failureOf(promise: Promise<unknown>): Promise<{ kind: string; sent: boolean }> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ExchangeError)) throw new Error("it did not fail as an exchange");
  return { kind: error.kind, sent: error.sent };
}

describe("exchange", () => {
  it("a write that waits for a connection is not sent after a cancel", async () => {
    const { origin, heard, first, answer } = await silent();
    const shared = pool(origin);
    const held = exchange(shared, origin, get, { timeoutMs: 5_000, runsOn: false });
    await first;
    const stop = new AbortController();
    const write = exchange(shared, origin, post, { timeoutMs: 5_000, signal: stop.signal, runsOn: true });
    stop.abort();
    expect(await failureOf(write)).toEqual({ kind: "cancelled", sent: false });
    answer();
    await held;
    const next = exchange(shared, origin, get, { timeoutMs: 5_000, runsOn: false });
    await expect.poll(() => heard.length).toBe(2);
    answer();
    await next;
    expect(heard).toEqual(["GET", "GET"]);
  });

  it("who had given up before it began sends nothing", async () => {
    const { origin, heard } = await silent();
    for (const request of [get, post]) {
      const sending = exchange(pool(origin), origin, request, {
        timeoutMs: 5_000,
        signal: AbortSignal.abort(),
        runsOn: request === post,
      });
      expect(await failureOf(sending)).toEqual({ kind: "cancelled", sent: false });
    }
    expect(heard).toEqual([]);
  });

  it("a write that waits for a connection ends in time, unsent", async () => {
    const { origin, heard, first } = await silent();
    const shared = pool(origin);
    exchange(shared, origin, get, { timeoutMs: 5_000, runsOn: false }).catch(() => {});
    await first;
    const write = exchange(shared, origin, post, { timeoutMs: 100, runsOn: true });
    expect(await failureOf(write)).toEqual({ kind: "timeout", sent: false });
    expect(heard).toEqual(["GET"]);
  });

  it("a write on the wire runs to its answer after a cancel, a read does not", async () => {
    const { origin, heard, answer } = await silent();
    const shared = pool(origin, 2);
    const stop = new AbortController();
    const write = exchange(shared, origin, post, { timeoutMs: 5_000, signal: stop.signal, runsOn: true });
    const read = exchange(shared, origin, get, { timeoutMs: 5_000, signal: stop.signal, runsOn: false });
    await expect.poll(() => heard.length).toBe(2);
    stop.abort();
    expect(await failureOf(read)).toEqual({ kind: "cancelled", sent: true });
    answer();
    expect(await write).toMatchObject({ status: 200, text: "done" });
  });

  it("a handshake that never ends is a timeout in time, unsent", async () => {
    const sockets = new Set<Socket>();
    const port = await listen(
      createTcp((socket) => sockets.add(socket)),
      sockets,
    );
    const origin = `https://127.0.0.1:${port}`;
    const write = exchange(pool(origin), origin, post, { timeoutMs: 200, runsOn: true });
    expect(await failureOf(write)).toEqual({ kind: "timeout", sent: false });
  });

  it("a connection reset in the handshake is unsent, one reset after sending is not", async () => {
    const sockets = new Set<Socket>();
    const port = await listen(
      createTcp((socket) => {
        sockets.add(socket.on("error", () => {}));
        socket.once("data", () => socket.destroy());
      }),
      sockets,
    );
    const failed = await Promise.all(
      ["https", "http"].map((scheme) => {
        const origin = `${scheme}://127.0.0.1:${port}`;
        return failureOf(exchange(pool(origin), origin, post, { timeoutMs: 5_000, runsOn: true }));
      }),
    );
    expect(failed).toEqual([
      { kind: "failed", sent: false },
      { kind: "failed", sent: true },
    ]);
  });
});
