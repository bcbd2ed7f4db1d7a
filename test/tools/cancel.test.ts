import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../support/server.ts";
import { type Between, type Reply, startBetween } from "./between.ts";
import { read, world } from "./support.ts";

const w = world();

let between: Between;
let server: TestServer;
beforeAll(async () => {
  between = await startBetween(w.org.url);
  server = await w.another({ OKTA_ORG_URL: between.url });
});
afterAll(() => between.stop());

/** A call and the way to take it back, as a host does. */
function start(server: TestServer, name: string, args: Record<string, unknown>, onprogress?: () => void) {
  const stop = new AbortController();
  const options = { signal: stop.signal, ...(onprogress ? { onprogress } : {}) };
  const ended = server.client.callTool({ name, arguments: args }, undefined, options).then(
    () => "answered",
    () => "taken back",
  );
  return {
    ended,
    /** Resolves when the server has read that the call is off: it answers in order. */
    cancel: async (): Promise<void> => {
      stop.abort("no longer wanted");
      expect(await ended).toBe("taken back");
      await server.client.ping();
    },
  };
}

describe("a host that takes a call back", () => {
  it("ends a read that has no answer yet", async () => {
    const { id } = await w.org.person();
    const held = between.hold();
    const call = start(server, "get_user", { userId: id });
    const { hungUp } = await held;
    await call.cancel();
    await hungUp;
    expect((await server.call("get_user", { userId: id })).failed).toBe(false);
  });

  it("does not end a write that is on the wire", async () => {
    const { id } = await w.org.person();
    between.clear();
    const held = between.hold();
    const call = start(server, "suspend_user", { userId: id, confirm: true });
    const { hungUp, release } = await held;
    await call.cancel();
    let left = false;
    void hungUp.then(() => {
      left = true;
    });
    // A whole exchange of the same server in between: time enough to hang up, had it wanted to.
    await server.call("get_user", { userId: id });
    expect(left).toBe(false);
    await release();
    expect(await read(w.org, `/api/v1/users/${id}`, "status")).toBe("SUSPENDED");
    expect(between.sent.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  it("keeps a write that was still being prepared from being sent", async () => {
    const { login } = await w.org.person();
    between.clear();
    const held = between.hold();
    const call = start(server, "revoke_user_sessions", { userId: login, confirm: true });
    const { hungUp } = await held;
    await call.cancel();
    await hungUp;
    // The read that found the person was all.
    await server.call("get_user", { userId: login });
    expect(between.sent.map(({ method }) => method)).toEqual(["GET", "GET"]);
  });

  describe("ends a wait for the rate limit", () => {
    /** A limit that lies ahead, though not too far to be waited for. */
    const putOff = (): Reply => {
      const reset = String(Math.ceil(Date.now() / 1000) + 20);
      return { status: 429, headers: { "x-rate-limit-limit": "600", "x-rate-limit-reset": reset } };
    };
    let id = "";
    let own: TestServer;
    beforeEach(async () => {
      ({ id } = await w.org.person("SUSPENDED"));
      // A server of its own: that it can end at once proves that no call is left in it.
      own = await startServer({ ...w.org.env, OKTA_ORG_URL: between.url });
      await own.call("get_user", { userId: id });
      between.clear();
    });

    /** A server with a call that still waits is let finish for 2 s before the host kills it. */
    async function endsAtOnce(): Promise<void> {
      const before = performance.now();
      await own.stop();
      expect(performance.now() - before).toBeLessThan(1_900);
      expect(between.sent.map(({ method }) => method)).toEqual(["POST"]);
      expect(await read(w.org, `/api/v1/users/${id}`, "status")).toBe("SUSPENDED");
    }

    it("that has begun", async () => {
      between.answer(putOff());
      await new Promise<void>((done) => {
        const call = start(own, "unsuspend_user", { userId: id }, () => void call.cancel().then(done));
      });
      await endsAtOnce();
    });

    it("that would begin", async () => {
      const held = between.hold();
      const call = start(own, "unsuspend_user", { userId: id });
      const { answer } = await held;
      await call.cancel();
      answer(putOff());
      await endsAtOnce();
    });
  });

  it("leaves the others alone", async () => {
    const people = await Promise.all([w.org.person(), w.org.person()]);
    const held = between.hold();
    const [first, second] = people;
    const call = start(server, "get_user", { userId: first?.id });
    await held;
    const other = server.call("get_user", { userId: second?.id });
    await call.cancel();
    expect((await other).failed).toBe(false);
  });
});
