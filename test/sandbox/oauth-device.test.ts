import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { at, list, sandboxFor, sender, short, text } from "./harness.ts";
import { keyFor, post, proof, refusal, register } from "./oauth-signing.ts";

const org = sandboxFor({ users: 60 });
const SCOPE = "openid offline_access okta.users.manage okta.groups.read";
const oauth = (path: string, params: Record<string, string>, headers = {}) =>
  post(`${org.sandbox.url}/oauth2/v1/${path}`, params, headers);
const advance = (advanceSeconds: number) => org.control("POST", "/sandbox/clock", { advanceSeconds });
let clientId = "";
/** Logins in the order of the seed: the owner, then people with ever smaller roles. */
let logins: string[] = [];

beforeAll(async () => {
  clientId = await register(org, { scopes: ["okta.users.manage", "okta.groups.read"] });
  logins = list(at(await org.snapshot(), "users")).map((user) => text(user, "login"));
});
beforeEach(() => org.control("POST", "/sandbox/oauth", { pollSeconds: 0, accessTokenSeconds: 3600 }));

async function begin(scope = SCOPE): Promise<{ device_code: string; user_code: string }> {
  const { body } = await oauth("device/authorize", { client_id: clientId, scope });
  return { device_code: text(body, "device_code"), user_code: text(body, "user_code") };
}

const poll = (device_code: string, more: Record<string, string> = {}, headers = {}) =>
  oauth(
    "token",
    { grant_type: "urn:ietf:params:oauth:grant-type:device_code", client_id: clientId, device_code, ...more },
    headers,
  );
const refresh = (refresh_token: string, more: Record<string, string> = {}, headers = {}) =>
  oauth("token", { grant_type: "refresh_token", client_id: clientId, refresh_token, ...more }, headers);
const decide = (userCode: string, approve: boolean, login = logins[0]) =>
  org.control("POST", "/sandbox/device", { userCode, approve, login });

async function signIn(login = logins[0]): Promise<{ access: string; refresh: string }> {
  const { device_code, user_code } = await begin();
  await decide(user_code, true, login);
  const { body } = await poll(device_code);
  return { access: text(body, "access_token"), refresh: text(body, "refresh_token") };
}

const users = async (token: string) =>
  short(await sender(org.sandbox.url, `Bearer ${token}`)("GET", "/api/v1/users?limit=1"));

describe("a device", () => {
  it("gets its codes in the documented form", async () => {
    await org.control("POST", "/sandbox/oauth", { pollSeconds: 5 });
    const { body } = await oauth("device/authorize", { client_id: clientId, scope: SCOPE });
    const page = `${org.sandbox.url}/activate`;
    expect(body).toEqual({
      device_code: expect.any(String),
      user_code: expect.stringMatching(/^[A-Z]{8}$/),
      verification_uri: page,
      verification_uri_complete: `${page}?user_code=${text(body, "user_code")}`,
      expires_in: 600,
      interval: 5,
    });
  });

  it("waits, is approved, and acts for the person who signed in", async () => {
    const { device_code, user_code } = await begin();
    const pending = "400 authorization_pending: The device authorization is pending. Please try again later.";
    expect(refusal(await poll(device_code))).toBe(pending);
    const typed = `${user_code.slice(0, 4)}-${user_code.slice(4)}`.toLowerCase();
    expect((await decide(typed, true, logins[4])).status).toBe(204);
    const { body } = await poll(device_code);
    expect(body).toMatchObject({
      token_type: "Bearer",
      expires_in: 3600,
      scope: SCOPE,
      refresh_token: expect.any(String),
    });
    const api = sender(org.sandbox.url, `Bearer ${text(body, "access_token")}`);
    const me = await api("GET", "/api/v1/users/me");
    expect(text(me.body, "profile", "login")).toBe(logins[4]);
    // A read-only administrator, whatever the scopes say.
    expect(short(await api("POST", `/api/v1/users/${logins[20]}/lifecycle/suspend`))).toBe("403 E0000006");
    expect(refusal(await poll(device_code))).toBe("400 invalid_grant: The device code is invalid or has expired.");
  });

  it("gets no refresh token unless it asks for one", async () => {
    const { device_code, user_code } = await begin("okta.users.read okta.users.manage");
    await decide(user_code, true);
    const { body } = await poll(device_code);
    expect(Object.keys(Object(body))).toEqual(["token_type", "expires_in", "access_token", "scope"]);
    expect(at(body, "scope")).toBe("okta.users.manage");
  });

  it("is refused: denied, expired, too fast, another client", async () => {
    const denied = await begin();
    await decide(denied.user_code, false);
    expect(refusal(await poll(denied.device_code))).toMatch(/^400 access_denied/);
    const { device_code, user_code } = await begin();
    const other = await register(org, {});
    expect(refusal(await poll(device_code, { client_id: other }))).toMatch(
      /^400 invalid_grant: The grant was issued to another client/,
    );
    await org.control("POST", "/sandbox/oauth", { pollSeconds: 5 });
    expect(refusal(await poll(device_code))).toMatch(/authorization_pending/);
    expect(refusal(await poll(device_code))).toBe(
      "400 slow_down: Slow down the polling frequency. Please try again later.",
    );
    await advance(5);
    expect(refusal(await poll(device_code))).toMatch(/authorization_pending/);
    await advance(600);
    expect(refusal(await poll(device_code))).toBe("400 expired_token: The device code has expired.");
    expect((await decide(user_code, true)).status).toBe(400);
  });

  const REQUESTS: [name: string, path: string, params: Record<string, string>, expected: string][] = [
    ["no client", "device/authorize", { scope: SCOPE }, "401 invalid_client: No client credentials found."],
    [
      "unknown client",
      "device/authorize",
      { scope: SCOPE, client_id: "x" },
      "401 invalid_client: Invalid value for 'client_id' parameter.",
    ],
    ["no scope", "device/authorize", { client_id: "CLIENT" }, "400 invalid_scope: The authorization server resource"],
    [
      "unknown scope",
      "device/authorize",
      { client_id: "CLIENT", scope: "weather" },
      "400 invalid_scope: One or more scopes",
    ],
    [
      "nothing granted",
      "device/authorize",
      { client_id: "CLIENT", scope: "openid okta.roles.read" },
      "400 consent_required",
    ],
    ["a service app", "device/authorize", { client_id: "SERVICE", scope: SCOPE }, "400 unauthorized_client"],
    [
      "no device code",
      "token",
      { client_id: "CLIENT", grant_type: "urn:ietf:params:oauth:grant-type:device_code" },
      "400 invalid_request: The required parameter 'device_code' is missing.",
    ],
    [
      "no refresh token",
      "token",
      { client_id: "CLIENT", grant_type: "refresh_token" },
      "400 invalid_request: The required parameter 'refresh_token' is missing.",
    ],
    [
      "its own token",
      "token",
      { client_id: "CLIENT", grant_type: "client_credentials", scope: "okta.users.read" },
      "400 unauthorized_client",
    ],
    ["no token", "revoke", { client_id: "CLIENT" }, "400 invalid_request: The 'token' parameter is required."],
    [
      "a service app without a key",
      "revoke",
      { client_id: "SERVICE", token: "x" },
      "401 invalid_client: No client credentials found.",
    ],
  ];
  it.each(REQUESTS)("is refused: %s", async (_name, path, params, expected) => {
    const serviceId = await register(org, { jwks: { keys: [keyFor("ES256").jwk] } });
    const named = params.client_id?.replace("CLIENT", clientId).replace("SERVICE", serviceId);
    const reply = await oauth(path, named === undefined ? params : { ...params, client_id: named });
    expect(refusal(reply)).toContain(expected);
  });

  it("may also come through the seeded app", async () => {
    const reply = await oauth("device/authorize", { client_id: org.sandbox.clientId, scope: "okta.users.read" });
    expect(reply.status).toBe(200);
  });
});

describe("refresh tokens", () => {
  it("rotate, and a used one ends the whole sign-in", async () => {
    const first = await signIn();
    const { body } = await refresh(first.refresh, { scope: "okta.users.manage" });
    expect(body).toMatchObject({ token_type: "Bearer", scope: "okta.users.manage" });
    const second = { access: text(body, "access_token"), refresh: text(body, "refresh_token") };
    expect([await users(first.access), await users(second.access)]).toEqual(["200", "200"]);
    const spent = "400 invalid_grant: The refresh token is invalid or expired.";
    expect(refusal(await refresh(first.refresh))).toBe(spent);
    expect(refusal(await refresh(second.refresh))).toBe(spent);
    expect([await users(first.access), await users(second.access)]).toEqual(["401 E0000011", "401 E0000011"]);
  });

  it("live for 90 days, longer than access tokens", async () => {
    const tokens = await signIn();
    await advance(3600);
    expect(await users(tokens.access)).toBe("401 E0000011");
    const { body } = await refresh(tokens.refresh, { scope: "okta.users.manage" });
    const again = await refresh(text(body, "refresh_token"));
    expect(at(again.body, "scope")).toBe(SCOPE);
    const next = text(again.body, "refresh_token");
    await advance(90 * 86_400);
    expect(refusal(await refresh(next))).toMatch(/^400 invalid_grant/);
  });

  it("are refused: more scopes, another client, a person who is gone", async () => {
    const login = logins[8] ?? "";
    const tokens = await signIn(login);
    expect(refusal(await refresh(tokens.refresh, { scope: "okta.roles.manage" }))).toBe(
      "400 access_denied: Some of the scopes requested for the refresh request were not granted in the original authorize request. Denied scopes: okta.roles.manage.",
    );
    expect(refusal(await refresh(tokens.refresh, { client_id: await register(org, {}) }))).toMatch(
      /^400 invalid_grant/,
    );
    await org.api("POST", `/api/v1/users/${login}/lifecycle/suspend`);
    expect(await users(tokens.access)).toBe("401 E0000011");
    expect(refusal(await refresh(tokens.refresh))).toMatch(/^400 invalid_grant/);
  });

  it("are revoked together with their access tokens; an access token alone", async () => {
    const tokens = await signIn();
    const other = await signIn();
    expect(
      (await oauth("revoke", { client_id: clientId, token: other.access, token_type_hint: "access_token" })).status,
    ).toBe(200);
    expect([await users(other.access), await users(tokens.access)]).toEqual(["401 E0000011", "200"]);
    expect((await refresh(other.refresh)).status).toBe(200);
    expect((await oauth("revoke", { client_id: await register(org, {}), token: tokens.refresh })).status).toBe(200);
    expect(await users(tokens.access)).toBe("200");
    expect((await oauth("revoke", { client_id: clientId, token: tokens.refresh })).body).toBeUndefined();
    expect(await users(tokens.access)).toBe("401 E0000011");
    expect(refusal(await refresh(tokens.refresh))).toMatch(/^400 invalid_grant/);
    expect((await oauth("revoke", { client_id: clientId, token: "nonsense" })).status).toBe(200);
  });

  it("end with the sessions when that is asked for", async () => {
    const tokens = await signIn(logins[6]);
    const { body } = await org.api("GET", `/api/v1/users/${logins[6]}`);
    const sessions = `/api/v1/users/${text(body, "id")}/sessions`;
    await org.api("DELETE", sessions);
    expect(await users(tokens.access)).toBe("200");
    await org.api("DELETE", `${sessions}?oauthTokens=true`);
    expect(await users(tokens.access)).toBe("401 E0000011");
  });
});

it("a client that must prove its key proves the same one at every step", async () => {
  const native = await register(org, { dpop: true });
  const url = `${org.sandbox.url}/oauth2/v1/token`;
  const key = keyFor("ES256");
  const more = { client_id: native };
  const { body } = await oauth("device/authorize", { ...more, scope: SCOPE });
  await decide(text(body, "user_code"), true);
  const code = text(body, "device_code");
  const nonce = (await poll(code, more, { dpop: await proof("POST", url, key) })).headers.get("dpop-nonce");
  const header = async (of = key) => ({ dpop: await proof("POST", url, of, { claims: { nonce } }) });
  const tokens = await poll(code, more, await header());
  expect(tokens.body).toMatchObject({ token_type: "DPoP" });
  const refreshToken = text(tokens.body, "refresh_token");
  expect(refusal(await refresh(refreshToken, more, await header(keyFor("ES256"))))).toBe(
    "400 invalid_dpop_proof: Invalid DPoP Public Key binding in refresh token",
  );
  expect((await refresh(refreshToken, more, await header())).status).toBe(200);
});
