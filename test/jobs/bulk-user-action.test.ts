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
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import type { TestOrg } from "../support/org.ts";
import { startServer } from "../support/server.ts";
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
      consequences: [expect.stringContaining("cannot sign in")],
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
    ["unknown arguments", { action: "update_user", arguments: { profil: {} }, userIds: ["me"] }, /^profil: .*profile/],
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
    expect(first.reply).toEqual({ planId, done: 12, skipped: [], failed: [], unknown: [], complete: true });
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

  it("whose file was changed is plan_changed, whose file is a link or old is plan_expired", async () => {
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
    expect(at((await go(own)).reply, "error.code")).toBe("plan_expired");
    expect(await statuses([...ids, ...others])).toEqual(["ACTIVE", "ACTIVE", "ACTIVE"]);
  });

  it("of another account is plan_changed", async () => {
    const { clientId, privateKey, keyId } = w.org.app;
    const env = { OKTA_API_TOKEN: "", OKTA_CLIENT_ID: clientId, OKTA_PRIVATE_KEY: privateKey, OKTA_KEY_ID: keyId };
    const app = await w.another({ ...env, XDG_STATE_HOME: state });
    expect(at((await go(planId, app)).reply, "error.code")).toBe("plan_changed");
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
