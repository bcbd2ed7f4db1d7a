import { createPublicKey } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textAt } from "../support/at.ts";
import { jobsByDefault, TOOLS, toolsByDefault } from "../support/catalogue.ts";
import { startOrg, type TestOrg } from "../support/org.ts";
import { sample } from "../support/sample.ts";
import { endStrays, run } from "./host.ts";

let org: TestOrg;
beforeAll(async () => {
  org = await startOrg("--users", "50");
});
afterAll(async () => {
  endStrays();
  await org.stop();
  rmSync(folder, { recursive: true, force: true });
});

const folder = mkdtempSync(join(tmpdir(), "okta-users-mcp-doctor-"));
const fresh = (): string => mkdtempSync(join(folder, "f-"));

async function doctor(env: Record<string, string>): Promise<{ ending: unknown; text: string; stderr: string }> {
  const { ending, stdout, stderr } = await run(["doctor"], env);
  return { ending, text: stdout.join("\n"), stderr: stderr.join("\n") };
}

let plainly: Promise<{ ending: unknown; text: string }> | undefined;

/** What it says of the org with no other setting; asked once. */
async function plain(): Promise<string> {
  plainly ??= doctor(org.env);
  return (await plainly).text;
}

const app = (): Record<string, string> => ({
  OKTA_ORG_URL: org.url,
  OKTA_CLIENT_ID: org.app.clientId,
  OKTA_PRIVATE_KEY: org.app.privateKey,
  OKTA_KEY_ID: org.app.keyId,
});

/** The public half of the org's own app's key, for another app. */
function jwks(): object {
  return { keys: [{ ...createPublicKey(org.app.privateKey).export({ format: "jwk" }), kid: org.app.keyId }] };
}

/** An API token of a new person with these admin roles. */
async function tokenOf(...roles: string[]): Promise<string> {
  const { id, login } = await org.person();
  for (const type of roles) await org.api("POST", `/api/v1/users/${id}/roles`, { type });
  return textAt(await org.control("POST", "tokens", { login }), "token");
}

describe("doctor", () => {
  it("finds everything well, and writes nothing", async () => {
    const [{ ending, text, stderr }, requests] = await org.watch(() => doctor(org.env));
    expect([ending, stderr]).toEqual([0, expect.not.stringContaining("error")]);
    for (const line of [
      new RegExp(`ok +configuration +API token, \\d+ of ${TOOLS} tools`),
      /ok +org +answers in \d+ ms/,
      /ok +clock +\d s from Okta's/,
      /ok +sign-in +.+@.+; admin roles: SUPER_ADMIN/,
      /note +sign-in +may do everything/,
      /ok +rate limit +\/api\/v1: \d+ of 600 left/,
      /ok +users +7 of 7 +get_user does; changes were not tried/,
      /ok +lifecycle +7 of 7 +not tried: the admin role decides/,
      /ok +jobs +\d+ of \d+ .*undo_change needs OKTA_AUDIT_LOG/,
      /ok +groups +4 of 4 +list_groups does; changes were not tried/,
      /ok +system-log +1 of 1 +list_user_events does$/m,
      /All is well\.$/,
    ])
      expect(text).toMatch(line);
    expect(requests.length).toBeGreaterThan(3);
    expect(requests.filter(({ method }) => method !== "GET")).toEqual([]);
    expect(text).not.toContain(org.token);
  });

  it("looks at the embedded sandbox org when nothing is configured", async () => {
    const { ending, text } = await doctor({});
    expect(ending).toBe(0);
    expect(text).toMatch(/^okta-users-mcp against the embedded sandbox org/);
  });

  it("names the scopes of a service app", async () => {
    const { ending, text } = await doctor(app());
    expect(ending).toBe(0);
    expect(text).toMatch(
      /scopes +client 0oa\w+: okta\.groups\.manage okta\.groups\.read okta\.logs\.read okta\.roles\.manage okta\.roles\.read okta\.schemas\.read okta\.userTypes\.read okta\.users\.manage okta\.users\.read/,
    );
    expect(text).not.toContain("SUPER_ADMIN");
  });

  it("shows what OKTA_SCOPES leaves", async () => {
    const { ending, text } = await doctor({ ...app(), OKTA_SCOPES: "okta.users.read" });
    expect(ending).toBe(0);
    const left = toolsByDefault.filter(({ scope }) => scope === "okta.users.read").length;
    expect(text).toMatch(new RegExp(`service app, ${left} of ${TOOLS} tools`));
    expect(text).toMatch(/lifecycle +0 of 7 +switched off/);
  });

  it("tells of an owner who may only look, and how that is made right", async () => {
    const env = { ...org.env, OKTA_API_TOKEN: await tokenOf("READ_ONLY_ADMIN") };
    const [{ ending, text }, readOnly] = await Promise.all([doctor(env), doctor({ ...env, OKTA_READ_ONLY: "true" })]);
    expect(ending).toBe(1);
    expect(text).toMatch(/fail +lifecycle +7 of 7 +no changes: .* OKTA_READ_ONLY=true/);
    expect(text).toMatch(/fail +jobs +\d+ of \d+ +no changes: .* OKTA_READ_ONLY=true/);
    expect(readOnly.ending).toBe(0);
  });

  it("tells of an owner without an admin role", async () => {
    const { ending, text } = await doctor({ ...org.env, OKTA_API_TOKEN: await tokenOf() });
    expect(ending).toBe(1);
    expect(text).toMatch(/fail +(sign-in|roles) /);
  });

  it("tells of an app without an admin role", async () => {
    const clientId = textAt(await org.control("POST", "clients", { jwks: jwks(), roles: [] }), "clientId");
    const { ending, text } = await doctor({ ...app(), OKTA_CLIENT_ID: clientId });
    expect(ending).toBe(1);
    expect(text).toMatch(/fail +sign-in +You do not have permission.*the app, lacks the admin role/);
  });

  it("tells how many tools of a family lack a scope", async () => {
    const scopes = ["okta.users.read"];
    const clientId = textAt(await org.control("POST", "clients", { jwks: jwks(), scopes }), "clientId");
    const { ending, text } = await doctor({ ...app(), OKTA_CLIENT_ID: clientId });
    expect(ending).toBe(1);
    expect(text).toMatch(/fail +users +7 of 7 +not 4 of them: okta\.users\.manage was not given/);
    expect(text).toMatch(/ok +resources +4 of 4/);
    expect(text).toMatch(/fail +jobs +\d+ of \d+ +not \d+ of them: okta\.users\.manage was not given/);
  });

  it("tells of jobs that are on without the tools they are made of", async () => {
    const [alone, withOthers] = await Promise.all([
      doctor({ ...org.env, OKTA_TOOLS: "jobs" }),
      doctor({ ...org.env, OKTA_TOOLS: "jobs,users" }),
    ]);
    expect([alone.ending, withOthers.ending]).toEqual([1, 0]);
    expect(alone.text).toMatch(/fail +jobs +\d+ of \d+ +no: the tools they are made of are switched off/);
    expect(withOthers.text).toMatch(/ok +jobs +\d+ of \d+ +as the tools they are made of/);
  });

  it("names what the owner's role does not reach", async () => {
    const { ending, text } = await doctor({ ...org.env, OKTA_API_TOKEN: await tokenOf("HELP_DESK_ADMIN") });
    expect(ending).toBe(1);
    expect(text).toMatch(/fail +roles +4 of 4 +no: \w+ says E0000006/);
    expect(text).toMatch(/Something needs mending/);
  });

  /** [what, environment, the line that fails] */
  const broken: readonly [string, () => Record<string, string>, RegExp][] = [
    [
      "a wrong token",
      () => ({ ...org.env, OKTA_API_TOKEN: "00wrong" }),
      /fail +sign-in +Invalid token provided.*set a new one/,
    ],
    [
      "an org that is not there",
      () => ({ ...org.env, OKTA_ORG_URL: "http://127.0.0.1:9" }),
      /fail +org +.*ECONNREFUSED.*Check the network/,
    ],
    ["an unknown client", () => ({ ...app(), OKTA_CLIENT_ID: "0oanobody" }), /fail +sign-in +.*OKTA_CLIENT_ID/],
    [
      "a scope nobody granted",
      () => ({ ...app(), OKTA_SCOPES: "okta.users.read okta.nosuch.read" }),
      /fail +sign-in +.*OKTA_SCOPES/,
    ],
  ];
  it.each(sample(broken, 3))("fails on %s", async (_, env, line) => {
    const { ending, text } = await doctor(env());
    expect(ending).toBe(1);
    expect(text).toMatch(line);
    expect(text).not.toContain("PRIVATE KEY");
  });
});

describe("whom the settings protect", () => {
  it("is fine while Okta knows every entry", async () => {
    const { login } = await org.person();
    const env = { ...org.env, OKTA_PROTECTED_USERS: login, OKTA_PROTECTED_GROUPS: "Sales,Everyone" };
    const { ending, text } = await doctor(env);
    expect(ending).toBe(0);
    expect(text).toMatch(/ok +protection +Okta knows every entry of OKTA_PROTECTED_USERS and OKTA_PROTECTED_GROUPS$/m);
    expect(await plain()).not.toContain("protection");
  });

  it("is not when it knows some of them not, and each is named", async () => {
    const { login } = await org.person();
    const env = {
      OKTA_PROTECTED_USERS: `${login},no\u202Ebody@example.com`,
      OKTA_PROTECTED_GROUPS: "Sal, Sales,Board",
    };
    const [{ ending, text }, requests] = await org.watch(() => doctor({ ...org.env, ...env }));
    expect(ending).toBe(1);
    expect(text.match(/fail +protection.*/g)).toEqual([
      expect.stringMatching(/entry 2 of OKTA_PROTECTED_USERS, "no\\u\{202E\}body@example\.com", is unknown to Okta/),
      expect.stringMatching(
        /entry 1 of OKTA_PROTECTED_GROUPS, "Sal", is unknown to Okta, so no tool that writes works$/,
      ),
      expect.stringMatching(/entry 3 of OKTA_PROTECTED_GROUPS, "Board", is unknown to Okta/),
    ]);
    expect(requests.filter(({ method }) => method !== "GET")).toEqual([]);
  });

  it("does not matter where nothing writes", async () => {
    const env = { ...org.env, OKTA_PROTECTED_USERS: "nobody@example.com", OKTA_READ_ONLY: "true" };
    const { ending, text } = await doctor(env);
    expect([ending, text]).toEqual([0, expect.stringMatching(/ok +protection +not tried/)]);
  });

  it("is asked for with the scope that groups need, and only then", async () => {
    const groups = { OKTA_PROTECTED_GROUPS: "Sales" };
    const ofUsers = jobsByDefault.filter(({ scope }) => scope.startsWith("okta.users."));
    const reading = ofUsers.filter(({ effect }) => effect === "read").map(({ name }) => name);
    const writing = ofUsers.filter(({ effect }) => effect !== "read").map(({ name }) => name);
    expect([reading.length > 1, writing.length > 0]).toEqual([true, true]);
    /** [settings, whether the scope is among those asked for] */
    const cases: readonly [Record<string, string>, boolean][] = [
      [{ ...groups, OKTA_TOOLS: "users,jobs" }, true],
      [{ OKTA_PROTECTED_USERS: "me", OKTA_TOOLS: "users,jobs" }, false],
      [{ ...groups, OKTA_TOOLS: "users,jobs", OKTA_READ_ONLY: "true" }, false],
      [{ ...groups, OKTA_TOOLS: ["get_user", "list_users", ...reading].join() }, false],
      [{ ...groups, OKTA_TOOLS: ["get_user", ...writing].join() }, true],
      [{ ...groups, OKTA_TOOLS: "get_user,list_user_groups" }, false],
      [{ ...groups, OKTA_TOOLS: "suspend_user" }, true],
    ];
    const told = await Promise.all(cases.map(([env]) => doctor({ ...app(), ...env })));
    const found = told.map(({ text }) => /scopes +client .*okta\.groups\.read/.test(text));
    expect(cases.map(([env], i) => [env, found[i]])).toEqual(cases);
  });

  it("cannot be told without that scope", async () => {
    const scopes = ["okta.users.read", "okta.users.manage", "okta.roles.read", "okta.roles.manage"];
    const clientId = textAt(await org.control("POST", "clients", { jwks: jwks(), scopes }), "clientId");
    const env = { ...app(), OKTA_CLIENT_ID: clientId, OKTA_TOOLS: "users,lifecycle,roles,jobs" };
    const [without, granted, set] = await Promise.all([
      doctor(env),
      doctor({ ...env, OKTA_PROTECTED_GROUPS: "Sales" }),
      doctor({ ...app(), OKTA_SCOPES: scopes.join(" "), OKTA_PROTECTED_GROUPS: "Sales" }),
    ]);
    expect(without.ending).toBe(0);
    expect([granted.ending, granted.text]).toEqual([
      1,
      expect.stringMatching(/fail +protection +OKTA_PROTECTED_GROUPS cannot be looked up: .*scope/),
    ]);
    expect(set.ending).toBe(1);
    expect(set.text).toMatch(/note +configuration +OKTA_SCOPES lacks okta\.groups\.read/);
    expect(set.text).toMatch(/fail +protection/);
  });
});

describe.skipIf(process.platform === "win32")("what this computer keeps", () => {
  it("says that a person is asked", async () => {
    const { ending, text } = await doctor({ ...org.env, OKTA_CONFIRM: "human" });
    expect([ending, text]).toEqual([0, expect.stringMatching(/note +confirmation +a person is asked/)]);
    expect(await plain()).not.toContain("confirmation");
  });

  it("finds a journal that is not there yet usable, and does not make it", async () => {
    const path = join(fresh(), "journal.jsonl");
    const { ending, text } = await doctor({ ...org.env, OKTA_AUDIT_LOG: path });
    expect([ending, text]).toEqual([0, expect.stringMatching(/ok +journal +\/.*journal\.jsonl does not exist yet/)]);
    expect(text).not.toContain("needs OKTA_AUDIT_LOG");
    expect(existsSync(path)).toBe(false);
  });

  it("finds one that is there usable, and adds nothing", async () => {
    const path = join(fresh(), "journal.jsonl");
    writeFileSync(path, "", { mode: 0o600 });
    const { ending, text } = await doctor({ ...org.env, OKTA_AUDIT_LOG: path });
    expect([ending, text]).toEqual([0, expect.stringMatching(/ok +journal +\/.*journal\.jsonl can be written to/)]);
    expect(readFileSync(path, "utf8")).toBe("");
  });

  /** [what is wrong, how it comes about, what is said of it] */
  const journals: readonly [string, (at: string) => string, RegExp][] = [
    ["without its folder", (at) => join(at, "none", "journal"), /its folder does not exist/],
    ["that is a folder", (at) => at, /it is not a file/],
    [
      "that others may read",
      (at) => {
        writeFileSync(join(at, "journal"), "");
        chmodSync(join(at, "journal"), 0o644);
        return join(at, "journal");
      },
      /other users may read or write it/,
    ],
    [
      "that is a link to nowhere",
      (at) => {
        symlinkSync(join(at, "none"), join(at, "journal"));
        return join(at, "journal");
      },
      /it is a link/,
    ],
  ];
  it.each(sample(journals))("tells of a journal %s", async (_, spoil, told) => {
    const { ending, text } = await doctor({ ...org.env, OKTA_AUDIT_LOG: spoil(fresh()) });
    expect(ending).toBe(1);
    expect(/fail +journal +OKTA_AUDIT_LOG: (.*)/.exec(text)?.[1]).toMatch(told);
  });

  it("finds the folder for secrets usable, whether it is there or not, and makes nothing", async () => {
    const state = join(fresh(), "not", "yet");
    const env = { ...org.env, OKTA_SECRETS: "file", XDG_STATE_HOME: state };
    const told = /ok +secrets +go into files in \/.*\/okta-users-mcp\/secrets$/m;
    const missing = await doctor(env);
    expect([missing.ending, missing.text]).toEqual([0, expect.stringMatching(told)]);
    expect(existsSync(state)).toBe(false);
    const secrets = join(state, "okta-users-mcp", "secrets");
    mkdirSync(secrets, { recursive: true, mode: 0o700 });
    const there = await doctor(env);
    expect([there.ending, there.text]).toEqual([0, expect.stringMatching(told)]);
    expect(readdirSync(secrets)).toEqual([]);
    expect(await plain()).not.toContain("okta-users-mcp/secrets");
  });

  /** [what is wrong, how it comes about below the state directory] */
  const folders: readonly [string, (state: string) => void][] = [
    [
      "open to others",
      (state) => mkdirSync(join(state, "okta-users-mcp", "secrets"), { recursive: true, mode: 0o755 }),
    ],
    [
      "a link",
      (state) => {
        mkdirSync(join(state, "okta-users-mcp"));
        symlinkSync(fresh(), join(state, "okta-users-mcp", "secrets"));
      },
    ],
    ["below a file", (state) => writeFileSync(join(state, "okta-users-mcp"), "")],
  ];
  it.each(sample(folders))("tells of a folder for secrets that is %s", async (_, spoil) => {
    const state = fresh();
    spoil(state);
    const { ending, text } = await doctor({ ...org.env, OKTA_SECRETS: "file", XDG_STATE_HOME: state });
    expect(ending).toBe(1);
    expect(text).toMatch(/fail +secrets +OKTA_SECRETS=file needs a folder that only this user can open: \//);
  });
});
