import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { at, textAt } from "../support/at.ts";
import { COMMAND } from "../support/org.ts";
import { sample } from "../support/sample.ts";
import { type Ending, endStrays, type Host, run, startHost } from "./host.ts";

/** Holds what a journal must not be, and none. */
const folder = mkdtempSync(join(tmpdir(), "okta-users-mcp-commands-"));
writeFileSync(join(folder, "open.jsonl"), "");
chmodSync(join(folder, "open.jsonl"), 0o644);
symlinkSync(join(folder, "elsewhere.jsonl"), join(folder, "link.jsonl"));

afterAll(() => {
  endStrays();
  rmSync(folder, { recursive: true, force: true });
});

const TOKEN = "00Qe-dGnIWnTjE4zZLxp_RFQU4Wkq21nPGwSJbi3YO";

describe("a configuration that cannot be used ends the server before it says a word on stdout", () => {
  type Environment = Readonly<Record<string, string>>;
  const ORG = { OKTA_ORG_URL: "https://acme.okta.com", OKTA_API_TOKEN: TOKEN };
  const APP = { OKTA_ORG_URL: "https://acme.okta.com", OKTA_CLIENT_ID: "0oa1a2b3c4d5e6f7g8h9" };
  /** [arguments, environment, what the one line says] */
  const cases: readonly [readonly string[], Environment, RegExp][] = [
    [[], { OKTA_ORG_URL: "https://acme.okta.com" }, /^okta-users-mcp: OKTA_ORG_URL is set but no way to sign in is/],
    [[], { OKTA_API_TOKEN: TOKEN }, /^okta-users-mcp: OKTA_API_TOKEN is set but OKTA_ORG_URL is not/],
    [[], { ...ORG, OKTA_ORG_URL: "http://acme.okta.com" }, /OKTA_ORG_URL must start with https/],
    [[], { ...ORG, OKTA_ORG_URL: "https://acme-admin.okta.com" }, /the org is https:\/\/acme\.okta\.com$/],
    [[], { ...ORG, OKTA_ORG_URL: `https://ada:${TOKEN}@acme.okta.com` }, /must not hold a user name or password/],
    [[], { ...ORG, OKTA_API_TOKEN: `SSWS ${TOKEN}` }, /OKTA_API_TOKEN must be the token alone/],
    [[], { OKTA_READ_ONLY: "yes" }, /OKTA_READ_ONLY must be false or true$/],
    [[], { OKTA_TOOLS: "usrs" }, /OKTA_TOOLS names "usrs".*did you mean users\?/],
    [[], { OKTA_TOOLS: "users,no\nsuch\u001B[2Jtool" }, /OKTA_TOOLS names/],
    [[], { OKTA_CONFIRM: "never" }, /OKTA_CONFIRM must be argument or human$/],
    [[], { OKTA_AUDIT_LOG: "/nonexistent/journal.jsonl" }, /OKTA_AUDIT_LOG: .*its folder does not exist/],
    [["--audit-log", join(folder, "open.jsonl")], {}, /OKTA_AUDIT_LOG: .*other users may read or write it/],
    [["--audit-log", join(folder, "link.jsonl")], {}, /OKTA_AUDIT_LOG: .*it is a link to another file/],
    [["--audit-log", folder], {}, /OKTA_AUDIT_LOG: .*it is not a file/],
    [["--audit-log"], {}, /--audit-log needs a value$/],
    [[], { OKTA_SECRETS: "hide" }, /OKTA_SECRETS must be reveal or file or refuse$/],
    [[], { OKTA_PROTECTED_USERS: " , " }, /OKTA_PROTECTED_USERS names nobody/],
    [[], { OKTA_PROTECTED_GROUPS: "," }, /OKTA_PROTECTED_GROUPS names no group/],
    [["--api-token", TOKEN], {}, /--api-token is no flag: set OKTA_API_TOKEN in the environment$/],
    [["--nonsense"], {}, /--nonsense is not a flag/],
    [["--non\nsense\u001B[2J"], {}, /is not a flag/],
    [["--read-only", "a\nb\u001B"], {}, /is not a command/],
    [["serve"], {}, /"serve" is not a command; see --help$/],
    [["ser\nve\u001B[2J"], {}, /is not a command; see --help$/],
    [["demo", "extra"], {}, /demo takes no arguments$/],
    [[], { ...ORG, OKTA_CLIENT_ID: "0oa1" }, /OKTA_API_TOKEN and OKTA_CLIENT_ID are both set/],
    [[], { ...APP, OKTA_PRIVATE_KEY: TOKEN }, /OKTA_PRIVATE_KEY looks like a client secret/],
    [[], { ...APP, OKTA_PRIVATE_KEY_FILE: "/nonexistent/key.pem" }, /OKTA_PRIVATE_KEY_FILE does not exist/],
    [[], { ...APP, OKTA_SCOPES: "users" }, /OKTA_SCOPES must be Okta's API scopes/],
    [[], { ...APP, XDG_STATE_HOME: "/nonexistent" }, /nobody is signed in to acme\.okta\.com .*okta-users-mcp login/],
    [["doctor"], { ...APP, XDG_STATE_HOME: "/nonexistent" }, /nobody is signed in/],
    [["doctor", "extra"], {}, /"extra" is not a command/],
    [["login"], {}, /login is for a person: set OKTA_ORG_URL and OKTA_CLIENT_ID/],
    [["login"], ORG, /login is for a person/],
    [["logout"], {}, /logout is for a person/],
    [["login", "--org-url", "https://acme.okta.com"], {}, /no way to sign in is/],
    [["journal"], {}, /journal needs OKTA_AUDIT_LOG or --audit-log, the file to read$/],
    [["journal", "--verify"], {}, /journal needs OKTA_AUDIT_LOG or --audit-log/],
    [["journal"], { OKTA_AUDIT_LOG: join(folder, "none.jsonl") }, /there is no journal at /],
    [["journal", "--verify"], { OKTA_AUDIT_LOG: folder }, /the journal .* cannot be read: it is not a file$/],
    [["journal", "--usr", "x"], {}, /journal has no --usr; did you mean --user\?$/],
    [["journal", "--tool", "suspend_usr"], {}, /--tool suspend_usr is not a tool; did you mean suspend_user\?$/],
    [["journal", "ada"], {}, /journal does not know what "ada" is/],
    [["sandbox", "--port", "65536"], {}, /--port must be a whole number from 0 to 65535$/],
    [["sandbox", "--port", "-1"], {}, /--port must be a whole number/],
    [["sandbox", "--port", "http"], {}, /--port must be a whole number/],
    [["sandbox", "--port"], {}, /--port must be a whole number/],
    [["sandbox", "--port="], {}, /--port must be a whole number/],
    [["sandbox", "--users", "0"], {}, /--users must be a whole number from 1 to 1000000$/],
    [["sandbox", "--users", "1e3"], {}, /--users must be a whole number/],
    [["sandbox", "--users", "2.5"], {}, /--users must be a whole number/],
    [["sandbox", "--seed", "x"], {}, /--seed must be a whole number/],
    [["sandbox", "--rate-limit", "0"], {}, /--rate-limit must be a whole number from 1/],
    [["sandbox", "--window", "3601"], {}, /--window must be a whole number from 1 to 3600$/],
    [
      ["sandbox", "--colour", "red"],
      {},
      /sandbox has no --colour; it takes --port, --users, --seed, --rate-limit, --window$/,
    ],
    [["sandbox", "--constructor=1"], {}, /sandbox has no --constructor/],
    [["sandbox", "--toString=1"], {}, /sandbox has no --toString/],
    [["sandbox", "-p", "1"], {}, /sandbox has no -p/],
    [["sandbox", "8080"], {}, /sandbox takes only --port/],
    [["sandbox", "--", "x"], {}, /sandbox takes only --port/],
  ];
  // Each is a process; their messages are all looked at in the configuration's own tests.
  const tried = sample(cases, 5);
  it.concurrent.each(tried)("%j with %j", async (args, environment, says) => {
    const { ending, stdout, stderr } = await run(args, environment);
    expect([ending, stdout]).toEqual([1, []]);
    expect(stderr).toHaveLength(1);
    expect(stderr[0]).toMatch(/^okta-users-mcp: /);
    expect(stderr[0]).toMatch(says);
    expect(stderr[0]).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(stderr[0]).not.toContain(TOKEN);
  });
});

it("the journal command makes no journal, and shows an empty one", async () => {
  const path = join(folder, "none.jsonl");
  expect((await run(["journal", "--verify", "--audit-log", path])).ending).toBe(1);
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, "", { mode: 0o600 });
  const table = await run(["journal"], { OKTA_AUDIT_LOG: path });
  expect(table).toEqual({ ending: 0, stdout: ["No such change is in the journal."], stderr: [] });
  const verified = await run(["journal", "--verify"], { OKTA_AUDIT_LOG: path });
  expect([verified.ending, verified.stderr]).toEqual([0, []]);
  expect(verified.stdout.join("\n")).toMatch(/All is well/);
  rmSync(path);
});

describe("help and version", () => {
  it("--version is the version alone", async () => {
    const { ending, stdout, stderr } = await run(["--version"]);
    expect([ending, stderr]).toEqual([0, []]);
    expect(stdout).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  });

  it.each([[["--help"]], [["--read-only", "--help"]], [["--help", "--version"]]])(
    "%j says what there is",
    async (args) => {
      const { ending, stdout, stderr } = await run(args);
      expect([ending, stderr]).toEqual([0, []]);
      const text = stdout.join("\n");
      for (const word of [
        ...["OKTA_ORG_URL", "--org-url", "OKTA_API_TOKEN", "--read-only", "--tools", "sandbox", "demo"],
        ...[
          "journal",
          "OKTA_AUDIT_LOG",
          "--audit-log",
          "--export-dir",
          "--bulk-max",
          "--secrets",
          "--protected-users",
          "--protected-groups",
        ],
      ])
        expect(text).toContain(word);
      expect(text).not.toContain("--api-token");
      expect(stdout.every((line) => line.length <= 160)).toBe(true);
    },
  );
});

describe("the sandbox command", () => {
  async function started(...flags: string[]): Promise<{ host: Host; said: unknown }> {
    const host = startHost(["sandbox", ...flags]);
    while (host.lines().length === 0) {
      if (!host.running()) throw new Error(`it did not start: ${host.stderr()}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return { host, said: JSON.parse(host.lines()[0] ?? "") };
  }

  const users = (said: unknown, query = "?limit=200"): Promise<Response> =>
    fetch(`${textAt(said, "url")}/api/v1/users${query}`, {
      headers: { authorization: `SSWS ${textAt(said, "token")}` },
    });

  it("says in its first line where it is and how to sign in", async () => {
    const { host, said } = await started("--users", "25");
    expect(Object.keys(Object(said))).toEqual(["url", "token", "clientId", "privateKey", "keyId", "controlKey"]);
    expect(textAt(said, "url")).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(textAt(said, "privateKey")).toMatch(/^-----BEGIN PRIVATE KEY-----\n[\s\S]+-----END PRIVATE KEY-----\n?$/);
    expect(await (await users(said)).json()).toHaveLength(25);
    expect((await fetch(`${textAt(said, "url")}/api/v1/users`)).status).toBe(401);
    host.endInput();
    expect(await host.ended()).toBe(0);
    expect(host.lines()).toHaveLength(1);
    expect(host.stderr()).toBe("");
  });

  it("has the port, people and rate limit it is told to have", async () => {
    const first = await started("--users=3", "--seed", "7", "--rate-limit", "2", "--window", "1");
    const port = new URL(textAt(first.said, "url")).port;
    const answers = [await users(first.said), await users(first.said), await users(first.said)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[0]?.headers.get("x-rate-limit-limit")).toBe("2");
    first.host.kill("SIGTERM");
    expect(await first.host.ended()).toBe(0);
    const again = await started("--port", port, "--users", "3", "--seed", "7");
    expect(new URL(textAt(again.said, "url")).port).toBe(port);
    const taken = await run(["sandbox", "--port", port]);
    expect([taken.ending, taken.stdout]).toEqual([1, []]);
    expect(taken.stderr).toEqual([expect.stringContaining("EADDRINUSE")]);
    again.host.endInput();
    expect(await again.host.ended()).toBe(0);
  });

  it("makes the same people of the same seed, and other keys at every start", async () => {
    const all = await Promise.all([started("--seed", "5"), started("--seed", "5"), started("--seed", "6")]);
    const ids = await Promise.all(
      all.map(async ({ said }) => textAt(await (await users(said, "?limit=1")).json(), "0.id")),
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
    for (const key of ["token", "controlKey", "privateKey", "keyId"])
      expect(new Set(all.map(({ said }) => at(said, key))).size).toBe(3);
    for (const { host } of all) host.endInput();
    expect(await Promise.all(all.map(({ host }) => host.ended()))).toEqual([0, 0, 0]);
  });

  const ways: readonly [string, (host: Host) => void][] = [
    ["SIGTERM", (host) => host.kill("SIGTERM")],
    ["SIGINT", (host) => host.kill("SIGINT")],
    ["the end of input, when it is a pipe", (host) => host.endInput()],
  ];
  it.each(ways)("ends with %s, also while somebody holds a connection", async (_, end) => {
    const { host, said } = await started();
    await (await users(said, "?limit=1")).text();
    expect(host.running()).toBe(true);
    end(host);
    expect(await host.ended()).toBe(0);
  });

  it("does not end with the end of input when that is no pipe", async () => {
    const child = spawn(process.execPath, [COMMAND, "sandbox"], { stdio: ["ignore", "pipe", "inherit"], env: {} });
    const gone: Promise<Ending> = once(child, "exit").then(([code]) => Number(code));
    const [line] = await once(child.stdout, "data");
    const said: unknown = JSON.parse(String(line));
    expect(await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 700, "still there"))])).toBe(
      "still there",
    );
    expect((await users(said, "?limit=1")).status).toBe(200);
    child.kill("SIGTERM");
    expect(await gone).toBe(0);
  });
});
