import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { endStrays, startHost } from "../process/host.ts";
import { at, listAt, textAt } from "../support/at.ts";
import { startOrg, type TestOrg } from "../support/org.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { warmUp } from "./support.ts";

const LIMIT = 20;
const WINDOW_SECONDS = 2;
/** What a reserve of ten percent leaves. */
const MAY = 18;

const started: TestServer[] = [];
let org: TestOrg;

beforeAll(async () => {
  org = await startOrg("--users", "20", "--rate-limit", String(LIMIT), "--window", String(WINDOW_SECONDS));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
  endStrays();
  // People, limits and faults as at the start.
  await org.control("POST", "reset", {});
});
afterAll(() => org.stop());

async function serve(env: Record<string, string> = {}): Promise<TestServer> {
  const server = await startServer({ ...org.env, ...env });
  started.push(server);
  return server;
}

const list = { name: "list_users", arguments: { limit: 1 } };

/** So many calls at once. */
function many(server: TestServer, count: number): Promise<unknown[]> {
  return Promise.all(Array.from({ length: count }, async () => (await server.call("list_users", { limit: 1 })).reply));
}

const failures = (replies: readonly unknown[]): unknown[] => replies.flatMap((reply) => at(reply, "error.code") ?? []);

/** A server whose bucket for lists is used up for the next seconds. */
async function usedUp(env: Record<string, string> = {}): Promise<TestServer> {
  const server = await serve(env);
  expect(failures(await many(server, MAY))).toEqual([]);
  return server;
}

describe("a burst of calls", () => {
  it("waits for new windows instead of meeting a 429", async () => {
    const server = await serve();
    const [replies, requests] = await org.watch(() => many(server, 30));
    expect(failures(replies)).toEqual([]);
    expect(requests.map(({ status }) => status)).toEqual(Array(30).fill(200));
  });

  it("keeps no call of another bucket waiting", async () => {
    const server = await usedUp();
    const waiting = many(server, 1);
    const reading = server.call("get_user", { userId: "me" });
    expect(await Promise.race([waiting.then(() => "waiting"), reading.then(() => "reading")])).toBe("reading");
    expect(failures(await waiting)).toEqual([]);
  });

  it("of two servers on one org meets few, small as the limit is", async () => {
    const servers = [await serve(), await serve()];
    const [replies, requests] = await org.watch(() => Promise.all(servers.map((server) => many(server, 15))));
    expect(failures(replies.flat())).toEqual([]);
    expect(requests.filter(({ status }) => status === 429).length).toBeLessThanOrEqual(4);
  });
});

describe("a host that follows progress", () => {
  it("is told of a wait of more than a second, in its own words", async () => {
    const server = await usedUp();
    const told: unknown[] = [];
    const result = await server.client.callTool(list, undefined, { onprogress: (progress) => told.push(progress) });
    expect(result.isError).toBeFalsy();
    expect(told).toEqual([
      { progress: 1, message: expect.stringMatching(/^Waiting [1-4] s for Okta's rate limit\.$/) },
    ]);
  });

  it("is told nothing where there is no wait", async () => {
    const server = await serve();
    const told: unknown[] = [];
    await server.client.callTool(list, undefined, { onprogress: (progress) => told.push(progress) });
    expect(told).toEqual([]);
  });

  it("hears nothing when it does not: the wait is the same, the channel silent", async () => {
    const host = startHost([], org.env);
    await host.initialize();
    const ids = Array.from({ length: MAY + 2 }, () => host.send("tools/call", list));
    for (const id of ids) expect(at(await host.answer(id), "result.isError")).toBeFalsy();
    const methods = host.lines().map((line) => at(JSON.parse(line), "method"));
    expect(methods.filter((method) => method !== undefined)).toEqual([]);
    host.endInput();
    await host.ended();
  });
});

describe("a call that is cancelled while it waits", () => {
  it("is not sent when the wait would be over", async () => {
    const server = await usedUp();
    const [, requests] = await org.watch(async () => {
      const stop = new AbortController();
      const call = server.client.callTool(list, undefined, { signal: stop.signal, onprogress: () => stop.abort() });
      await expect(call).rejects.toThrow();
      await sleep((WINDOW_SECONDS + 1) * 1_000);
    });
    expect(requests).toEqual([]);
    expect(failures(await many(server, 2))).toEqual([]);
  });

  it("leaves nothing that keeps the server from ending", async () => {
    const host = startHost([], org.env);
    await host.initialize();
    await org.fault({ kind: "status", status: 429, resetInSeconds: 25, path: "/api/v1/users" });
    const requestId = host.send("tools/call", { ...list, _meta: { progressToken: "wait" } });
    const isTold = (): boolean => host.lines().some((line) => line.includes("notifications/progress"));
    await expect.poll(isTold, { timeout: 10_000 }).toBe(true);
    host.write(
      `${JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId, reason: "enough" } })}\n`,
    );
    host.endInput();
    expect(await host.ended()).toBe(0);
  });
});

describe("a wait that is too long", () => {
  it("fails at once, says when to come back, and sends nothing", async () => {
    const server = await usedUp({ OKTA_MAX_WAIT_SECONDS: "1" });
    const before = Date.now();
    const [[reply], requests] = await org.watch(() => many(server, 1));
    expect(reply).toMatchObject({ error: { code: "rate_limited", retryAt: expect.stringMatching(/Z$/) } });
    const ahead = Date.parse(textAt(reply, "error.retryAt")) - before;
    expect(ahead).toBeGreaterThan(0);
    expect(ahead).toBeLessThan((WINDOW_SECONDS + 2) * 1_000);
    expect(requests).toEqual([]);
    // Who comes back then is served.
    await sleep(ahead);
    expect(failures(await many(server, 1))).toEqual([]);
  });

  it("is the same for a write, of which nothing was done", async () => {
    const server = await serve({ OKTA_MAX_WAIT_SECONDS: "1" });
    const { id } = await org.person();
    await warmUp(server);
    await org.fault({
      kind: "status",
      status: 429,
      resetInSeconds: 30,
      method: "POST",
      path: `/users/${id}`,
      count: 2,
    });
    for (let calls = 0; calls < 2; calls += 1) {
      const [{ reply }, requests] = await org.watch(() => server.call("suspend_user", { userId: id, confirm: true }));
      expect(at(reply, "error.code")).toBe("rate_limited");
      // Who comes later asks for itself, once.
      expect(requests.map(({ status }) => status)).toEqual([429]);
    }
    const inside = await org.control("GET", "snapshot");
    expect(listAt(inside, "users").find((user) => at(user, "id") === id)).toMatchObject({ status: "ACTIVE" });
  });

  it("comes from waits that add up, too", async () => {
    const server = await serve({ OKTA_MAX_WAIT_SECONDS: "3" });
    await org.fault({ kind: "status", status: 429, resetInSeconds: 1, path: "/api/v1/users", count: 9 });
    const [[reply], requests] = await org.watch(() => many(server, 1));
    expect(at(reply, "error.code")).toBe("rate_limited");
    expect(requests.length).toBeGreaterThan(1);
    expect(requests.length).toBeLessThan(9);
  });
});
