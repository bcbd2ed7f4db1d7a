import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openJournal } from "../../src/journal/journal.ts";
import { recentChanges } from "../../src/recent-changes.ts";
import { RESOURCES } from "../../src/resource.ts";
import { jobs, operations } from "../../tools/index.ts";
import { intent } from "../journal/changes.ts";
import { at, listAt, textAt } from "../support/at.ts";
import { sample } from "../support/sample.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { aTime, lines, NOBODY, world } from "../tools/support.ts";
import { endStrays, type Host, startHost } from "./host.ts";

const w = world({}, 30);
const folder = mkdtempSync(join(tmpdir(), "resources-"));
let host: Host;
beforeAll(async () => {
  host = await bare({});
});
afterAll(() => {
  endStrays();
  rmSync(folder, { recursive: true, force: true });
});

/** A server that is spoken to without a client library. */
async function bare(env: Record<string, string>): Promise<Host> {
  const started = startHost([], { ...w.org.env, ...env });
  await started.initialize();
  return started;
}

/** What reading came to: the parsed contents, or the error as it came. */
async function read(uri: unknown, from = host): Promise<unknown> {
  const answer = await from.ask("resources/read", { uri });
  const error = at(answer, "error");
  if (error !== undefined) return { error };
  const [content, ...more] = listAt(answer, "result.contents");
  expect(more).toEqual([]);
  expect(content).toEqual({ uri, mimeType: "application/json", text: expect.any(String) });
  return JSON.parse(textAt(content, "text"));
}

/** Whose the token is, as the journal has it. */
async function ownAccount(): Promise<string> {
  const user = await w.org.api("GET", "/api/v1/users/me");
  return `${textAt(user, "profile.login")} (${textAt(user, "id")})`;
}

const tools = [...operations, ...jobs];
const has = (tool: string): boolean => tools.some(({ name }) => name === tool);
/** The fixed ones of a server and its templates, by URI. */
async function listed({ client }: TestServer): Promise<string[]> {
  const { resources } = await client.listResources();
  const { resourceTemplates } = await client.listResourceTemplates();
  for (const one of [...resources, ...resourceTemplates]) {
    expect(one.mimeType).toBe("application/json");
    expect(one.name).toMatch(/^[a-z-]+$/);
    expect(one.title).toMatch(/^[A-Z]/);
    expect(one.description).toMatch(/^[A-Z].{10,120}\.$/);
  }
  return [...resources.map(({ uri }) => uri), ...resourceTemplates.map(({ uriTemplate }) => uriTemplate)];
}

describe("the list", () => {
  it("is told of as one that stays as it is", () => {
    expect(w.server.client.getServerCapabilities()?.resources).toEqual({});
  });

  const schema = has("get_user_schema") ? ["okta://schema/user"] : [];
  const access = has("get_user_access") ? ["okta://users/{id}/access"] : [];
  const journal = "okta://journal/recent";
  /** [environment, what is there] */
  const settings: readonly [Record<string, string>, readonly string[]][] = [
    [{}, [...schema, "okta://users/{id}", ...access]],
    [{ OKTA_READ_ONLY: "true" }, [...schema, "okta://users/{id}", ...access]],
    [{ OKTA_AUDIT_LOG: join(folder, "listed.jsonl") }, [...schema, journal, "okta://users/{id}", ...access]],
    [{ OKTA_TOOLS: "get_user" }, ["okta://users/{id}"]],
    [
      { OKTA_TOOLS: "suspend_user,get_user", OKTA_AUDIT_LOG: join(folder, "listed.jsonl") },
      [journal, "okta://users/{id}"],
    ],
    [{ OKTA_TOOLS: "list_groups,get_user_access", OKTA_AUDIT_LOG: join(folder, "listed.jsonl") }, access],
  ];
  it.each(sample(settings))("with %j has those whose tools are on", async (env, uris) => {
    expect(await listed(await w.another(env))).toEqual(uris);
  });

  it("is not there where there is nothing in it", async () => {
    const server = await w.another({ OKTA_TOOLS: "list_groups", OKTA_AUDIT_LOG: join(folder, "listed.jsonl") });
    expect(server.client.getServerCapabilities()).not.toHaveProperty("resources");
  });

  it.each(RESOURCES)("$uri gives its tool what it takes", ({ uri, reads }) => {
    if (reads === "journal") return;
    const tool = tools.find(({ name }) => name === reads.tool);
    if (tool === undefined) return;
    expect(tool.effect).toBe("read");
    const args = { ...reads.arguments, ...(uri.includes("{id}") ? { userId: "x" } : {}) };
    expect(tool.input.safeParse(args).error?.issues).toBeUndefined();
  });

  it("names only tools that exist", () => {
    const named = RESOURCES.flatMap(({ reads, shows = [] }) => [reads === "journal" ? [] : reads.tool, shows].flat());
    expect(named).toContain("get_user");
    expect(named.filter((tool) => !has(tool))).toEqual([]);
  });
});

describe("a user", () => {
  /** [what names them] */
  const names: readonly [string, (person: { id: string; login: string }) => string][] = [
    ["id", ({ id }) => id],
    ["login", ({ login }) => login],
    ["login, percent-encoded", ({ login }) => encodeURIComponent(login)],
    ["login, percent-encoded throughout", ({ login }) => Buffer.from(login).toString("hex").replace(/../g, "%$&")],
  ];
  it.each(names)("is read by %s, as the tool reads", async (_, name) => {
    const person = await w.org.person("ACTIVE", { department: "Sales" });
    const [reply, requests] = await w.org.watch(() => read(`okta://users/${name(person)}`));
    expect(reply).toEqual((await w.server.call("get_user", { userId: person.id })).reply);
    expect(at(reply, "user.department")).toBe("Sales");
    expect(lines(requests)).toHaveLength(1);
  });

  it("is read with their access, as the job reads", async () => {
    const { id } = await w.org.person();
    const reply = await read(`okta://users/${id}/access`);
    expect(reply).toEqual((await w.server.call("get_user_access", { userId: id })).reply);
    expect(at(reply, "user.id")).toBe(id);
  });

  it("is read while nobody can mistake invented people for real ones", async () => {
    const sandbox = await startServer();
    const { contents } = await sandbox.client.readResource({ uri: "okta://users/me" });
    expect(textAt(contents, "0.text")).toMatch(/^\{"org":"sandbox","user":\{/);
    await sandbox.stop();
  });

  it("who is not there is a resource that is not there", async () => {
    expect(await read(`okta://users/${NOBODY}`)).toEqual({
      error: {
        code: -32002,
        message: expect.stringMatching(/Okta answered "Not found: .*" \(E0000007\)\. Check each id/),
        data: {
          uri: `okta://users/${NOBODY}`,
          error: expect.objectContaining({ code: "E0000007", status: 404 }),
          hint: expect.any(String),
        },
      },
    });
  });

  it("whose name holds text that hides shows it in the reply", async () => {
    const { id } = await w.org.person("ACTIVE", { lastName: "Park\u202E" });
    expect(at(await read(`okta://users/${id}`), "user.name")).toBe("Test Park\\u{202E}");
  });
});

it("the schema is read as the tool reads it", async () => {
  const reply = await read("okta://schema/user");
  expect(reply).toEqual((await w.server.call("get_user_schema", { schemaId: "default" })).reply);
  expect(JSON.stringify(reply)).toContain("firstName");
});

describe("a URI", () => {
  const wrong: readonly string[] = [
    "",
    "okta://",
    "okta://users",
    "okta://users/",
    "okta://users//access",
    "okta://users/a/",
    "okta://users/a/b",
    "okta://users/a/access/",
    "okta://users/a/access/..",
    "okta://users/{id}",
    "okta://users/.",
    "okta://users/..",
    "okta://users/../access",
    "okta://users/%2e%2e",
    "okta://users/%2E%2E/access",
    "okta://users/a%2Fb",
    "okta://users/a%2flifecycle%2fdeactivate",
    "okta://users/a%5Cb",
    "okta://users/a%3Fb",
    "okta://users/a?b",
    "okta://users/a#b",
    "okta://users/a%00",
    "okta://users/a%0D%0Ab",
    "okta://users/%20",
    "okta://users/a b",
    "okta://users/a\nb",
    "okta://users/%",
    "okta://users/%zz",
    "okta://users/%C3",
    "okta://users/%ED%A0%80",
    "okta://users/ü",
    "okta://users/a%E2%80%AEb",
    `okta://users/${"x".repeat(256)}`,
    "OKTA://users/me",
    "okta://Users/me",
    "okta:users/me",
    "okta:///users/me",
    " okta://users/me",
    "okta://users/me ",
    "okta://schema/user/",
    "okta://schema/group",
    "okta://journal",
    "okta://journal/recent/",
    "okta://journal/recent?path=/etc/passwd",
    "file:///etc/passwd",
    "https://example.com/",
    "__proto__",
    "x".repeat(100_000),
  ];
  it.each(wrong.map((uri) => [uri.length > 300 ? `${uri.slice(0, 40)}... (${uri.length})` : uri, uri] as const))(
    "%j is none of ours, and nothing leaves",
    async (_, uri) => {
      const [answer, requests] = await w.org.watch(() => read(uri));
      expect(at(answer, "error.code")).toBe(-32002);
      expect(textAt(answer, "error.message")).toContain("There is no resource");
      expect(textAt(answer, "error.message")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(JSON.stringify(answer).length).toBeLessThan(1_000);
      expect(lines(requests)).toEqual([]);
    },
  );

  it("is decoded once", async () => {
    const [answer, requests] = await w.org.watch(() => read("okta://users/a%252Fb"));
    expect(at(answer, "error.code")).toBe(-32002);
    expect(requests.map(({ path }) => path)).toEqual(["/api/v1/users/a%252Fb"]);
  });

  it.each([[undefined], [null], [7], [{}]])("that is %j is an error", async (uri) => {
    expect(at(await read(uri), "error.code")).toBeTypeOf("number");
  });
});

describe("a failure", () => {
  it.each([
    ["OKTA_TOOLS", { OKTA_TOOLS: "get_user_access" }],
    ["OKTA_SCOPES", undefined],
  ])("of a tool that %s switches off says so, and nothing leaves", async (setting, env) => {
    const off = await bare(
      env ?? {
        OKTA_API_TOKEN: "",
        OKTA_CLIENT_ID: w.org.app.clientId,
        OKTA_PRIVATE_KEY: w.org.app.privateKey,
        OKTA_KEY_ID: w.org.app.keyId,
        OKTA_SCOPES: "okta.schemas.read",
      },
    );
    const [answer, requests] = await w.org.watch(() => read("okta://users/me", off));
    expect(answer).toMatchObject({
      error: {
        code: -32602,
        message: expect.stringContaining(`get_user is switched off by ${setting}`),
        data: { error: { code: "tool_disabled" } },
      },
    });
    expect(lines(requests)).toEqual([]);
  });

  /** [what, the fault, MCP's code, what it says] */
  const faults: readonly [string, Record<string, unknown>, number, RegExp][] = [
    [
      "Okta's own",
      { kind: "status", status: 500, count: 9 },
      -32603,
      /Okta answered ".*" \(E0000009\)\. Okta itself failed/,
    ],
    ["a lost connection", { kind: "drop-before", count: 9 }, -32603, /\. Nothing was changed\. Check the network/],
  ];
  it.each(sample(faults))("of %s is an internal error, explained", async (_, fault, code, says) => {
    await w.org.fault(fault);
    const answer = await read("okta://users/me");
    await w.org.control("DELETE", "faults");
    expect(at(answer, "error.code")).toBe(code);
    expect(textAt(answer, "error.message")).toMatch(says);
    expect(JSON.stringify(answer)).not.toMatch(/\bat .*\.(js|ts):\d/);
  });

  it("ends with the host, as calls do", async () => {
    const ending = await bare({});
    const id = ending.send("resources/read", { uri: "okta://users/me" });
    ending.endInput();
    expect(at(await ending.answer(id), "result.contents.0.uri")).toBe("okta://users/me");
    expect(await ending.ended()).toBe(0);
  });
});

describe("the journal", () => {
  const URI = "okta://journal/recent";

  /** One server reads whatever is put in place of its journal. */
  const path = join(folder, "read.jsonl");
  let reader: Host;
  beforeAll(async () => {
    reader = await bare({ OKTA_AUDIT_LOG: path });
  });

  it("that is off cannot be read, and that says why", async () => {
    expect(await read(URI)).toMatchObject({
      error: { code: -32602, message: expect.stringContaining("OKTA_AUDIT_LOG is set") },
    });
  });

  it("cannot be read where a user cannot, whatever is in it, and that says why", async () => {
    const path = join(folder, "narrow.jsonl");
    await write(path, [{ org: w.org.url, by: await ownAccount() }]);
    const narrow = await bare({ OKTA_TOOLS: "list_groups,get_user_schema", OKTA_AUDIT_LOG: path });
    const [answer, requests] = await w.org.watch(() => read(URI, narrow));
    expect(answer).toEqual({
      error: {
        code: -32602,
        message: expect.stringContaining("exists only where get_user is on. Whoever runs this server"),
        data: { uri: URI, error: expect.objectContaining({ code: "tool_disabled" }), hint: expect.any(String) },
      },
    });
    expect(lines(requests)).toEqual([]);
    expect(JSON.stringify(answer)).not.toContain("ada@example.com");
  });

  it("shows nothing while it is not known whose sign-in this is", async () => {
    const path = join(folder, "unknown.jsonl");
    await write(path, [{ org: w.org.url, by: await ownAccount() }]);
    const server = await bare({ OKTA_AUDIT_LOG: path });
    await w.org.fault({ kind: "status", status: 500, count: 9 });
    const answer = await read(URI, server);
    await w.org.control("DELETE", "faults");
    expect(answer).toMatchObject({ error: { code: -32603, message: expect.stringContaining("E0000009") } });
    expect(JSON.stringify(answer)).not.toContain("ada@example.com");
    expect(listAt(await read(URI, server), "changes")).toHaveLength(1);
  });

  it("without a change is empty", async () => {
    expect(await read(URI, reader)).toEqual({
      changes: [],
      earlier: 0,
    });
  });

  it("shows changes newest first, from what to what, and no secret", async () => {
    const own = await bare({ OKTA_AUDIT_LOG: join(folder, "own.jsonl") });
    const { id, login } = await w.org.person("ACTIVE", { department: "Sales" });
    await own.call("update_user", { userId: id, profile: { department: "Part\u202Eners", title: null } });
    const temp = await own.call("expire_password_with_temp_password", { userId: id, confirm: true });
    await own.call("suspend_user", { userId: id, confirm: true });
    await own.call("reactivate_user", { userId: id, sendEmail: true });
    const reply = await read(URI, own);
    const user = { id, login };
    const change = { changeId: expect.stringMatching(/^[0-9a-f]{16}-\d+$/), time: aTime, user, by: expect.any(String) };
    expect(reply).toEqual({
      changes: [
        expect.objectContaining({ ...change, tool: "reactivate_user", outcome: "refused", code: "E0000038" }),
        expect.objectContaining({ ...change, tool: "suspend_user", consent: "argument", outcome: "done" }),
        expect.objectContaining({ ...change, tool: "expire_password_with_temp_password", outcome: "done" }),
        expect.objectContaining({
          ...change,
          tool: "update_user",
          consent: "none",
          outcome: "done",
          changes: expect.objectContaining({ "profile.department": { from: "Sales", to: "Part\\u{202E}ners" } }),
        }),
      ],
      earlier: 0,
    });
    const secret = textAt(temp, "secret.tempPassword");
    expect(JSON.stringify(reply)).not.toContain(secret);
  });

  it("tells of the embedded sandbox org as such, and of none before it", async () => {
    const path = join(folder, "sandbox.jsonl");
    await write(path, [{ org: "http://127.0.0.1:1", by: await ownAccount() }]);
    const sandbox = await startServer({ OKTA_AUDIT_LOG: path });
    const { contents } = await sandbox.client.readResource({ uri: URI });
    expect(textAt(contents, "0.text")).toBe('{"org":"sandbox","changes":[],"earlier":0}');
    await sandbox.stop();
  });

  it("shows only changes of its org and account, the last 50, however many there are", async () => {
    rmSync(path, { force: true });
    const by = await ownAccount();
    const changes = Array.from({ length: 195 }, (_, index) => ({
      org: index % 3 === 1 ? "https://other.okta.com" : w.org.url,
      by: index % 3 === 2 ? "somebody.else@example.com (00u1else789012345678)" : by,
      arguments: { number: index },
      tool: `tool_${index}`,
    }));
    await write(path, changes);
    const reply = await read(URI, reader);
    const shown = listAt(reply, "changes").map((change) => textAt(change, "tool"));
    expect(shown).toEqual(Array.from({ length: 50 }, (_, index) => `tool_${192 - 3 * index}`));
    expect(at(reply, "earlier")).toBe(15);
  });

  it("stays short whatever is in it", async () => {
    const path = join(folder, "long.jsonl");
    const long = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`a${index}`, "\u202E".repeat(2_000)]));
    const by = "x".repeat(9_000);
    await write(
      path,
      Array.from({ length: 60 }, () => ({ org: "o", by, before: { profile: long } })),
      { profile: {} },
    );
    const { signal } = new AbortController();
    const reply = await recentChanges({ path, orgUrl: "o", account: async () => by, signal });
    const text = JSON.stringify(reply);
    expect(text.length).toBeLessThan(60_000);
    expect(text).not.toContain("\u202E");
    const shown = listAt(reply, "changes");
    expect(shown.length).toBeGreaterThan(3);
    expect(Number(at(reply, "earlier")) + shown.length).toBe(60);
    expect(at(shown[0], "moreAttributes")).toBe(30);
  });

  it("counts the lines that are none, and shows a change without its outcome as such", async () => {
    rmSync(path, { force: true });
    const journal = openJournal(path);
    await journal.intend(intent({ org: w.org.url, by: await ownAccount() }));
    await journal.close();
    appendFileSync(path, '{"a":1}\nnonsense\n');
    const reply = await read(URI, reader);
    expect(listAt(reply, "changes").map((change) => at(change, "outcome"))).toEqual(["not recorded"]);
    expect(at(reply, "unreadableLines")).toBe(2);
  });

  it("that cannot be read any more says so, and nothing of the system's words", async () => {
    rmSync(path, { force: true });
    mkdirSync(path);
    expect(await read(URI, reader)).toEqual({
      error: {
        code: -32603,
        message: expect.stringMatching(/The change journal cannot be read\. Whoever runs this server/),
        data: expect.objectContaining({ uri: URI }),
      },
    });
  });
});

/** A journal with these changes, each done. */
async function write(
  path: string,
  changes: readonly Parameters<typeof intent>[0][],
  after?: Parameters<ReturnType<typeof openJournal>["conclude"]>[1]["after"],
): Promise<void> {
  const journal = openJournal(path);
  for (const change of changes) {
    const changeId = await journal.intend(intent(change));
    await journal.conclude(changeId, { outcome: "done", ...(after === undefined ? {} : { after }) });
  }
  await journal.close();
}
