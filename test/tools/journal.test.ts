import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { endStrays, run, startHost } from "../process/host.ts";
import { at, textAt } from "../support/at.ts";
import { sample } from "../support/sample.ts";
import type { TestServer } from "../support/server.ts";
import { type Between, startBetween } from "./between.ts";
import {
  type Args,
  aTime,
  type Given,
  inside,
  NOBODY,
  newcomer,
  person,
  type Things,
  world,
  writes,
} from "./support.ts";

const w = world();
const folder = mkdtempSync(join(tmpdir(), "okta-users-mcp-journal-"));
let between: Between;
beforeAll(async () => {
  between = await startBetween(w.org.url);
});
afterEach(async () => {
  between.clear();
  await w.org.control("DELETE", "faults");
});
afterAll(async () => {
  endStrays();
  await between.stop();
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;

/** A journal of its own in a folder of its own; the file is not there yet. */
function newPath(): string {
  files += 1;
  mkdirSync(join(folder, String(files)));
  return join(folder, String(files), "journal.jsonl");
}

function entriesIn(path: string): unknown[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line): unknown[] => (line === "" ? [] : [JSON.parse(line)]));
}

/** A server with a journal. */
async function serve(path: string, env: Record<string, string> = {}): Promise<TestServer> {
  return w.another({ ...env, OKTA_AUDIT_LOG: path });
}

async function owner(): Promise<string> {
  const me = await w.org.api("GET", "/api/v1/users/me");
  return `${textAt(me, "profile.login")} (${textAt(me, "id")})`;
}

const link = { writer: expect.stringMatching(/^[0-9a-f]{16}$/), time: aTime };
const FIRST = expect.stringMatching(/^[0-9a-f]{16}-1$/);

it("a change is in the journal before its request is at the org, and how it ended after that", async () => {
  const path = newPath();
  const server = await serve(path, { OKTA_ORG_URL: between.url });
  const { id, login } = await w.org.person("ACTIVE", { city: "Oslo" });
  const held = Array.from({ length: 3 }, () => between.hold());
  const profile = { city: "Bern", title: "Clerk" };
  const call = server.call("update_user", { userId: login, profile });
  // The person, the own account, then the change itself.
  for (const read of held.slice(0, 2)) await (await read)?.release();
  const change = await held[2];
  expect(between.sent.map(({ method }) => method)).toEqual(["GET", "GET", "POST"]);
  const intent = {
    ...link,
    seq: 1,
    prev: "",
    kind: "intent",
    changeId: FIRST,
    tool: "update_user",
    arguments: { userId: id, profile },
    target: { id, login },
    org: between.url,
    by: await owner(),
    consent: "none",
    before: { "profile.city": "Oslo", "profile.title": null },
  };
  expect(entriesIn(path)).toEqual([intent]);
  expect(lstatSync(path).mode & 0o777).toBe(0o600);
  await change?.release();
  const { failed, reply } = await call;
  expect([failed, at(reply, "user.id")]).toEqual([false, id]);
  const [first, second] = entriesIn(path);
  expect(first).toEqual(intent);
  expect(second).toEqual({
    ...link,
    seq: 2,
    prev: expect.stringMatching(/^[0-9a-f]{64}$/),
    kind: "outcome",
    changeId: textAt(reply, "changeId"),
    outcome: "done",
    requestId: expect.stringMatching(/\S/),
    after: { "profile.city": "Bern", "profile.title": "Clerk" },
  });
  expect(at(second, "changeId")).toBe(at(first, "changeId"));
  expect(at(second, "writer")).toBe(at(first, "writer"));
});

interface Kept {
  readonly title: string;
  readonly tool: string;
  readonly given?: Given;
  readonly args?: Args;
  readonly fault?: Record<string, unknown>;
  /** Leaves a server behind that is good for no other case. */
  readonly alone?: true;
  /** What the intent holds beside what all hold. */
  readonly intent: Args;
  readonly outcome: Args;
}

const KEPT: readonly Kept[] = [
  {
    title: "agreed to by an argument",
    tool: "suspend_user",
    args: { confirm: true },
    intent: { consent: "argument", before: { status: "ACTIVE" } },
    outcome: { outcome: "done", after: { status: "SUSPENDED" } },
  },
  {
    title: "that needed no consent",
    tool: "unsuspend_user",
    given: person("SUSPENDED"),
    intent: { consent: "none" },
    outcome: { outcome: "done" },
  },
  {
    title: "that a read proved",
    tool: "suspend_user",
    args: { confirm: true },
    fault: { kind: "drop-after", method: "POST" },
    intent: { consent: "argument", before: { status: "ACTIVE" } },
    outcome: { outcome: "verified", after: { status: "SUSPENDED" } },
  },
  {
    title: "that nobody knows of",
    tool: "suspend_user",
    args: { confirm: true },
    fault: { kind: "drop-before", method: "POST" },
    intent: { consent: "argument" },
    outcome: { outcome: "unknown", code: "outcome_unknown" },
  },
  {
    title: "that Okta answered with a failure of its own",
    tool: "suspend_user",
    args: { confirm: true },
    fault: { kind: "status", status: 503, method: "POST" },
    intent: { consent: "argument" },
    outcome: { outcome: "unknown", code: "outcome_unknown", requestId: expect.stringMatching(/\S/) },
  },
  {
    title: "that Okta refused",
    tool: "unsuspend_user",
    intent: { consent: "none" },
    outcome: { outcome: "refused", code: expect.stringMatching(/^E\d{7}$/), requestId: expect.stringMatching(/\S/) },
  },
  {
    title: "that the rate limit did not let out",
    tool: "suspend_user",
    alone: true,
    args: { confirm: true },
    fault: { kind: "status", status: 429, resetInSeconds: 300, method: "POST" },
    intent: { consent: "argument" },
    outcome: { outcome: "refused", code: "rate_limited" },
  },
  {
    title: "of whom it makes",
    tool: "create_user",
    given: newcomer,
    args: { profile: { login: "{login}", email: "{login}", firstName: "New", lastName: "Comer" } },
    intent: { consent: "none", target: { id: null, login: "{login}" } },
    outcome: { outcome: "done", after: { id: expect.stringMatching(/^00u/) } },
  },
];

describe("in a journal of many changes", () => {
  const path = newPath();
  const rows: [changeId: string, outcome: string][] = [];
  let shared: TestServer;
  beforeAll(async () => {
    shared = await serve(path);
  });

  it.each(KEPT.map((entry) => [entry.title, entry] as const))("a change %s", async (_, entry) => {
    const known = entriesIn(path).length;
    const server = entry.alone ? await serve(path) : shared;
    const things: Things = await (entry.given ?? person())(w.org);
    const { id, login = "" } = things;
    const put = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll("{login}", login));
    const args: Args = { ...(id === undefined ? {} : { userId: id }), ...Object(put(entry.args ?? {})) };
    if (entry.fault) await w.org.fault({ ...entry.fault, path: `/api/v1/users/${id}` });
    const { failed, reply } = await server.call(entry.tool, args);
    const { confirm: _confirm, ...kept } = args;
    const [intent, outcome, ...more] = entriesIn(path).slice(known);
    expect(more).toEqual([]);
    expect(intent).toMatchObject({
      kind: "intent",
      tool: entry.tool,
      arguments: kept,
      org: w.org.url,
      by: await owner(),
      target: { id, login },
      ...Object(id === undefined ? put(entry.intent) : entry.intent),
    });
    expect(outcome).toMatchObject({ kind: "outcome", changeId: at(intent, "changeId"), ...entry.outcome });
    const done = ["done", "verified"].includes(String(entry.outcome.outcome));
    expect(failed).toBe(!done);
    // Whoever does not know what became of a change can look it up.
    if (entry.outcome.outcome !== "refused") expect(at(reply, "changeId")).toBe(at(intent, "changeId"));
    if (!done) expect(at(reply, "error.code")).toEqual(entry.outcome.code);
    rows.push([textAt(intent, "changeId"), String(entry.outcome.outcome)]);
  });

  it("verifies, and is shown with every change and how it ended", async () => {
    const [verified, table] = await Promise.all(
      [["journal", "--verify"], ["journal"]].map((command) => run(command, { OKTA_AUDIT_LOG: path })),
    );
    expect(verified?.ending, verified?.stdout.join("\n")).toBe(0);
    expect(rows).not.toEqual([]);
    for (const [changeId, outcome] of rows)
      expect(table?.stdout.filter((line) => line.split(/\s+/).includes(changeId))).toEqual([
        expect.stringContaining(outcome),
      ]);
  });
});

describe("who the sign-in is", () => {
  it("is the app where there is no person", async () => {
    const path = newPath();
    const { clientId, privateKey, keyId } = w.org.app;
    const app = { OKTA_API_TOKEN: "", OKTA_CLIENT_ID: clientId, OKTA_PRIVATE_KEY: privateKey, OKTA_KEY_ID: keyId };
    const server = await serve(path, app);
    const { id } = await w.org.person();
    expect((await server.call("suspend_user", { userId: id, confirm: true })).failed).toBe(false);
    expect(at(entriesIn(path)[0], "by")).toBe(`app ${clientId}`);
  });
});

/** Calls that write nothing, and so leave no line. */
const UNWRITTEN: readonly [string, string, Args, string | undefined][] = [
  ["a read", "get_user", {}, undefined],
  ["a preview", "suspend_user", {}, "confirmation_required"],
  ["arguments that cannot be", "suspend_user", { confirm: "yes" }, "invalid_arguments"],
  ["a protected person", "suspend_user", { userId: "me", confirm: true }, "protected_user"],
  ["nobody", "suspend_user", { userId: NOBODY, confirm: true }, "E0000007"],
];
describe("what is no change", () => {
  const path = newPath();
  let server: TestServer;
  beforeAll(async () => {
    server = await serve(path);
  });

  it.each(UNWRITTEN)("%s leaves no line", async (_, tool, args, code) => {
    const { id } = await w.org.person();
    const { reply } = await server.call(tool, { userId: id, ...args });
    expect(at(reply, "error.code")).toBe(code);
    expect(reply).not.toHaveProperty("changeId");
    expect(entriesIn(path)).toEqual([]);
  });
});

describe.skipIf(process.platform === "win32")("a journal that cannot be written", () => {
  /** [what became of it, how] */
  const ways: readonly [string, (path: string) => void][] = [
    ["may be read by others", (path) => chmodSync(path, 0o644)],
    ["may be written by the group", (path) => chmodSync(path, 0o620)],
    [
      "is replaced by a link",
      (path) => {
        renameSync(path, `${path}.moved`);
        symlinkSync(`${path}.moved`, path);
      },
    ],
    [
      "is replaced by a link to nothing",
      (path) => {
        unlinkSync(path);
        symlinkSync(`${path}.none`, path);
      },
    ],
    [
      "is replaced by a folder",
      (path) => {
        unlinkSync(path);
        mkdirSync(path);
      },
    ],
    ["lost its folder", (path) => rmSync(join(path, ".."), { recursive: true })],
  ];
  it.each(sample(ways))("that %s: nothing is sent, and the reply says so", async (_, spoil) => {
    const path = newPath();
    const server = await serve(path);
    const { id } = await w.org.person();
    expect((await server.call("suspend_user", { userId: id, confirm: true })).failed).toBe(false);
    spoil(path);
    const calls: readonly [string, Args][] = [
      ["unsuspend_user", { userId: id }],
      ["deactivate_user", { userId: id, confirm: true }],
      ["create_user", { profile: { ...(await newcomer(w.org)), firstName: "New", lastName: "Comer" } }],
    ];
    for (const [tool, args] of calls) {
      const [{ failed, reply }, requests] = await w.org.watch(() => server.call(tool, args));
      expect(failed).toBe(true);
      expect(reply).toEqual({
        error: {
          code: "journal_unavailable",
          status: null,
          summary: expect.stringMatching(/^Nothing was done: The change journal cannot be used: \S/),
          causes: [],
          requestId: null,
        },
        hint: expect.stringContaining("OKTA_AUDIT_LOG"),
      });
      expect(writes(requests)).toEqual([]);
    }
    expect(existsSync(`${path}.none`)).toBe(false);
    expect(at(await inside(w.org, id), "status")).toBe("SUSPENDED");
    // Reads and previews need no journal.
    expect((await server.call("get_user", { userId: id })).failed).toBe(false);
    expect(at((await server.call("deactivate_user", { userId: id })).reply, "error.code")).toBe(
      "confirmation_required",
    );
  });

  it("is used again as soon as it can be", async () => {
    const path = newPath();
    const server = await serve(path);
    const { id } = await w.org.person();
    writeFileSync(path, "", { mode: 0o600 });
    chmodSync(path, 0o644);
    const suspend = () => server.call("suspend_user", { userId: id, confirm: true });
    expect(at((await suspend()).reply, "error.code")).toBe("journal_unavailable");
    chmodSync(path, 0o600);
    expect((await suspend()).failed).toBe(false);
    expect(entriesIn(path)).toHaveLength(2);
  });

  it("after the request is told of, and the change is done all the same", async () => {
    const path = newPath();
    const server = await serve(path, { OKTA_ORG_URL: between.url });
    await server.call("unsuspend_user", { userId: (await w.org.person("SUSPENDED")).id });
    const { id, login } = await w.org.person();
    const held = [between.hold(), between.hold()];
    const call = server.call("suspend_user", { userId: id, confirm: true });
    await (await held[0])?.release();
    const change = await held[1];
    chmodSync(path, 0o644);
    await change?.release();
    const { failed, reply } = await call;
    expect([failed, at(reply, "done"), at(reply, "login")]).toEqual([false, "suspend_user", login]);
    expect(at(reply, "warning")).toMatch(/journal/);
    expect(at(reply, "changeId")).toBe(at(entriesIn(path).at(-1), "changeId"));
    chmodSync(path, 0o600);
    const table = (await run(["journal"], { OKTA_AUDIT_LOG: path })).stdout;
    expect(table.filter((line) => line.includes("not recorded"))).toHaveLength(1);
  });

  it("brings no secret to be lost", async () => {
    const path = newPath();
    const state = mkdtempSync(join(folder, "state-"));
    const server = await serve(path, { OKTA_SECRETS: "file", XDG_STATE_HOME: state });
    const { id } = await w.org.person();
    rmSync(join(path, ".."), { recursive: true });
    const [{ reply }, requests] = await w.org.watch(() =>
      server.call("expire_password_with_temp_password", { userId: id, confirm: true }),
    );
    expect(at(reply, "error.code")).toBe("journal_unavailable");
    expect(writes(requests)).toEqual([]);
  });
});

describe("two servers with one journal", () => {
  it("keep a chain each, and it verifies", async () => {
    const path = newPath();
    const servers = await Promise.all([serve(path), serve(path)]);
    const people = await Promise.all(Array.from({ length: 12 }, () => w.org.person()));
    await Promise.all(people.map(({ id }, n) => servers[n % 2]?.call("suspend_user", { userId: id, confirm: true })));
    expect(new Set(entriesIn(path).map((entry) => at(entry, "writer"))).size).toBe(2);
    const { ending, stdout } = await run(["journal", "--verify"], { OKTA_AUDIT_LOG: path });
    expect([ending, stdout[0]]).toEqual([0, "24 lines by 2 writers, 12 changes."]);
  });
});

describe("a server that is killed between intent and outcome", () => {
  const TIMES = process.env.LONG ? 50 : 5;

  it(
    `${TIMES} times: the journal verifies and tells the truth`,
    async () => {
      const path = newPath();
      const env = { ...w.org.env, OKTA_ORG_URL: between.url, OKTA_AUDIT_LOG: path };
      const said = new Map<string, string>();
      for (let n = 0; n < TIMES; n += 1) {
        const { id, login } = await w.org.person();
        between.clear();
        const host = startHost([], env);
        await host.initialize();
        const held = Array.from({ length: 3 }, () => between.hold());
        const before = entriesIn(path).length;
        host.send("tools/call", { name: "suspend_user", arguments: { userId: id, confirm: true } });
        for (const read of held.slice(0, 2)) await (await read)?.release();
        // As soon as the line is there, when the request has arrived, or while the answer is on its way.
        if (n % 3 === 0) await expect.poll(() => entriesIn(path).length, { interval: 1 }).toBe(before + 1);
        const change = n % 3 === 0 ? undefined : await held[2];
        const released = n % 3 === 2 ? change?.release().catch(() => {}) : undefined;
        host.kill("SIGKILL");
        expect(await host.ended()).toBe("SIGKILL");
        if (released) await expect.poll(async () => at(await inside(w.org, id), "status")).toBe("SUSPENDED");
        else expect(at(await inside(w.org, id), "status")).toBe("ACTIVE");
        const own = entriesIn(path).slice(before);
        expect(at(own[0], "target.id")).toBe(id);
        said.set(login, at(own[1], "outcome") === "done" ? "done" : "not recorded");
        if (!released) expect(own).toHaveLength(1);
      }
      const verified = await run(["journal", "--verify"], { OKTA_AUDIT_LOG: path });
      expect(verified.ending, verified.stdout.join("\n")).toBe(0);
      expect(verified.stdout.join("\n")).toMatch(/All is well/);
      const rows = (await run(["journal"], { OKTA_AUDIT_LOG: path })).stdout.filter((line) => /^\d{4}-/.test(line));
      expect(rows).toHaveLength(TIMES);
      for (const [login, outcome] of said)
        expect(rows.find((row) => row.includes(login))).toMatch(new RegExp(`argument +${outcome} `));
      expect(rows.filter((row) => row.includes("not recorded")).length).toBeGreaterThanOrEqual(Math.ceil(TIMES / 2));
    },
    process.env.LONG ? 300_000 : 30_000,
  );
});
