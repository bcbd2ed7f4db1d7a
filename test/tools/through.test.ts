import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { at, listAt } from "../support/at.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { type Between, type Reply, startBetween } from "./between.ts";
import { type Args, NOBODY, read, warmUp, world } from "./support.ts";

const w = world();
const userPath = (id: string): string => `/api/v1/users/${id}`;

let between: Between;
let server: TestServer;
beforeAll(async () => {
  between = await startBetween(w.org.url);
  server = await w.another({ OKTA_ORG_URL: between.url });
  await warmUp(server);
  between.clear();
});
afterEach(() => between.clear());
afterAll(() => between.stop());

/** What an org never says, or a stand-in of it might. */
describe("through a server in between", () => {
  it("requests carry what Okta wants, and who asks", async () => {
    const { id } = await w.org.person();
    await server.call("update_user", { userId: id, profile: { city: "Bern", title: null } });
    expect(between.sent).toHaveLength(1);
    const [{ method, url, headers, body }] = [...between.sent, { method: "", url: "", headers: {}, body: "" }];
    expect(`${method} ${url}`).toBe(`POST ${userPath(id)}`);
    expect(JSON.parse(body)).toEqual({ profile: { city: "Bern", title: null } });
    expect(headers).toMatchObject({
      authorization: `SSWS ${w.org.token}`,
      accept: "application/json",
      "content-type": "application/json",
      "user-agent": expect.stringMatching(/^okta-users-mcp\/\d+\.\d+\.\d+/),
    });
    expect(headers["if-match"]).toBeUndefined();
  });

  const omitted = "application/json; okta-response=omitCredentials,omitCredentialsLinks,omitTransitioningToStatus";
  const spoken: [tool: string, args: Args, header: string, value: string | undefined][] = [
    ["get_user", {}, "content-type", omitted],
    ["get_user", { detail: "full" }, "content-type", undefined],
    ["get_user", { expand: "blocks" }, "content-type", undefined],
    [
      "get_user",
      { oktaResponse: ["omitCredentials"] },
      "content-type",
      "application/json; okta-response=omitCredentials",
    ],
    ["update_user", { profile: {}, ifMatch: 'W/"0"' }, "if-match", 'W/"0"'],
    ["replace_user", { profile: {}, ifMatch: 'W/"0"', confirm: true }, "if-match", 'W/"0"'],
    ["delete_user", { prefer: "respond-async", confirm: true }, "prefer", "respond-async"],
    ["delete_user", { confirm: true }, "prefer", undefined],
    ["deactivate_user", { prefer: "respond-async", confirm: true }, "prefer", "respond-async"],
  ];
  for (const [tool, args, header, value] of spoken)
    it(`${tool} ${JSON.stringify(args)} says ${header}: ${value}`, async () => {
      const { id } = await w.org.person();
      await server.call(tool, { userId: id, ...args });
      expect(between.sent.map(({ headers }) => headers[header])).toEqual([value]);
    });

  it("what echoes our token or a given password does not pass it on", async () => {
    const [password, answer] = ['Given-"secret"-9', "Rover the dog"];
    const echo = `SSWS ${w.org.token} ${password} ${answer}`;
    const cause = { errorCode: "E0000001", errorSummary: echo, errorCauses: [{ errorSummary: echo }] };
    const link = `<${between.url}/api/v1/users?after=${w.org.token}>; rel="next"`;
    between.answer(
      { status: 400, headers: { "x-okta-request-id": w.org.token }, body: JSON.stringify(cause) },
      { status: 500, body: JSON.stringify(cause) },
      // To the look that follows.
      { status: 404 },
      { status: 200, headers: { link }, body: JSON.stringify([{ id: "00u1", profile: { login: echo } }]) },
    );
    const credentials = { password: { value: password }, recovery_question: { question: "Pet?", answer } };
    const profile = { login: "new@example.com" };
    const answers = [
      await server.call("create_user", { profile, credentials }),
      await server.call("create_user", { profile, credentials }),
      await server.call("list_users"),
    ];
    for (const { text } of answers) {
      expect(text).toContain("[secret]");
      expect(text).not.toContain(w.org.token);
    }
    for (const { text } of answers.slice(0, 2)) {
      expect(text).not.toContain(answer);
      expect(text).not.toContain("Given-");
    }
  });

  it.each([302, 303, 403, 404, 408, 425, 499])(
    "a write answered %i by something else is not called undone",
    async (status) => {
      const { id } = await w.org.person();
      between.answer({ status, body: "<html>" });
      const { failed, reply } = await server.call("suspend_user", { userId: id, confirm: true });
      expect(failed).toBe(true);
      expect(at(reply, "error.code")).toBe("outcome_unknown");
      expect(at(reply, "hint")).toMatch(/get_user/);
    },
  );

  it.each([413, 414, 431, 501])("a write answered %i was surely not done", async (status) => {
    const { id } = await w.org.person();
    between.answer({ status, body: "<html>" });
    const { reply } = await server.call("suspend_user", { userId: id, confirm: true });
    expect(at(reply, "error.code")).toBe("bad_response");
  });

  it.each([{ error: "login_required" }, [1], { errorCode: "E0000001", errorSummary: "no" }])(
    "an answer that says it is fine but is not Okta's is not believed: %j",
    async (body) => {
      const { id } = await w.org.person();
      between.answer(...Array<Reply>(3).fill({ status: 200, body: JSON.stringify(body) }));
      const write = await server.call("suspend_user", { userId: id, confirm: true });
      const get = await server.call("get_user", { userId: id });
      expect([at(write.reply, "error.code"), at(get.reply, "error.code")]).toEqual(["outcome_unknown", "bad_response"]);
    },
  );

  it("list_users asks for less where less is shown", async () => {
    for (const args of [{}, { fields: "id,credentials" }, { detail: "full" }]) await server.call("list_users", args);
    expect(between.sent.map(({ headers }) => headers["content-type"])).toEqual([omitted, undefined, undefined]);
  });

  it("operations without a body send none, and what is no field of the body stays out of it", async () => {
    const { id } = await w.org.person();
    const set = { oldPassword: { value: "Correct-horse-9" }, newPassword: { value: "Tangerine-4417" } };
    await server.call("change_password", { userId: id, ...set, strict: true, confirm: true });
    await server.call("suspend_user", { userId: id, confirm: true });
    expect(between.sent.map(({ body }) => (body === "" ? "" : JSON.parse(body)))).toEqual([set, ""]);
  });

  const HTML = { "content-type": "text/html" };
  const answers: [title: string, reply: Reply, times: number, code: string, summary: RegExp][] = [
    ["502 without a body", { status: 502 }, 3, "bad_response", /502/],
    ["404 in HTML", { status: 404, headers: HTML, body: "<h1>No</h1>" }, 1, "bad_response", /404/],
    ["401 without a body", { status: 401 }, 1, "unauthorized", /token/],
    ["403 without a body", { status: 403 }, 1, "bad_response", /403/],
    ["an empty 200", { status: 200 }, 1, "bad_response", /not what/],
    ["204 to a read", { status: 204 }, 1, "bad_response", /not what/],
    ["a list in the place of one", { status: 200, body: "[]" }, 1, "bad_response", /not what/],
    ["a text", { status: 200, body: '"fine"' }, 1, "bad_response", /not what/],
    ["null", { status: 200, body: "null" }, 1, "bad_response", /not what/],
    ["an error code of nobody's", { status: 400, body: '{"errorCode":"rm -rf"}' }, 1, "bad_response", /400/],
    ["a moved org", { status: 301, headers: { location: "https://example.com/" } }, 1, "bad_response", /redirect/],
  ];
  for (const [title, reply, times, code, summary] of answers)
    it(`a clear error for ${title}`, async () => {
      between.answer(...Array<Reply>(5).fill(reply));
      const { failed, reply: told } = await server.call("get_user", { userId: NOBODY });
      expect(failed).toBe(true);
      expect(at(told, "error.code")).toBe(code);
      expect(at(told, "error.summary")).toMatch(summary);
      expect(at(told, "hint")).toMatch(/\S+ \S+/);
      expect(between.sent).toHaveLength(times);
    });

  it("a missing scope names the scope", async () => {
    const challenge = 'Bearer realm="http://org", scope="okta.roles.read", error="insufficient_scope"';
    between.answer({ status: 403, headers: { "www-authenticate": challenge } });
    const { reply } = await server.call("list_assigned_roles_for_user", { userId: NOBODY });
    expect(at(reply, "error.code")).toBe("insufficient_scope");
    expect(at(reply, "hint")).toMatch(/okta\.roles\.read/);
  });

  it("an org in read-only mode did nothing, and says so itself", async () => {
    const body = JSON.stringify({ errorCode: "E0000010", errorSummary: "Service is in read only mode" });
    between.answer({ status: 503, body });
    const { reply } = await server.call("suspend_user", { userId: NOBODY, confirm: true });
    expect(at(reply, "error.code")).toBe("E0000010");
    expect(between.sent).toHaveLength(1);
  });

  it("a concurrency limit is waited for briefly, whatever its reset says", async () => {
    const reset = String(Math.ceil(Date.now() / 1000) + 600);
    const headers = { "x-rate-limit-limit": "0", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset };
    between.answer({ status: 429, headers });
    const { id } = await w.org.person();
    expect(at((await server.call("get_user", { userId: id })).reply, "user.id")).toBe(id);
    expect(between.sent).toHaveLength(2);
  });

  it("a 200 to what should answer 204, and the other way round, is done all the same", async () => {
    between.answer({ status: 200, body: "{}" }, { status: 204 }, { status: 202, body: "" });
    const userId = NOBODY;
    for (const tool of ["revoke_user_sessions", "reset_factors", "delete_user"])
      expect((await server.call(tool, { userId, confirm: true })).reply).toEqual({ done: tool, userId });
  });

  it("a next link is never followed as a URL, only its cursor is taken", async () => {
    const link = '<https://evil.example/api/v1/users?after=cursor%2B1&limit=1>; rel="next"';
    between.answer({ status: 200, headers: { link }, body: "[]" });
    const { reply } = await server.call("list_users", { limit: 1 });
    expect(reply).toEqual({ users: [], next: "cursor+1" });
    between.answer({ status: 200, body: "[]" });
    await server.call("list_users", { limit: 1, after: "cursor+1" });
    expect(between.sent[1]?.url).toBe("/api/v1/users?after=cursor%2B1&limit=1");
  });

  it("what is hostile in an error is shown escaped, and little of it", async () => {
    const hostile = "\u202E\u200B\u001B[2J\u{E0041}";
    const errorCauses = Array.from({ length: 500 }, () => ({ errorSummary: hostile.repeat(1_000) }));
    const body = JSON.stringify({ errorCode: "E0000001", errorSummary: hostile.repeat(5_000), errorCauses });
    between.answer({ status: 400, headers: { "x-okta-request-id": "r".repeat(5_000) }, body });
    const { reply, text } = await server.call("update_user", { userId: NOBODY, profile: {} });
    expect(at(reply, "error.code")).toBe("E0000001");
    expect(text).toContain("\\\\u{202E}");
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text.length).toBeLessThanOrEqual(60_000);
  });

  it("a list without pages is cut visibly when it is too long", async () => {
    const group = (n: number): unknown => ({ id: `00g${n}`, type: "OKTA_GROUP", profile: { name: "g".repeat(2_000) } });
    between.answer({ status: 200, body: JSON.stringify(Array.from({ length: 2_000 }, (_, n) => group(n))) });
    const { failed, reply, text } = await server.call("list_user_groups", { userId: NOBODY });
    expect(failed).toBe(false);
    expect(text.length).toBeLessThanOrEqual(60_000);
    const shown = listAt(reply, "groups").length;
    expect(shown).toBeGreaterThan(100);
    expect(reply).toMatchObject({ shown, total: 2_000 });
  });

  it("keys that people wrote are escaped too", async () => {
    const user = { id: NOBODY, status: "ACTIVE", profile: { login: "a@b.example", "k\u202Ey": "v" } };
    between.answer({ status: 200, body: JSON.stringify(user) });
    const { reply, text } = await server.call("get_user", { userId: user.id, detail: "full" });
    expect(at(reply, "user.profile")).toEqual({ login: "a@b.example", "k\\u{202E}y": "v" });
    expect(text).not.toContain("\u202E");
  });

  it("nothing that could be a credential is shown, whatever Okta sends", async () => {
    const password = { value: "leaked", hash: { value: "leaked" } };
    const credentials = { password, recovery_question: { question: "Why?", answer: "leaked" } };
    const user = { id: NOBODY, status: "ACTIVE", profile: { login: "a@b.example" }, credentials };
    const idp = { id: "0oa1", type: "GOOGLE", protocol: { credentials: { client: { client_secret: "leaked" } } } };
    for (const [tool, args, body] of [
      ["get_user", { detail: "full" }, user],
      ["list_users", { userId: undefined, detail: "full" }, [user]],
      ["list_users", { userId: undefined, fields: "id,credentials" }, [user]],
      ["expire_password", { confirm: true }, user],
      ["change_password", { oldPassword: { value: "a" }, newPassword: { value: "b" }, confirm: true }, credentials],
      ["list_user_identity_providers", {}, [idp]],
      [
        "reset_password",
        { sendEmail: false, confirm: true },
        { resetPasswordUrl: "https://x", tempPassword: "leaked" },
      ],
    ] as const) {
      between.answer({ status: 200, body: JSON.stringify(body) });
      const { failed, text } = await server.call(tool, { userId: user.id, ...args });
      expect(failed, tool).toBe(false);
      expect(text, tool).not.toContain("leaked");
    }
  });

  it("twenty calls at once each get their own answer", async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => w.org.person()));
    const replies = await Promise.all(people.map(({ id }) => server.call("get_user", { userId: id })));
    expect(replies.map(({ reply }) => at(reply, "user.login"))).toEqual(people.map(({ login }) => login));
  });
});

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

  it("keeps a write from being sent that had not been begun", async () => {
    const { id } = await w.org.person();
    // The first call of a server waits for what calls need to be loaded.
    const fresh = await startServer({ ...w.org.env, OKTA_ORG_URL: between.url });
    between.clear();
    await start(fresh, "suspend_user", { userId: id, confirm: true }).cancel();
    // A server ends when its calls have ended.
    await fresh.stop();
    expect(between.sent).toEqual([]);
    expect(await read(w.org, `/api/v1/users/${id}`, "status")).toBe("ACTIVE");
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
      await warmUp(own);
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
