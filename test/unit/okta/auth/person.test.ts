import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { login } from "../../../../src/cli/login.ts";
import { logout } from "../../../../src/cli/logout.ts";
import { ConfigError } from "../../../../src/config-error.ts";
import type { Authorizer } from "../../../../src/okta/auth/authorizer.ts";
import { authorizerFor } from "../../../../src/okta/auth/oauth.ts";
import { type SignInFile, type SignInStore, signInStore } from "../../../../src/okta/auth/store.ts";
import { createOkta } from "../../../../src/okta/client.ts";
import type { Connection } from "../../../../src/okta/connection.ts";
import { at, textAt } from "../../../support/at.ts";
import { startOrg, type TestOrg } from "../../../support/org.ts";
import { closeConnections, connectTo, failureOf, get, register, tokenRequests } from "./org.ts";

const SCOPES = ["okta.users.manage", "okta.groups.read"];
let org: TestOrg;
let owner = "";
let connection: Connection;
let state = "";
let store: SignInStore;

beforeAll(async () => {
  org = await startOrg("--users", "20");
  owner = textAt(await org.api("GET", "/api/v1/users/me"), "profile.login");
});
beforeEach(async () => {
  connection = connectTo(org.url);
  state = mkdtempSync(join(tmpdir(), "person-"));
  store = signInStore(state);
  await org.control("POST", "oauth", { pollSeconds: 0 });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await closeConnections();
  rmSync(state, { recursive: true });
  await org.control("POST", "reset");
  await org.control("DELETE", "faults");
});
afterAll(() => org.stop());

const nativeApp = (options: object = {}): Promise<string> => register(org, { native: true, ...options });
const personOf = (clientId: string, to = connection, from = store, onAnother = (): void => {}): Authorizer =>
  authorizerFor({ kind: "person", clientId, store: from, onAnother }, to);
const fileOf = (clientId: string): SignInFile => store.file(org.url, clientId);

/** A login whose lines are seen, and the code on its screen. */
function start(clientId: string, scopes: readonly string[] = SCOPES, to = connection) {
  const lines: string[] = [];
  const done = login({ connection: to, clientId, scopes, store, say: (line = "") => lines.push(line) });
  // Whether it fails is asked later.
  done.catch(() => {});
  const code = (): Promise<string> =>
    vi.waitFor(() => {
      const found = /code {2}([A-Z]{8})$/m.exec(lines.join("\n"))?.[1];
      if (found === undefined) throw new Error("no code yet");
      return found;
    }, 5_000);
  return { lines, done, code };
}

const decide = (userCode: string, approve: boolean, person = owner): Promise<unknown> =>
  org.control("POST", "device", { userCode, approve, ...(approve ? { login: person } : {}) });

async function signedIn(clientId: string, scopes = SCOPES, person = owner): Promise<string[]> {
  const { lines, done, code } = start(clientId, scopes);
  await decide(await code(), true, person);
  await done;
  return lines;
}

/** As an app without the grant type is answered. */
function withoutRefreshToken(connected: Connection): Connection {
  const post: Connection["post"] = async (path, make) => {
    const answer = await connected.post(path, make);
    return { ...answer, text: answer.text.replace(/,?"refresh_token":"[^"]*"/, "") };
  };
  return { ...connected, post };
}

const refusalOf = async (done: Promise<void>): Promise<string> => {
  const error = await done.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof ConfigError)) throw new Error(`it ended otherwise: ${String(error)}`);
  return error.message;
};

describe("login", () => {
  it.each([false, true])("shows the code, waits, and says who signed in; with proofs: %s", async (dpop) => {
    const clientId = await nativeApp({ dpop });
    const lines = await signedIn(clientId);
    const text = lines.join("\n");
    expect(text).toMatch(new RegExp(`${org.url}/activate\\?user_code=[A-Z]{8}`));
    expect(text).toContain("the code is good for 10 minutes");
    expect(text).toMatch(new RegExp(`Signed in as .+ \\(${owner}\\)\\.`));
    expect(text).toContain(fileOf(clientId).path);
    const stored = await fileOf(clientId).read();
    expect(statSync(fileOf(clientId).path).mode & 0o777).toBe(0o600);
    expect(stored?.proofKey !== undefined).toBe(dpop);
    expect(text).not.toContain(stored?.refreshToken);
    const { answer } = await get(connection, personOf(clientId), "/api/v1/users/me");
    expect(at(JSON.parse(answer.text), "profile.login")).toBe(owner);
  });

  it("does without the name where the token may not ask for it, and says which scopes are missing", async () => {
    const clientId = await nativeApp({ scopes: ["okta.groups.read"] });
    const text = (await signedIn(clientId)).join("\n");
    expect(text).toContain("You are signed in.");
    expect(text).toContain("Okta did not give okta.users.manage: tools that need it fail until");
  });

  it("stores nothing when the person refuses", async () => {
    const clientId = await nativeApp();
    const { done, code } = start(clientId);
    await decide(await code(), false);
    expect(await refusalOf(done)).toMatch(/^The sign-in was denied\. .*Nothing was stored/);
    expect(await fileOf(clientId).read()).toBeUndefined();
  });

  it("stores nothing when the code runs out", async () => {
    const clientId = await nativeApp();
    const { done, code } = start(clientId);
    await code();
    await org.control("POST", "clock", { advanceSeconds: 601 });
    expect(await refusalOf(done)).toMatch(/^The code was not used in time\. .*okta-users-mcp login$/);
    expect(await fileOf(clientId).read()).toBeUndefined();
  });

  it("asks less often when Okta says so", async () => {
    const clientId = await nativeApp();
    const { done, code } = start(clientId);
    const userCode = await code();
    // Each question that comes too early starts the interval anew, so nobody who goes on like that is ever answered.
    await org.control("POST", "oauth", { pollSeconds: 3 });
    await new Promise((go) => setTimeout(go, 500));
    await decide(userCode, true);
    await done;
    expect(await fileOf(clientId).read()).toBeDefined();
  });

  it("bears a network that fails while it waits", async () => {
    const clientId = await nativeApp();
    const { done, code } = start(clientId);
    const userCode = await code();
    const [, log] = await org.watch(async () => {
      await org.fault({ kind: "drop-before", path: "/oauth2/v1/token", count: 3 });
      await org.fault({ kind: "status", status: 503, path: "/oauth2/v1/token", count: 3 });
      await vi.waitFor(async () => {
        const asked = await org.control("GET", "requests");
        expect(Array.isArray(asked) ? asked.length : 0).toBeGreaterThan(6);
      }, 10_000);
      await decide(userCode, true);
      await done;
    });
    expect(tokenRequests(log).filter((status) => status === 503)).toHaveLength(3);
    expect(await fileOf(clientId).read()).toBeDefined();
  });

  /** [what, the client, scopes, what is said] */
  const cases: readonly [string, object | string, readonly string[], RegExp][] = [
    [
      "a client nobody knows",
      "0oanobody",
      SCOPES,
      /OKTA_CLIENT_ID must be an OIDC Native Application.*Nothing was stored/,
    ],
    [
      "a service app",
      { native: false, jwks: { keys: [{ kty: "EC", crv: "P-256", x: "AA", y: "AA" }] } },
      SCOPES,
      /Device Authorization and Refresh Token/,
    ],
    ["a scope nobody knows", {}, ["okta.nonsense"], /check OKTA_SCOPES.*invalid_scope/],
    ["no scope granted", { scopes: ["okta.logs.read"] }, SCOPES, /grant them in the app's Okta API Scopes/],
  ];
  it.each(cases)("refuses %s", async (_, client, scopes, says) => {
    const clientId = typeof client === "string" ? client : await nativeApp(client);
    expect(await refusalOf(start(clientId, scopes).done)).toMatch(says);
  });

  it("says what to switch on when no refresh token comes", async () => {
    const clientId = await nativeApp();
    const { done, code } = start(clientId, SCOPES, withoutRefreshToken(connection));
    await decide(await code(), true);
    expect(await refusalOf(done)).toMatch(/switch on the grant type Refresh Token beside Device Authorization/);
    expect(await fileOf(clientId).read()).toBeUndefined();
  });

  it("ends an older sign-in, and is taken up by a server that runs", async () => {
    const clientId = await nativeApp();
    await signedIn(clientId);
    const another = vi.fn();
    const server = personOf(clientId, connection, store, another);
    const first = await get(connection, server, "/api/v1/users/me");
    expect(another).not.toHaveBeenCalled();
    const other = await org.person("ACTIVE");
    await org.api("POST", `/api/v1/users/${other.id}/roles`, { type: "SUPER_ADMIN" });
    await signedIn(clientId, SCOPES, other.login);
    const late = await get(connection, server, "/api/v1/users/me");
    expect(late.answer.status).toBe(401);
    expect(server.refused(first.sent)).toBe(true);
    const { answer } = await get(connection, server, "/api/v1/users/me");
    expect(at(JSON.parse(answer.text), "profile.login")).toBe(other.login);
    expect(another).toHaveBeenCalledOnce();
  });
});

describe("a signed-in person", () => {
  it("is nobody before login, and for another client", async () => {
    await signedIn(await nativeApp());
    const other = await nativeApp();
    const failure = await failureOf(() => get(connection, personOf(other)));
    expect(failure).toMatchObject({ code: "unauthorized", summary: "Nobody is signed in: run okta-users-mcp login." });
  });

  it.each([false, true])(
    "keeps the newest refresh token before using what came with it; with proofs: %s",
    async (dpop) => {
      const clientId = await nativeApp({ dpop });
      await signedIn(clientId);
      const seen = new Set([(await fileOf(clientId).read())?.refreshToken]);
      const another = vi.fn();
      const server = personOf(clientId, connection, store, another);
      for (let n = 0; n < 3; n += 1) {
        const { sent, answer } = await get(connection, server);
        expect(answer.status).toBe(200);
        seen.add((await fileOf(clientId).read())?.refreshToken);
        server.refused(sent);
      }
      expect(seen.size).toBe(4);
      expect(another).not.toHaveBeenCalled();
    },
  );

  it("keeps the old refresh token where no new one comes", async () => {
    const clientId = await nativeApp();
    await signedIn(clientId);
    const before = readFileSync(fileOf(clientId).path, "utf8");
    const to = withoutRefreshToken(connection);
    expect((await get(connection, personOf(clientId, to))).answer.status).toBe(200);
    expect(readFileSync(fileOf(clientId).path, "utf8")).toBe(before);
  });

  it("renews one after another in servers that share the sign-in", async () => {
    const clientId = await nativeApp();
    await signedIn(clientId);
    const servers = Array.from({ length: 5 }, () => {
      const own = connectTo(org.url);
      return { own, authorizer: personOf(clientId, own, signInStore(state)) };
    });
    for (let round = 0; round < 3; round += 1) {
      const calls = await Promise.all(servers.map(({ own, authorizer }) => get(own, authorizer)));
      expect(calls.map(({ answer }) => answer.status)).toEqual([200, 200, 200, 200, 200]);
      for (const [index, { sent }] of calls.entries()) servers[index]?.authorizer.refused(sent);
    }
  });

  it("goes on when another process has renewed although this one had the lock", async () => {
    const clientId = await nativeApp();
    await signedIn(clientId);
    const file = fileOf(clientId);
    const stored = await file.read();
    if (stored === undefined) throw new Error("nothing stored");
    let meanwhile = false;
    const post: Connection["post"] = async (path, make) => {
      if (!meanwhile) {
        meanwhile = true;
        // The new token stands in the file, and the old one is asked with all the same.
        await file.write({ refreshToken: stored.refreshToken });
        return { status: 400, headers: {}, text: '{"error":"invalid_grant"}' };
      }
      return connection.post(path, make);
    };
    await file.write({ refreshToken: "an-older-one" });
    const racing = personOf(clientId, { ...connection, post });
    expect((await get(connection, racing)).answer.status).toBe(200);
  });

  it("stays signed in when the client closes in the middle of a renewal that nobody waits for any more", async () => {
    const clientId = await nativeApp();
    await signedIn(clientId);
    const before = await fileOf(clientId).read();
    await org.fault({ kind: "delay", path: "/oauth2/v1/token", delayMs: 300 });
    const okta = createOkta({
      connection,
      authorizer: personOf(clientId),
      timeoutMs: 10_000,
      maxWaitMs: 10_000,
      reservePercent: 10,
    });
    const gone = new AbortController();
    const request = { method: "GET", template: "/api/v1/users", path: {}, effect: "read" } as const;
    const asking = failureOf(() => okta.send(request, { signal: gone.signal }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    gone.abort();
    expect((await asking).code).toBe("cancelled");
    await okta.close();
    const after = await fileOf(clientId).read();
    expect(after?.refreshToken).not.toBe(before?.refreshToken);
    const own = connectTo(org.url);
    expect((await get(own, personOf(clientId, own))).answer.status).toBe(200);
  });

  it("is told to log in again when the sign-in is not valid any more", async () => {
    const clientId = await nativeApp();
    await signedIn(clientId);
    const stored = await fileOf(clientId).read();
    const form = { token: stored?.refreshToken ?? "", client_id: clientId };
    await connection.post("/oauth2/v1/revoke", async () => ({ form }));
    const failure = await failureOf(() => get(connection, personOf(clientId)));
    expect(failure).toMatchObject({ code: "unauthorized", status: 400 });
    expect(failure.summary).toMatch(/run okta-users-mcp login/);
    expect(JSON.stringify(failure)).not.toContain(stored?.refreshToken);
  });
});

describe("logout", () => {
  const leave = async (clientId: string): Promise<string> => {
    const lines: string[] = [];
    await logout({ connection, clientId, store, say: (line = "") => lines.push(line) });
    return lines.join("\n");
  };

  it("ends the sign-in at Okta and here", async () => {
    const clientId = await nativeApp();
    await signedIn(clientId);
    const server = personOf(clientId);
    const { sent } = await get(connection, server);
    const stored = await fileOf(clientId).read();
    expect(await leave(clientId)).toMatch(/^You are signed out of 127\.0\.0\.1/);
    expect(await fileOf(clientId).read()).toBeUndefined();
    expect((await get(connection, server)).answer.status).toBe(401);
    server.refused(sent);
    expect((await failureOf(() => get(connection, server))).summary).toMatch(/^Nobody is signed in/);
    await fileOf(clientId).write({ refreshToken: stored?.refreshToken ?? "" });
    expect((await failureOf(() => get(connection, personOf(clientId)))).causes?.join()).toContain("invalid_grant");
    expect(await leave(clientId)).toMatch(/^You are signed out/);
    expect(await leave(clientId)).toMatch(/^Nobody is signed in to .* nothing to do/);
  });

  it("says so when Okta cannot be told, and leaves everything as it is", async () => {
    const clientId = await nativeApp();
    await signedIn(clientId);
    await org.fault({ kind: "drop-before", path: "/oauth2/v1/revoke", count: 3 });
    const message = await refusalOf(logout({ connection, clientId, store, say: () => {} }));
    expect(message).toMatch(/could not be reached.*You are still signed in, and .* stays/);
    expect((await get(connection, personOf(clientId))).answer.status).toBe(200);
  });
});
