import {
  chmodSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { sweepSecrets } from "../../src/secret-files.ts";
import { at, textAt } from "../support/at.ts";
import { COMMAND } from "../support/org.ts";
import { sample } from "../support/sample.ts";
import type { TestServer } from "../support/server.ts";
import { startBetween } from "./between.ts";
import { type Args, type Given, newcomer, PASSWORD, person, read, type Things, world, writes } from "./support.ts";

const w = world();
const folder = mkdtempSync(join(tmpdir(), "okta-users-mcp-secrets-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => w.org.control("DELETE", "faults"));

let states = 0;

/** A state directory of its own, and where secrets go in it. */
function place(): { state: string; secrets: string } {
  states += 1;
  const state = join(folder, String(states));
  return { state, secrets: join(state, "okta-users-mcp", "secrets") };
}

/** Every call whose answer holds a one-time secret: its keys, and the arguments with which Okta mails instead. */
interface Secretive {
  readonly tool: string;
  readonly given: Given;
  readonly args: Args;
  readonly keys: readonly string[];
  readonly mailed?: Args;
}
const SECRETIVE: readonly Secretive[] = [
  {
    tool: "activate_user",
    given: person("STAGED"),
    args: { sendEmail: false, confirm: true },
    keys: ["activationUrl", "activationToken"],
    mailed: { sendEmail: true, confirm: true },
  },
  {
    tool: "reactivate_user",
    given: person("PROVISIONED"),
    args: { sendEmail: false, confirm: true },
    keys: ["activationUrl", "activationToken"],
    mailed: { sendEmail: true, confirm: true },
  },
  { tool: "expire_password_with_temp_password", given: person(), args: { confirm: true }, keys: ["tempPassword"] },
  {
    tool: "reset_password",
    given: person(),
    args: { sendEmail: false, confirm: true },
    keys: ["resetPasswordUrl"],
    mailed: { sendEmail: true, confirm: true },
  },
  {
    tool: "forgot_password",
    given: person(),
    args: { sendEmail: false, confirm: true },
    keys: ["resetPasswordUrl"],
    mailed: { sendEmail: true, confirm: true },
  },
];

const named = SECRETIVE.map((entry) => [entry.tool, entry] as const);

async function serve(settings: Record<string, string>, state: string): Promise<TestServer> {
  return w.another({ ...settings, XDG_STATE_HOME: state, OKTA_LOG_LEVEL: "debug" });
}

const modeOf = (path: string): number => lstatSync(path).mode & 0o777;

/** Checks that nothing given out stands in the whole log of a server, which ends with this. */
async function keptOutOfLog(server: TestServer, secrets: readonly string[]): Promise<void> {
  await server.stop();
  expect(server.stderr()).toContain("debug");
  expect(secrets).not.toEqual([]);
  for (const secret of secrets) expect(server.stderr().includes(secret), `${secret} in the log`).toBe(false);
}

describe("revealed", () => {
  const { state } = place();
  const revealed: string[] = [];
  let server: TestServer;
  beforeAll(async () => {
    server = await serve({ OKTA_SECRETS: "reveal" }, state);
  });

  it.each(named)("%s: under secret alone", async (tool, { given, args, keys }) => {
    const { id } = await given(w.org);
    const { reply, text } = await server.call(tool, { userId: id, ...args });
    expect(Object.keys(Object(at(reply, "secret")))).toEqual(keys);
    const outside = text.replace(JSON.stringify(at(reply, "secret")), "");
    expect(outside.length).toBeLessThan(text.length);
    for (const key of keys) expect(outside).not.toContain(textAt(reply, `secret.${key}`));
    revealed.push(...keys.map((key) => textAt(reply, `secret.${key}`)));
    expect(existsSync(state)).toBe(false);
  });

  it("and none of them in the log", () => keptOutOfLog(server, revealed));
});

describe.skipIf(process.platform === "win32")("into a file", () => {
  const { state, secrets } = place();
  const kept: string[] = [];
  let server: TestServer;
  beforeAll(async () => {
    server = await serve({ OKTA_SECRETS: "file" }, state);
  });
  /** The files there are, by their whole paths. */
  const files = (): string[] => (existsSync(secrets) ? readdirSync(secrets).map((name) => join(secrets, name)) : []);
  /** The files that something makes. */
  async function made(act: () => Promise<unknown>): Promise<string[]> {
    const before = files();
    await act();
    expect(files()).toEqual(expect.arrayContaining(before));
    return files().filter((path) => !before.includes(path));
  }

  it.each(named)("%s: a file of this user's alone, and only its path in the reply", async (tool, entry) => {
    const before = files();
    const { id, login } = await entry.given(w.org);
    const { failed, reply, text } = await server.call(tool, { userId: login, ...entry.args });
    expect(failed, text).toBe(false);
    expect(reply).toEqual({ done: tool, userId: id, login, secret: { file: expect.any(String) } });
    const path = textAt(reply, "secret.file");
    expect(isAbsolute(path)).toBe(true);
    expect(files().sort()).toEqual([...before, path].sort());
    expect([modeOf(path), modeOf(secrets)]).toEqual([0o600, 0o700]);
    const secret: unknown = JSON.parse(readFileSync(path, "utf8"));
    expect(Object.keys(Object(secret))).toEqual(entry.keys);
    expect(path).not.toContain(id ?? "");
    for (const key of entry.keys) expect(text).not.toContain(textAt(secret, key));
    kept.push(...entry.keys.map((key) => textAt(secret, key)));
  });

  it("each secret has a file of its own", async () => {
    const { id } = await w.org.person();
    const paths: string[] = [];
    const reset = () => server.call("reset_password", { userId: id, sendEmail: false, confirm: true });
    const more = await made(async () => {
      const answers = await Promise.all(Array.from({ length: 5 }, reset));
      paths.push(...answers.map(({ reply }) => textAt(reply, "secret.file")));
    });
    expect(new Set(paths).size).toBe(5);
    expect(more.sort()).toEqual(paths.sort());
  });

  it.each(sample(named.filter(([, { mailed }]) => mailed)))(
    "%s: no file when the secret is mailed",
    async (tool, entry) => {
      const { id } = await entry.given(w.org);
      const more = await made(async () => {
        const { failed, reply } = await server.call(tool, { userId: id, ...entry.mailed });
        expect([failed, reply]).toEqual([false, { done: tool, userId: id }]);
      });
      expect(more).toEqual([]);
    },
  );

  /** [title, the call, what becomes of its request]: none of them brings a secret. */
  const without: readonly [string, Args, Record<string, unknown> | undefined][] = [
    ["is refused by Okta", { confirm: true }, { kind: "status", status: 403 }],
    ["has an unknown outcome", { confirm: true }, { kind: "drop-before" }],
    ["was done, and its answer lost", { confirm: true }, { kind: "drop-after" }],
    ["is only shown", {}, undefined],
  ];
  it.each(without)("no file is left by a call that %s", async (_, args, fault) => {
    const { id } = await w.org.person();
    if (fault) await w.org.fault({ ...fault, method: "POST", path: `/users/${id}/` });
    const more = await made(async () => {
      const { reply } = await server.call("reset_password", { userId: id, sendEmail: false, ...args });
      expect(at(reply, "secret")).toBeUndefined();
    });
    expect(more).toEqual([]);
  });

  it("files are removed after a day, and only those", async () => {
    const before = files();
    const once = async (): Promise<string> => {
      const { id } = await w.org.person();
      return textAt(
        (await server.call("expire_password_with_temp_password", { userId: id, confirm: true })).reply,
        "secret.file",
      );
    };
    const [old, young] = [await once(), await once()];
    const ago = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
    utimesSync(old, ago(24.1), ago(24.1));
    utimesSync(young, ago(23.9), ago(23.9));
    const last = await once();
    expect(files().sort()).toEqual([...before, young, last].sort());
  });

  it("nothing of them is in the log", () => keptOutOfLog(server, kept));

  it("there is no folder as long as every secret is mailed", async () => {
    const where = place();
    const mailing = await serve({ OKTA_SECRETS: "file" }, where.state);
    for (const { tool, given, mailed } of SECRETIVE) {
      if (mailed === undefined) continue;
      const { id } = await given(w.org);
      expect((await mailing.call(tool, { userId: id, ...mailed })).failed, tool).toBe(false);
    }
    expect(existsSync(where.secrets)).toBe(false);
  });

  let loser: Promise<{ server: TestServer; secrets: string; journal: string }> | undefined;
  /** A server whose folder is taken away under its hands. */
  function losing(): NonNullable<typeof loser> {
    const { state, secrets } = place();
    const journal = join(mkdtempSync(join(folder, "lost-")), "journal.jsonl");
    loser ??= serve({ OKTA_SECRETS: "file", OKTA_AUDIT_LOG: journal }, state).then((server) => ({
      server,
      secrets,
      journal,
    }));
    return loser;
  }

  const LOST_TEXT = expect.stringMatching(
    /^It was done, but its one-time secret .* is lost\. reactivate_user, .* or reset_password makes another/,
  );

  it.each(sample(named))(
    "%s: a secret that has no folder any more is told to be lost, not undone",
    async (tool, entry) => {
      const { server, secrets, journal } = await losing();
      rmSync(secrets, { recursive: true, force: true });
      const known = existsSync(journal) ? readFileSync(journal, "utf8").length : 0;
      const { id } = await entry.given(w.org);
      await w.org.fault({ kind: "delay", delayMs: 500, method: "POST", path: `/users/${id}/` });
      const called = server.call(tool, { userId: id, ...entry.args });
      await vi.waitFor(() => expect(readdirSync(secrets)).toHaveLength(1), { timeout: 5_000, interval: 5 });
      rmSync(secrets, { recursive: true });
      const { failed, reply } = await called;
      const changeId = expect.any(String);
      expect([failed, reply]).toMatchObject([false, { done: tool, userId: id, changeId, warning: LOST_TEXT }]);
      expect(at(reply, "secret")).toBeUndefined();
      const outcomes = readFileSync(journal, "utf8")
        .slice(known)
        .trim()
        .split("\n")
        .map((line) => at(JSON.parse(line), "outcome"));
      expect(outcomes).toEqual([undefined, "done"]);
      // With the folder made anew, the next call is as the first should have been.
      const { reply: next } = await server.call("reset_password", {
        userId: (await w.org.person()).id,
        sendEmail: false,
        confirm: true,
      });
      expect(existsSync(textAt(next, "secret.file"))).toBe(true);
    },
  );

  it("a secret that a full disk does not take is told to be lost, and no empty file is left", async () => {
    const { state, secrets } = place();
    const limited = ["-c", 'trap "" XFSZ; ulimit -f 0; exec "$0" "$1"', process.execPath, COMMAND];
    const env = { ...w.org.env, PATH: process.env.PATH ?? "", OKTA_SECRETS: "file", XDG_STATE_HOME: state };
    const client = new Client({ name: "test", version: "1" });
    await client.connect(new StdioClientTransport({ command: "sh", args: limited, env, stderr: "ignore" }));
    try {
      const { id } = await w.org.person();
      const call = { name: "expire_password_with_temp_password", arguments: { userId: id, confirm: true } };
      const { isError, structuredContent } = await client.callTool(call);
      expect([isError, structuredContent]).toEqual([undefined, { done: call.name, userId: id, warning: LOST_TEXT }]);
      expect(await read(w.org, `/api/v1/users/${id}`, "status")).toBe("PASSWORD_EXPIRED");
      expect(readdirSync(secrets)).toEqual([]);
    } finally {
      await client.close();
    }
  });

  /** A folder with old and young files of ours, and old things that are none. */
  function filled(secrets: string): { ours: string; stays: string[] } {
    mkdirSync(secrets, { recursive: true, mode: 0o700 });
    const name = (n: number): string => `2026-01-0${n}T00-00-00-000Z-01234567-89ab-cdef-0123-456789abcdef.json`;
    const [ours, young, isFolder, isLink] = [name(1), name(2), name(3), name(4)];
    const foreign = ["notes.txt", `${ours}.bak`, `copy-${ours}`, "2026-01-05.json"];
    for (const file of [ours, young, ...foreign]) writeFileSync(join(secrets, file), "{}");
    mkdirSync(join(secrets, isFolder));
    symlinkSync(join(secrets, "notes.txt"), join(secrets, isLink));
    const old = new Date(Date.now() - 24.1 * 3_600_000);
    const justNot = new Date(Date.now() - 23.9 * 3_600_000);
    for (const file of [ours, isFolder, ...foreign]) utimesSync(join(secrets, file), old, old);
    lutimesSync(join(secrets, isLink), old, old);
    utimesSync(join(secrets, young), justNot, justNot);
    return { ours, stays: [young, isFolder, isLink, ...foreign].sort() };
  }

  it("old files are removed when the server starts, and nothing else", async () => {
    const { state, secrets } = place();
    const { stays } = filled(secrets);
    await serve({ OKTA_SECRETS: "file" }, state);
    await vi.waitFor(() => expect(readdirSync(secrets).sort()).toEqual(stays), { timeout: 5_000 });
    // The folder is gone through to its end here: what stays now was not merely next in turn.
    await sweepSecrets(state);
    expect(readdirSync(secrets).sort()).toEqual(stays);
  });

  it.each(["reveal", "refuse"])("they stay in mode %s", async (mode) => {
    const { state, secrets } = place();
    const { ours } = filled(secrets);
    const server = await serve({ OKTA_SECRETS: mode }, state);
    await server.call("get_user", { userId: (await w.org.person()).id });
    expect(readdirSync(secrets)).toContain(ours);
  });

  it("they are removed while the process runs, too", async () => {
    const { state, secrets } = place();
    vi.useFakeTimers({ toFake: ["setInterval"] });
    try {
      await sweepSecrets(state);
      const { ours, stays } = filled(secrets);
      vi.advanceTimersByTime(3_599_000);
      expect(readdirSync(secrets)).toContain(ours);
      vi.advanceTimersByTime(1_000);
      await vi.waitFor(() => expect(readdirSync(secrets).sort()).toEqual(stays), { timeout: 5_000 });
      await sweepSecrets(state);
      expect(readdirSync(secrets).sort()).toEqual(stays);
    } finally {
      vi.useRealTimers();
    }
  });

  /** [what the folder is, how it comes about, the folder in which everything stays] */
  const unswept: readonly [string, (secrets: string, elsewhere: string) => void][] = [
    ["not there", () => {}],
    ["a file", (secrets) => writeFileSync(secrets, "")],
    ["a link", (secrets, elsewhere) => symlinkSync(elsewhere, secrets)],
  ];
  it.each(unswept)("a folder that is %s is left as it is, and the server serves", async (_, spoil) => {
    const { state, secrets } = place();
    const elsewhere = join(mkdtempSync(join(folder, "elsewhere-")), "secrets");
    const { ours } = filled(elsewhere);
    mkdirSync(join(state, "okta-users-mcp"), { recursive: true });
    spoil(secrets, elsewhere);
    const server = await serve({ OKTA_SECRETS: "file" }, state);
    expect((await server.call("get_user", { userId: (await w.org.person()).id })).failed).toBe(false);
    await sweepSecrets(state);
    expect(readdirSync(elsewhere)).toContain(ours);
    expect(server.stderr()).not.toMatch(/warn|error/);
  });

  /** [what is wrong, how it comes about]; `elsewhere` is a folder of this user's that is fine. */
  const unsafe: readonly [string, (at: { state: string; secrets: string }, elsewhere: string) => void][] = [
    [
      "is open to others",
      ({ secrets }) => {
        mkdirSync(secrets, { recursive: true });
        chmodSync(secrets, 0o755);
      },
    ],
    [
      "may be read by the group",
      ({ secrets }) => {
        mkdirSync(secrets, { recursive: true });
        chmodSync(secrets, 0o740);
      },
    ],
    [
      "is a link",
      ({ state, secrets }, elsewhere) => {
        mkdirSync(join(state, "okta-users-mcp"), { recursive: true });
        symlinkSync(elsewhere, secrets);
      },
    ],
    [
      "is a file",
      ({ state, secrets }) => {
        mkdirSync(join(state, "okta-users-mcp"), { recursive: true });
        writeFileSync(secrets, "");
      },
    ],
    ["cannot be made", ({ state }) => writeFileSync(state, "")],
  ];
  const where = place();
  let spoilt: TestServer;
  /** Whom these calls are about: nothing happens to them. */
  const spared = new Map<string, string | undefined>();
  beforeAll(async () => {
    spoilt = await serve({ OKTA_SECRETS: "file" }, where.state);
    for (const { tool, given } of SECRETIVE) spared.set(tool, (await given(w.org)).id);
  });
  it.each(sample(unsafe))("a folder that %s refuses the call before Okta is asked to do anything", async (_, spoil) => {
    const elsewhere = mkdtempSync(join(folder, "elsewhere-"));
    chmodSync(elsewhere, 0o700);
    rmSync(where.state, { recursive: true, force: true });
    spoil(where, elsewhere);
    for (const { tool, args } of SECRETIVE) {
      const id = spared.get(tool);
      const [{ failed, reply }, requests] = await w.org.watch(() => spoilt.call(tool, { userId: id, ...args }));
      expect(failed, tool).toBe(true);
      expect(reply).toMatchObject({
        error: { code: "secret_refused", status: null, summary: expect.stringMatching(/^Nothing was done: /) },
        hint: expect.stringContaining(where.secrets),
      });
      expect(writes(requests)).toEqual([]);
    }
    expect(readdirSync(elsewhere)).toEqual([]);
    // What brings no secret needs no folder.
    const { id } = await w.org.person();
    expect((await spoilt.call("suspend_user", { userId: id, confirm: true })).failed).toBe(false);
  });
});

describe.each(["refuse", "file"])("with %s, a secret that Okta sends unasked", (mode) => {
  it("stays out of the conversation, and what was done is told", async () => {
    const between = await startBetween(w.org.url);
    try {
      const server = await serve({ OKTA_SECRETS: mode, OKTA_ORG_URL: between.url }, place().state);
      const { id } = await w.org.person();
      // Whose account this is has been read before the answer that is none of Okta's.
      await server.call("unsuspend_user", { userId: id });
      const body = JSON.stringify({ resetPasswordUrl: "https://org.example/reset/Sekret-99" });
      between.answer({ status: 200, headers: { "content-type": "application/json" }, body });
      const { failed, reply, text } = await server.call("reset_password", {
        userId: id,
        sendEmail: true,
        confirm: true,
      });
      expect([failed, at(reply, "done"), at(reply, "secret")]).toEqual([false, "reset_password", undefined]);
      expect(at(reply, "warning")).toMatch(/one-time secret that nobody asked for/);
      expect(text).not.toContain("Sekret-99");
    } finally {
      await between.stop();
    }
  });
});

describe("refused", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await serve({ OKTA_SECRETS: "refuse" }, place().state);
  });

  it.each(sample(named))("%s: before Okta is asked to do anything, with and without consent", async (tool, entry) => {
    const { id = "" } = await entry.given(w.org);
    const before = await read(w.org, `/api/v1/users/${id}`);
    const { confirm: _, ...unasked } = entry.args;
    for (const args of [entry.args, unasked]) {
      const [{ failed, reply, text }, requests] = await w.org.watch(() => server.call(tool, { userId: id, ...args }));
      expect(failed).toBe(true);
      expect(reply).toEqual({
        error: {
          code: "secret_refused",
          status: null,
          summary: "Nothing was done: the answer would be a one-time secret.",
          causes: [],
          requestId: null,
        },
        hint: expect.stringMatching(/OKTA_SECRETS=refuse.*sendEmail true/),
      });
      expect(text).not.toContain("preview");
      expect(writes(requests)).toEqual([]);
    }
    expect(await read(w.org, `/api/v1/users/${id}`)).toEqual(before);
  });

  it.each(named.filter(([, { mailed }]) => mailed))("%s: not when Okta mails it", async (tool, entry) => {
    const { id } = await entry.given(w.org);
    const { failed, reply } = await server.call(tool, { userId: id, ...entry.mailed });
    expect([failed, reply]).toEqual([false, { done: tool, userId: id }]);
  });
});

describe("what was given never comes back", () => {
  const [password, next, answer, hash, salt] = [
    PASSWORD,
    "Given-Tangerine-4417",
    "Given-Rover-9",
    "R2l2ZW5IYXNoOQ==",
    "R2l2ZW5TYWx0OQ==",
  ];
  const secrets = [password, next, answer, hash, salt];
  const profile = { login: "{login}", email: "{login}", firstName: "Given", lastName: "Secret" };
  const hashed = { hash: { algorithm: "SHA-512", value: hash, salt, saltOrder: "PREFIX" } };

  /** [tool, whom it is about, arguments] */
  const cases: readonly [string, Given, Args][] = [
    [
      "create_user",
      newcomer,
      { credentials: { password: { value: next }, recovery_question: { question: "Pet?", answer } } },
    ],
    ["create_user", newcomer, { credentials: { password: hashed } }],
    ["update_user", person(), { profile: { city: "Oslo" }, credentials: { password: { value: next } } }],
    ["update_user", person(), { credentials: { recovery_question: { question: "Pet?", answer } } }],
    ["replace_user", person(), { credentials: { password: { value: next } } }],
    ["change_password", person(), { oldPassword: { value: password }, newPassword: { value: next } }],
    ["change_password", person(), { oldPassword: { value: next }, newPassword: { value: password } }],
    [
      "change_recovery_question",
      person(),
      { password: { value: password }, recovery_question: { question: "Pet?", answer } },
    ],
    ["forgot_password_set_new_password", person(), { password: { value: next }, recovery_question: { answer } }],
  ];

  let path: string;
  let server: TestServer;
  beforeAll(async () => {
    path = join(mkdtempSync(join(folder, "journal-")), "journal.jsonl");
    server = await serve({ OKTA_AUDIT_LOG: path, OKTA_LOG_FORMAT: "json" }, place().state);
  });
  const journaled = (): string => (existsSync(path) ? readFileSync(path, "utf8") : "");

  it.each(cases)("%s", async (tool, given, args) => {
    const known = journaled().length;
    const things: Things = await given(w.org);
    const { id, login = "" } = things;
    const about: Args =
      id === undefined ? { ...args, profile: { ...profile, login, email: login } } : { userId: id, ...args };
    const texts: string[] = [];
    const faults = [undefined, { kind: "status", status: 400 }, { kind: "drop-before" }, { kind: "truncate" }];
    const consent = /create_user/.test(tool) ? [{}] : [{}, { confirm: true }];
    for (const fault of faults)
      for (const confirm of consent) {
        const before = await w.org.api("GET", "/api/v1/users/me");
        expect(before).toBeDefined();
        if (fault && (confirm.confirm || consent.length === 1))
          await w.org.fault({ ...fault, method: tool === "replace_user" ? "PUT" : "POST" });
        texts.push((await server.call(tool, { ...about, ...confirm })).text);
        await w.org.control("DELETE", "faults");
      }
    // Arguments that cannot be used are told of, too.
    texts.push((await server.call(tool, { ...about, confirm: "yes", nonsense: secrets.join(" ") })).text);
    const journal = journaled().slice(known);
    expect(journal).toContain(`"tool":"${tool}"`);
    expect(journal).toContain("[secret]");
    for (const [where, text] of [
      ["replies", texts.join("\n")],
      ["journal", journal],
    ] as const)
      for (const secret of secrets) expect(text.includes(secret), `${secret} in ${where}`).toBe(false);
  });

  it("in the log neither", () => keptOutOfLog(server, secrets));
});
