import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import { COMMAND, startOrg, type TestOrg } from "../support/org.ts";
import { startServer } from "../support/server.ts";
import { startBetween } from "../tools/between.ts";
import { type Args, fieldsOf, NOBODY, PASSWORD, read, snapshot, warmUp, world, writes } from "../tools/support.ts";

const TOOL = "bulk_user_action";
const state = mkdtempSync(join(tmpdir(), "okta-users-mcp-bulk-"));
const plans = join(state, "okta-users-mcp", "plans");
const w = world({ XDG_STATE_HOME: state }, 600);
afterEach(async () => {
  await w.org.control("DELETE", "faults");
});
afterAll(() => rmSync(state, { recursive: true, force: true }));

async function people(count: number, status = "ACTIVE", extra: Args = {}): Promise<string[]> {
  const made = await Promise.all(Array.from({ length: count }, () => w.org.person(status, extra)));
  return made.map(({ id }) => id);
}

async function plan(args: Args, server = w.server): Promise<string> {
  const { reply, failed, text } = await server.call(TOOL, args);
  expect(failed, text).toBe(false);
  return textAt(reply, "planId");
}

/** A plan that gives somebody these attributes. */
function change(profile: Args): Args {
  return { action: "update_user", arguments: { profile }, userIds: ["me"] };
}

const go = (planId: string, server = w.server) => server.call(TOOL, { planId, confirm: true });
const statuses = async (ids: readonly string[]): Promise<unknown[]> => {
  const people = listAt(await snapshot(w.org), "users");
  const found = new Map(people.map((user) => [at(user, "id"), at(user, "status")]));
  return ids.map((id) => found.get(id));
};

describe("a plan", () => {
  it("says to whom, in which status, how long it takes, and changes nothing", async () => {
    const [one = "", two = ""] = await people(2);
    const [staged = ""] = await people(1, "STAGED");
    const [{ reply, failed }, sent] = await w.org.watch(() =>
      w.server.call(TOOL, { action: "suspend_user", userIds: [one, two, staged, one] }),
    );
    expect(failed).toBe(false);
    expect(reply).toMatchObject({
      planId: expect.stringMatching(/^[0-9a-f]{16}-[0-9a-f]{64}$/),
      action: "suspend_user",
      count: 3,
      byStatus: { ACTIVE: 2, STAGED: 1 },
      users: [{ id: one, status: "ACTIVE" }, { id: two }, { id: staged, status: "STAGED" }],
      wouldFail: [{ id: staged, why: "refused_by_status" }],
      consequences: [{ count: 2, consequence: expect.stringContaining("cannot sign in") }],
      estimatedSeconds: expect.any(Number),
    });
    expect(at(reply, "next")).toBeUndefined();
    const left = Date.parse(textAt(reply, "expiresAt")) - Date.now();
    expect(left).toBeGreaterThan(3_590_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
    expect(writes(sent)).toEqual([]);
    for (const name of readdirSync(plans)) expect(statSync(join(plans, name)).mode & 0o777).toBe(0o600);
    expect(statSync(plans).mode & 0o777).toBe(0o700);
  });

  it("of 400 is under 8 KB, its pages hold everybody once, its report is under 6 KB", async () => {
    const search = 'status eq "ACTIVE"';
    const whole = await w.server.call(TOOL, { action: "suspend_user", search });
    const count = Number(at(whole.reply, "count"));
    expect(count).toBeGreaterThan(400);
    expect(whole.text.length).toBeLessThan(8_000);
    const planId = textAt(whole.reply, "planId");
    const seen: string[] = [];
    for (let after: unknown; ; ) {
      const { reply } = await w.server.call(TOOL, { planId, ...(after === undefined ? {} : { after }) });
      seen.push(...listAt(reply, "users").map((user) => textAt(user, "id")));
      after = at(reply, "next");
      if (after === undefined) break;
    }
    expect(new Set(seen).size).toBe(count);
    expect(seen).toHaveLength(count);
    const run = await go(planId);
    expect(run.text.length).toBeLessThan(6_000);
    // The token's owner is among them, and protected.
    expect(run.reply).toMatchObject({ done: count - 1, skipped: [{ why: "protected_user" }], complete: true });
    // A few are there again for what comes later.
    await Promise.allSettled(seen.slice(-10).map((id) => w.org.api("POST", `/api/v1/users/${id}/lifecycle/unsuspend`)));
  });

  it("says the worst a change can mean, since it knows nobody's profile", async () => {
    const args = { ...change({ secondEmail: null }), userIds: await people(1) };
    const { reply } = await w.server.call(TOOL, args);
    expect(at(reply, "consequences.0.consequence")).toMatch(/take the account over/);
  });

  it("sends a new link to who waits for one already", async () => {
    const userIds = await people(1, "RECOVERY");
    const args = { action: "reset_password", arguments: { sendEmail: true }, userIds };
    const { reply } = await w.server.call(TOOL, args);
    expect(at(reply, "wouldFail")).toEqual([]);
    expect((await go(textAt(reply, "planId"))).reply).toMatchObject({ done: 1, complete: true });
  });

  it("names who cannot be told to be protected or not, and goes on", async () => {
    const server = await w.another({ XDG_STATE_HOME: state, OKTA_PROTECTED_GROUPS: "Sales" });
    const ids = await people(2);
    await w.org.fault({ kind: "html", status: 200, path: `/api/v1/users/${ids[0]}/groups`, count: 9 });
    const { reply } = await server.call(TOOL, { action: "suspend_user", userIds: ids });
    expect(at(reply, "wouldFail")).toMatchObject([{ id: ids[0], why: "groups_unreadable" }]);
  });

  /** [what it is for, arguments, the cause] */
  const refused: readonly [string, Args, RegExp][] = [
    ["nothing", {}, /^action: is required/],
    ["no action", { userIds: ["me"] }, /^action: is required/],
    ["nobody", { action: "suspend_user" }, /^userIds: or search is required/],
    ["both", { action: "suspend_user", userIds: ["me"], search: "x" }, /^userIds: or search is required/],
    ["an empty list", { action: "suspend_user", userIds: [] }, /^userIds: is empty/],
    [
      "a search of nobody",
      { action: "suspend_user", search: 'profile.login eq "nobody@x"' },
      /^search: matches nobody/,
    ],
    ["people nobody knows", { action: "suspend_user", userIds: [NOBODY, "me"] }, /^userIds: nobody is "00uzz/],
    ["a tool that reads", { action: "get_user", userIds: ["me"] }, /^action: must be a tool that changes/],
    ["no tool", { action: "no_such", userIds: ["me"] }, /^action: must be a tool that changes/],
    ["itself", { action: TOOL, userIds: ["me"] }, /^action: must be a tool that changes/],
    ["nobody yet", { action: "create_user", userIds: ["me"] }, /^action: must be a tool whose only id/],
    [
      "more ids than userId",
      { action: "unassign_role_from_user", userIds: ["me"] },
      /^action: must be a tool whose only/,
    ],
    ["a temporary password", { action: "expire_password_with_temp_password", userIds: ["me"] }, /one-time secret/],
    ["links", { action: "reset_password", arguments: { sendEmail: false }, userIds: ["me"] }, /one-time secret/],
    ["passwords", { action: "change_password", userIds: ["me"] }, /^action: would set passwords/],
    [
      "credentials",
      { action: "update_user", arguments: { credentials: { password: { value: PASSWORD } } }, userIds: ["me"] },
      /^action: would set passwords/,
    ],
    [
      "unknown arguments",
      { action: "update_user", arguments: { profil: {} }, userIds: ["me"] },
      /^arguments\.profil: .*profile/,
    ],
    ["an unknown attribute", change({ departmnt: "x" }), /^arguments\.profile: .*did you mean profile\.department/],
    ["an attribute of no value", change({}), /^arguments\.profile: names nothing/],
    ["no change", { action: "update_user", userIds: ["me"] }, /^arguments: are required/],
    ["a password in a profile", change({ password: PASSWORD }), /^arguments\.profile\.password: is no attribute/],
    ["too much to check", change({ city: "x".repeat(1_500) }), /^arguments: are longer than 1500/],
    ["what the tool requires", { action: "reset_password", userIds: ["me"] }, /^arguments\.sendEmail: is required/],
    ["a userId", { action: "suspend_user", arguments: { userId: "me" }, userIds: ["me"] }, /^arguments\.userId/],
    ["a consent", { action: "suspend_user", arguments: { confirm: true }, userIds: ["me"] }, /^arguments\.confirm/],
    ["consent at once", { action: "suspend_user", userIds: ["me"], confirm: true }, /^confirm: goes only with planId/],
    ["a plan and an action", { planId: "x", action: "suspend_user" }, /^action: does not go with planId/],
    ["a page of no plan", { action: "suspend_user", userIds: ["me"], after: "50" }, /^after: goes only with planId/],
  ];
  it.each(refused)("for %s is refused", async (_, args, cause) => {
    const [{ reply }, sent] = await w.org.watch(() => w.server.call(TOOL, args));
    expect(at(reply, "error.code")).toBe("invalid_arguments");
    expect(listAt(reply, "error.causes")[0]).toMatch(cause);
    expect(writes(sent)).toEqual([]);
  });

  it("for more than OKTA_BULK_MAX is refused, and says how many that is", async () => {
    const few = await w.another({ XDG_STATE_HOME: state, OKTA_BULK_MAX: "3" });
    for (const who of [{ search: 'status eq "ACTIVE"' }, { userIds: await people(4) }]) {
      const { reply } = await few.call(TOOL, { action: "suspend_user", ...who });
      expect(at(reply, "error.code")).toBe("invalid_arguments");
      expect(String(listAt(reply, "error.causes")[0])).toMatch(
        /more than 3 people, the most that OKTA_BULK_MAX allows/,
      );
    }
  });

  /** [settings, code] */
  const off: readonly [Record<string, string>, string][] = [
    [{ OKTA_TOOLS: "-suspend_user" }, "tool_disabled"],
    [{ OKTA_TOOLS: "-list_users" }, "tool_disabled"],
    [{ OKTA_READ_ONLY: "true" }, "read_only"],
  ];
  it.each(off)("with %j is refused", async (env, code) => {
    const server = await w.another({ XDG_STATE_HOME: state, ...env });
    const { reply } = await server.call(TOOL, { action: "suspend_user", search: 'status eq "ACTIVE"' });
    expect(at(reply, "error.code")).toBe(code);
  });
});

describe("a run", () => {
  it("does what was planned, once, and a second one does nothing more", async () => {
    const ids = await people(12);
    const planId = await plan({ action: "suspend_user", userIds: ids });
    const [first, sent] = await w.org.watch(() => go(planId));
    const action = "suspend_user";
    expect(first.reply).toEqual({ planId, action, done: 12, skipped: [], failed: [], unknown: [], complete: true });
    expect(writes(sent).sort()).toEqual(ids.map((id) => `POST /api/v1/users/${id}/lifecycle/suspend`).sort());
    const [second, more] = await w.org.watch(() => go(planId));
    expect(second.reply).toEqual(first.reply);
    expect(writes(more)).toEqual([]);
    const { reply } = await w.server.call(TOOL, { planId });
    expect(listAt(reply, "users").map((user) => at(user, "outcome"))).toEqual(Array(12).fill("done"));
  });

  it("passes the action's arguments on", async () => {
    const ids = await people(3);
    const planId = await plan({ action: "update_user", arguments: { profile: { city: "Oslo" } }, userIds: ids });
    expect((await go(planId)).reply).toMatchObject({ done: 3, complete: true });
    for (const id of ids) expect(await read(w.org, `/api/v1/users/${id}`, "profile.city")).toBe("Oslo");
  });

  it("shows the action's arguments in the plan, and to who looks at it again", async () => {
    const profile = { department: null, title: "x\u202Ey" };
    const args = { action: "update_user", arguments: { profile }, userIds: await people(1) };
    const made = await w.server.call(TOOL, args);
    const shown = { profile: { department: null, title: "x\\u{202E}y" } };
    expect(at(made.reply, "arguments")).toEqual(shown);
    const again = await w.server.call(TOOL, { planId: textAt(made.reply, "planId") });
    expect(at(again.reply, "arguments")).toEqual(shown);
  });

  it("says of how many statuses Okta may not like, and who is erased", async () => {
    const [gone = ""] = await people(1, "DEPROVISIONED");
    const [here = ""] = await people(1);
    const { reply } = await w.server.call(TOOL, { action: "delete_user", userIds: [gone, here] });
    expect(at(reply, "consequences")).toEqual([
      { count: 1, consequence: expect.stringMatching(/erases it for good/) },
      { count: 1, consequence: expect.stringMatching(/is deactivated/) },
    ]);
    const [recovering = ""] = await people(1, "RECOVERY");
    const unsure = await w.server.call(TOOL, { action: "suspend_user", userIds: [recovering] });
    expect(at(unsure.reply, "mayFail")).toEqual({ RECOVERY: 1 });
  });

  it("beside another one of the same people erases nobody", async () => {
    const ids = await people(6);
    const [one, two] = [
      await plan({ action: "delete_user", userIds: ids }),
      await plan({ action: "delete_user", userIds: ids }),
    ];
    const answers = await Promise.all([go(one), go(two)]);
    expect(answers.map(({ reply }) => at(reply, "complete"))).toEqual([true, true]);
    expect(await statuses(ids)).toEqual(Array(6).fill("DEPROVISIONED"));
    const done = answers.reduce((sum, { reply }) => sum + Number(at(reply, "done")), 0);
    expect(done).toBe(6);
  });

  it("of a list that shows somebody twice acts on them once", async () => {
    const between = await startBetween(w.org.url);
    try {
      const [one = "", two = ""] = await people(2);
      const server = await w.another({ XDG_STATE_HOME: state, OKTA_ORG_URL: between.url });
      await warmUp(server);
      const user = (id: string) => ({ id, status: "ACTIVE", profile: { login: `${id}@example.com` } });
      const body = JSON.stringify([user(one), user(two), user(one)]);
      between.answer({ status: 200, headers: { "content-type": "application/json" }, body });
      const { reply } = await server.call(TOOL, { action: "delete_user", search: 'status eq "ACTIVE"' });
      expect(at(reply, "count")).toBe(2);
      expect((await go(textAt(reply, "planId"), server)).reply).toMatchObject({ done: 2, complete: true });
      expect(await statuses([one, two])).toEqual(["DEPROVISIONED", "DEPROVISIONED"]);
    } finally {
      await between.stop();
    }
  });

  /** [what fails, the fault, how many it takes away from this plan for good] */
  const outages: readonly [string, Record<string, unknown>, number][] = [
    ["reads", { kind: "status", status: 503, method: "GET", path: "/api/v1/users/", count: 200 }, 0],
    ["the token", { kind: "status", status: 401, path: "/api/v1/users/", count: 200 }, 0],
    ["writes", { kind: "status", status: 503, method: "POST", path: "/lifecycle/suspend", count: 200 }, 12],
  ];
  it.each(outages)("is not used up by an outage of %s", async (_, fault, most) => {
    const ids = await people(20);
    const planId = await plan({ action: "suspend_user", userIds: ids });
    await w.org.fault(fault);
    const broken = await go(planId);
    expect(at(broken.reply, "complete"), broken.text).toBe(false);
    expect(listAt(broken.reply, "unknown").length).toBeLessThanOrEqual(most);
    expect(at(broken.reply, "stoppedBy.summary")).toEqual(expect.any(String));
    await w.org.control("DELETE", "faults");
    const after = await go(planId);
    const { done, failed, unknown, complete } = fieldsOf(after.reply);
    expect([failed, complete]).toEqual([[], true]);
    expect(Number(done)).toBe(20 - (Array.isArray(unknown) ? unknown.length : 0));
    expect(Number(done)).toBeGreaterThanOrEqual(20 - most);
  });

  it("knows that what is refused before it is read was not done", async () => {
    const ids = await people(2);
    const planId = await plan({ action: "suspend_user", userIds: ids });
    await w.org.fault({ kind: "html", status: 413, path: `/api/v1/users/${ids[0]}/lifecycle/suspend` });
    expect((await go(planId)).reply).toMatchObject({ done: 1, failed: [{ id: ids[0] }], unknown: [] });
  });

  it("goes on past one who cannot be read", async () => {
    const ids = await people(4);
    const planId = await plan({ action: "suspend_user", userIds: ids });
    await w.org.fault({ kind: "html", status: 200, method: "GET", path: `/api/v1/users/${ids[1]}`, count: 5 });
    expect((await go(planId)).reply).toMatchObject({ done: 3, failed: [{ id: ids[1] }], complete: true });
  });

  it("tells the reason of a refusal once", async () => {
    const ids = await people(3);
    const planId = await plan({ action: "update_user", arguments: { profile: { secondEmail: "x" } }, userIds: ids });
    const { reply } = await go(planId);
    expect(listAt(reply, "failed")).toHaveLength(3);
    expect(at(reply, "reasons.E0000001")).toMatch(/; secondEmail: /);
    expect(at(reply, "hint")).toMatch(/plan anew/);
  });

  it("waits for a rate limit where the host follows progress", async () => {
    const slow = await startOrg("--users", "20", "--rate-limit", "12", "--window", "2");
    try {
      const server = await w.another({ ...slow.env, XDG_STATE_HOME: state, OKTA_MAX_WAIT_SECONDS: "0" });
      const found = await server.call(TOOL, { action: "suspend_user", search: 'status eq "ACTIVE"' });
      const count = Number(at(found.reply, "count"));
      const call = { name: TOOL, arguments: { planId: textAt(found.reply, "planId"), confirm: true } };
      const { structuredContent } = await server.client.callTool(call, undefined, {
        timeout: 60_000,
        onprogress: () => {},
      });
      expect(structuredContent).toMatchObject({ done: count - 1, complete: true });
    } finally {
      await slow.stop();
    }
  }, 40_000);

  it("skips and names who has changed since, is gone or is protected, and goes on past a refusal", async () => {
    const [changed = "", gone = "", refused = "", fine = ""] = await people(4);
    const me = textAt(await w.org.api("GET", "/api/v1/users/me"), "id");
    const planId = await plan({ action: "suspend_user", userIds: [changed, gone, refused, me, fine] });
    await w.org.api("POST", `/api/v1/users/${changed}/lifecycle/suspend`);
    for (const _ of [1, 2]) await w.org.api("DELETE", `/api/v1/users/${gone}`);
    await w.org.fault({ kind: "status", status: 403, method: "POST", path: `/users/${refused}/lifecycle/suspend` });
    const [{ reply }, sent] = await w.org.watch(() => go(planId));
    expect(reply).toMatchObject({
      done: 1,
      skipped: [
        { id: changed, why: "status is SUSPENDED now" },
        { id: gone, why: "gone" },
        { id: me, why: "protected_user" },
      ],
      failed: [{ id: refused, why: expect.stringMatching(/^E/) }],
      unknown: [],
      complete: true,
    });
    expect(writes(sent)).toHaveLength(2);
    expect(await statuses([fine])).toEqual(["SUSPENDED"]);
  });

  it("does not erase who was deactivated since", async () => {
    const [one = ""] = await people(1);
    const planId = await plan({ action: "delete_user", userIds: [one] });
    await w.org.api("DELETE", `/api/v1/users/${one}`);
    expect((await go(planId)).reply).toMatchObject({ done: 0, skipped: [{ id: one }] });
    expect(await statuses([one])).toEqual(["DEPROVISIONED"]);
  });

  it("says of whom nobody knows, and never repeats it", async () => {
    const [one = ""] = await people(1);
    const planId = await plan({ action: "revoke_user_sessions", userIds: [one] });
    await w.org.fault({ kind: "drop-after", method: "DELETE", path: `/users/${one}/sessions` });
    const [first, sent] = await w.org.watch(() => go(planId));
    expect(first.reply).toMatchObject({ done: 0, unknown: [{ id: one }], complete: true });
    expect(writes(sent)).toHaveLength(1);
    const [second, more] = await w.org.watch(() => go(planId));
    expect(second.reply).toEqual(first.reply);
    expect(writes(more)).toEqual([]);
  });

  it("stops where all would fail alike, says why, and goes on later", async () => {
    const ids = await people(10);
    const journal = join(mkdtempSync(join(state, "journal-")), "journal.jsonl");
    const server = await w.another({ XDG_STATE_HOME: state, OKTA_AUDIT_LOG: journal });
    await warmUp(server);
    const planId = await plan({ action: "suspend_user", userIds: ids }, server);
    chmodSync(journal, 0o644);
    const [{ reply }, sent] = await w.org.watch(() => go(planId, server));
    expect(reply).toMatchObject({ done: 0, left: 10, complete: false, stoppedBy: { code: "journal_unavailable" } });
    expect(writes(sent)).toEqual([]);
    chmodSync(journal, 0o600);
    expect((await go(planId, server)).reply).toMatchObject({ done: 10, complete: true });
    expect(readFileSync(journal, "utf8").match(/"consent":"argument"/g)?.length).toBeGreaterThanOrEqual(10);
  });

  it("tells the host how far it is, and ends when the host cancels", async () => {
    const ids = await people(30);
    const planId = await plan({ action: "suspend_user", userIds: ids });
    await w.org.fault({ kind: "delay", delayMs: 150, method: "POST", path: "/lifecycle/suspend", count: 100 });
    const told: unknown[] = [];
    const stop = new AbortController();
    const call = w.server.client.callTool({ name: TOOL, arguments: { planId, confirm: true } }, undefined, {
      signal: stop.signal,
      onprogress: (progress) => {
        told.push(progress);
        if (told.length === 6) stop.abort();
      },
    });
    await expect(call).rejects.toThrow();
    expect(told[0]).toMatchObject({ total: 30, progress: expect.any(Number) });
    await sleep(800);
    const before = (await statuses(ids)).filter((status) => status === "SUSPENDED").length;
    expect(before).toBeLessThan(30);
    const { reply } = await go(planId);
    expect(reply).toMatchObject({ done: 30, unknown: [], complete: true });
  });

  it("stops before its next write when it was taken for dead", async () => {
    const ids = await people(12);
    const planId = await plan({ action: "suspend_user", userIds: ids });
    await w.org.fault({ kind: "delay", delayMs: 400, method: "POST", path: "/lifecycle/suspend", count: 12 });
    const [{ reply }, sent] = await w.org.watch(async () => {
      const call = go(planId);
      await sleep(250);
      writeFileSync(join(plans, `${planId.slice(0, 16)}.lock`), "another 1 x");
      return call;
    });
    expect(at(reply, "error.code")).toBe("state_changed");
    expect(writes(sent).length).toBeLessThan(12);
  });

  it("is done by one at a time", async () => {
    const ids = await people(8);
    const planId = await plan({ action: "suspend_user", userIds: ids });
    const other = await w.another({ XDG_STATE_HOME: state });
    await w.org.fault({ kind: "delay", delayMs: 400, method: "POST", path: "/lifecycle/suspend", count: 8 });
    const [answers, sent] = await w.org.watch(() => Promise.all([go(planId), go(planId), go(planId, other)]));
    const codes = answers.map(({ reply }) => at(reply, "error.code"));
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    expect(codes.filter((code) => code === "state_changed")).toHaveLength(2);
    expect(writes(sent)).toHaveLength(8);
  });
});

describe("a planId", () => {
  let planId: string;
  let ids: string[];
  beforeAll(async () => {
    ids = await people(2);
    planId = await plan({ action: "suspend_user", userIds: ids });
  });
  const file = (id: string): string => join(plans, `${id.slice(0, 16)}.json`);

  /** [what it is, the id, code] */
  const foreign: readonly [string, (id: string) => string, string][] = [
    ["nothing", () => "", "plan_expired"],
    ["nonsense", () => "x", "plan_expired"],
    ["a path", () => "../../../etc/passwd", "plan_expired"],
    ["no plan's", () => `${"0".repeat(16)}-${"0".repeat(64)}`, "plan_expired"],
    ["another hash", (id) => `${id.slice(0, 17)}${"0".repeat(64)}`, "plan_changed"],
  ];
  it.each(foreign)("that is %s does nothing", async (_, made, code) => {
    const [{ reply }, sent] = await w.org.watch(() => go(made(planId)));
    expect(at(reply, "error.code")).toBe(code);
    expect(writes(sent)).toEqual([]);
  });

  it("whose file was changed is plan_changed, or is a link, is plan_changed, whose file is old is plan_expired", async () => {
    const own = await plan({ action: "suspend_user", userIds: ids });
    const text = readFileSync(file(own), "utf8");
    const others = await people(1);
    writeFileSync(file(own), text.replace(String(ids[0]), String(others[0])));
    expect(at((await go(own)).reply, "error.code")).toBe("plan_changed");
    writeFileSync(file(own), text);
    const old = new Date(Date.now() - 3_601_000);
    utimesSync(file(own), old, old);
    expect(at((await go(own)).reply, "error.code")).toBe("plan_expired");
    rmSync(file(own));
    writeFileSync(join(state, "elsewhere.json"), text);
    symlinkSync(join(state, "elsewhere.json"), file(own));
    expect(at((await go(own)).reply, "error.code")).toBe("plan_changed");
    expect(await statuses([...ids, ...others])).toEqual(["ACTIVE", "ACTIVE", "ACTIVE"]);
  });

  it("of another account is plan_changed", async () => {
    const { clientId, privateKey, keyId } = w.org.app;
    const env = { OKTA_API_TOKEN: "", OKTA_CLIENT_ID: clientId, OKTA_PRIVATE_KEY: privateKey, OKTA_KEY_ID: keyId };
    const app = await w.another({ ...env, XDG_STATE_HOME: state });
    expect(at((await go(planId, app)).reply, "error.code")).toBe("plan_changed");
  });

  it("of another org is plan_changed", async () => {
    const other = await startOrg("--users", "5");
    const there = await w.another({ ...other.env, XDG_STATE_HOME: state });
    expect(at((await go(planId, there)).reply, "error.code")).toBe("plan_changed");
    await other.stop();
  });

  it("does nothing to who is protected by now", async () => {
    const [one = "", two = ""] = await people(2);
    const own = await plan({ action: "suspend_user", userIds: [one, two] });
    const careful = await w.another({ XDG_STATE_HOME: state, OKTA_PROTECTED_USERS: one });
    const { reply } = await go(own, careful);
    expect(reply).toMatchObject({ done: 1, failed: [{ id: one, why: "protected_user" }], complete: true });
    expect(await statuses([one, two])).toEqual(["ACTIVE", "SUSPENDED"]);
  });

  it.skipIf(process.platform === "win32")("is not made, nor used, where others may look", async () => {
    const home = mkdtempSync(join(state, "open-"));
    const server = await w.another({ XDG_STATE_HOME: home });
    const own = await plan({ action: "suspend_user", userIds: ids }, server);
    const folder = join(home, "okta-users-mcp", "plans");
    const notes = join(folder, `${own.slice(0, 16)}.notes`);
    symlinkSync(join(home, "elsewhere"), notes);
    const [linked, sent] = await w.org.watch(() => go(own, server));
    expect(linked.failed).toBe(true);
    expect(existsSync(join(home, "elsewhere"))).toBe(false);
    expect(writes(sent)).toEqual([]);
    rmSync(notes);
    chmodSync(folder, 0o755);
    for (const { reply } of [await go(own, server), await server.call(TOOL, { action: "suspend_user", userIds: ids })])
      expect(at(reply, "error.code")).toBe("plan_changed");
  });

  it("that a person approves is carried out, and the form was shown once", async () => {
    const own = await plan({ action: "suspend_user", userIds: await people(3) });
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [COMMAND],
      env: { PATH: process.env.PATH ?? "", ...w.org.env, XDG_STATE_HOME: state, OKTA_CONFIRM: "human" },
      stderr: "ignore",
    });
    const client = new Client({ name: "test", version: "1" }, { capabilities: { elicitation: {} } });
    const asked: string[] = [];
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      asked.push(params.message);
      return { action: "accept", content: { approve: true } };
    });
    await client.connect(transport);
    const { structuredContent } = await client.callTool({ name: TOOL, arguments: { planId: own, confirm: true } });
    await client.close();
    expect(structuredContent).toMatchObject({ done: 3, complete: true });
    expect(asked).toEqual([expect.stringMatching(/> count: 3\n(.|\n)*> byStatus.ACTIVE: 3/)]);
  });

  it("that no person approves does nothing", async () => {
    const human = await w.another({ XDG_STATE_HOME: state, OKTA_CONFIRM: "human" });
    const [{ reply }, sent] = await w.org.watch(() => go(planId, human));
    expect(at(reply, "error.code")).toBe("declined");
    expect(writes(sent)).toEqual([]);
  });

  it("an old plan is removed when a new one is made", async () => {
    const own = await plan({ action: "suspend_user", userIds: ids });
    const old = new Date(Date.now() - 3_601_000);
    utimesSync(file(own), old, old);
    await plan({ action: "suspend_user", userIds: ids });
    expect(existsSync(file(own))).toBe(false);
  });
});

/** Kills a server somewhere in a run and goes on with another, until it is complete. */
async function killedAndResumed(org: TestOrg, afterMs: number): Promise<void> {
  const ids = await people(24);
  const first = await startServer({ ...org.env, XDG_STATE_HOME: state });
  const planId = await plan({ action: "suspend_user", userIds: ids }, first);
  await org.fault({ kind: "delay", delayMs: 15, path: "/api/v1/users", count: 1_000 });
  const [, sent] = await org.watch(async () => {
    const call = go(planId, first).catch(() => undefined);
    await sleep(afterMs);
    process.kill(first.pid(), "SIGKILL");
    await call;
    await first.stop();
    // What was on its way arrives before anybody looks.
    await sleep(60);
    const { reply, text } = await go(planId);
    expect(at(reply, "complete"), text).toBe(true);
    const { done, skipped, failed, unknown } = fieldsOf(reply);
    expect({ failed, skipped }).toEqual({ failed: [], skipped: [] });
    const unsure = Array.isArray(unknown) ? unknown : [];
    expect(unsure.length).toBeLessThanOrEqual(6);
    expect(done).toBe(24 - unsure.length);
    const stand = await statuses(ids);
    // Who is not reported as unknown is suspended.
    expect(stand.filter((status) => status === "SUSPENDED").length).toBeGreaterThanOrEqual(24 - unsure.length);
  });
  await org.control("DELETE", "faults");
  const suspensions = writes(sent);
  expect(new Set(suspensions).size).toBe(suspensions.length);
}

describe("a run that is killed", () => {
  const times = process.env.LONG ? 50 : 5;
  it.each(Array.from({ length: times }, (_, n) => [n]))("is resumed, and nobody is done twice (%i)", async (n) => {
    await killedAndResumed(w.org, 20 + ((n * 311) % 400));
  });
});
