import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import { jobsByDefault, readersByDefault, TOOLS, toolsByDefault } from "../support/catalogue.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { fieldsOf, keysOf, lines, world } from "./support.ts";

const w = world();

/** A tool that is switched off answers for itself, and nothing leaves. */
async function refusesAs(server: TestServer, tool: string, code: string, setting: string): Promise<void> {
  const { id } = await w.org.person();
  for (const args of [{ userId: id }, { userId: id, confirm: true }]) {
    const [{ failed, reply }, requests] = await w.org.watch(() => server.call(tool, args));
    expect(failed).toBe(true);
    expect(reply).toEqual({
      error: { code, status: null, summary: expect.stringContaining(setting), causes: [], requestId: null },
      hint: expect.stringContaining(setting),
    });
    expect(lines(requests)).toEqual([]);
  }
}

async function names(server: TestServer): Promise<string[]> {
  return (await server.tools()).map(({ name }) => name);
}

it("without switches all tools are there, each once", async () => {
  const all = await names(w.server);
  expect(all).toEqual(toolsByDefault.map(({ name }) => name));
  expect(new Set(all).size).toBe(TOOLS);
});

describe("OKTA_READ_ONLY", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await w.another({ OKTA_READ_ONLY: "true" });
  });

  it("leaves the tools that read", async () => {
    const tools = await server.tools();
    expect(tools.map(({ name }) => name).sort()).toEqual(
      [
        "get_factor",
        "get_group",
        "get_refresh_token_for_user_and_client",
        "get_user",
        "get_user_assigned_role",
        "get_user_grant",
        "get_user_schema",
        "list_app_links",
        "list_app_targets_for_role",
        "list_assigned_roles_for_user",
        "list_factors",
        "list_grants_for_user_and_client",
        "list_group_targets_for_role",
        "list_groups",
        "list_linked_objects_for_user",
        "list_refresh_tokens_for_user_and_client",
        "list_user_blocks",
        "list_user_clients",
        "list_user_events",
        "list_user_grants",
        "list_user_groups",
        "list_user_identity_providers",
        "list_user_types",
        "list_users",
        ...readersByDefault.filter((name) => jobsByDefault.some((job) => job.name === name)),
      ].sort(),
    );
    expect(tools.every(({ annotations }) => annotations?.readOnlyHint === true)).toBe(true);
  });

  it("reads as always", async () => {
    const { id } = await w.org.person();
    expect(at((await server.call("get_user", { userId: id })).reply, "user.id")).toBe(id);
  });

  it("every other tool answers read_only, and nothing leaves", async () => {
    const reading = new Set(await names(server));
    const others = (await w.server.tools()).filter(({ name }) => !reading.has(name));
    expect(others).toHaveLength(TOOLS - readersByDefault.length);
    const { id } = await w.org.person();
    for (const { name, inputSchema } of others) {
      const [answers, requests] = await w.org.watch(() =>
        Promise.all(fewArguments(inputSchema, id).map((args) => server.call(name, args))),
      );
      const codes = answers.map(({ reply }) => at(reply, "error.code"));
      // Where they do not fit each other, that is told first.
      const told = new Set(codes.filter((code) => code !== "invalid_arguments"));
      expect([name, [...told]]).toEqual([name, ["read_only"]]);
      expect(lines(requests)).toEqual([]);
    }
  });

  it("names the setting", () => refusesAs(server, "suspend_user", "read_only", "OKTA_READ_ONLY"));

  it("can be said by flag, which wins", async () => {
    const env = { ...w.org.env, OKTA_READ_ONLY: "false", OKTA_TOOLS: "roles" };
    const flagged = await startServer(env, "--read-only", "--tools", "lifecycle,get_user");
    try {
      expect(await names(flagged)).toEqual(["get_user"]);
      await refusesAs(flagged, "suspend_user", "read_only", "OKTA_READ_ONLY");
    } finally {
      await flagged.stop();
    }
  });
});

/** Something fit for every required argument, so that only the switch can refuse. */
function leastArguments(schema: unknown, id: string): Record<string, unknown> {
  const required = at(schema, "required");
  const names = Array.isArray(required) ? required.map(String) : [];
  return Object.fromEntries(names.map((name) => [name, fitFor(name, at(schema, `properties.${name}`), id)]));
}

/** Arguments that fit: those that are required, and with them each of the others. */
function fewArguments(schema: unknown, id: string): Record<string, unknown>[] {
  const least = leastArguments(schema, id);
  const others = keysOf(at(schema, "properties")).filter((name) => !(name in least) && name !== "confirm");
  return [least, ...others.map((name) => ({ ...least, [name]: fitFor(name, at(schema, `properties.${name}`), id) }))];
}

function fitFor(name: string, property: unknown, id: string): unknown {
  if (name === "userId" || name === "primaryUserId") return id;
  const choice = at(property, "enum.0");
  if (choice !== undefined) return choice;
  switch (at(property, "type")) {
    case "boolean":
      return true;
    case "object":
      return leastArguments(property, id);
    default:
      return "x-1";
  }
}

describe("OKTA_TOOLS", () => {
  const USERS = ["list_users", "get_user", "create_user", "update_user", "replace_user", "list_user_blocks"];
  const choices: [words: string, expected: (all: string[]) => string[]][] = [
    ["users,-delete_user", () => USERS],
    ["-delete_user", (all) => all.filter((name) => name !== "delete_user")],
    ["get_user , sessions", () => ["get_user", "revoke_user_sessions"]],
    ["users,-users,list_users", () => ["list_users"]],
    [
      "-users,-lifecycle,-credentials,-sessions,-resources,-grants,-tokens,-linked-objects,-roles,-groups,-factors,-schemas,-system-log,-jobs",
      (all) => all.filter((name) => name.includes("target")),
    ],
  ];
  for (const [words, expected] of choices)
    it(`${words} switches on exactly these`, async () => {
      const server = await w.another({ OKTA_TOOLS: words });
      expect((await names(server)).sort()).toEqual(expected(await names(w.server)).sort());
    });

  it("a tool that is off answers tool_disabled, one that is on does its work", async () => {
    const server = await w.another({ OKTA_TOOLS: "users,-delete_user" });
    await refusesAs(server, "delete_user", "tool_disabled", "OKTA_TOOLS");
    await refusesAs(server, "suspend_user", "tool_disabled", "OKTA_TOOLS");
    const { id } = await w.org.person();
    expect(at((await server.call("get_user", { userId: id })).reply, "user.id")).toBe(id);
  });
});

describe("a tool that never existed", () => {
  const strangers: [name: string, guess: RegExp][] = [
    ["get_users", /did you mean get_user\?/],
    ["suspendUser", /did you mean suspend_user\?/],
    ["deactivate", /did you mean \w*deactivate_user\?/],
    ["drop_all_tables", /^[^?]*$/],
    ["get\u202Euser", /\\u\{202E\}/],
    ["__proto__", /Unknown tool/],
    ["constructor", /Unknown tool/],
  ];
  for (const [name, guess] of strangers)
    it(`${JSON.stringify(name)} is a protocol error`, async () => {
      const refused = expect.objectContaining({ code: -32602, message: expect.stringMatching(guess) });
      const [, requests] = await w.org.watch(() =>
        expect(w.server.client.callTool({ name, arguments: {} })).rejects.toEqual(refused),
      );
      expect(lines(requests)).toEqual([]);
    });
});

describe("with no settings the sandbox org is served, and nobody can miss it", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  /** Whoever comes first in the sandbox after its owner, whom nothing can be done to. */
  async function somebody(status: string): Promise<string> {
    const owner = at((await server.call("get_user", { userId: "me" })).reply, "user.id");
    const { reply } = await server.call("list_users", { search: `status eq "${status}"`, limit: 2 });
    return textAt(
      listAt(reply, "users").find((user) => at(user, "id") !== owner),
      "id",
    );
  }

  it("in the server's title and instructions", () => {
    expect(server.client.getServerVersion()?.title).toMatch(/sandbox/i);
    expect(server.client.getInstructions()?.split("\n")[0]).toMatch(/sandbox/i);
  });

  it("in the first line of stderr", async () => {
    // stderr comes by a pipe of its own.
    await vi.waitFor(() => expect(server.stderr()).toContain("\n"), { timeout: 5_000 });
    expect(server.stderr().split("\n")[0]).toMatch(/sandbox/i);
  });

  const replies: [title: string, tool: string, args: (id: string) => Record<string, unknown>, failed: boolean][] = [
    ["a list", "list_users", () => ({}), false],
    ["one user", "get_user", (userId) => ({ userId }), false],
    ["a write", "update_user", (userId) => ({ userId, profile: { city: "Oslo" } }), false],
    ["what is done", "revoke_user_sessions", (userId) => ({ userId, confirm: true }), false],
    ["a preview", "suspend_user", (userId) => ({ userId }), true],
    ["a refusal of Okta", "unsuspend_user", (userId) => ({ userId }), true],
    ["bad input", "get_user", () => ({ userId: ".." }), true],
  ];
  for (const [title, tool, args, failed] of replies)
    it(`as the first key of each reply: ${title}`, async () => {
      const answer = await server.call(tool, args(await somebody("ACTIVE")));
      expect(answer.failed).toBe(failed);
      expect(Object.entries(fieldsOf(answer.reply))[0]).toEqual(["org", "sandbox"]);
      expect(answer.text.startsWith('{"org":"sandbox",')).toBe(true);
    });

  it("and it works: what was changed is changed in the next call", async () => {
    const userId = await somebody("SUSPENDED");
    expect((await server.call("unsuspend_user", { userId })).reply).toEqual({
      org: "sandbox",
      done: "unsuspend_user",
      userId,
    });
    expect(at((await server.call("get_user", { userId })).reply, "user.status")).not.toBe("SUSPENDED");
  });

  it("and 25 people come within 6 KB here too", async () => {
    const { reply, text } = await server.call("list_users");
    expect(listAt(reply, "users")).toHaveLength(25);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(6 * 1024);
  });
});

describe("with an org nothing speaks of a sandbox", () => {
  it("in title, instructions, stderr or replies", async () => {
    const real = await startServer({ OKTA_ORG_URL: "http://127.0.0.1:9", OKTA_API_TOKEN: "00token" });
    try {
      await vi.waitFor(() => expect(real.stderr()).toContain("\n"), { timeout: 5_000 });
      expect(real.client.getServerVersion()?.title).toContain("127.0.0.1:9");
      const { reply, text } = await real.call("get_user", { userId: ".." });
      expect(keysOf(reply)[0]).toBe("error");
      for (const said of [text, real.stderr(), real.client.getServerVersion()?.title, real.client.getInstructions()])
        expect(said).not.toMatch(/sandbox/i);
    } finally {
      await real.stop();
    }
  });
});
