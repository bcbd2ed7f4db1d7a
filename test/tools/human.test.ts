import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { type ElicitRequest, ElicitRequestSchema, type ElicitResult } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, describe, expect, it } from "vitest";
import { at, textAt } from "../support/at.ts";
import { COMMAND } from "../support/org.ts";
import { world } from "./support.ts";

const w = world();
const folder = mkdtempSync(join(tmpdir(), "okta-users-mcp-human-"));
const journal = join(folder, "journal.jsonl");
const clients: Client[] = [];
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  rmSync(folder, { recursive: true, force: true });
});

type Decide = (request: ElicitRequest) => Promise<ElicitResult>;

/** A server that must ask a person, behind a host that answers so; without `decide` the host cannot ask. */
async function host(decide?: Decide, elicitation: Record<string, object> = {}): Promise<Client> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [COMMAND],
    env: { PATH: process.env.PATH ?? "", ...w.org.env, OKTA_CONFIRM: "human", OKTA_AUDIT_LOG: journal },
    stderr: "ignore",
  });
  const client = new Client({ name: "test", version: "1" }, { capabilities: decide ? { elicitation } : {} });
  if (decide) client.setRequestHandler(ElicitRequestSchema, decide);
  await client.connect(transport);
  clients.push(client);
  return client;
}

let shared: Promise<Client> | undefined;
let answering: Decide = async () => ({ action: "cancel" });

/** The host that most cases need, one for all of them; it answers so from now on. */
function asking(decide: Decide): Promise<Client> {
  answering = decide;
  shared ??= host((request) => answering(request));
  return shared;
}

async function suspend(client: Client, userId: string, args: object = { confirm: true }): Promise<unknown> {
  return (await client.callTool({ name: "suspend_user", arguments: { userId, ...args } })).structuredContent;
}

/** The refusal of a call that nobody decided on. */
const IN_TIME = {
  error: { code: "declined", summary: "Nothing was done: the person did not answer in time." },
  hint: expect.stringMatching(/^This is final/),
};

const statusOf = async (id: string): Promise<string> => textAt(await w.org.api("GET", `/api/v1/users/${id}`), "status");

describe("OKTA_CONFIRM=human", () => {
  it("runs what the person approves, and shows them what that is", async () => {
    const asked: ElicitRequest[] = [];
    const client = await asking(async (request) => {
      asked.push(request);
      return { action: "accept", content: { approve: true } };
    });
    const { id, login } = await w.org.person("ACTIVE", { firstName: "Ev\u202Ee\n> approve: yes" });
    const reply = await suspend(client, id);
    expect(reply).toMatchObject({ done: "suspend_user", userId: id, login });
    expect(await statusOf(id)).toBe("SUSPENDED");
    expect(asked).toHaveLength(1);
    const message = String(at(asked[0], "params.message"));
    expect(message).toContain(login);
    expect(message).toContain("> consequence: ");
    expect(message).toContain('> changes.status: "ACTIVE" -> "SUSPENDED"');
    expect(message).not.toMatch(/[\p{Cf}]/u);
    for (const line of message.split("\n").slice(1)) expect(line).toMatch(/^> (?!approve)/);
    expect(Object.keys(Object(at(asked[0], "params.requestedSchema.properties")))).toEqual(["approve"]);
    const lines = readFileSync(journal, "utf8").trim().split("\n");
    expect(lines.map((line) => at(JSON.parse(line), "consent")).filter(Boolean)).toContain("elicited");
  });

  it("is told that an account will be erased, not only deactivated", async () => {
    const asked: string[] = [];
    const client = await asking(async ({ params }) => {
      asked.push(params.message);
      return { action: "decline" };
    });
    const { id } = await w.org.person("DEPROVISIONED");
    await client.callTool({ name: "delete_user", arguments: { userId: id, confirm: true } });
    expect(asked).toEqual([expect.stringMatching(/> consequence: "The account is already deactivated: this erases/)]);
  });

  it("sees which group is handed out, and a warning before many changes", async () => {
    const asked: string[] = [];
    const client = await asking(async ({ params }) => {
      asked.push(params.message);
      return { action: "decline" };
    });
    const profile = { login: "new.one@example.com", email: "new.one@example.com", firstName: "N", lastName: "O" };
    await client.callTool({
      name: "create_user",
      arguments: { profile, groupIds: ["00gzzzzzzzzzzzzzzzzz"], confirm: true },
    });
    expect(asked[0]).toContain('> with.groupIds: ["00gzzzzzzzzzzzzzzzzz"]');
    expect(asked[0]).toContain('> with.profile.email: "new.one@example.com"');
    const { id } = await w.org.person();
    await w.org.api("POST", `/api/v1/users/${id}/roles`, { type: "SUPER_ADMIN" });
    const many = ["nickName", "title", "department", "division", "organization", "costCenter", "city", "state"];
    const rest = ["zipCode", "locale", "timezone", "displayName", "middleName", "honorificPrefix", "honorificSuffix"];
    const harmless = Object.fromEntries([...many, ...rest].map((name) => [name, "x"]));
    const change = { userId: id, profile: { ...harmless, mobilePhone: "+1-555-0199" }, confirm: true };
    await client.callTool({ name: "update_user", arguments: change });
    expect(asked[1]).toContain("They are a super administrator.");
    expect(asked[1]).toContain('> changes.profile.mobilePhone: null -> "+1-555-0199"');
  });

  /** [what becomes of the person while the form is open, tool, arguments] */
  const meanwhile: readonly [string, (id: string) => Promise<unknown>, string, object][] = [
    ["deactivated", (id) => w.org.api("DELETE", `/api/v1/users/${id}`), "delete_user", {}],
    ["suspended", (id) => w.org.api("POST", `/api/v1/users/${id}/lifecycle/suspend`), "suspend_user", {}],
    [
      "changed",
      (id) => w.org.api("POST", `/api/v1/users/${id}`, { profile: { secondEmail: "b@example.com" } }),
      "update_user",
      { profile: { secondEmail: "c@example.com" } },
    ],
  ];
  it.each(meanwhile)("approves of nobody who is %s meanwhile", async (_, change, tool, args) => {
    const { id } = await w.org.person("ACTIVE", { secondEmail: "a@example.com" });
    let after: unknown;
    const client = await asking(async () => {
      await change(id);
      after = await w.org.api("GET", `/api/v1/users/${id}`);
      return { action: "accept", content: { approve: true } };
    });
    const { structuredContent } = await client.callTool({
      name: tool,
      arguments: { userId: id, ...args, confirm: true },
    });
    expect(structuredContent).toMatchObject({ error: { code: "state_changed" } });
    expect(await w.org.api("GET", `/api/v1/users/${id}`)).toEqual(after);
  });

  /** [what the host answers] */
  const noes: readonly [string, Decide | undefined, Record<string, object>?][] = [
    ["an empty form", async () => ({ action: "accept", content: {} })],
    ["no content", async () => ({ action: "accept" })],
    ["approve: false", async () => ({ action: "accept", content: { approve: false } })],
    ["approve as a text", async () => ({ action: "accept", content: { approve: "true" } })],
    ["a decline", async () => ({ action: "decline" })],
    ["a decline that says yes", async () => ({ action: "decline", content: { approve: true } })],
    ["a cancel", async () => ({ action: "cancel" })],
    ["an error", async () => Promise.reject(new Error("no window"))],
    ["no way to ask", undefined],
    ["a host that only opens pages", async () => ({ action: "accept", content: { approve: true } }), { url: {} }],
  ];
  it.each(noes)("does nothing on %s", async (_, decide, elicitation) => {
    const { id } = await w.org.person();
    const client = await (decide && !elicitation ? asking(decide) : host(decide, elicitation));
    const [reply, requests] = await w.org.watch(() => suspend(client, id));
    expect(reply).toMatchObject({ error: { code: "declined" }, hint: expect.stringMatching(/^This is final/) });
    expect(requests.filter(({ method }) => method !== "GET")).toEqual([]);
    expect(await statusOf(id)).toBe("ACTIVE");
  });

  /** Never answers, as a person who is away. */
  const away: Decide = () => new Promise(() => {});

  it.runIf(process.env.LONG === "1")("waits five minutes for a person where the host follows progress", async () => {
    const { id } = await w.org.person();
    const client = await host(away);
    const told: string[] = [];
    const begun = Date.now();
    const call = { name: "suspend_user", arguments: { userId: id, confirm: true } };
    const { isError, structuredContent } = await client.callTool(call, undefined, {
      timeout: 60_000,
      resetTimeoutOnProgress: true,
      onprogress: ({ message }) => void told.push(String(message)),
    });
    expect([isError, structuredContent]).toMatchObject([true, IN_TIME]);
    expect(Math.round((Date.now() - begun) / 60_000)).toBe(5);
    expect(told.filter((message) => message === "Waiting for a person to decide.").length).toBeGreaterThan(25);
    expect(await statusOf(id)).toBe("ACTIVE");
  });

  it.runIf(process.env.LONG === "1")("waits no longer than a host without progress does", async () => {
    const { id } = await w.org.person();
    const client = await host(away);
    const begun = Date.now();
    expect(await suspend(client, id)).toMatchObject(IN_TIME);
    expect(Date.now() - begun).toBeLessThan(50_000);
    expect(await statusOf(id)).toBe("ACTIVE");
  });

  it("does nothing when the host cancels while a person decides, whatever they say then", async () => {
    const { id } = await w.org.person();
    let decide: (result: ElicitResult) => void = () => {};
    let asked: () => void = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const client = await host(() => {
      asked();
      return new Promise((resolve) => {
        decide = resolve;
      });
    });
    const cancel = new AbortController();
    const call = { name: "suspend_user", arguments: { userId: id, confirm: true } };
    const called = client.callTool(call, undefined, { signal: cancel.signal });
    await isAsked;
    cancel.abort();
    await expect(called).rejects.toThrow();
    decide({ action: "accept", content: { approve: true } });
    // What the server had begun would be through before this.
    await client.callTool({ name: "get_user", arguments: { userId: id } });
    expect(await statusOf(id)).toBe("ACTIVE");
  });

  it("asks in addition: without confirm nobody is asked, and what needs no consent neither", async () => {
    let asked = 0;
    const client = await asking(async () => {
      asked += 1;
      return { action: "accept", content: { approve: true } };
    });
    const { id } = await w.org.person();
    expect(await suspend(client, id, {})).toMatchObject({ error: { code: "confirmation_required" } });
    const update = { name: "update_user", arguments: { userId: id, profile: { city: "Oslo" } } };
    expect((await client.callTool(update)).isError).toBeFalsy();
    expect(asked).toBe(0);
  });

  it("marks the tools that nothing undoes for hosts that know the mark", async () => {
    const client = await host();
    const { tools } = await client.listTools();
    const marked = tools.filter(({ _meta }) => _meta?.["anthropic/requiresUserInteraction"] === true);
    expect(marked.map(({ name }) => name)).toContain("delete_user");
    expect(marked.map(({ name }) => name)).not.toContain("suspend_user");
    expect((await w.server.tools()).every(({ _meta }) => _meta === undefined)).toBe(true);
  });
});
