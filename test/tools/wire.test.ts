import { beforeAll, describe, expect, it, vi } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import type { LoggedRequest } from "../support/org.ts";
import { sample } from "../support/sample.ts";
import type { Answer, TestServer } from "../support/server.ts";
import { closedPort, startBetween } from "./between.ts";
import { type Args, lines, NOBODY, read, requestsAbout, world, writes } from "./support.ts";

const w = world();

/** A failure as a reply tells it; a write's hint must say how to find out or that nothing happened. */
function failure(code: string, status: number | null, more: Record<string, unknown> = {}): unknown {
  return {
    error: {
      code,
      status,
      summary: expect.stringMatching(/\S/),
      causes: expect.any(Array),
      requestId: status === null ? null : expect.stringMatching(/^\w{8,}$/),
      ...more,
    },
    hint: expect.stringMatching(/\S+ \S+/),
  };
}

const userPath = (id: string): string => `/api/v1/users/${id}`;

/** A call about one person and what reached the org of it; the person is used by nobody else, setup aside. */
async function calling(
  tool: string,
  id: string,
  args: Args = {},
  server: TestServer = w.server,
): Promise<[Answer, LoggedRequest[]]> {
  const before = (await requestsAbout(w.org, id)).length;
  const answer = await server.call(tool, { userId: id, ...args });
  return [answer, (await requestsAbout(w.org, id)).slice(before)];
}

describe("rate limits", () => {
  it("a short one is waited out, then the read is done", async () => {
    const { id } = await w.org.person();
    await w.org.fault({ kind: "status", status: 429, resetInSeconds: 0, method: "GET", path: userPath(id) });
    const [{ reply }, requests] = await calling("get_user", id);
    expect(at(reply, "user.id")).toBe(id);
    expect(requests.map(({ status }) => status)).toEqual([429, 200]);
  });

  it("a short one is waited out, then the write is done once", async () => {
    const { id } = await w.org.person("SUSPENDED");
    await w.org.fault({ kind: "status", status: 429, resetInSeconds: 0, method: "POST", path: userPath(id) });
    const [{ reply }, requests] = await calling("unsuspend_user", id);
    expect(reply).toEqual({ done: "unsuspend_user", userId: id });
    expect(requests.map(({ status }) => status)).toEqual([429, 200]);
    expect(await read(w.org, userPath(id), "status")).toBe("ACTIVE");
  });

  for (const [tool, args, method] of [
    ["get_user", {}, "GET"],
    ["suspend_user", { confirm: true }, "POST"],
  ] as const)
    it(`a far one fails at once and says when to come back: ${tool}`, async () => {
      const { id } = await w.org.person();
      await w.org.fault({ kind: "status", status: 429, resetInSeconds: 120, method, path: userPath(id) });
      const before = Date.now();
      const [{ failed, reply }, requests] = await calling(tool, id, args);
      expect(failed).toBe(true);
      expect(reply).toEqual(failure("rate_limited", 429, { causes: [], retryAt: expect.stringMatching(/Z$/) }));
      expect(at(reply, "hint")).toMatch(/retryAt/);
      const wait = Date.parse(textAt(reply, "error.retryAt")) - before;
      expect(wait).toBeGreaterThan(115_000);
      expect(wait).toBeLessThan(130_000);
      expect(requests).toHaveLength(1);
      expect(await read(w.org, userPath(id), "status")).toBe("ACTIVE");
    });

  it("the host is told of a wait when it asked to be", async () => {
    const { id } = await w.org.person();
    await w.org.fault({ kind: "status", status: 429, resetInSeconds: 2, method: "GET", path: userPath(id) });
    const told: unknown[] = [];
    await w.server.client.callTool({ name: "get_user", arguments: { userId: id } }, undefined, {
      onprogress: ({ message }) => told.push(message),
    });
    expect(told).toEqual([expect.stringMatching(/^Waiting \d s for Okta's rate limit/)]);
  });

  it("waits add up to no more than OKTA_MAX_WAIT_SECONDS", async () => {
    const impatient = await w.another({ OKTA_MAX_WAIT_SECONDS: "0" });
    const { id } = await w.org.person();
    await w.org.fault({ kind: "status", status: 429, resetInSeconds: 1, method: "GET", path: userPath(id) });
    const { reply } = await impatient.call("get_user", { userId: id });
    expect(at(reply, "error.code")).toBe("rate_limited");
  });
});

describe("a call ends before its host gives up on it", () => {
  it("unless the host follows its progress", async () => {
    const patient = await w.another({ OKTA_MAX_WAIT_SECONDS: "300" });
    const { id } = await w.org.person();
    const far = { kind: "status", status: 429, resetInSeconds: 60, method: "GET", path: userPath(id) };
    await w.org.fault({ ...far, count: 2 });
    expect(at((await patient.call("get_user", { userId: id })).reply, "error.code")).toBe("rate_limited");
    const stop = new AbortController();
    const told = await new Promise((resolve) => {
      const options = {
        signal: stop.signal,
        onprogress: ({ message }: { message?: string | undefined }) => resolve(message),
      };
      patient.client.callTool({ name: "get_user", arguments: { userId: id } }, undefined, options).catch(() => {});
    });
    stop.abort();
    expect(told).toMatch(/^Waiting (59|6\d) s/);
  });
});

/** What becomes of a fault: of a read, and of a write that is sent once whatever happens. */
interface Spoilt {
  readonly fault: Record<string, unknown>;
  /** What a failed read tells; the status is null where there was no whole answer. */
  readonly read: readonly [code: string, status: number | null, summary: RegExp];
  /** How often the read goes out. */
  readonly times: number;
  /** What a write tells that the org did not do; left out: the org did it all the same, and a look shows it. */
  readonly write?: readonly [code: string, status: number | null, summary: RegExp];
}

const SPOILT: Spoilt[] = [
  {
    fault: { kind: "status", status: 500 },
    read: ["E0000009", 500, /Internal Server Error/],
    times: 3,
    write: ["outcome_unknown", 500, /may or may not have been done/],
  },
  {
    fault: { kind: "status", status: 503 },
    read: ["E0000009", 503, /Internal Server Error/],
    times: 3,
    write: ["outcome_unknown", 503, /may or may not have been done/],
  },
  {
    fault: { kind: "html", status: 503 },
    read: ["bad_response", 503, /503/],
    times: 3,
    write: ["outcome_unknown", 503, /may or may not have been done/],
  },
  {
    fault: { kind: "drop-before" },
    read: ["unreachable", null, /connection to Okta broke/],
    times: 3,
    write: ["outcome_unknown", null, /may or may not have been done/],
  },
  {
    fault: { kind: "drop-after" },
    read: ["unreachable", null, /connection to Okta broke/],
    times: 3,
  },
  {
    fault: { kind: "truncate" },
    read: ["unreachable", null, /connection to Okta broke/],
    times: 3,
  },
  {
    fault: { kind: "bad-json" },
    read: ["bad_response", 200, /not JSON/],
    times: 1,
  },
  {
    fault: { kind: "html" },
    read: ["bad_response", 200, /web page/],
    times: 1,
    write: ["outcome_unknown", 200, /web page.*may or may not have been done/],
  },
  {
    fault: { kind: "redirect" },
    read: ["bad_response", 302, /redirect, which is not followed/],
    times: 1,
    write: ["outcome_unknown", 302, /redirect, which is not followed/],
  },
  {
    fault: { kind: "huge" },
    read: ["bad_response", null, /larger than 16 MB/],
    times: 1,
    write: ["outcome_unknown", null, /16 MB.*may or may not have been done/],
  },
];

describe.concurrent("spoilt answers", () => {
  for (const { fault, read: wanted, times, write } of sample(SPOILT, 3)) {
    const title = Object.values(fault).join(" ");

    it(`of a read, each time: ${title}`, async () => {
      const { id } = await w.org.person();
      await w.org.fault({ ...fault, count: 9, method: "GET", path: userPath(id) });
      const [{ failed, reply }, requests] = await calling("get_user", id);
      expect(failed).toBe(true);
      expect(reply).toEqual(failure(wanted[0], wanted[1], { summary: expect.stringMatching(wanted[2]) }));
      expect(lines(requests)).toEqual(Array(times).fill(`GET ${userPath(id)}`));
    });

    if (times > 1)
      it(`of a read, twice: ${title} is got over`, async () => {
        const { id } = await w.org.person();
        await w.org.fault({ ...fault, count: 2, method: "GET", path: userPath(id) });
        const [{ reply }, requests] = await calling("get_user", id);
        expect(at(reply, "user.id")).toBe(id);
        expect(requests).toHaveLength(3);
      });

    it(`of a write, which goes out once: ${title}`, async () => {
      const { id } = await w.org.person();
      await w.org.fault({ ...fault, count: 9, method: "POST", path: userPath(id) });
      const [{ failed, reply }, requests] = await calling("suspend_user", id, { confirm: true });
      const told = write && failure(write[0], write[1], { summary: expect.stringMatching(write[2]) });
      expect(reply).toEqual(told ?? { done: "suspend_user", userId: id, verified: true });
      expect(failed).toBe(write !== undefined);
      if (write?.[0] === "outcome_unknown") expect(at(reply, "hint")).toMatch(/suspend_user again yet.*get_user/);
      expect(lines(requests)).toEqual([`POST ${userPath(id)}/lifecycle/suspend`, `GET ${userPath(id)}`]);
      expect(await read(w.org, userPath(id), "status")).toBe(write ? "ACTIVE" : "SUSPENDED");
    });
  }

  it("a lost answer to delete_user does not erase who was only to be deactivated", async () => {
    const { id } = await w.org.person();
    await w.org.fault({ kind: "drop-after", method: "DELETE", path: userPath(id) });
    const [{ reply }, requests] = await calling("delete_user", id, { confirm: true });
    expect(reply).toEqual(failure("outcome_unknown", null));
    expect(lines(requests)).toEqual([`DELETE ${userPath(id)}`, `GET ${userPath(id)}`]);
    expect(await read(w.org, userPath(id), "status")).toBe("DEPROVISIONED");
  });

  const unsure: [tool: string, args: Args, method: string, hint: RegExp][] = [
    ["update_user", { profile: { city: "Oslo" } }, "POST", /update_user again yet.*get_user/],
    ["assign_role_to_user", { type: "APP_ADMIN", confirm: true }, "POST", /list_assigned_roles_for_user/],
    [
      "set_linked_object_for_user",
      { primaryRelationshipName: "manager", primaryUserId: NOBODY },
      "PUT",
      /list_linked_objects_for_user/,
    ],
    ["revoke_user_sessions", { confirm: true }, "DELETE", /No read shows.*sending it again does no harm/],
    ["reset_factors", { confirm: true }, "POST", /No read shows.*sending it again does no harm/],
    ["reactivate_user", { sendEmail: true }, "POST", /No read shows.*Tell the person/],
  ];
  for (const [tool, args, method, hint] of unsure)
    it(`a lost answer to ${tool} names the read that finds out`, async () => {
      const { id } = await w.org.person();
      await w.org.fault({ kind: "drop-before", method, path: userPath(id) });
      const [{ reply }, requests] = await calling(tool, id, args);
      expect(reply).toEqual(failure("outcome_unknown", null));
      expect(at(reply, "hint")).toMatch(hint);
      expect(writes(requests)).toHaveLength(1);
    });

  it("a lost answer to the gate's read asks nothing and does nothing", async () => {
    const { id } = await w.org.person();
    await w.org.fault({ kind: "drop-before", method: "GET", path: userPath(id), count: 9 });
    const [{ reply }, requests] = await calling("suspend_user", id);
    expect(reply).toEqual(failure("unreachable", null));
    expect(requests.every(({ method }) => method === "GET")).toBe(true);
  });

  it("a lookup that fails ends the write before it is sent", async () => {
    const { id, login } = await w.org.person();
    await w.org.fault({ kind: "status", status: 500, method: "GET", path: encodeURIComponent(login), count: 9 });
    const [{ reply }, requests] = await calling("revoke_user_sessions", login, { confirm: true });
    expect(reply).toEqual(failure("E0000009", 500));
    expect(requests.map(({ method }) => method)).toEqual(["GET", "GET", "GET"]);
    expect(await requestsAbout(w.org, id)).toEqual([]);
  });
});

it("a lost answer to create_user is made good by a look", async () => {
  await w.org.fault({ kind: "drop-after", method: "POST", path: "/api/v1/users" });
  const profile = { login: "lost@example.com", email: "lost@example.com", firstName: "Lo", lastName: "St" };
  const [{ reply }, requests] = await w.org.watch(() => w.server.call("create_user", { profile }));
  expect(reply).toMatchObject({ user: { login: "lost@example.com", status: "PROVISIONED" }, verified: true });
  expect(lines(requests)).toEqual(["POST /api/v1/users", "GET /api/v1/users/lost%40example.com"]);
  const found = await w.server.call("list_users", { search: 'profile.login eq "lost@example.com"' });
  expect(listAt(found.reply, "users")).toHaveLength(1);
});

describe.concurrent("time", () => {
  let hasty: TestServer;
  beforeAll(async () => {
    hasty = await w.another({ OKTA_TIMEOUT_SECONDS: "1" });
  });

  it("a read without an answer ends in timeout", async () => {
    const { id } = await w.org.person();
    await w.org.fault({ kind: "delay", delayMs: 1_500, method: "GET", path: userPath(id) });
    const { failed, reply } = await hasty.call("get_user", { userId: id });
    expect(failed).toBe(true);
    expect(reply).toEqual(failure("timeout", null));
    expect(at(reply, "hint")).toMatch(/OKTA_TIMEOUT_SECONDS/);
  });

  it("a write without an answer ends in outcome_unknown, and was done", async () => {
    const { id } = await w.org.person();
    await w.org.fault({ kind: "delay", delayMs: 1_500, method: "POST", path: userPath(id) });
    const { reply } = await hasty.call("suspend_user", { userId: id, confirm: true });
    expect(reply).toEqual(failure("outcome_unknown", null));
    // The org is slow, not dead: it does the work when the delay is over.
    const isDone = async (): Promise<void> => expect(await read(w.org, userPath(id), "status")).toBe("SUSPENDED");
    await vi.waitFor(isDone, { timeout: 5_000 });
    const posts = (await requestsAbout(w.org, id)).filter(({ method }) => method === "POST");
    expect(posts).toHaveLength(1);
  });

  it("a slow answer within the time is an answer", async () => {
    const { id } = await w.org.person();
    await w.org.fault({ kind: "delay", delayMs: 100, method: "GET", path: userPath(id) });
    expect(at((await hasty.call("get_user", { userId: id })).reply, "user.id")).toBe(id);
  });
});

describe("no connection and no access", () => {
  it("to an org that went away a write is not_done", async () => {
    const between = await startBetween(w.org.url);
    const left = await w.another({ OKTA_ORG_URL: between.url });
    expect(at((await left.call("unsuspend_user", { userId: NOBODY })).reply, "error.code")).toBe("E0000007");
    await between.stop();
    const { failed, reply } = await left.call("suspend_user", { userId: NOBODY, confirm: true });
    expect(failed).toBe(true);
    expect(reply).toEqual(failure("not_done", null));
    expect(at(reply, "hint")).toMatch(/OKTA_ORG_URL/);
  });

  it("from an org nobody can reach a read is unreachable, and so is what must be read before a write", async () => {
    const nowhere = await w.another({ OKTA_ORG_URL: `http://127.0.0.1:${await closedPort()}` });
    const calls: [tool: string, args: Args, code: string][] = [
      ["get_user", {}, "unreachable"],
      ["suspend_user", {}, "unreachable"],
      ["suspend_user", { confirm: true }, "unreachable"],
      ["unsuspend_user", {}, "unreachable"],
      ["revoke_user_sessions", { userId: "login@example.com", confirm: true }, "unreachable"],
    ];
    for (const [tool, args, code] of calls) {
      const { failed, reply } = await nowhere.call(tool, { userId: NOBODY, ...args });
      expect(failed).toBe(true);
      expect(reply).toEqual(failure(code, null));
      expect(at(reply, "hint")).toMatch(/OKTA_ORG_URL/);
    }
  });

  it("a token Okta does not know is E0000011, and the hint says which setting", async () => {
    const stranger = await w.another({ OKTA_API_TOKEN: "00not-a-token" });
    const { id } = await w.org.person();
    for (const args of [{}, { confirm: true }]) {
      const { reply, text } = await stranger.call("suspend_user", { userId: id, ...args });
      expect(reply).toEqual(failure("E0000011", 401, { causes: [] }));
      expect(at(reply, "hint")).toMatch(/OKTA_API_TOKEN/);
      expect(text).not.toContain("00not-a-token");
    }
    expect(await read(w.org, userPath(id), "status")).toBe("ACTIVE");
  });
});
