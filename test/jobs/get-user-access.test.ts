import { afterEach, describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import type { TestOrg } from "../support/org.ts";
import { sample } from "../support/sample.ts";
import {
  admin,
  fieldsOf,
  type Given,
  keysOf,
  lines,
  NOBODY,
  named,
  newcomer,
  person,
  snapshot,
  someone,
  type Things,
  world,
  writes,
} from "../tools/support.ts";

const w = world();
afterEach(async () => {
  await w.org.control("DELETE", "faults");
});

const PARTS = ["groups", "apps", "roles", "factors", "clients", "grants"];
const get = (org: TestOrg, path: string): Promise<unknown> => org.api("GET", path);

/** A report with a manager and groups that carry apps. */
const employee: Given = async (org) => {
  const login = String((await newcomer(org)).login);
  const group = await named(org, "groups", "Sales");
  const profile = { login, email: login, firstName: "Sal", lastName: "Seller", department: "Sales" };
  const made = await org.api("POST", "/api/v1/users?activate=false", { profile, groupIds: [group] });
  const [boss, report] = [await org.person(), await org.person()];
  const id = textAt(made, "id");
  await org.api("PUT", `/api/v1/users/${id}/linkedObjects/manager/${boss.id}`);
  await org.api("PUT", `/api/v1/users/${report.id}/linkedObjects/manager/${id}`);
  return { id, login, group, boss: boss.id, report: report.id, everyone: await named(org, "groups", "Everyone") };
};

describe("one person", () => {
  it("is shown whole, in one reply, by login as by id", async () => {
    const things = await employee(w.org);
    const [{ reply, failed, text }, sent] = await w.org.watch(() =>
      w.server.call("get_user_access", { userId: things.login }),
    );
    expect(failed).toBe(false);
    expect(reply).toEqual({
      user: { id: things.id, status: "STAGED", login: things.login, name: "Sal Seller", department: "Sales" },
      groups: [
        { id: things.everyone, name: "Everyone", type: "BUILT_IN" },
        { id: things.group, name: "Sales", type: "OKTA_GROUP" },
      ],
      apps: [
        expect.objectContaining({ label: "Google Workspace", appName: "google" }),
        expect.objectContaining({ label: "Workday", appName: "workday" }),
        expect.objectContaining({ label: "Salesforce", appName: "salesforce" }),
      ],
      roles: [],
      factors: [],
      clients: [],
      grants: [],
      linkedObjects: { manager: [{ userId: things.boss }], subordinate: [{ userId: things.report }] },
      unavailable: [],
    });
    const path = `GET /api/v1/users/${things.id}`;
    const [first, ...others] = lines(sent);
    expect(first).toBe(`GET /api/v1/users/${encodeURIComponent(String(things.login))}`);
    expect(others.sort()).toEqual(
      [
        `${path}/appLinks`,
        `${path}/clients`,
        `${path}/factors`,
        `${path}/grants?limit=200`,
        `${path}/groups`,
        `${path}/linkedObjects/manager`,
        `${path}/linkedObjects/subordinate`,
        `${path}/roles?expand=targets%2Fgroups`,
      ].sort(),
    );
    expect(Buffer.byteLength(text)).toBeLessThan(4_000);
    expect((await w.server.call("get_user_access", { userId: things.id })).reply).toEqual(reply);
  });

  it("and everybody else fits into 4 KB", async () => {
    for (const user of listAt(await snapshot(w.org), "users")) {
      const { failed, text } = await w.server.call("get_user_access", { userId: textAt(user, "id") });
      expect(failed, text).toBe(false);
      expect(Buffer.byteLength(text), text).toBeLessThan(4_000);
    }
  });

  it("shows what a person consented to", async () => {
    const { id } = await someone(w.org, (user) => Number(at(user, "grants")) > 0);
    const clients = listAt({ all: await get(w.org, `/api/v1/users/${id}/clients`) }, "all");
    const grants = listAt({ all: await get(w.org, `/api/v1/users/${id}/grants?limit=200`) }, "all");
    const { reply } = await w.server.call("get_user_access", { userId: id });
    expect(at(reply, "clients")).toEqual(
      clients.map((one) => ({ client_id: at(one, "client_id"), client_name: at(one, "client_name") })),
    );
    expect(at(reply, "grants")).toEqual(
      grants.map((one) => ({
        id: at(one, "id"),
        clientId: at(one, "clientId"),
        scopeId: at(one, "scopeId"),
        status: at(one, "status"),
      })),
    );
  });

  it("who does not exist is Okta's 404", async () => {
    const [{ failed, reply }, sent] = await w.org.watch(() => w.server.call("get_user_access", { userId: NOBODY }));
    expect([failed, at(reply, "error.code"), at(reply, "error.status")]).toEqual([true, "E0000007", 404]);
    expect(sent).toHaveLength(1);
  });

  it.each([
    [{}, /^userId: is required/],
    [{ userId: 7 }, /^userId: must be text/],
    [{ userId: "" }, /^userId: is empty/],
    [{ userId: "a/b" }, /^userId: holds a \//],
    [{ userId: NOBODY, limit: 3 }, /^limit: is not an argument/],
  ])("%j is refused", async (args, cause) => {
    const [{ reply }, sent] = await w.org.watch(() => w.server.call("get_user_access", args));
    expect(at(reply, "error.code")).toBe("invalid_arguments");
    expect(at(reply, "error.causes.0")).toMatch(cause);
    expect(sent).toEqual([]);
  });
});

/** A role narrowed to a group. */
const narrowed: Given = async (org) => {
  const things = await admin("HELP_DESK_ADMIN")(org);
  const group = await named(org, "groups", "Sales");
  await org.api("PUT", `/api/v1/users/${things.id}/roles/${things.role}/targets/groups/${group}`);
  return { ...things, group };
};
const narrowedToApp: Given = async (org) => {
  const things = await admin("APP_ADMIN")(org);
  await org.api("PUT", `/api/v1/users/${things.id}/roles/${things.role}/targets/catalog/apps/slack`);
  return things;
};
/** Somebody whose group carries a role. */
const byGroup: Given = async (org) => {
  const group = await named(org, "groups", "Report Readers");
  return someone(org, (user) => listAt(user, "groups").includes(group) && listAt(user, "roles").length === 0);
};

describe("admin roles", () => {
  /** [what, who, how the role is shown] */
  it.each<[string, Given, (things: Things) => unknown]>([
    ["covers all", admin("HELP_DESK_ADMIN"), () => ({ type: "HELP_DESK_ADMIN", targets: "all" })],
    ["is narrowed to groups", narrowed, ({ group }) => ({ targets: [{ id: group, name: "Sales" }] })],
    ["covers all apps", admin("APP_ADMIN"), () => ({ type: "APP_ADMIN", targets: "all" })],
    ["is narrowed to apps", narrowedToApp, () => ({ targets: [expect.objectContaining({ name: "slack" })] })],
    ["has no targets", admin("READ_ONLY_ADMIN"), () => ({ type: "READ_ONLY_ADMIN", assignmentType: "USER" })],
    ["comes through a group", byGroup, () => ({ type: "REPORT_ADMIN", assignmentType: "GROUP" })],
  ])("a role that %s", async (what, given, expected) => {
    const things = await given(w.org);
    const { reply } = await w.server.call("get_user_access", { userId: things.id });
    expect(listAt(reply, "roles")).toHaveLength(1);
    expect(at(reply, "roles.0")).toMatchObject(fieldsOf(expected(things)));
    expect(at(reply, "roles.0.targets") === undefined).toBe(!/covers|narrowed/.test(what));
    expect(at(reply, "unavailable")).toEqual([]);
  });
});

describe("long lists", () => {
  it("are cut, each with how many there are", async () => {
    const { id } = await w.org.person();
    for (let i = 0; i < 22; i += 1) {
      const report = await w.org.person();
      await w.org.api("PUT", `/api/v1/users/${report.id}/linkedObjects/manager/${id}`);
      const profile = { name: `Access test ${i}`, description: "x" };
      const group = await w.org.api("POST", "/api/v1/groups", { profile });
      await w.org.api("PUT", `/api/v1/groups/${textAt(group, "id")}/users/${id}`);
    }
    const { reply, text } = await w.server.call("get_user_access", { userId: id });
    expect(listAt(reply, "groups")).toHaveLength(23);
    expect(at(reply, "totals")).toBeUndefined();
    for (let i = 0; i < 40; i += 1) {
      const group = await w.org.api("POST", "/api/v1/groups", { profile: { name: `More access ${i}` } });
      await w.org.api("PUT", `/api/v1/groups/${textAt(group, "id")}/users/${id}`);
    }
    const cut = await w.server.call("get_user_access", { userId: id });
    expect(listAt(cut.reply, "groups").length).toBeGreaterThan(20);
    expect(at(cut.reply, "totals.groups")).toBe(63);
    expect(at(cut.reply, "hint")).toMatch(/own tool has all/);
    for (const { length } of [text, cut.text].map(Buffer.from)) expect(length).toBeLessThan(4_000);
  });

  it("get shorter where names are long, and say where Okta may have more", async () => {
    const { id } = await w.org.person();
    // With Everyone they fill a page.
    const groups = Array.from({ length: 199 }, (_, i) => ({ profile: { name: `${i} ${"ö".repeat(200)}` } }));
    await Promise.all(
      groups.map(async (group) => {
        const made = await w.org.api("POST", "/api/v1/groups", group);
        await w.org.api("PUT", `/api/v1/groups/${textAt(made, "id")}/users/${id}`);
      }),
    );
    const { reply, text } = await w.server.call("get_user_access", { userId: id });
    expect(at(reply, "totals.groups")).toBe("200 or more");
    expect(listAt(reply, "groups").length).toBeLessThan(10);
    expect(Buffer.byteLength(text)).toBeLessThan(4_000);
  });
});

describe("what cannot be seen", () => {
  const OFF = "tool_disabled";
  /** [settings, the parts that are missing and why] */
  it.each<[Record<string, string>, Record<string, string>]>(
    sample([
      [{ OKTA_READ_ONLY: "true" }, {}],
      [{ OKTA_TOOLS: "all,-roles" }, { roles: OFF }],
      [
        { OKTA_TOOLS: "jobs,get_user,list_user_groups" },
        { apps: OFF, roles: OFF, factors: OFF, clients: OFF, grants: OFF, linkedObjects: OFF },
      ],
      [{ OKTA_TOOLS: "all,-get_user,-linked-objects" }, { user: OFF, linkedObjects: OFF }],
      [
        { OKTA_TOOLS: "jobs" },
        { user: OFF, ...Object.fromEntries(PARTS.map((part) => [part, OFF])), linkedObjects: OFF },
      ],
    ]),
  )("with %j the rest is shown", async (env, missing) => {
    const server = await w.another(env);
    const { id, login } = await w.org.person();
    const { failed, reply } = await server.call("get_user_access", { userId: login });
    expect(failed).toBe(false);
    expect(at(reply, "unavailable")).toEqual(Object.entries(missing).map(([part, code]) => ({ part, code })));
    const shown = ["user", ...PARTS].filter((part) => missing[part] === undefined);
    expect(keysOf(reply).filter((key) => key === "user" || PARTS.includes(key))).toEqual(shown);
    if (missing.user === undefined) expect(at(reply, "user.id")).toBe(id);
    expect(at(reply, "linkedObjects") === undefined).toBe(missing.linkedObjects !== undefined);
  });

  it("a scope that was not asked for", async () => {
    const { clientId, privateKey, keyId } = w.org.app;
    const server = await w.another({
      OKTA_API_TOKEN: "",
      OKTA_CLIENT_ID: clientId,
      OKTA_PRIVATE_KEY: privateKey,
      OKTA_KEY_ID: keyId,
      OKTA_SCOPES: "okta.users.read",
    });
    const { id } = await w.org.person();
    const { reply } = await server.call("get_user_access", { userId: id });
    expect([at(reply, "user.id"), at(reply, "unavailable")]).toEqual([id, [{ part: "roles", code: OFF }]]);
  });

  it("what the token's owner may not see", async () => {
    const helper = await admin("HELP_DESK_ADMIN")(w.org);
    const token = textAt(await w.org.control("POST", "tokens", { login: helper.login }), "token");
    const server = await w.another({ OKTA_API_TOKEN: token });
    const { id } = await w.org.person();
    const { failed, reply } = await server.call("get_user_access", { userId: id });
    expect([failed, at(reply, "user.id")]).toEqual([false, id]);
    expect(listAt(reply, "unavailable")).toContainEqual({ part: "roles", code: "E0000006" });
    expect(at(reply, "roles")).toBeUndefined();
  });

  it.each([
    ["/grants", "grants"],
    ["/groups", "groups"],
    ["/linkedObjects", "linkedObjects"],
    ["/roles", "roles"],
  ])("where %s is refused, the rest is shown", async (path, part) => {
    const { id } = await person()(w.org);
    await w.org.fault({ kind: "status", status: 403, path, count: 20 });
    const { failed, reply } = await w.server.call("get_user_access", { userId: id });
    expect(failed).toBe(false);
    expect(listAt(reply, "unavailable").map((one) => at(one, "part"))).toEqual([part]);
    expect(at(reply, "unavailable.0.code")).toMatch(/^E\d{7}$|^\w+$/);
  });

  it("an org without links of that name has none", async () => {
    const { id } = await w.org.person();
    const definition = await get(w.org, "/api/v1/meta/schemas/user/linkedObjects/manager");
    await w.org.api("DELETE", "/api/v1/meta/schemas/user/linkedObjects/manager");
    try {
      const { reply } = await w.server.call("get_user_access", { userId: id });
      expect([at(reply, "linkedObjects"), at(reply, "unavailable")]).toEqual([{}, []]);
    } finally {
      const { primary, associated } = fieldsOf(definition);
      await w.org.api("POST", "/api/v1/meta/schemas/user/linkedObjects", { primary, associated });
    }
  });
});

it("changes nothing", async () => {
  const { id } = await w.org.person();
  const [, sent] = await w.org.watch(() => w.server.call("get_user_access", { userId: id }));
  expect(writes(sent)).toEqual([]);
});

it("what people wrote is data", async () => {
  const { id } = await w.org.person("ACTIVE", { lastName: "\u202Eadmin\u200B", department: "\u{E0041}x" });
  const { text } = await w.server.call("get_user_access", { userId: id });
  expect(text).toMatch(/\\u\{202E\}admin/);
  expect(text).not.toMatch(/[\p{Cf}]/u);
});
