import { createPrivateKey } from "node:crypto";
import { SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { at, sandboxFor, sender, short, text } from "./harness.ts";
import { assertion, type Change, keyFor, post, refusal, register, seconds, service } from "./oauth-signing.ts";

const org = sandboxFor({ users: 30 });
const endpoint = () => `${org.sandbox.url}/oauth2/v1/token`;
const key = keyFor("ES256");
const other = keyFor("ES256");
let clientId = "";

beforeAll(async () => {
  const scopes = ["okta.users.read", "okta.groups.read"];
  clientId = await register(org, { jwks: { keys: [key.jwk] }, scopes });
});

const ask = async (change: Change = {}, params: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  post(endpoint(), service(await assertion(endpoint(), clientId, key, change), params), headers);

describe("a token for a service app", () => {
  it("comes in the recorded form, with the scopes that were granted", async () => {
    const reply = await ask({}, { scope: "okta.groups.read okta.users.manage okta.users.read" });
    expect(reply.status).toBe(200);
    expect(Object.keys(Object(reply.body))).toEqual(["token_type", "expires_in", "access_token", "scope"]);
    expect(reply.body).toMatchObject({
      token_type: "Bearer",
      expires_in: 3600,
      scope: "okta.groups.read okta.users.read",
    });
    expect(reply.headers.get("cache-control")).toBe("no-cache, no-store");
    expect(reply.headers.get("dpop-nonce")).toBeNull();
    const api = sender(org.sandbox.url, `Bearer ${text(reply.body, "access_token")}`);
    expect((await api("GET", "/api/v1/users?limit=1")).status).toBe(200);
    expect(at((await api("GET", "/api/v1/users/me")).body, "errorSummary")).toBe(
      "Not found: Resource not found: me (User)",
    );
  });

  it("to the seeded app with its own key", async () => {
    const { url, clientId: id, privateKey, keyId } = org.sandbox;
    const jwt = new SignJWT({ iss: id, sub: id, aud: endpoint(), exp: seconds(60) }).setProtectedHeader({
      alg: "ES256",
      kid: keyId,
    });
    const reply = await post(
      endpoint(),
      service(await jwt.sign(createPrivateKey(privateKey)), { scope: "okta.users.manage" }),
    );
    const api = sender(url, `Bearer ${text(reply.body, "access_token")}`);
    const made = await api("POST", "/api/v1/users", {
      profile: { firstName: "A", lastName: "B", email: "a@b.example", login: "a@b.example" },
    });
    expect(made.status).toBe(200);
  });

  it.each(["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])("signed with %s", async (alg) => {
    const own = keyFor(alg, "mine");
    const id = await register(org, { jwks: { keys: [key.jwk, own.jwk] } });
    const reply = await post(endpoint(), service(await assertion(endpoint(), id, own, { header: { alg } })));
    expect(refusal(reply)).toBe("200");
  });

  const GOOD: [name: string, change: Change][] = [
    ["no kid", { header: { kid: undefined } }],
    ["no jti", { claims: { jti: undefined } }],
    ["no iat", { claims: { iat: undefined } }],
    ["one hour ahead", { claims: { exp: seconds(3600) } }],
    ["a clock that is a little ahead", { claims: { iat: seconds(30) } }],
    ["several audiences", { claims: { aud: ["https://x.example", "TOKEN_URL"] } }],
  ];
  it.each(GOOD)("with %s", async (_name, change) => {
    const { aud } = Object(change.claims);
    const claims = { ...change.claims, ...(Array.isArray(aud) && { aud: [aud[0], endpoint()] }) };
    expect(refusal(await ask({ ...change, claims }))).toBe("200");
  });

  it("on the Host it was asked on, with parameters in the query as the Python SDK sends them", async () => {
    const url = endpoint().replace("127.0.0.1", "localhost");
    const query = new URLSearchParams(service(await assertion(url, clientId, key)));
    expect(refusal(await post(`${url}?${query}`, {}))).toBe("200");
    expect(refusal(await post(url, service(await assertion(endpoint(), clientId, key))))).toMatch(/audience/);
  });
});

describe("refused", () => {
  const CLIENT = "401 invalid_client: ";
  const ASSERTIONS: [name: string, change: Change, expected: string][] = [
    [
      "unknown issuer",
      { claims: { iss: "0oanobody" } },
      "The issuer claim for client_assertion is not a valid client_id.",
    ],
    ["no issuer", { claims: { iss: undefined } }, "The issuer claim for client_assertion is not a valid client_id."],
    [
      "another subject",
      { claims: { sub: "0oaother" } },
      "The subject claim for client_assertion is not a valid client_id.",
    ],
    [
      "the org as audience",
      { claims: { aud: "http://127.0.0.1" } },
      "The audience claim for client_assertion must be the endpoint invoked for the request.",
    ],
    [
      "no expiry",
      { claims: { exp: undefined } },
      "The client_assertion must contain the 'exp' claim as seconds since epoch.",
    ],
    ["expired", { claims: { exp: seconds(-1) } }, "The client_assertion token is expired."],
    [
      "more than an hour ahead",
      { claims: { exp: seconds(3660) } },
      "The client_assertion token has an expiration too far into the future.",
    ],
    [
      "issued in the future",
      { claims: { iat: seconds(120) } },
      "The client_assertion token must be issued before the current time.",
    ],
    ["signed with another key", { key: other }, "The client_assertion signature is invalid."],
    ["unknown kid", { header: { kid: "second" } }, "The client_assertion JWT kid is invalid."],
    [
      "signed with a secret",
      { header: { alg: "HS256" }, key: new Uint8Array(64) },
      "The client_assertion JWT signature algorithm is invalid.",
    ],
    [
      "an algorithm of another key type",
      { header: { alg: "RS256" }, key: keyFor("RS256") },
      "The client_assertion JWT kid is invalid.",
    ],
  ];
  it.each(ASSERTIONS)("assertion: %s", async (_name, change, expected) => {
    expect(refusal(await ask(change))).toBe(CLIENT + expected);
  });

  it("assertion: unsigned, no JWT, used twice, changed on the way", async () => {
    const unsigned = new UnsecuredJWT({ iss: clientId, sub: clientId, aud: endpoint(), exp: seconds(60) }).encode();
    expect(refusal(await post(endpoint(), service(unsigned)))).toBe(
      `${CLIENT}The client_assertion JWT signature algorithm is invalid.`,
    );
    expect(refusal(await post(endpoint(), service("a.b.c")))).toBe(
      `${CLIENT}The parsing of the client_assertion failed.`,
    );
    const once = await assertion(endpoint(), clientId, key);
    expect(refusal(await post(endpoint(), service(once)))).toBe("200");
    expect(refusal(await post(endpoint(), service(once)))).toBe(
      `${CLIENT}The client_assertion token has already been used.`,
    );
    const [head, , signature] = (await assertion(endpoint(), clientId, key)).split(".");
    const claims = Buffer.from(JSON.stringify({ iss: clientId, sub: clientId, aud: endpoint(), exp: seconds(60) }));
    const changed = `${head}.${claims.toString("base64url")}.${signature}`;
    expect(refusal(await post(endpoint(), service(changed)))).toBe(
      `${CLIENT}The client_assertion signature is invalid.`,
    );
  });

  it("assertion: no kid and two keys, no keys at all", async () => {
    const two = await register(org, { jwks: { keys: [key.jwk, keyFor("ES384", "two").jwk] } });
    expect(
      refusal(await post(endpoint(), service(await assertion(endpoint(), two, key, { header: { kid: undefined } })))),
    ).toMatch(/kid is invalid/);
    const none = await register(org, {});
    expect(refusal(await post(endpoint(), service(await assertion(endpoint(), none, key))))).toMatch(
      /does not have a JWKSet configured/,
    );
  });

  const REQUESTS: [name: string, params: Record<string, string>, expected: string][] = [
    ["no grant type", { grant_type: "" }, "400 unsupported_grant_type"],
    ["unknown grant type", { grant_type: "password" }, "400 unsupported_grant_type"],
    [
      "a grant type of other apps",
      { grant_type: "refresh_token" },
      "400 unauthorized_client: The client is not authorized to use the provided grant type. Configured grant types: [client_credentials].",
    ],
    [
      "another assertion type",
      { client_assertion_type: "urn:x" },
      "400 invalid_request: The client_assertion_type is invalid.",
    ],
    ["another client_id", { client_id: "0oaother" }, "401 invalid_client: Invalid value for 'client_id' parameter."],
    ["a secret as well", { client_secret: "s" }, "401 invalid_request: Cannot supply multiple client credentials."],
    [
      "no scope",
      { scope: "" },
      "400 invalid_scope: The authorization server resource does not have any configured default scopes, 'scope' must be provided.",
    ],
    [
      "unknown scope",
      { scope: "okta.users.read okta.weather.read" },
      "400 invalid_scope: One or more scopes are not configured for the authorization server resource.",
    ],
    ["openid", { scope: "openid" }, "400 invalid_scope: Cannot request 'openid' scopes using client credentials."],
    [
      "a .self scope",
      { scope: "okta.users.read.self" },
      "400 client_credentials_self_scope_requested: The 'client_credentials' grant type may not request .self scopes.",
    ],
    [
      "nothing that was granted",
      { scope: "okta.roles.manage" },
      "400 consent_required: You are not allowed any of the requested scopes.",
    ],
  ];
  it.each(REQUESTS)("request: %s", async (_name, params, expected) => {
    expect(refusal(await ask({}, params))).toContain(expected);
  });

  it("request: nothing at all, JSON, GET, a parameter twice, a secret in the query, credentials that are no assertion", async () => {
    expect(refusal(await post(endpoint(), {}))).toMatch(
      /^400 invalid_request: The token request must specify a 'grant_type'/,
    );
    expect(short(await org.api("POST", "/oauth2/v1/token", {}))).toBe("400 E0000021");
    expect(short(await org.api("GET", "/oauth2/v1/token"))).toBe("405 E0000022");
    const grant_type = "client_credentials";
    expect(refusal(await post(`${endpoint()}?grant_type=x`, { grant_type }))).toMatch(
      /multiple parameters with the same name/,
    );
    expect(refusal(await post(`${endpoint()}?client_secret=x`, {}))).toMatch(/cannot be supplied via query/);
    expect(refusal(await post(endpoint(), { grant_type }))).toBe(`${CLIENT}No client credentials found.`);
    expect(refusal(await post(endpoint(), { grant_type, client_id: "0oanobody" }))).toBe(
      `${CLIENT}Invalid value for 'client_id' parameter.`,
    );
    expect(refusal(await post(endpoint(), { grant_type, client_id: clientId }))).toMatch(
      /must use the private_key_jwt/,
    );
    const basic = { authorization: `Basic ${Buffer.from(`${clientId}:x`).toString("base64")}` };
    expect(refusal(await post(endpoint(), { grant_type }, basic))).toMatch(/must use the private_key_jwt/);
    expect(refusal(await ask({}, {}, basic))).toMatch(
      /^401 invalid_request: Cannot supply multiple client credentials/,
    );
  });
});
