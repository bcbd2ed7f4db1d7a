import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import { COMMAND, type LoggedRequest } from "../support/org.ts";
import { sample } from "../support/sample.ts";
import type { Answer, TestServer } from "../support/server.ts";
import { type Args, NOBODY, named, read, someone, type Things, warmUp, world, writes } from "../tools/support.ts";
import { finish, killed, LONGEST, once, oneFault, previewOf, stateFolder, stepsOf } from "./plans.ts";

const LONG = process.env.LONG === "1";
const TOOL = "offboard_user";
const XDG_STATE_HOME = stateFolder();
const w = world({ XDG_STATE_HOME });

/** A leaver with two roles, a group to leave, a consent and two subordinates; `boss` can take over. */
async function leaver(status = "ACTIVE"): Promise<Things> {
  const sales = await named(w.org, "groups", "Sales");
  const some = [w.org.person(status), w.org.person(), w.org.person(), w.org.person()] as const;
  const [{ id, login }, one, two, boss] = await Promise.all(some);
  for (const type of ["SUPER_ADMIN", "HELP_DESK_ADMIN"]) await w.org.api("POST", `/api/v1/users/${id}/roles`, { type });
  await w.org.api("PUT", `/api/v1/groups/${sales}/users/${id}`);
  for (const other of [one, two]) await w.org.api("PUT", `/api/v1/users/${other.id}/linkedObjects/manager/${id}`);
  return { id, login, one: one.id, two: two.id, boss: boss.id, bossLogin: boss.login, sales };
}

const everything = ({ id = "", boss = "" }: Things): Args => ({ userId: id, removeGroups: true, newManagerId: boss });

function run(args: Args, server = w.server): Promise<Answer> {
  return server.call(TOOL, { ...args, confirm: true });
}

async function managerOf(id = ""): Promise<string> {
  return JSON.stringify(await w.org.api("GET", `/api/v1/users/${id}/linkedObjects/manager`));
}

/** Everything is gone, and nothing of it was sent twice. */
async function left({ id = "", one = "", two = "", boss = "", sales = "" }: Things): Promise<void> {
  expect(await read(w.org, `/api/v1/users/${id}`, "status")).toBe("DEPROVISIONED");
  expect(await read(w.org, `/api/v1/users/${id}/roles`)).toEqual([]);
  expect(JSON.stringify(await read(w.org, `/api/v1/users/${id}/groups`))).not.toContain(sales);
  for (const other of [one, two]) expect(await managerOf(other)).toContain(boss);
}

const ALL_DONE = [
  ...["suspend: done", "sessions: done", "grants: not needed", "roles: done", "groups: done"],
  ...["managerHandover: done", "deactivate: done"],
];

describe("the preview", () => {
  it("tells whom, what, and what cannot be undone, and names the run", async () => {
    const things = await leaver();
    const preview = await previewOf(w.org, w.server, TOOL, everything(things));
    expect(preview).toMatchObject({
      action: TOOL,
      target: { id: things.id, login: things.login, status: "ACTIVE" },
      cannotBeUndone: expect.stringMatching(/app assignments/),
      warning: expect.stringMatching(/super administrator/),
      steps: {
        suspend: 1,
        sessions: "all, with OAuth tokens",
        grants: 0,
        roles: { count: 2, types: ["SUPER_ADMIN", "HELP_DESK_ADMIN"] },
        groups: { count: 1, names: ["Sales"] },
        managerHandover: { subordinates: 2, to: { id: things.boss, login: things.bossLogin } },
        deactivate: { count: 1, appsLost: expect.any(Number) },
      },
      notTaken: { groupsNotRemovable: { count: 1, names: ["Everyone"] } },
      runId: expect.stringMatching(/^[0-9a-f]{16}-[0-9a-f]{64}$/),
      expiresAt: expect.any(String),
    });
  });

  it("tells what is left when it is not asked for", async () => {
    const { id } = await leaver();
    const args = { userId: id, removeRoles: false, revokeTokens: false, deactivate: false };
    const preview = await previewOf(w.org, w.server, TOOL, args);
    expect(preview.steps).toEqual({ suspend: 1, sessions: "all", grants: 0 });
    expect(preview.notTaken).toEqual({
      roles: { count: 2, types: ["SUPER_ADMIN", "HELP_DESK_ADMIN"] },
      subordinates: 2,
    });
    expect(preview.warning).toMatch(/super administrator, and that is not taken.*nobody is named/);
  });

  it("of a run that was begun tells how far that is", async () => {
    const things = await leaver();
    const { runId } = await previewOf(w.org, w.server, TOOL, everything(things));
    await w.org.fault({ kind: "status", status: 403, method: "DELETE", path: "/roles/" });
    await run({ userId: things.id, runId });
    const preview = await previewOf(w.org, w.server, TOOL, { userId: things.id, runId });
    expect(preview).toMatchObject({ runId, soFar: { suspend: "done", roles: "failed", deactivate: "skipped" } });
  });

  it("stays short however much there is", async () => {
    const odd = "\u202e".repeat(25);
    const { id } = await w.org.person("ACTIVE", { firstName: odd.repeat(2), lastName: odd.repeat(2) });
    const types = ["SUPER_ADMIN", "ORG_ADMIN", "APP_ADMIN", "USER_ADMIN", "HELP_DESK_ADMIN", "GROUP_MEMBERSHIP_ADMIN"];
    for (const type of types) await w.org.api("POST", `/api/v1/users/${id}/roles`, { type });
    for (let i = 0; i < 25; i += 1) {
      const group = await w.org.api("POST", "/api/v1/groups", {
        profile: { name: `${odd}${id} ${i} ${"x".repeat(200)}` },
      });
      await w.org.api("PUT", `/api/v1/groups/${textAt(group, "id")}/users/${id}`);
    }
    const preview = await previewOf(w.org, w.server, TOOL, { userId: id, removeGroups: true });
    expect(at(preview, "steps.groups.count")).toBe(25);
    expect(listAt(preview, "steps.groups.names")).toHaveLength(9);
    await w.org.fault({ kind: "status", status: 403, count: 25, method: "DELETE", path: "/groups/" });
    const answer = await run({ userId: id, removeGroups: true, runId: preview.runId });
    expect(answer.text.length).toBeLessThan(LONGEST);
    expect(at(answer.reply, "steps.4")).toMatchObject({ outcome: "failed", count: 25, done: 0 });
    await previewOf(w.org, w.server, TOOL, { userId: id, runId: preview.runId });
  });
});

describe("a run", () => {
  it("takes everything in order, once", async () => {
    const things = await leaver();
    const { runId } = await previewOf(w.org, w.server, TOOL, everything(things));
    const [answer, requests] = await w.org.watch(() => run({ ...everything(things), runId }));
    expect(stepsOf(answer)).toEqual(ALL_DONE);
    expect(answer.reply).toMatchObject({ runId, userId: things.id, complete: true });
    const { id } = things;
    const sent = once(requests).map((line) => line.replace(/\/api\/v1/, "").replace(/roles\/\w+/, "roles/r"));
    expect(sent[0]).toBe(`POST /users/${id}/lifecycle/suspend`);
    expect(sent[1]).toBe(`DELETE /users/${id}/sessions?oauthTokens=true`);
    expect(sent.at(-1)).toBe(`POST /users/${id}/lifecycle/deactivate`);
    expect(sent).toHaveLength(8);
    await left(things);
    const [again, more] = await w.org.watch(() => run({ userId: id, runId }));
    expect(stepsOf(again)).toEqual(ALL_DONE);
    expect(writes(more)).toEqual([]);
  });

  it.each([{}, { kind: "drop-after" }])("goes without a preview, and revokes consents: %j", async (fault) => {
    const granted = (user: unknown): boolean => Number(at(user, "grants")) > 0 && at(user, "status") === "ACTIVE";
    const { id = "" } = await someone(w.org, granted);
    if (fault.kind) await w.org.fault({ ...fault, method: "DELETE", path: `${id}/grants` });
    const [answer, requests] = await w.org.watch(() => run({ userId: id }));
    expect(at(answer.reply, "complete"), answer.text).toBe(true);
    expect(stepsOf(answer)[2]).toBe("grants: done");
    expect(once(requests)).toContain(`DELETE /api/v1/users/${id}/grants`);
    expect(await read(w.org, `/api/v1/users/${id}/grants`)).toEqual([]);
  });

  /** [status before, steps] */
  const statuses: readonly [string, string[]][] = [
    [
      "STAGED",
      ["suspend: not needed", "sessions: not needed", "grants: not needed", "roles: not needed", "deactivate: done"],
    ],
    ["PROVISIONED", ["suspend: done", "sessions: done", "grants: not needed", "roles: not needed", "deactivate: done"]],
    [
      "SUSPENDED",
      ["suspend: not needed", "sessions: done", "grants: not needed", "roles: not needed", "deactivate: done"],
    ],
    [
      "RECOVERY",
      ["suspend: skipped E0000001", "sessions: done", "grants: not needed", "roles: not needed", "deactivate: done"],
    ],
    [
      "PASSWORD_EXPIRED",
      ["suspend: done", "sessions: done", "grants: not needed", "roles: not needed", "deactivate: done"],
    ],
    [
      "DEPROVISIONED",
      [
        "suspend: not needed",
        "sessions: not needed",
        "grants: not needed",
        "roles: not needed",
        "deactivate: not needed",
      ],
    ],
  ];
  it.each(sample(statuses))("from %s", async (status, steps) => {
    const { id } = await w.org.person(status);
    const answer = await run({ userId: id });
    expect(stepsOf(answer)).toEqual(steps);
    expect(at(answer.reply, "complete")).toBe(true);
    expect(await read(w.org, `/api/v1/users/${id}`, "status")).toBe("DEPROVISIONED");
  });

  it("that leaves who cannot be suspended is not complete", async () => {
    const { id } = await w.org.person("RECOVERY");
    const answer = await run({ userId: id, deactivate: false });
    expect(stepsOf(answer)[0]).toBe("suspend: skipped E0000001");
    expect(answer.reply).toMatchObject({ complete: false, hint: expect.stringContaining(TOOL) });
  });

  it("looks at what has changed since the preview", async () => {
    const things = await leaver();
    const { runId } = await previewOf(w.org, w.server, TOOL, everything(things));
    await w.org.api("POST", `/api/v1/users/${things.id}/lifecycle/suspend`);
    const roles = await w.org.api("GET", `/api/v1/users/${things.id}/roles`);
    await w.org.api("DELETE", `/api/v1/users/${things.id}/roles/${textAt(roles, "0.id")}`);
    const answer = await run({ userId: things.id, runId });
    expect(stepsOf(answer)).toEqual(["suspend: not needed", ...ALL_DONE.slice(1)]);
    await left(things);
  });

  it.each(["STAGED", "DEPROVISIONED"])("shows anew who was %s and can sign in now", async (status) => {
    const { id } = await w.org.person(status);
    const { runId } = await previewOf(w.org, w.server, TOOL, { userId: id });
    await w.org.api("POST", `/api/v1/users/${id}/lifecycle/activate?sendEmail=false`);
    const { reply } = await run({ userId: id, runId });
    expect(at(reply, "error.code")).toBe("state_changed");
    const anew = await previewOf(w.org, w.server, TOOL, { userId: id });
    expect((await run({ userId: id, runId: anew.runId })).reply).toMatchObject({ complete: true });
    expect(await read(w.org, `/api/v1/users/${id}`, "status")).toBe("DEPROVISIONED");
  });

  it("does without consents where their tools are off, and says so", async () => {
    const { id } = await w.org.person();
    const server = await w.another({ XDG_STATE_HOME, OKTA_TOOLS: "-grants" });
    const { warning, runId } = await previewOf(w.org, server, TOOL, { userId: id });
    expect(warning).toMatch(/^Consents to apps stay/);
    const answer = await run({ userId: id, runId }, server);
    expect(answer.reply).toMatchObject({ complete: true });
    expect(stepsOf(answer).join()).not.toContain("grants");
  });

  it("leaves the manager whom somebody got meanwhile", async () => {
    const [boss, next, other, report] = await Promise.all([1, 2, 3, 4].map(() => w.org.person()));
    const link = (manager?: { id: string }) => `/api/v1/users/${report?.id}/linkedObjects/manager/${manager?.id}`;
    await w.org.api("PUT", link(boss));
    const args = { userId: boss?.id ?? "", newManagerId: next?.id ?? "" };
    const { runId } = await previewOf(w.org, w.server, TOOL, args);
    await w.org.api("PUT", link(other));
    expect((await run({ ...args, runId })).reply).toMatchObject({ complete: true });
    const links = await w.org.api("GET", `/api/v1/users/${report?.id}/linkedObjects/manager`);
    expect(JSON.stringify(links)).toContain(other?.id);
  });

  it("is one at a time", async () => {
    const things = await leaver();
    const { runId } = await previewOf(w.org, w.server, TOOL, everything(things));
    const other = await w.another({ XDG_STATE_HOME });
    // Its first call takes longer than others: neither is to be through before the other begins.
    await warmUp(other);
    await w.org.fault({ kind: "delay", delayMs: 1_000, method: "POST", path: `${things.id}/lifecycle/suspend` });
    const [answers, requests] = await w.org.watch(() =>
      Promise.all([run({ userId: things.id, runId }), run({ userId: things.id, runId }, other)]),
    );
    const codes = answers.map(({ reply }) => at(reply, "error.code") ?? at(reply, "complete"));
    expect(codes.sort()).toEqual(["state_changed", true]);
    once(requests);
    await left(things);
  });
});

describe("refuses", () => {
  /** [what, arguments, code, cause] */
  const bad: readonly [string, (things: Things) => Args, string, RegExp?][] = [
    ["nobody", () => ({ userId: NOBODY }), "E0000007"],
    ["no person", () => ({}), "invalid_arguments", /^userId: /],
    [
      "a manager who is nobody",
      ({ id }) => ({ userId: id, newManagerId: NOBODY }),
      "invalid_arguments",
      /^newManagerId: is nobody/,
    ],
    [
      "the leaver as manager",
      ({ id, login }) => ({ userId: id, newManagerId: login }),
      "invalid_arguments",
      /^newManagerId: .*leaves/,
    ],
    ["a text for a flag", ({ id }) => ({ userId: id, removeRoles: "yes" }), "invalid_arguments", /^removeRoles: /],
    ["a text for consent", ({ id }) => ({ userId: id, confirm: "true" }), "invalid_arguments", /^confirm: /],
    ["an unknown argument", ({ id }) => ({ userId: id, revokeToken: true }), "invalid_arguments", /revokeTokens/],
    ["no run", ({ id }) => ({ userId: id, runId: "x" }), "plan_expired"],
    [
      "a run that never was",
      ({ id }) => ({ userId: id, runId: `${"0".repeat(16)}-${"0".repeat(64)}` }),
      "plan_expired",
    ],
    ["a path for a run", ({ id }) => ({ userId: id, runId: "../../x" }), "plan_expired"],
    [
      "a run of somebody else",
      ({ boss, runId }) => ({ userId: boss, runId }),
      "invalid_arguments",
      /^userId: is not what/,
    ],
    [
      "a run of other arguments",
      ({ id, runId }) => ({ userId: id, runId, removeGroups: true }),
      "invalid_arguments",
      /^removeGroups: /,
    ],
    [
      "a run with another manager",
      ({ id, runId, boss }) => ({ userId: id, runId, newManagerId: boss }),
      "invalid_arguments",
      /^newManagerId: /,
    ],
  ];
  // None of these changes anything: they are about the same person.
  let things: Things;
  beforeAll(async () => {
    things = await leaver();
    const { runId } = await previewOf(w.org, w.server, TOOL, { userId: things.id });
    things = { ...things, runId: String(runId) };
  });
  it.each(bad)("%s", async (_, args, code, cause) => {
    const [{ reply, failed, text }, requests] = await w.org.watch(() =>
      w.server.call(TOOL, { confirm: true, ...args(things) }),
    );
    expect(at(reply, "error.code"), text).toBe(code);
    expect(failed).toBe(true);
    if (cause)
      expect(JSON.stringify(listAt(reply, "error.causes"))).toMatch(new RegExp(cause.source.replace("^", '^\\["')));
    expect(writes(requests)).toEqual([]);
  });

  it.each(["STAGED", "SUSPENDED", "DEPROVISIONED"])("a manager who is %s", async (status) => {
    const { id } = await w.org.person(status);
    const { id: userId } = await w.org.person();
    const { reply } = await run({ userId, newManagerId: id });
    expect(at(reply, "error.causes.0")).toBe(`newManagerId: must be ACTIVE and is ${status}`);
  });

  /** [why, settings, code, names] */
  const settings: readonly [string, (things: Things) => Record<string, string>, string, RegExp][] = [
    ["without suspend_user", () => ({ OKTA_TOOLS: "-suspend_user" }), "tool_disabled", /suspend_user/],
    ["without deactivate_user", () => ({ OKTA_TOOLS: "-deactivate_user" }), "tool_disabled", /deactivate_user/],
    ["without the family roles", () => ({ OKTA_TOOLS: "-roles" }), "tool_disabled", /list_assigned_roles_for_user/],
    [
      "without unassign_role_from_user",
      () => ({ OKTA_TOOLS: "-unassign_role_from_user" }),
      "tool_disabled",
      /unassign_role/,
    ],
    [
      "without remove_user_from_group",
      () => ({ OKTA_TOOLS: "-remove_user_from_group" }),
      "tool_disabled",
      /remove_user/,
    ],
    [
      "without set_linked_object_for_user",
      () => ({ OKTA_TOOLS: "-set_linked_object_for_user" }),
      "tool_disabled",
      /set_linked/,
    ],
    ["when it reads only", () => ({ OKTA_READ_ONLY: "true" }), "read_only", /OKTA_READ_ONLY/],
    ["a protected person", ({ id = "" }) => ({ OKTA_PROTECTED_USERS: id }), "protected_user", /protected/],
    ["without a person's yes", () => ({ OKTA_CONFIRM: "human" }), "declined", /cannot ask/],
  ];
  it.each(sample(settings, 3))("%s", async (_, env, code, names) => {
    const server = await w.another({ ...env(things), XDG_STATE_HOME });
    const [{ reply }, requests] = await w.org.watch(() => run(everything(things), server));
    expect(at(reply, "error.code")).toBe(code);
    expect(at(reply, "error.summary")).toMatch(names);
    expect(writes(requests)).toEqual([]);
  });

  it("roles that nobody here can take, unless they stay", async () => {
    const server = await w.another({ OKTA_TOOLS: "-roles", XDG_STATE_HOME });
    const { id } = await w.org.person();
    expect(at((await run({ userId: id }, server)).reply, "hint")).toContain("removeRoles: false");
    expect(at((await run({ userId: id, removeRoles: false }, server)).reply, "complete")).toBe(true);
  });

  it("roles that the sign-in may not read, unless they stay", async () => {
    const { id } = await w.org.person();
    await w.org.fault({ kind: "status", status: 403, path: `/api/v1/users/${id}/roles`, count: 9 });
    const { reply } = await w.server.call("offboard_user", { userId: id });
    expect(String(listAt(reply, "error.causes")[0])).toMatch(/^removeRoles: .*with false they stay/);
    const kept = await w.server.call("offboard_user", { userId: id, removeRoles: false });
    expect(at(kept.reply, "preview.warning")).toMatch(/could not be read/);
    await w.org.control("DELETE", "faults");
  });

  it("to be silent about subordinates whom it cannot see", async () => {
    const server = await w.another({ OKTA_TOOLS: "-linked-objects", XDG_STATE_HOME });
    const { id } = await w.org.person();
    const { reply } = await server.call("offboard_user", { userId: id });
    expect(at(reply, "preview.warning")).toContain("Who reports to them could not be read.");
  });

  it("no tool that has nothing to do", async () => {
    const server = await w.another({ OKTA_TOOLS: "-unassign_role_from_user,-revoke_user_grants", XDG_STATE_HOME });
    const { id } = await w.org.person();
    expect(at((await run({ userId: id }, server)).reply, "complete")).toBe(true);
  });
});

it("a run that is finished says so, and asks nobody", async () => {
  const { id } = await w.org.person();
  const done = await run({ userId: id });
  const { reply } = await w.server.call("offboard_user", { userId: id, runId: at(done.reply, "runId") });
  expect(reply).toMatchObject({ userId: id, complete: true, hint: expect.stringContaining("finished before") });
});

it("a subordinate who is protected keeps the leaver from being deactivated", async () => {
  const things = await leaver();
  const server = await w.another({ OKTA_PROTECTED_USERS: things.one ?? "", XDG_STATE_HOME });
  const answer = await run(everything(things), server);
  expect(stepsOf(answer).slice(-2)).toEqual(["managerHandover: failed protected_user", "deactivate: skipped"]);
  expect(at(answer.reply, "complete")).toBe(false);
  expect(at(answer.reply, "steps.5.calls")).toEqual([
    {
      tool: "set_linked_object_for_user",
      userId: things.one,
      primaryRelationshipName: "manager",
      primaryUserId: things.boss,
    },
  ]);
  const { runId } = Object(answer.reply);
  expect(stepsOf(await run({ userId: things.id, runId }))).toEqual(ALL_DONE);
  await left(things);
});

describe("with OKTA_CONFIRM=human", () => {
  const clients: Client[] = [];
  afterAll(() => Promise.all(clients.map((client) => client.close())));

  it.each([true, false])("asks once for the whole: %s", async (approve) => {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [COMMAND],
      env: { PATH: process.env.PATH ?? "", ...w.org.env, OKTA_CONFIRM: "human", XDG_STATE_HOME },
      stderr: "ignore",
    });
    const client = new Client({ name: "test", version: "1" }, { capabilities: { elicitation: {} } });
    const asked: string[] = [];
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      asked.push(params.message);
      return { action: "accept", content: { approve } };
    });
    await client.connect(transport);
    clients.push(client);
    const things = await leaver();
    const [{ structuredContent }, requests] = await w.org.watch(() =>
      client.callTool({ name: TOOL, arguments: { ...everything(things), confirm: true } }),
    );
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain("> steps.deactivate.count: 1");
    expect(asked[0]).not.toContain("lines more");
    if (approve) {
      expect(at(structuredContent, "complete")).toBe(true);
      return left(things);
    }
    expect(at(structuredContent, "error.code")).toBe("declined");
    expect(writes(requests)).toEqual([]);
  });
});

describe("when a step goes wrong", () => {
  const before = ALL_DONE;
  const skipped = (from: number): string[] => before.slice(from).map((step) => step.replace(": done", ": skipped"));

  /** [fault, method, path, steps then, steps after going on with the run] */
  const faults: readonly [Record<string, unknown>, string, string, string[], string[]][] = [
    [{ kind: "drop-after" }, "POST", "/lifecycle/suspend", before, before],
    [
      { kind: "drop-after" },
      "DELETE",
      "/sessions",
      [...before.slice(0, 1), "sessions: unknown", ...before.slice(2)],
      [...before.slice(0, 1), "sessions: unknown", ...before.slice(2)],
    ],
    [{ kind: "drop-after" }, "DELETE", "/roles/", before, before],
    [{ kind: "drop-after" }, "DELETE", "/groups/", before, before],
    [{ kind: "drop-after" }, "PUT", "/linkedObjects/", before, before],
    [{ kind: "drop-after" }, "POST", "/lifecycle/deactivate", before, before],
    [
      { kind: "drop-before" },
      "POST",
      "/lifecycle/suspend",
      ["suspend: unknown", ...skipped(1)],
      ["suspend: unknown", ...skipped(1)],
    ],
    [
      { kind: "status", status: 500 },
      "DELETE",
      "/roles/",
      [...before.slice(0, 3), "roles: unknown", ...before.slice(4, 6), "deactivate: skipped"],
      [...before.slice(0, 3), "roles: unknown", ...before.slice(4, 6), "deactivate: skipped"],
    ],
    [
      { kind: "status", status: 403 },
      "POST",
      "/lifecycle/suspend",
      ["suspend: failed E0000009", ...skipped(1)],
      before,
    ],
    [
      { kind: "status", status: 403 },
      "DELETE",
      "/roles/",
      [...before.slice(0, 3), "roles: failed E0000009", ...before.slice(4, 6), "deactivate: skipped"],
      before,
    ],
    [
      { kind: "status", status: 403 },
      "DELETE",
      "/groups/",
      [...before.slice(0, 4), "groups: failed E0000009", ...before.slice(5)],
      before,
    ],
    [
      { kind: "status", status: 403 },
      "PUT",
      "/linkedObjects/",
      [...before.slice(0, 5), "managerHandover: failed E0000009", "deactivate: skipped"],
      before,
    ],
    [
      { kind: "status", status: 403 },
      "POST",
      "/lifecycle/deactivate",
      [...before.slice(0, 6), "deactivate: failed E0000009"],
      before,
    ],
    [
      { kind: "status", status: 429, resetInSeconds: 3600 },
      "DELETE",
      "/sessions",
      [...before.slice(0, 1), "sessions: failed rate_limited", ...skipped(2)],
      before,
    ],
    [{ kind: "status", status: 429, resetInSeconds: 1 }, "DELETE", "/sessions", before, before],
  ];
  // A server that had no part in a run: what it knows of it is what was noted.
  let fresh: TestServer;
  beforeAll(async () => {
    fresh = await w.another({ XDG_STATE_HOME });
  });
  it.each(sample(faults, 3))("%j of %s %s", async (fault, method, path, steps, then) => {
    const things = await leaver();
    const { runId } = await previewOf(w.org, w.server, TOOL, everything(things));
    await w.org.fault({ ...fault, method, path });
    const answer = await run({ userId: things.id, runId });
    expect(stepsOf(answer)).toEqual(steps);
    const complete = steps === before;
    expect(at(answer.reply, "complete")).toBe(complete);
    if (!complete) expect(at(answer.reply, "hint")).toMatch(/runId and confirm: true/);
    const [again, requests] = await w.org.watch(() => run({ userId: things.id, runId }, fresh));
    expect(stepsOf(again)).toEqual(then);
    if (complete) expect(writes(requests)).toEqual([]);
    if (then.join().includes("unknown")) {
      // It is never sent again by the run; planned anew it is, from what is there.
      expect(once(requests).join()).not.toContain(path);
      expect(at((await run(everything(things))).reply, "complete")).toBe(true);
    }
    await left(things);
  });

  it("what surely was not done is sent when the run goes on", async () => {
    const { id } = await w.org.person();
    await w.org.fault({ kind: "html", status: 413, method: "POST", path: `/api/v1/users/${id}/lifecycle/suspend` });
    const answer = await run({ userId: id });
    expect(stepsOf(answer)[0]).toBe("suspend: failed bad_response");
    const again = await run({ userId: id, runId: at(answer.reply, "runId") });
    expect([stepsOf(again)[0], at(again.reply, "complete")]).toEqual(["suspend: done", true]);
  });

  it("says when to come back", async () => {
    const { id } = await w.org.person();
    await w.org.fault({ kind: "status", status: 429, resetInSeconds: 3600, method: "DELETE", path: "/sessions" });
    const waiting = await w.another({ XDG_STATE_HOME });
    expect((await run({ userId: id }, waiting)).reply).toMatchObject({ complete: false, retryAt: expect.any(String) });
  });

  it("the host gives up: the run goes on later", async () => {
    const things = await leaver();
    const { runId } = await previewOf(w.org, w.server, TOOL, everything(things));
    await w.org.fault({ kind: "delay", delayMs: 400, method: "DELETE", path: "/sessions" });
    const stop = new AbortController();
    const [, first] = await w.org.watch(async () => {
      const call = w.server.client
        .callTool({ name: TOOL, arguments: { userId: things.id, runId, confirm: true } }, undefined, {
          signal: stop.signal,
        })
        .catch(() => "given up");
      setTimeout(() => stop.abort(), 200);
      expect(await call).toBe("given up");
      await w.server.client.ping();
      await new Promise((resolve) => setTimeout(resolve, 400));
    });
    expect(once(first).join()).not.toContain("deactivate");
    const [answer, second] = await w.org.watch(() => run({ userId: things.id, runId }));
    expect(stepsOf(answer)).toEqual(ALL_DONE);
    once([...first, ...second]);
    await left(things);
  });
});

it("tells the host how far it is, and the journal what it did", async () => {
  const journal = join(XDG_STATE_HOME, "journal.jsonl");
  const server = await w.another({ XDG_STATE_HOME, OKTA_AUDIT_LOG: journal });
  const things = await leaver();
  const heard: unknown[] = [];
  await server.client.callTool({ name: TOOL, arguments: { ...everything(things), confirm: true } }, undefined, {
    onprogress: ({ message }) => heard.push(message),
  });
  expect(heard).toContain("suspend: 0 of 8 calls done");
  expect(heard).toContain("deactivate: 7 of 8 calls done");
  const lines = readFileSync(journal, "utf8")
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  const intents = lines.filter((line) => at(line, "tool") !== undefined);
  expect(intents.map((line) => at(line, "consent"))).toEqual(Array.from({ length: 8 }, () => "argument"));
  expect(at(intents.at(-1), "tool")).toBe("deactivate_user");
});

it.skipIf(!LONG)("stops in time for the host, and goes on when it is called again", async () => {
  const things = await leaver();
  const slow = await w.another({ XDG_STATE_HOME, OKTA_TIMEOUT_SECONDS: "60" });
  await w.org.fault({ kind: "delay", delayMs: 43_000, method: "DELETE", path: "/sessions" });
  const { reply } = await run(everything(things), slow);
  expect(at(reply, "complete")).toBe(false);
  expect(at(reply, "steps.1.outcome")).toBe("done");
  expect(at(reply, "steps.6.outcome")).toBe("skipped");
  expect(stepsOf(await run({ userId: things.id, runId: at(reply, "runId") }, slow))).toEqual(ALL_DONE);
  await left(things);
});

const WRITES = [
  ["POST", "/lifecycle/suspend"],
  ["DELETE", "/sessions"],
  ["DELETE", "/roles/"],
  ["DELETE", "/groups/"],
  ["PUT", "/linkedObjects/"],
  ["POST", "/lifecycle/deactivate"],
] as const;

it.each(Array.from({ length: LONG ? 50 : 1 }, (_, index) => index))(
  "a server that is killed while it runs leaves what another can finish: %i",
  async () => {
    const things = await leaver();
    const { runId } = await previewOf(w.org, w.server, TOOL, everything(things));
    const args = { userId: things.id, runId };
    const env = { ...w.org.env, XDG_STATE_HOME };
    let carriedOut = (requests: readonly LoggedRequest[]): readonly LoggedRequest[] => requests;
    const [answer, requests] = await w.org.watch(async () => {
      carriedOut = await oneFault(w.org, WRITES);
      await killed(env, TOOL, { ...args, confirm: true }, Math.random() * 120);
      return finish(w.server, TOOL, args, ["sessions"]);
    });
    await w.org.control("DELETE", "faults");
    once(carriedOut(requests));
    expect(
      stepsOf(answer).map((step) => step.replace("not needed", "done").replace("sessions: unknown", "sessions: done")),
    ).toEqual(ALL_DONE.map((step) => step.replace("not needed", "done")));
    await left(things);
  },
);
