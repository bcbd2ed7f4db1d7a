import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Operation } from "../../src/operation.ts";
import { operations } from "../../tools/index.ts";
import { at, textAt } from "../support/at.ts";
import { sample } from "../support/sample.ts";
import type { TestServer } from "../support/server.ts";
import { TOOLS } from "./hostile-tools.ts";
import {
  type Args,
  becomes,
  fillArgs,
  inside,
  lines,
  NO_CLIENT,
  NO_GRANT,
  NO_GROUP,
  NO_ROLE,
  NO_TOKEN,
  NOBODY,
  newcomer,
  orgSettings,
  read,
  type Things,
  world,
  writes,
} from "./support.ts";

/*
 * Whom no tool may touch, and that a name cannot lead past it: every call goes by the id of whom the name stands for.
 */
const w = world({}, 60);

const writing = operations.filter(({ effect, path }) => effect !== "read" && "userId" in path);
const reading = operations.filter(({ effect, path }) => effect === "read" && "userId" in path);

const THINGS: Things = {
  consenter: NOBODY,
  client: NO_CLIENT,
  grant: NO_GRANT,
  token: NO_TOKEN,
  appRole: NO_ROLE,
  groupRole: NO_ROLE,
  group: NO_GROUP,
  app: NO_CLIENT,
  planted: "x",
};

/** The least a tool takes, with consent where it may ask. */
function leastOf({ name, confirm }: Operation): Args {
  return { ...fillArgs(TOOLS[name]?.args[0] ?? {}, THINGS), ...(confirm ? { confirm: true } : {}) };
}

/** The ways to name a person, as a table has them. */
const NAMES: readonly (readonly [title: string, name: (person: { id: string; login: string }) => string])[] = [
  ["by id", ({ id }) => id],
  ["by login", ({ login }) => login],
  ["by login in capitals", ({ login }) => login.toUpperCase()],
  ["by short name", ({ login }) => login.split("@")[0] ?? ""],
];

function refusal(why: RegExp): object {
  return {
    error: {
      code: "protected_user",
      status: null,
      summary: expect.stringMatching(why),
      causes: [],
      requestId: null,
    },
    hint: expect.stringMatching(/\S+ \S+/),
  };
}

/** The calls are refused for good, with and without consent, and nothing but reads goes out. */
async function areRefused(server: TestServer, calls: readonly (readonly [string, Args])[], why: RegExp): Promise<void> {
  const all = calls.flatMap(([tool, args]) => {
    const { confirm: _, ...unasked } = args;
    return [args, unasked].map((given) => ({ tool, given }));
  });
  const [answers, requests] = await w.org.watch(() =>
    Promise.all(all.map(async ({ tool, given }) => ({ tool, given, ...(await server.call(tool, given)) }))),
  );
  for (const { tool, given, failed, reply } of answers) {
    expect(reply, `${tool} ${JSON.stringify(given)}`).toEqual(refusal(why));
    expect(failed).toBe(true);
  }
  expect(writes(requests)).toEqual([]);
}

function isRefused(server: TestServer, tool: string, args: Args, why: RegExp): Promise<void> {
  return areRefused(server, [[tool, args]], why);
}

/** Every tool that writes, each with the least it takes. */
function everyWrite(userId: string): (readonly [string, Args])[] {
  expect(writing.length).toBeGreaterThan(30);
  return writing.map((operation) => [operation.name, { ...leastOf(operation), userId }] as const);
}

async function owner(): Promise<{ id: string; login: string }> {
  const me = await w.org.api("GET", "/api/v1/users/me");
  return { id: textAt(me, "id"), login: textAt(me, "profile.login") };
}

afterEach(() => w.org.control("DELETE", "faults"));

describe("the own account, for an API token", () => {
  const own = /^Nothing was done: this person is protected, since it is the account this server itself uses\.$/;

  it.each(sample([...NAMES, ["as me", () => "me"] as const], 3))(
    "%s is refused to every tool that writes",
    async (_, name) => {
      await areRefused(w.server, everyWrite(name(await owner())), own);
      expect(await read(w.org, `/api/v1/users/${(await owner()).id}`, "status")).toBe("ACTIVE");
    },
  );

  it("may be read by every tool that reads", async () => {
    const { id } = await owner();
    for (const operation of reading) {
      const { reply } = await w.server.call(operation.name, { ...leastOf(operation), userId: id });
      expect(at(reply, "error.code"), operation.name).not.toBe("protected_user");
    }
  });

  it("is asked for once, before the first write, and never by reads", async () => {
    const server = await w.another({});
    const { id } = await w.org.person();
    const [, requests] = await w.org.watch(async () => {
      await server.call("get_user", { userId: id });
      await server.call("list_user_groups", { userId: id });
      for (const tool of ["suspend_user", "unsuspend_user", "revoke_user_sessions"])
        expect(
          (await server.call(tool, { userId: id, ...(tool === "unsuspend_user" ? {} : { confirm: true }) })).failed,
          tool,
        ).toBe(false);
    });
    expect(lines(requests)).toEqual([
      `GET /api/v1/users/${id}`,
      `GET /api/v1/users/${id}/groups`,
      "GET /api/v1/users/me",
      `POST /api/v1/users/${id}/lifecycle/suspend`,
      `POST /api/v1/users/${id}/lifecycle/unsuspend`,
      `DELETE /api/v1/users/${id}/sessions`,
    ]);
  });

  /** [what becomes of the read, code and status the write is refused with] */
  const failing: readonly [Record<string, unknown>, string, number | null][] = [
    [{ kind: "status", status: 500, count: 3 }, "E0000009", 500],
    [{ kind: "status", status: 403 }, "E0000009", 403],
    [{ kind: "status", status: 401 }, "E0000009", 401],
    [{ kind: "html", count: 3 }, "bad_response", 200],
    [{ kind: "drop-before", count: 3 }, "unreachable", null],
    [{ kind: "bad-json", count: 3 }, "bad_response", 200],
  ];
  // One server: it has never been told whose account it uses, and asks again with each of these.
  let untold: TestServer;
  let spared: { id: string };
  beforeAll(async () => {
    untold = await w.another({});
    spared = await w.org.person();
  });
  it.each(sample(failing))("that cannot be read refuses the write and says why: %j", async (fault, code, status) => {
    const { id } = spared;
    await w.org.fault({ ...fault, method: "GET", path: "/api/v1/users/me" });
    const [{ failed, reply }, requests] = await w.org.watch(() =>
      untold.call("suspend_user", { userId: id, confirm: true }),
    );
    expect(failed).toBe(true);
    expect(at(reply, "error.summary")).toMatch(
      /^Nothing was done: before suspend_user the server must read whose account this server uses\. \S/,
    );
    expect([at(reply, "error.code"), at(reply, "error.status")]).toEqual([code, status]);
    expect(writes(requests)).toEqual([]);
  });

  it("that could not be read is asked for again by the next call, and the answer counts", async () => {
    const [{ failed }, requests] = await w.org.watch(() =>
      untold.call("suspend_user", { userId: spared.id, confirm: true }),
    );
    expect(failed).toBe(false);
    expect(lines(requests)[0]).toBe("GET /api/v1/users/me");
    await isRefused(untold, "suspend_user", { userId: (await owner()).id, confirm: true }, own);
  });

  it("that Okta does not know any more protects nobody and hinders nothing", async () => {
    const server = await w.another({});
    const { id } = await w.org.person();
    await w.org.fault({ kind: "status", status: 404, method: "GET", path: "/api/v1/users/me", count: 9 });
    const [{ failed, reply }, requests] = await w.org.watch(() =>
      server.call("suspend_user", { userId: id, confirm: true }),
    );
    expect([failed, reply]).toEqual([false, { done: "suspend_user", userId: id }]);
    expect(requests).toHaveLength(2);
  });
});

describe("a service app has no account", () => {
  it("and looks for none", async () => {
    const { clientId, privateKey, keyId } = w.org.app;
    const app = { OKTA_API_TOKEN: "", OKTA_CLIENT_ID: clientId, OKTA_PRIVATE_KEY: privateKey, OKTA_KEY_ID: keyId };
    const server = await w.another(app);
    const { id } = await w.org.person();
    const [{ reply }, requests] = await w.org.watch(() => server.call("suspend_user", { userId: id, confirm: true }));
    expect(reply).toEqual({ done: "suspend_user", userId: id });
    expect(lines(requests).filter((line) => line.includes("/api/"))).toEqual([
      `POST /api/v1/users/${id}/lifecycle/suspend`,
    ]);
  });
});

describe("OKTA_PROTECTED_USERS", () => {
  const protectedUser = /since OKTA_PROTECTED_USERS names them\.$/;

  describe("with an entry for each way to name somebody", () => {
    const PAIRS = NAMES.flatMap(([entered, entry]) =>
      NAMES.map(([called, name]) => ({ entered, entry, called, name })),
    );
    const people: { id: string; login: string }[] = [];
    let server: TestServer;
    beforeAll(async () => {
      people.push(...(await Promise.all(PAIRS.map(() => w.org.person()))));
      const entries = people.map((one, n) => PAIRS[n]?.entry(one) ?? "");
      server = await w.another({ OKTA_PROTECTED_USERS: ` ${entries.join(" , ")} ,` });
    });

    it.each(
      sample(
        PAIRS.map((pair, n) => ({ ...pair, n })),
        3,
      ),
    )("an entry $entered holds $called", async ({ name, n }) => {
      const [one, other] = [people[n] ?? (await owner()), await w.org.person()];
      const calls = [
        ["delete_user", { userId: name(one), confirm: true }],
        ["update_user", { userId: name(one), profile: { city: "Oslo" } }],
      ] as const;
      await areRefused(server, calls, protectedUser);
      expect((await server.call("get_user", { userId: name(one) })).failed).toBe(false);
      expect((await server.call("suspend_user", { userId: name(other), confirm: true })).failed).toBe(false);
      expect(await read(w.org, `/api/v1/users/${one.id}`, "status")).toBe("ACTIVE");
    });
  });

  it("holds for every tool that writes", async () => {
    const one = await w.org.person();
    const server = await w.another({ OKTA_PROTECTED_USERS: one.login });
    await areRefused(server, everyWrite(one.login.toUpperCase()), protectedUser);
  });

  it("holds whoever has another login since", async () => {
    const one = await w.org.person();
    const server = await w.another({ OKTA_PROTECTED_USERS: one.login });
    await isRefused(server, "suspend_user", { userId: one.id, confirm: true }, protectedUser);
    const { login = "" } = await newcomer(w.org);
    await w.org.api("POST", `/api/v1/users/${one.id}`, { profile: { login } });
    await isRefused(server, "suspend_user", { userId: login, confirm: true }, protectedUser);
  });
});

describe("OKTA_PROTECTED_GROUPS", () => {
  const inGroup = /since OKTA_PROTECTED_GROUPS names a group they are in\.$/;
  let group = { id: "", name: "" };
  /** Knows the group by its name. */
  let server: TestServer;
  beforeAll(async () => {
    const name = 'Board "of" Directors (EMEA)';
    const made = await w.org.control("POST", "import", {
      groups: [{ profile: { name } }, { profile: { name: `${name} 2` } }],
    });
    group = { id: textAt(made, "groups.0"), name };
    server = await w.another({ OKTA_PROTECTED_GROUPS: name });
  });

  async function member(): Promise<{ id: string; login: string }> {
    const made = await w.org.person();
    await w.org.api("PUT", `/api/v1/groups/${group.id}/users/${made.id}`);
    return made;
  }

  it.each([
    ["id", () => w.another({ OKTA_PROTECTED_GROUPS: group.id })],
    ["name", async () => server],
  ])("by %s holds everybody who is in it at that moment", async (_, start) => {
    const server = await start();
    const [one, other] = [await member(), await w.org.person()];
    for (const [, name] of NAMES)
      await isRefused(server, "suspend_user", { userId: name(one), confirm: true }, inGroup);
    expect((await server.call("get_user", { userId: one.id })).failed).toBe(false);
    expect((await server.call("suspend_user", { userId: other.id, confirm: true })).failed).toBe(false);
    // Who joins is protected from then on, and who leaves is not any more.
    await w.org.api("PUT", `/api/v1/groups/${group.id}/users/${other.id}`);
    await isRefused(server, "unsuspend_user", { userId: other.id }, inGroup);
    await w.org.api("DELETE", `/api/v1/groups/${group.id}/users/${one.id}`);
    expect((await server.call("suspend_user", { userId: one.id, confirm: true })).failed).toBe(false);
  });

  it("holds for every tool that writes", async () => {
    const { login } = await member();
    await areRefused(server, everyWrite(login), inGroup);
  });

  it("holds the members of every group of that name", async () => {
    const made = await w.org.control("POST", "import", {
      groups: [
        { type: "APP_GROUP", profile: { name: "Domain Admins" } },
        { type: "APP_GROUP", profile: { name: "Domain Admins" } },
      ],
    });
    const people = await w.org.control("POST", "import", {
      users: ["groups.0", "groups.1"].map((group, n) => ({
        profile: { login: `domain.admin${n}@example.com`, email: "a@example.com", firstName: "A", lastName: "B" },
        groupIds: [textAt(made, group)],
      })),
    });
    const server = await w.another({ OKTA_PROTECTED_GROUPS: "Domain Admins" });
    for (const user of ["users.0", "users.1"])
      await isRefused(server, "delete_user", { userId: textAt(people, user), confirm: true }, inGroup);
  });

  it.each([
    [{ kind: "status", status: 500, count: 3 }],
    [{ kind: "status", status: 403 }],
    [{ kind: "drop-before", count: 3 }],
  ])("whose members cannot be told refuses the write: %j", async (fault) => {
    const { id } = await w.org.person();
    await w.org.fault({ ...fault, method: "GET", path: `/api/v1/users/${id}/groups` });
    const [{ failed, reply }, requests] = await w.org.watch(() =>
      server.call("suspend_user", { userId: id, confirm: true }),
    );
    expect(failed).toBe(true);
    expect(at(reply, "error.summary")).toMatch(/^Nothing was done: before suspend_user .* the person's groups\. \S/);
    expect(writes(requests)).toEqual([]);
  });
});

describe("with scopes", () => {
  const app = (): Record<string, string> => {
    const { clientId, privateKey, keyId } = w.org.app;
    return { OKTA_API_TOKEN: "", OKTA_CLIENT_ID: clientId, OKTA_PRIVATE_KEY: privateKey, OKTA_KEY_ID: keyId };
  };
  const groups = { OKTA_PROTECTED_GROUPS: "Sales" };
  const sales = async (): Promise<string> => textAt(await w.org.api("GET", "/api/v1/groups?q=Sales"), "0.id");

  it("a service app asks for the one that groups need", async () => {
    const server = await w.another({ ...app(), ...groups });
    const [one, other] = [await w.org.person(), await w.org.person()];
    await w.org.api("PUT", `/api/v1/groups/${await sales()}/users/${one.id}`);
    // The sign-in is a POST as well.
    await server.call("get_user", { userId: one.id });
    await isRefused(server, "suspend_user", { userId: one.id, confirm: true }, /OKTA_PROTECTED_GROUPS names a group/);
    expect((await server.call("suspend_user", { userId: other.id, confirm: true })).failed).toBe(false);
    expect(server.stderr()).not.toContain("OKTA_SCOPES");
  });

  it("groups are still found out when the call that asked first is cancelled", async () => {
    const server = await w.another({ ...app(), ...groups });
    const [one, other] = [await w.org.person(), await w.org.person()];
    await w.org.api("PUT", `/api/v1/groups/${await sales()}/users/${one.id}`);
    await server.call("get_user", { userId: one.id });
    await w.org.fault({ kind: "delay", delayMs: 600, method: "GET", path: "/api/v1/groups" });
    const cancel = new AbortController();
    const suspend = { name: "suspend_user", arguments: { userId: other.id, confirm: true } };
    const first = server.client.callTool(suspend, undefined, { signal: cancel.signal });
    const more = [one, other].map(({ id }) => server.call("suspend_user", { userId: id, confirm: true }));
    // Calls are begun in the order they came in.
    await server.call("get_user", { userId: other.id });
    cancel.abort();
    await expect(first).rejects.toThrow();
    const [held, done] = await Promise.all(more);
    expect([at(held?.reply, "error.code"), done?.reply]).toEqual([
      "protected_user",
      { done: "suspend_user", userId: other.id },
    ]);
  });

  it("without it nothing is written", async () => {
    const server = await w.another({ ...app(), ...groups, OKTA_SCOPES: "okta.users.read okta.users.manage" });
    const { id } = await w.org.person();
    const [{ failed, reply }, requests] = await w.org.watch(() =>
      server.call("suspend_user", { userId: id, confirm: true }),
    );
    expect([failed, at(reply, "error.code")]).toEqual([true, "insufficient_scope"]);
    expect(at(reply, "error.summary")).toMatch(/^Nothing was done: before suspend_user .* who is protected\. \S/);
    expect(writes(requests).filter((line) => line.includes("/api/"))).toEqual([]);
    expect((await server.call("get_user", { userId: id })).failed).toBe(false);
  });

  /** [settings, the scope that is warned about at the start, or none] */
  const warned: readonly [Record<string, string>, string | undefined][] = [
    [{ ...groups, OKTA_SCOPES: "okta.users.manage" }, "okta.groups.read"],
    [{ ...groups, OKTA_SCOPES: "okta.users.manage okta.groups.read" }, undefined],
    [{ ...groups, OKTA_SCOPES: "okta.users.manage okta.groups.manage" }, undefined],
    [{ ...groups, OKTA_SCOPES: "okta.users.read" }, undefined],
    [{ OKTA_SCOPES: "okta.users.manage" }, undefined],
    [{ OKTA_SCOPES: "okta.roles.manage" }, undefined],
    [{ OKTA_PROTECTED_USERS: "ada", OKTA_SCOPES: "okta.roles.manage" }, "okta.users.read"],
    [{ ...groups, OKTA_SCOPES: "okta.roles.manage okta.groups.read" }, "okta.users.read"],
  ];
  it.each(warned)("%j is warned about: %s", async (settings, scope) => {
    const server = await w.another({ ...app(), ...settings });
    await server.tools();
    const lines = server
      .stderr()
      .split("\n")
      .filter((line) => line.includes("OKTA_SCOPES"));
    expect(lines).toEqual(
      scope === undefined
        ? []
        : [expect.stringContaining(`OKTA_SCOPES lacks ${scope}, without which nobody can tell who is protected`)],
    );
  });
});

describe("an entry Okta does not know", () => {
  /** [settings, how the refusal begins] */
  const cases: readonly [Record<string, string>, string][] = [
    [{ OKTA_PROTECTED_USERS: "nobody.at.all@example.com" }, "entry 1 of OKTA_PROTECTED_USERS"],
    [{ OKTA_PROTECTED_USERS: `me, ${NOBODY}` }, "entry 2 of OKTA_PROTECTED_USERS"],
    [{ OKTA_PROTECTED_GROUPS: "No Such Group" }, "entry 1 of OKTA_PROTECTED_GROUPS"],
    [{ OKTA_PROTECTED_GROUPS: `Sales,${NO_GROUP}` }, "entry 2 of OKTA_PROTECTED_GROUPS"],
    [{ OKTA_PROTECTED_GROUPS: "Sal" }, "entry 1 of OKTA_PROTECTED_GROUPS"],
  ];
  it.each(sample(cases, 3))("refuses every write and names the setting: %j", async (settings, entry) => {
    const server = await w.another(settings);
    const { id } = await w.org.person();
    const why = new RegExp(`^Nothing was done: ${entry} is unknown to Okta, so nobody can tell who is protected\\.$`);
    await areRefused(server, everyWrite(id), why);
    expect((await server.call("get_user", { userId: id })).failed).toBe(false);
    expect((await server.call("list_users", { limit: 1 })).failed).toBe(false);
  });

  it("refuses the making of people, too", async () => {
    const server = await w.another({ OKTA_PROTECTED_USERS: "nobody.at.all@example.com" });
    const { login } = await newcomer(w.org);
    const args = { profile: { login, email: login, firstName: "New", lastName: "Comer" } };
    await isRefused(server, "create_user", args, /OKTA_PROTECTED_USERS is unknown to Okta/);
  });

  it("is looked for again by the next call: what was mended counts", async () => {
    const { login = "" } = await newcomer(w.org);
    const server = await w.another({ OKTA_PROTECTED_USERS: login });
    const { id } = await w.org.person();
    await isRefused(server, "suspend_user", { userId: id, confirm: true }, /unknown to Okta/);
    const profile = { login, email: login, firstName: "New", lastName: "Comer" };
    const made = await w.org.api("POST", "/api/v1/users", { profile });
    expect((await server.call("suspend_user", { userId: id, confirm: true })).failed).toBe(false);
    await isRefused(server, "delete_user", { userId: textAt(made, "id"), confirm: true }, /OKTA_PROTECTED_USERS names/);
  });

  it("is not what a failing read is: the cause is told", async () => {
    const one = await w.org.person();
    const server = await w.another({ OKTA_PROTECTED_USERS: one.login, OKTA_PROTECTED_GROUPS: "Sales" });
    const { id } = await w.org.person();
    for (const path of [
      "/api/v1/groups",
      `/api/v1/users/${one.login.replace("@", "%40")}`,
      `/api/v1/users/${one.login}`,
    ]) {
      await w.org.fault({ kind: "status", status: 403, method: "GET", path });
    }
    const [{ reply }, requests] = await w.org.watch(() => server.call("suspend_user", { userId: id, confirm: true }));
    expect(at(reply, "error.code")).toBe("E0000009");
    expect(at(reply, "error.summary")).toMatch(/^Nothing was done: before suspend_user .* who is protected\. \S/);
    expect(writes(requests)).toEqual([]);
  });
});

describe("the person shown is the person hit", () => {
  /** Gives one's login to another, as the API does: the first gets a new one. */
  async function moveLogin(from: { id: string; login: string }, to: { id: string }): Promise<void> {
    const { login = "" } = await newcomer(w.org);
    await w.org.api("POST", `/api/v1/users/${from.id}`, { profile: { login } });
    await w.org.api("POST", `/api/v1/users/${to.id}`, { profile: { login: from.login } });
  }

  const destructive = ["delete_user", "deactivate_user", "suspend_user", "revoke_user_sessions", "reset_factors"];

  it.each(
    sample(
      destructive.flatMap((tool) => NAMES.slice(1).map(([title, name]) => [tool, title, name] as const)),
      3,
    ),
  )("%s %s: a name that moved shows the new person first", async (tool, _, name) => {
    const [one, other] = [await w.org.person(), await w.org.person()];
    const userId = name(one);
    const shown = await w.server.call(tool, { userId });
    expect(at(shown.reply, "preview.target.id")).toBe(one.id);
    await moveLogin(one, other);
    const [changed, requests] = await w.org.watch(() => w.server.call(tool, { userId, confirm: true }));
    expect(changed.failed).toBe(true);
    expect(changed.reply).toMatchObject({
      error: { code: "target_changed", status: null, summary: expect.stringMatching(/^Nothing was done: /) },
      preview: { action: tool, target: { id: other.id, login: one.login } },
      hint: expect.stringContaining("confirm: true"),
    });
    expect(writes(requests)).toEqual([]);
    const [done, more] = await w.org.watch(() => w.server.call(tool, { userId, confirm: true }));
    expect(done.failed, done.text).toBe(false);
    expect(writes(more)).toHaveLength(1);
    expect(writes(more)[0]).toContain(`/api/v1/users/${other.id}`);
    expect(await read(w.org, `/api/v1/users/${one.id}`, "status")).toBe("ACTIVE");
  });

  it.each([
    ["unsuspend_user", {}],
    ["update_user", { profile: { city: "Oslo" } }],
  ])("%s needs no consent, and is not for somebody else either", async (tool, args) => {
    const [one, other] = [await w.org.person("SUSPENDED"), await w.org.person("SUSPENDED")];
    await w.server.call("delete_user", { userId: one.login });
    await moveLogin(one, other);
    const call = () => w.org.watch(() => w.server.call(tool, { userId: one.login, ...args }));
    const [changed, requests] = await call();
    expect(changed.reply).toMatchObject({
      error: { code: "target_changed" },
      preview: { action: tool, target: { id: other.id, login: one.login } },
    });
    expect(writes(requests)).toEqual([]);
    const [done, more] = await call();
    expect(done.failed, done.text).toBe(false);
    expect(writes(more)[0]).toContain(`/api/v1/users/${other.id}`);
  });

  it("what one tool showed counts for the others", async () => {
    const [one, other] = [await w.org.person(), await w.org.person()];
    await w.server.call("suspend_user", { userId: one.login });
    await moveLogin(one, other);
    const { reply } = await w.server.call("delete_user", { userId: one.login, confirm: true });
    expect(at(reply, "error.code")).toBe("target_changed");
    expect(await read(w.org, `/api/v1/users/${other.id}`, "status")).toBe("ACTIVE");
  });

  it("an id is the same person whatever their login", async () => {
    const [one, other] = [await w.org.person(), await w.org.person()];
    await w.server.call("suspend_user", { userId: one.id });
    await moveLogin(one, other);
    const { reply } = await w.server.call("suspend_user", { userId: one.id, confirm: true });
    expect(reply).toEqual({ done: "suspend_user", userId: one.id });
  });

  it("another connection has shown nobody", async () => {
    const [one, other] = [await w.org.person(), await w.org.person()];
    await w.server.call("suspend_user", { userId: one.login });
    await moveLogin(one, other);
    const { failed, reply } = await (await w.another({})).call("suspend_user", { userId: one.login, confirm: true });
    expect([failed, at(reply, "userId")]).toEqual([false, other.id]);
  });
});

it("a short name that looks like an id is no way around it", async () => {
  const login = "00uProtectedPersonxx@example.com";
  const profile = { login, email: login, firstName: "Looks", lastName: "Alike" };
  const made = await w.org.api("POST", "/api/v1/users?activate=false", { profile });
  const server = await w.another({ OKTA_PROTECTED_USERS: login });
  for (const userId of [textAt(made, "id"), login, "00uProtectedPersonxx", "00UPROTECTEDPERSONXX"]) {
    const { reply } = await server.call("delete_user", { userId, confirm: true });
    expect([userId, at(reply, "error.code")]).toEqual([userId, "protected_user"]);
  }
});

describe("who was deactivated is not erased by the same call again", () => {
  const erase = (server: TestServer, userId: string) => server.call("delete_user", { userId, confirm: true });

  /** One preview, whatever `confirm` says; then the person is erased. */
  async function showsThenErases(
    server: TestServer,
    { id, login }: { id: string; login: string },
    by: string,
  ): Promise<void> {
    const [shown, requests] = await w.org.watch(() => erase(server, by));
    expect(shown.failed).toBe(true);
    expect(shown.reply).toMatchObject({
      error: { code: "confirmation_required" },
      preview: { action: "delete_user", target: { id, login, status: "DEPROVISIONED" } },
    });
    expect(at(shown.reply, "preview.consequence")).toMatch(/erases/);
    expect(writes(requests)).toEqual([]);
    const [erased, more] = await w.org.watch(() => erase(server, by));
    expect(erased.failed, erased.text).toBe(false);
    expect(writes(more)).toEqual([`DELETE /api/v1/users/${id}`]);
    expect(await inside(w.org, id)).toBeUndefined();
  }

  /** [title, the call before, what becomes of its request, how the person is named afterwards] */
  const cases: readonly [string, string, Record<string, unknown> | undefined, "id" | "login"][] = [
    ["deactivate_user", "deactivate_user", undefined, "id"],
    ["deactivate_user, then by login", "deactivate_user", undefined, "login"],
    ["delete_user", "delete_user", undefined, "id"],
    ["delete_user, then by login", "delete_user", undefined, "login"],
    ["a lost answer to deactivate_user", "deactivate_user", { kind: "drop-after" }, "id"],
    ["a lost answer to delete_user", "delete_user", { kind: "drop-after" }, "id"],
    ["an answer to delete_user that cannot be read", "delete_user", { kind: "html", status: 502 }, "login"],
    ["a lost request of deactivate_user", "deactivate_user", { kind: "drop-before" }, "id"],
    ["a lost request of delete_user", "delete_user", { kind: "drop-before" }, "login"],
  ];
  it.each(sample(cases))("after %s", async (_, tool, fault, by) => {
    const one = await w.org.person();
    if (fault)
      await w.org.fault({
        ...fault,
        path: `/api/v1/users/${one.id}`,
        method: tool === "delete_user" ? "DELETE" : "POST",
      });
    await w.server.call(tool, { userId: one.id, confirm: true });
    // What was lost may have been done since, by whomever.
    if (at(await inside(w.org, one.id), "status") === "ACTIVE")
      await w.org.api("POST", `/api/v1/users/${one.id}/lifecycle/deactivate`);
    await showsThenErases(w.server, one, one[by]);
  });

  /** [the calls that go out at once] */
  const atOnce: readonly (readonly string[])[] = [
    ["delete_user", "delete_user"],
    ["deactivate_user", "delete_user"],
    ["delete_user", "delete_user", "delete_user", "deactivate_user"],
  ];
  it.each(atOnce.map((tools) => [tools]))("%j at the same time", async (tools) => {
    const one = await w.org.person();
    const answers = await Promise.all(
      tools.map((tool, index) => w.server.call(tool, { userId: index % 2 ? one.login : one.id, confirm: true })),
    );
    const codes = answers.filter(({ failed }) => failed).map(({ reply }) => at(reply, "error.code"));
    expect(codes.length).toBeGreaterThan(0);
    // Who is deactivated already is not deactivated again.
    for (const code of codes) expect(["confirmation_required", "E0000038"]).toContain(code);
    expect(await read(w.org, `/api/v1/users/${one.id}`, "status")).toBe("DEPROVISIONED");
  });

  it("nor by a call that was shown to deactivate", async () => {
    const one = await w.org.person();
    await w.server.call("delete_user", { userId: one.login });
    // Somebody else was quicker.
    await w.org.api("DELETE", `/api/v1/users/${one.id}`);
    await showsThenErases(w.server, one, one.login);
  });

  it("nor while a deactivation that was asked for is still to come", async () => {
    const one = await w.org.person();
    await orgSettings(w.org, { asyncMs: 1_500 });
    await w.server.call("deactivate_user", { userId: one.id, prefer: "respond-async", confirm: true });
    await orgSettings(w.org, { asyncMs: 200 });
    const shown = await erase(w.server, one.id);
    expect(at(shown.reply, "preview.target.status")).toBe("ACTIVE");
    await becomes(w.org, one.id, "DEPROVISIONED");
    const { reply } = await erase(w.server, one.id);
    expect(at(reply, "error.code")).toBe("confirmation_required");
    expect(await read(w.org, `/api/v1/users/${one.id}`, "status")).toBe("DEPROVISIONED");
  });

  it("and a preview that failed was none", async () => {
    const one = await w.org.person();
    await w.server.call("deactivate_user", { userId: one.id, confirm: true });
    await w.org.fault({ kind: "status", status: 403, method: "GET", path: `/api/v1/users/${one.id}` });
    expect(at((await erase(w.server, one.id)).reply, "error.code")).toBe("E0000009");
    await w.org.control("DELETE", "faults");
    await showsThenErases(w.server, one, one.id);
  });

  it("who was refused to be deactivated is not shown twice", async () => {
    const one = await w.org.person("DEPROVISIONED");
    await w.org.fault({ kind: "status", status: 403, method: "DELETE", path: `/api/v1/users/${one.id}` });
    expect(at((await erase(w.server, one.id)).reply, "error.code")).toBe("E0000009");
    expect((await erase(w.server, one.id)).failed).toBe(false);
    expect(await inside(w.org, one.id)).toBeUndefined();
  });

  it("another connection did not deactivate them", async () => {
    const one = await w.org.person();
    await w.server.call("deactivate_user", { userId: one.id, confirm: true });
    expect((await erase(await w.another({}), one.id)).failed).toBe(false);
  });
});
