import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { at, textAt } from "../support/at.ts";
import { startOrg, type TestOrg } from "../support/org.ts";
import { sample } from "../support/sample.ts";
import { endStrays, type Host, run, startHost } from "./host.ts";

let org: TestOrg;
let owner = "";
let home = "";
const started: Host[] = [];

beforeAll(async () => {
  org = await startOrg("--users", "20");
  owner = textAt(await org.api("GET", "/api/v1/users/me"), "profile.login");
});
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "sign-in-"));
  await org.control("POST", "oauth", { pollSeconds: 0 });
});
afterEach(async () => {
  for (const host of started.splice(0)) {
    host.endInput();
    await host.ended(10_000);
  }
  rmSync(home, { recursive: true });
  await org.control("POST", "reset");
});
afterAll(async () => {
  endStrays();
  await org.stop();
});

const EC = generateKeyPairSync("ec", { namedCurve: "P-256" });
const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = (key: KeyObject): string => String(key.export({ type: "pkcs8", format: "pem" }));
const jwk = (key: KeyObject) => key.export({ format: "jwk" });

const register = async (client: object): Promise<string> =>
  textAt(await org.control("POST", "clients", client), "clientId");

/** Settings of a process whose user keeps things only in `home`. */
const settings = (more: Readonly<Record<string, string>>): Record<string, string> => ({
  HOME: home,
  XDG_STATE_HOME: home,
  LOCALAPPDATA: home,
  OKTA_ORG_URL: org.url,
  ...more,
});

async function serve(env: Readonly<Record<string, string>>): Promise<Host> {
  const host = startHost([], env);
  started.push(host);
  await host.initialize();
  return host;
}

/** The answer of a read, as `<number of people> or <error code>`. */
async function look(host: Host): Promise<unknown> {
  const reply = await host.call("list_users", { limit: 1 });
  const users = at(reply, "users");
  return Array.isArray(users) ? users.length : at(reply, "error.code");
}

describe("a server for a service app", () => {
  /** [how the key is given, the settings of the key, the app] */
  const cases: readonly [string, () => Record<string, string>, object][] = [
    ["PEM", () => ({ OKTA_PRIVATE_KEY: pem(RSA.privateKey) }), { jwks: { keys: [jwk(RSA.publicKey)] } }],
    [
      "PEM with escaped line ends, with proofs",
      () => ({ OKTA_PRIVATE_KEY: pem(EC.privateKey).replaceAll("\n", "\\n") }),
      { jwks: { keys: [jwk(EC.publicKey)] }, dpop: true },
    ],
    [
      "JWK with its id and algorithm",
      () => ({ OKTA_PRIVATE_KEY: JSON.stringify({ ...jwk(RSA.privateKey), alg: "RS512", kid: "two" }) }),
      {
        jwks: {
          keys: [
            { ...jwk(EC.publicKey), kid: "one" },
            { ...jwk(RSA.publicKey), kid: "two" },
          ],
        },
      },
    ],
    [
      "file, and the id apart from it",
      () => {
        const file = join(home, "key.pem");
        writeFileSync(file, pem(EC.privateKey), { mode: 0o600 });
        return { OKTA_PRIVATE_KEY_FILE: file, OKTA_KEY_ID: "one" };
      },
      {
        jwks: {
          keys: [
            { ...jwk(EC.publicKey), kid: "one" },
            { ...jwk(EC.publicKey), kid: "two" },
          ],
        },
        dpop: true,
      },
    ],
  ];
  it.each(sample(cases, 3))("signs in with its key as %s, and stays signed in", async (_, key, app) => {
    const clientId = await register(app);
    const host = await serve(settings({ OKTA_CLIENT_ID: clientId, ...key(), OKTA_LOG_LEVEL: "debug" }));
    expect(await look(host)).toBe(1);
    // The token ends early.
    await org.control("POST", "clock", { advanceSeconds: 3601 });
    expect(await look(host)).toBe(1);
    const seen = host.stderr() + host.lines().join("\n");
    expect(seen).not.toMatch(/eyJ|PRIVATE KEY/);
    for (const { d } of [jwk(RSA.privateKey), jwk(EC.privateKey)]) expect(seen).not.toContain(d);
  });

  it("says what is wrong with the sign-in until it is put right", async () => {
    const clientId = await register({ jwks: { keys: [jwk(EC.publicKey)] } });
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const host = await serve(settings({ OKTA_CLIENT_ID: clientId, OKTA_PRIVATE_KEY: pem(other.privateKey) }));
    const reply = await host.call("list_users", { limit: 1 });
    expect(at(reply, "error.code")).toBe("unauthorized");
    expect(at(reply, "error.summary")).toMatch(/private key is not the one of this app/);
    // An admin puts that right: the server need not start anew.
    await register({ clientId, jwks: { keys: [jwk(other.publicKey)] } });
    expect(await look(host)).toBe(1);
  });
});

describe("a person on the command line", () => {
  /** Starts `login` and gives the code on its screen. */
  async function begin(env: Readonly<Record<string, string>>): Promise<{ host: Host; userCode: string }> {
    const host = startHost(["login"], env);
    const userCode = await vi.waitFor(() => {
      const found = /code {2}([A-Z]{8})$/m.exec(host.lines().join("\n"))?.[1];
      if (found === undefined) throw new Error(`no code yet; stderr: ${host.stderr()}`);
      return found;
    }, 10_000);
    return { host, userCode };
  }

  async function signIn(env: Readonly<Record<string, string>>): Promise<Host> {
    const { host, userCode } = await begin(env);
    await org.control("POST", "device", { userCode, approve: true, login: owner });
    expect(await host.ended(10_000)).toBe(0);
    return host;
  }

  it.each([false, true])("signs in, is served, and signs out; with proofs: %s", async (dpop) => {
    const clientId = await register({ native: true, dpop });
    const env = settings({ OKTA_CLIENT_ID: clientId });

    const before = await run([], env);
    expect([before.ending, before.stdout]).toEqual([1, []]);
    expect(before.stderr.join()).toMatch(/^okta-users-mcp: .*okta-users-mcp login/);

    const login = await signIn(env);
    expect(login.stderr()).toBe("");
    expect(login.lines().join("\n")).toContain(`(${owner})`);

    const one = await serve(env);
    const two = await serve(env);
    expect(await Promise.all([look(one), look(two)])).toEqual([1, 1]);
    // Both tokens end, and both renew from what they share.
    await org.control("POST", "clock", { advanceSeconds: 3601 });
    expect(await Promise.all([look(one), look(two)])).toEqual([1, 1]);
    expect(await Promise.all([look(one), look(two)])).toEqual([1, 1]);

    const logout = await run(["logout"], env);
    expect([logout.ending, logout.stderr]).toEqual([0, []]);
    expect(logout.stdout.join()).toMatch(/^You are signed out/);
    expect(await look(one)).toBe("unauthorized");
    const again = await run(["logout"], env);
    expect([again.ending, again.stderr]).toEqual([0, []]);
    expect(again.stdout.join()).toMatch(/^Nobody is signed in/);

    // A server that still runs takes up the next sign-in.
    await signIn(env);
    expect(await look(two)).toBe(1);
  });

  it("who ends login with Ctrl-C is not signed in", async () => {
    const env = settings({ OKTA_CLIENT_ID: await register({ native: true }) });
    const { host } = await begin(env);
    host.kill("SIGINT");
    expect(await host.ended(5_000)).toBe(130);
    expect(host.lines().join("\n")).toContain("Nothing was stored.");
    expect(readdirSync(home)).toEqual([]);
  });

  it("who says no is told in one line", async () => {
    const env = settings({ OKTA_CLIENT_ID: await register({ native: true }) });
    const { host, userCode } = await begin(env);
    await org.control("POST", "device", { userCode, approve: false });
    expect(await host.ended(10_000)).toBe(1);
    expect(host.stderr()).toMatch(/^okta-users-mcp: The sign-in was denied\..*Nothing was stored\..*\n$/);
    expect(readdirSync(home)).toEqual([]);
  });

  it("who cannot reach Okta stays signed in", async () => {
    const env = settings({ OKTA_CLIENT_ID: await register({ native: true }) });
    await signIn(env);
    await org.fault({ kind: "drop-before", path: "/oauth2/v1/revoke", count: 3 });
    const { ending, stdout, stderr } = await run(["logout"], env);
    expect([ending, stdout]).toEqual([1, []]);
    expect(stderr.join("\n")).toMatch(/^okta-users-mcp: .*You are still signed in, and .* stays/);
    expect(await look(await serve(env))).toBe(1);
  });
});
