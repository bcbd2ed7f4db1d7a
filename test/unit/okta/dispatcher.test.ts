import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Dispatcher } from "undici";
import { afterAll, describe, expect, it } from "vitest";
import { CONNECTIONS, openDispatcher } from "../../../src/okta/dispatcher.ts";
import { exchange } from "../../../src/okta/exchange.ts";

const open: (() => void)[] = [];
afterAll(() => {
  for (const close of open.splice(0)) close();
});

interface Front {
  readonly origin: string;
  readonly dispatcher: Dispatcher;
  /** Every connection that came, in order. */
  readonly sockets: readonly Socket[];
  /** Sends one write and gives its status. */
  write(): Promise<number>;
}

/** A server that keeps its connections as long as `keepMs` and says only what `answer` says about that. */
async function front(keepMs: number, answer: (response: ServerResponse) => void): Promise<Front> {
  const sockets: Socket[] = [];
  const server: Server = createServer((request, response) => {
    request.resume();
    answer(response);
  });
  server.keepAliveTimeout = keepMs;
  // Newer versions of Node close only after this long on top.
  if ("keepAliveTimeoutBuffer" in server) Object.assign(server, { keepAliveTimeoutBuffer: 0 });
  server.on("connection", (socket) => sockets.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const dispatcher = openDispatcher(origin, { httpsProxy: undefined, noProxy: undefined });
  open.push(() => {
    void dispatcher.destroy();
    server.closeAllConnections();
    server.close();
  });
  const write = async (): Promise<number> => {
    const request = { method: "POST", path: "/", headers: {}, body: "{}" } as const;
    return (await exchange(dispatcher, origin, request, { timeoutMs: 5_000, runsOn: true })).status;
  };
  return { origin, dispatcher, sockets, write };
}

/** An answer that does not say how long the connection stays. */
const silent = (response: ServerResponse): void => void response.setHeader("connection", "keep-alive").end("{}");
const saying =
  (seconds: number) =>
  (response: ServerResponse): void =>
    void response.setHeader("connection", "keep-alive").setHeader("keep-alive", `timeout=${seconds}`).end("{}");

const closed = (socket: Socket | undefined): Promise<unknown> =>
  socket === undefined ? Promise.reject(new Error("no connection came")) : once(socket, "close");

describe.concurrent("connections", () => {
  it("are used again by what comes soon after", async () => {
    const { sockets, write } = await front(60_000, silent);
    for (let calls = 0; calls < 5; calls += 1) {
      expect(await write()).toBe(200);
      // The answer is told a moment before its connection is free.
      await nextTurn();
    }
    expect(sockets).toHaveLength(1);
  });

  it("that the server closed meanwhile do not fail the next write", async () => {
    const { sockets, write } = await front(300, silent);
    for (let calls = 1; calls <= 3; calls += 1) {
      expect(await write()).toBe(200);
      expect(sockets).toHaveLength(calls);
      await closed(sockets.at(-1));
    }
  });

  it("that are idle for some seconds are closed by us, and the next write has a new one", async () => {
    const { sockets, write } = await front(60_000, silent);
    await write();
    const before = performance.now();
    await closed(sockets[0]);
    expect(performance.now() - before).toBeGreaterThan(3_000);
    expect(await write()).toBe(200);
    expect(sockets).toHaveLength(2);
  });

  it("are not kept longer because the server would", async () => {
    const { sockets, write } = await front(60_000, saying(120));
    await write();
    await closed(sockets[0]);
  });

  it.each([1, 2])("are not used again where the server gives them only %i s", async (seconds) => {
    const { sockets, write } = await front(60_000, saying(seconds));
    await write();
    await write();
    expect(sockets).toHaveLength(2);
  });

  it("are limited in number, and what comes more waits", async ({ expect }) => {
    const waiting: ServerResponse[] = [];
    const { sockets, write } = await front(60_000, (response) => void waiting.push(response));
    const writes = Array.from({ length: CONNECTIONS + 5 }, write);
    await expect.poll(() => waiting.length).toBe(CONNECTIONS);
    for (let answered = 0; answered < CONNECTIONS + 5; answered += 1) {
      await expect.poll(() => waiting.length).toBeGreaterThan(0);
      waiting.shift()?.end("{}");
    }
    expect(new Set(await Promise.all(writes))).toEqual(new Set([200]));
    expect(sockets).toHaveLength(CONNECTIONS);
  });
});

describe("a proxy", () => {
  it("is not asked for plain http", async () => {
    const { origin, sockets } = await front(60_000, silent);
    const dispatcher = openDispatcher(origin, { httpsProxy: "http://127.0.0.1:9", noProxy: undefined });
    open.push(() => void dispatcher.destroy());
    const request = { method: "GET", path: "/", headers: {} } as const;
    const { status } = await exchange(dispatcher, origin, request, { timeoutMs: 5_000, runsOn: false });
    expect(status).toBe(200);
    expect(sockets).toHaveLength(1);
  });
});
