import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { sandboxFor, text } from "./harness.ts";
import {
  assertion,
  bearer,
  type Change,
  keyFor,
  post,
  proof,
  refusal,
  register,
  seconds,
  service,
} from "./oauth-signing.ts";

const org = sandboxFor({ users: 30 });
const endpoint = () => `${org.sandbox.url}/oauth2/v1/token`;
const users = () => `${org.sandbox.url}/api/v1/users`;
const key = keyFor("ES256");
let clientId = "";

beforeAll(async () => {
  clientId = await register(org, { jwks: { keys: [key.jwk] }, dpop: true });
});

const ask = async (headers: Record<string, string>) =>
  post(endpoint(), service(await assertion(endpoint(), clientId, key)), headers);

async function nonce(): Promise<string> {
  const reply = await ask({ dpop: await proof("POST", endpoint(), key) });
  return reply.headers.get("dpop-nonce") ?? "";
}

async function boundToken(): Promise<string> {
  const reply = await ask({ dpop: await proof("POST", endpoint(), key, { claims: { nonce: await nonce() } }) });
  return text(reply.body, "access_token");
}

describe("a token bound to a key", () => {
  it("comes after the recorded exchange", async () => {
    expect(refusal(await ask({}))).toBe("400 invalid_dpop_proof: The DPoP proof JWT header is missing.");
    const first = await ask({ dpop: await proof("POST", endpoint(), key) });
    expect(refusal(first)).toBe("400 use_dpop_nonce: Authorization server requires nonce in DPoP proof.");
    const given = first.headers.get("dpop-nonce") ?? "";
    const second = await ask({ dpop: await proof("POST", endpoint(), key, { claims: { nonce: given } }) });
    expect(second.body).toMatchObject({ token_type: "DPoP", expires_in: 3600, scope: "okta.users.read" });
    expect(second.headers.get("dpop-nonce")).toBe(given);
  });

  it("is not given to a client that need not prove anything, whatever it sends", async () => {
    const id = await register(org, { jwks: { keys: [key.jwk] } });
    const reply = await post(endpoint(), service(await assertion(endpoint(), id, key)), { dpop: "nonsense" });
    expect(reply.body).toMatchObject({ token_type: "Bearer" });
  });

  it("takes nonces of the last three days, and hands out a new one every day", async () => {
    const old = await nonce();
    const withOld = async () => ask({ dpop: await proof("POST", endpoint(), key, { claims: { nonce: old } }) });
    await org.control("POST", "/sandbox/clock", { advanceSeconds: 2 * 86_400 });
    const reply = await withOld();
    expect(reply.status).toBe(200);
    expect(reply.headers.get("dpop-nonce")).not.toBe(old);
    await org.control("POST", "/sandbox/clock", { advanceSeconds: 86_400 });
    expect(refusal(await withOld())).toMatch(/^400 use_dpop_nonce/);
  });
});

/** Refusals that the token endpoint and the API have in common. */
const PROOFS: [name: string, change: Change, expected: string][] = [
  ["another type", { header: { typ: "JWT" } }, "'typ' must be 'dpop+jwt' in the DPoP proof JWT."],
  ["no type", { header: { typ: undefined } }, "'typ' must be 'dpop+jwt' in the DPoP proof JWT."],
  [
    "signed with a secret",
    { header: { alg: "HS256" }, key: new Uint8Array(64) },
    "The DPoP proof JWT signature algorithm is invalid.",
  ],
  ["no key", { header: { jwk: undefined } }, "The DPoP proof JWT is invalid."],
  [
    "a private key",
    { header: { jwk: { ...keyFor("ES256").sign.export({ format: "jwk" }) } } },
    "The DPoP proof JWT is invalid.",
  ],
  ["another key", { header: { jwk: keyFor("ES256").jwk } }, "The DPoP proof JWT signature is invalid."],
  ["another method", { claims: { htm: "PATCH" } }, "'htm' claim in the DPoP proof JWT is invalid."],
  ["no method", { claims: { htm: undefined } }, "'htm' claim in the DPoP proof JWT is invalid."],
  [
    "another address",
    { claims: { htu: "http://127.0.0.1/api/v1/users" } },
    "'htu' claim in the DPoP proof JWT is invalid.",
  ],
  ["no address", { claims: { htu: undefined } }, "'htu' claim in the DPoP proof JWT is invalid."],
  ["no time", { claims: { iat: undefined } }, "'iat' claim in the DPoP proof JWT is invalid."],
  [
    "older than five minutes",
    { claims: { iat: seconds(-310) } },
    "The DPoP proof JWT is issued more than five minutes in the past.",
  ],
  ["from the future", { claims: { iat: seconds(120) } }, "The DPoP proof JWT is issued in the future."],
  ["expired", { claims: { exp: seconds(-1) } }, "The DPoP proof JWT is expired."],
  ["no id", { claims: { jti: undefined } }, "'jti' claim in the DPoP proof JWT is invalid."],
];

describe("proofs at the token endpoint", () => {
  it.each(PROOFS)("refused: %s", async (_name, change, expected) => {
    const claims = { nonce: await nonce(), ...change.claims };
    const reply = await ask({ dpop: await proof("POST", endpoint(), key, { ...change, claims }) });
    expect(refusal(reply)).toBe(`400 invalid_dpop_proof: ${expected}`);
  });

  it("refused: used twice, two headers, no JWT, a nonce of nobody's", async () => {
    const claims = { nonce: await nonce() };
    const once = await proof("POST", endpoint(), key, { claims });
    expect((await ask({ dpop: once })).status).toBe(200);
    expect(refusal(await ask({ dpop: once }))).toBe(
      "400 invalid_dpop_proof: The DPoP proof JWT has already been used.",
    );
    expect(refusal(await ask({ dpop: `${once}, ${once}` }))).toMatch(/Multiple DPoP proof JWT headers are not allowed/);
    expect(refusal(await ask({ dpop: "nonsense" }))).toMatch(/The DPoP proof JWT cannot be parsed/);
    const foreign = await proof("POST", endpoint(), key, { claims: { nonce: randomUUID() } });
    expect(refusal(await ask({ dpop: foreign }))).toMatch(/^400 use_dpop_nonce/);
  });
});

describe("a bound token at the API", () => {
  const get = (url: string, headers: Record<string, string>) => fetch(url, { headers });
  const api = async (token: string, change: Change & { token?: string } = {}, url = users(), htu = url) =>
    get(url, { authorization: `DPoP ${token}`, dpop: await proof("GET", htu, key, { token, ...change }) });

  /** `status error: description` of the challenge, which must be of that scheme. */
  function challenge({ status, headers }: Response, scheme = "DPoP"): string {
    const url = org.sandbox.url;
    const algorithms = scheme === "DPoP" ? 'algs="RS256 RS384 RS512 ES256 ES384 ES512", ' : "";
    const start = `${scheme} ${algorithms}authorization_uri="${url}/oauth2/v1/authorize", realm="${url}", scope="okta.users.read", `;
    const text = headers.get("www-authenticate") ?? "";
    expect(text.startsWith(start), text).toBe(true);
    const [, error, description] =
      /error="(\w+)", error_description="([^"]+)", resource="\/api\/v1\/users"$/.exec(text) ?? [];
    return `${status} ${error}: ${description}`;
  }

  it("opens with a proof for each request", async () => {
    const token = await boundToken();
    expect((await api(token)).status).toBe(200);
    expect((await api(token, {}, `${users()}?limit=1`, users())).status).toBe(200);
    expect((await api(token, {}, `${users()}?limit=1`)).status).toBe(200);
  });

  it.each(PROOFS)("refused: %s", async (_name, change, expected) => {
    const reply = await api(await boundToken(), change);
    expect(challenge(reply)).toBe(`400 invalid_dpop_proof: ${expected}`);
    expect(await reply.text()).toBe("");
  });

  it("refused: proofs that are used, for another token, or of another key", async () => {
    const token = await boundToken();
    const once = { authorization: `DPoP ${token}`, dpop: await proof("GET", users(), key, { token }) };
    expect((await get(users(), once)).status).toBe(200);
    expect(challenge(await get(users(), once))).toBe(
      "400 invalid_dpop_proof: The DPoP proof JWT has already been used.",
    );
    const ath = "400 invalid_dpop_proof: 'ath' claim in the DPoP proof does not match the presented access_token.";
    expect(challenge(await api(token, { token: await boundToken() }))).toBe(ath);
    expect(challenge(await api(token, { claims: { ath: undefined } }))).toBe(ath);
    const foreign = { authorization: `DPoP ${token}`, dpop: await proof("GET", users(), keyFor("ES256"), { token }) };
    expect(challenge(await get(users(), foreign))).toBe(
      "400 invalid_dpop_proof: The access_token is not bound to the provided DPoP proof.",
    );
  });

  it("refused: as Bearer, without a proof, unknown; a Bearer token with a proof", async () => {
    const token = await boundToken();
    const dpop = await proof("GET", users(), key, { token });
    const missing = "400 invalid_request: The resource request requires a DPoP proof.";
    expect(challenge(await get(users(), { authorization: `Bearer ${token}` }), "Bearer")).toBe(missing);
    expect(challenge(await get(users(), { authorization: `DPoP ${token}` }))).toBe(missing);
    expect(challenge(await get(users(), { authorization: `Bearer ${token}`, dpop }), "Bearer")).toMatch(
      /must use the DPoP authentication scheme/,
    );
    expect(challenge(await api("nonsense"))).toBe("401 invalid_token: The access token is invalid.");
    expect(challenge(await api(await bearer(org, "okta.users.read")))).toBe(
      "401 invalid_token: The presented access_token is not DPoP bound.",
    );
  });

  it("compares the address with its escapes undone", async () => {
    const token = await boundToken();
    const escaped = `${users()}/nobody%40x.example`;
    expect((await api(token, {}, escaped, `${users()}/nobody@x.example`)).status).toBe(404);
    expect((await api(token, {}, escaped)).status).toBe(400);
    expect((await api(token, {}, `${users()}/no%20body`, `${users()}/no%20body`)).status).toBe(404);
  });

  it("is refused for a missing scope in the reported form", async () => {
    const reply = await api(await boundToken(), {}, `${org.sandbox.url}/api/v1/groups?limit=1`);
    expect(reply.status).toBe(403);
    expect(await reply.text()).toBe("");
    expect(reply.headers.get("www-authenticate")).toMatch(
      /^DPoP algs=.* scope="okta\.groups\.read", error="insufficient_scope", .* resource="\/api\/v1\/groups"$/,
    );
  });
});
