import { once } from "node:events";
import { createServer } from "node:http";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readKey, type SigningKey } from "../../../../src/okta/auth/key.ts";
import { authorizerFor } from "../../../../src/okta/auth/oauth.ts";
import type { Connection } from "../../../../src/okta/connection.ts";
import { startOrg, type TestOrg } from "../../../support/org.ts";
import { ecPair, jwk, pem, rsaPair } from "./keys.ts";
import { closeConnections, connectTo, failureOf, get, jwks, later, register, tokenRequests } from "./org.ts";

const SCOPES = ["okta.users.read", "okta.groups.read"];
const rsa = rsaPair();
const ec = ecPair();
const EC_KEY = readKey(pem(ec.privateKey));
let org: TestOrg;
let connection: Connection;

beforeAll(async () => {
  org = await startOrg("--users", "20");
});
beforeEach(() => {
  connection = connectTo(org.url);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await closeConnections();
  await org.control("POST", "reset");
});
afterAll(() => org.stop());

const appWith = (options: object = {}): Promise<string> => register(org, { jwks: jwks(jwk(ec.publicKey)), ...options });
const signIn = (clientId: string, key: SigningKey = EC_KEY, to = connection, scopes: readonly string[] = SCOPES) =>
  authorizerFor({ kind: "app", clientId, key, scopes }, to);

describe("a service app", () => {
  /** [algorithm, key] */
  const keys: readonly [string, ReturnType<typeof rsaPair>][] = [
    ["RS256", rsa],
    ["RS384", rsa],
    ["RS512", rsa],
    ["ES256", ec],
    ["ES384", ecPair("P-384")],
    ["ES512", ecPair("P-521")],
  ];
  it.each(keys)("signs in with %s", async (alg, pair) => {
    const clientId = await register(org, { jwks: jwks(jwk(pair.publicKey)) });
    const key = readKey(JSON.stringify({ ...jwk(pair.privateKey), alg }));
    expect(key.algorithm).toBe(alg);
    expect((await get(connection, signIn(clientId, key))).answer.status).toBe(200);
  });

  it("names its key where the app has several", async () => {
    const clientId = await appWith({
      jwks: jwks({ ...jwk(rsa.publicKey), kid: "one" }, { ...jwk(ec.publicKey), kid: "two" }),
    });
    expect((await get(connection, signIn(clientId, readKey(pem(ec.privateKey), "two")))).answer.status).toBe(200);
    expect(
      (await failureOf(() => get(connection, signIn(clientId, readKey(pem(ec.privateKey), "three"))))).summary,
    ).toMatch(/check OKTA_KEY_ID/);
  });

  it("asks for one token, however many calls come first", async () => {
    const authorizer = signIn(await appWith());
    const [answers, log] = await org.watch(() =>
      Promise.all(Array.from({ length: 50 }, () => get(connection, authorizer))),
    );
    expect(answers.map(({ answer }) => answer.status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(tokenRequests(log)).toEqual([200]);
  });

  it("who gives up waiting for a token takes it from nobody else", async () => {
    const authorizer = signIn(await appWith());
    await org.fault({ kind: "delay", path: "/oauth2/v1/token", delayMs: 300 });
    const gone = new AbortController();
    const [, log] = await org.watch(async () => {
      const first = failureOf(() => get(connection, authorizer, undefined, gone));
      const second = get(connection, authorizer);
      gone.abort();
      expect((await first).code).toBe("cancelled");
      expect((await failureOf(() => get(connection, authorizer, undefined, gone))).code).toBe("cancelled");
      const deadline = Date.now() + 20;
      expect((await failureOf(() => get(connection, authorizer, undefined, { deadline }))).code).toBe("timeout");
      expect((await second).answer.status).toBe(200);
    });
    expect(tokenRequests(log)).toEqual([200]);
  });

  it.each(["drop-before", "drop-after", "truncate"])("signs a new assertion after %s", async (kind) => {
    const authorizer = signIn(await appWith());
    await org.fault({ kind, path: "/oauth2/v1/token" });
    expect((await get(connection, authorizer)).answer.status).toBe(200);
  });

  it("tries anew after a sign-in that failed", async () => {
    const authorizer = signIn(await appWith());
    await org.fault({ kind: "html", path: "/oauth2/v1/token" });
    expect((await failureOf(() => get(connection, authorizer))).code).toBe("bad_response");
    expect((await get(connection, authorizer)).answer.status).toBe(200);
  });
});

describe("an access token", () => {
  const LIFETIME = 60;
  const short = () => org.control("POST", "oauth", { accessTokenSeconds: LIFETIME });

  it("is renewed ahead of its end while it still serves", async () => {
    await short();
    let passed = 0;
    const authorizer = signIn(
      await appWith(),
      EC_KEY,
      later(connection, () => passed),
    );
    const ask = async (): Promise<string> => (await authorizer.authorize("GET", org.url)).authorization ?? "";
    const [, log] = await org.watch(async () => {
      const first = await ask();
      passed = LIFETIME * 0.7;
      expect(await ask()).toBe(first);
      passed = LIFETIME * 0.8;
      expect(await Promise.all([ask(), ask(), ask()])).toEqual([first, first, first]);
      await vi.waitFor(async () => expect(await ask()).not.toBe(first), 5_000);
    });
    expect(tokenRequests(log)).toEqual([200, 200]);
  });

  it("serves on while a renewal ahead fails, which is not tried again at once", async () => {
    await short();
    let passed = 0;
    const shifted = later(connection, () => passed);
    const failed = vi.fn();
    const post: Connection["post"] = async (path, make) => {
      const answer = await connection.post(path, make);
      if (answer.text.startsWith("<")) failed();
      return answer;
    };
    const authorizer = signIn(await appWith(), EC_KEY, { ...shifted, post });
    const first = await authorizer.authorize("GET", org.url);
    passed = LIFETIME * 0.8;
    await org.fault({ kind: "html", path: "/oauth2/v1/token" });
    expect(await authorizer.authorize("GET", org.url)).toEqual(first);
    await vi.waitFor(() => expect(failed).toHaveBeenCalled(), 5_000);
    const [, log] = await org.watch(async () => {
      for (let n = 0; n < 5; n += 1) expect(await authorizer.authorize("GET", org.url)).toEqual(first);
      expect((await get(connection, authorizer)).answer.status).toBe(200);
    });
    expect(tokenRequests(log)).toEqual([]);
  });

  it("is waited for once the old one is too old", async () => {
    await short();
    let passed = 0;
    const authorizer = signIn(
      await appWith(),
      EC_KEY,
      later(connection, () => passed),
    );
    const first = await authorizer.authorize("GET", org.url);
    passed = LIFETIME * 0.97;
    expect(await authorizer.authorize("GET", org.url)).not.toEqual(first);
  });

  it("that Okta refuses is renewed once, however many calls were refused", async () => {
    const clientId = await appWith({ native: true });
    const authorizer = signIn(clientId);
    const { sent } = await get(connection, authorizer);
    const token = sent.authorization?.replace("Bearer ", "") ?? "";
    await connection.post("/oauth2/v1/revoke", async () => ({ form: { token, client_id: clientId } }));
    const [, log] = await org.watch(async () => {
      const refused = await Promise.all(Array.from({ length: 10 }, () => get(connection, authorizer)));
      expect(refused.map(({ answer }) => answer.status)).toEqual(Array.from({ length: 10 }, () => 401));
      const again = refused.map((call) => {
        expect(authorizer.refused(call.sent, call.answer.headers)).toBe(true);
        return get(connection, authorizer);
      });
      expect((await Promise.all(again)).map(({ answer }) => answer.status)).toEqual(
        Array.from({ length: 10 }, () => 200),
      );
    });
    expect(tokenRequests(log)).toEqual([200]);
    const [, late] = await org.watch(async () => {
      // A refusal of the old one that comes late says nothing of the new one.
      expect(authorizer.refused(sent)).toBe(true);
      expect((await get(connection, authorizer)).answer.status).toBe(200);
    });
    expect(tokenRequests(late)).toEqual([]);
  });
});

describe("a wrong clock", () => {
  /** [by how many seconds, what tokens are] */
  const clocks: readonly [number, boolean][] = [
    [7200, false],
    [-7200, false],
    [7200, true],
    [-7200, true],
    [90, true],
  ];
  it.each(clocks)("%i seconds off, with proofs: %s", async (seconds, dpop) => {
    const clientId = await appWith({ dpop });
    const real = Date.now;
    vi.spyOn(Date, "now").mockImplementation(() => real() + seconds * 1000);
    const own = connectTo(org.url);
    const authorizer = signIn(clientId, EC_KEY, own);
    for (let n = 0; n < 2; n += 1) expect((await get(own, authorizer)).answer.status).toBe(200);
    const [, log] = await org.watch(async () => {
      // Known by now: the next sign-in does not meet it again.
      expect((await get(own, signIn(clientId, EC_KEY, own))).answer.status).toBe(200);
    });
    expect(tokenRequests(log)).toEqual(dpop ? [400, 400, 200] : [200]);
  });

  it.each([false, true])("of Okta's, at the very first sign-in, with proofs: %s", async (dpop) => {
    await org.control("POST", "clock", { advanceSeconds: 200 });
    const own = connectTo(org.url);
    expect((await get(own, signIn(await appWith({ dpop }), EC_KEY, own))).answer.status).toBe(200);
  });

  it("in the Date of the answers does no harm either", async () => {
    const authorizer = signIn(await appWith({ dpop: true }));
    await get(connection, authorizer);
    // Assertions and proofs are judged by the real time, so the org's own Date is wrong now.
    await org.control("POST", "clock", { advanceSeconds: 600 });
    expect((await get(connection, authorizer)).answer.status).toBe(200);
    const late = await get(connection, authorizer);
    expect(late.answer.status).toBe(400);
    expect(authorizer.refused(late.sent, late.answer.headers)).toBe(true);
    expect((await get(connection, authorizer)).answer.status).toBe(200);
    await org.control("POST", "clock", { advanceSeconds: 3600 });
    const expired = await get(connection, authorizer);
    expect(expired.answer.status).toBe(401);
    expect(authorizer.refused(expired.sent, expired.answer.headers)).toBe(true);
    expect((await get(connection, authorizer)).answer.status).toBe(200);
    expect((await get(connection, signIn(await appWith()))).answer.status).toBe(200);
  });
});

describe("proof of possession", () => {
  it("is given once Okta asks, with the nonce, which is kept", async () => {
    const authorizer = signIn(await appWith({ dpop: true }));
    const [first, log] = await org.watch(() => get(connection, authorizer));
    expect(first.answer.status).toBe(200);
    expect(first.sent.authorization).toMatch(/^DPoP /);
    expect(tokenRequests(log)).toEqual([400, 400, 200]);
    const [, again] = await org.watch(async () => {
      authorizer.refused(first.sent);
      expect((await get(connection, authorizer)).answer.status).toBe(200);
    });
    expect(tokenRequests(again)).toEqual([200]);
  });

  it.each([
    ["dpop", true],
    ["DPOP", true],
    ["bearer", false],
    ["BEARER", false],
  ])("goes by the type of the token, here %s", async (type, dpop) => {
    const post: Connection["post"] = async (path, make) => {
      const answer = await connection.post(path, make);
      return { ...answer, text: answer.text.replace(/"token_type":"[^"]*"/, `"token_type":"${type}"`) };
    };
    const { sent, answer } = await get(connection, signIn(await appWith({ dpop }), EC_KEY, { ...connection, post }));
    expect(answer.status).toBe(200);
    expect(sent.authorization).toMatch(dpop ? /^DPoP / : /^Bearer /);
  });

  it("cannot be given for a token nobody asked to prove", async () => {
    const post: Connection["post"] = async (path, make) => {
      const answer = await connection.post(path, make);
      return { ...answer, text: answer.text.replace('"Bearer"', '"DPoP"') };
    };
    const authorizer = signIn(await appWith(), EC_KEY, { ...connection, post });
    expect((await failureOf(() => get(connection, authorizer))).code).toBe("bad_response");
  });

  it("is another one for each of many calls", async () => {
    const authorizer = signIn(await appWith({ dpop: true }));
    const [calls, log] = await org.watch(() =>
      Promise.all(Array.from({ length: 50 }, () => get(connection, authorizer))),
    );
    expect(calls.map(({ answer }) => answer.status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(tokenRequests(log)).toEqual([400, 400, 200]);
    expect(new Set(calls.map(({ sent }) => decodeJwt(sent.dpop ?? "").jti)).size).toBe(50);
  });

  it("fits paths with escapes", async () => {
    const authorizer = signIn(await appWith({ dpop: true }));
    for (const login of [
      "o'neil+a b%@example.com",
      "j\u00FCrgen#1@example.com",
      'a"b@example.com',
      "a&b=c;d,e@x.example",
    ]) {
      const { answer } = await get(connection, authorizer, `/api/v1/users/${encodeURIComponent(login)}?x=%40`);
      expect([login, answer.status]).toEqual([login, 404]);
    }
    expect((await get(connection, authorizer, "/api/v1/users?search=profile.login+eq+%22a%40b%22")).answer.status).toBe(
      200,
    );
  });

  it("holds nothing private", async () => {
    const { sent } = await get(connection, signIn(await appWith({ dpop: true })));
    const { alg, typ, jwk: shown } = decodeProtectedHeader(sent.dpop ?? "");
    expect([alg, typ]).toEqual(["ES256", "dpop+jwt"]);
    expect(Object.keys(shown ?? {})).toEqual(["kty", "crv", "x", "y"]);
  });

  it("takes up a nonce that the API asks for, once", async () => {
    const authorizer = signIn(await appWith({ dpop: true }));
    const { sent } = await get(connection, authorizer);
    const asked = { "www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": "n1" };
    expect(authorizer.refused(sent, asked)).toBe(true);
    const next = await authorizer.authorize("GET", org.url);
    expect(decodeJwt(next.dpop ?? "").nonce).toBe("n1");
    expect(next.authorization).toBe(sent.authorization);
    expect(authorizer.refused(next, asked)).toBe(false);
  });

  it("takes it up for every call that was signed without it", async () => {
    const authorizer = signIn(await appWith({ dpop: true }));
    const sent = [await authorizer.authorize("GET", org.url), await authorizer.authorize("GET", org.url)];
    const asked = { "www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": "n1" };
    expect(sent.map((headers) => authorizer.refused(headers, asked))).toEqual([true, true]);
  });
});

describe("a service app that cannot sign in is told why", () => {
  /** [what, the client, the key, the scopes, code, what it says, the cause] */
  const cases: readonly [string, object | string, SigningKey, readonly string[], RegExp, string][] = [
    [
      "nobody knows the client",
      "0oanobody",
      EC_KEY,
      SCOPES,
      /check OKTA_CLIENT_ID/,
      "invalid_client: The issuer claim",
    ],
    [
      "another key",
      {},
      readKey(pem(ecPair().privateKey)),
      SCOPES,
      /private key is not the one of this app/,
      "invalid_client:",
    ],
    ["another kind of key", {}, readKey(pem(rsa.privateKey)), SCOPES, /check OKTA_KEY_ID/, "invalid_client:"],
    [
      "an app without keys",
      { jwks: undefined },
      EC_KEY,
      SCOPES,
      /app has no public key/,
      "invalid_client: The client does",
    ],
    [
      "a scope nobody knows",
      {},
      EC_KEY,
      ["okta.nonsense.read"],
      /check OKTA_SCOPES/,
      "invalid_scope: One or more scopes",
    ],
    [
      "no scope granted",
      { scopes: ["okta.logs.read"] },
      EC_KEY,
      SCOPES,
      /grant them in the app's Okta API/,
      "consent_required:",
    ],
    [
      "a scope for people",
      {},
      EC_KEY,
      ["okta.users.read.self"],
      /take the .self scopes out of OKTA_SCOPES/,
      "client_credentials_self",
    ],
  ];
  it.each(cases)("%s", async (_, client, key, scopes, says, cause) => {
    const clientId = typeof client === "string" ? client : await appWith(client);
    const failure = await failureOf(() => get(connection, signIn(clientId, key, connection, scopes)));
    expect(failure.code).toBe("unauthorized");
    expect(failure.summary).toMatch(says);
    expect(failure.causes?.join()).toContain(cause);
    expect(failure.causes?.join().includes(`asked for: ${scopes.join(" ")}`)).toBe(!cause.startsWith("invalid_client"));
  });

  /** [what answers, kind of fault, how often, code, what it says] */
  const faults: readonly [string, object, string, RegExp][] = [
    ["a web page", { kind: "html" }, "bad_response", /OKTA_ORG_URL answers with a web page/],
    ["a redirect", { kind: "redirect" }, "bad_response", /with a redirect/],
    ["a 503 again and again", { kind: "status", status: 503, count: 3 }, "bad_response", /just now \(503\)/],
    ["a connection that breaks again and again", { kind: "drop-before", count: 3 }, "unreachable", /to sign in/],
  ];
  it.each(faults)("%s", async (_, fault, code, says) => {
    const authorizer = signIn(await appWith());
    await org.fault({ path: "/oauth2/v1/token", ...fault });
    const failure = await failureOf(() => get(connection, authorizer));
    expect(failure.code).toBe(code);
    expect(failure.summary).toMatch(says);
  });

  it("without a word of what was sent in confidence", async () => {
    const echo = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const form = new URLSearchParams(body);
      const heard = `${form.get("client_assertion")} ${encodeURIComponent(body)} ${request.headers.dpop}`;
      response.writeHead(400, { "content-type": "application/json" });
      const error = request.headers.dpop === undefined ? "invalid_dpop_proof" : "invalid_client";
      response.end(JSON.stringify({ error, error_description: heard }));
    }).listen(0, "127.0.0.1");
    await once(echo, "listening");
    const address = echo.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const there = connectTo(`http://127.0.0.1:${port}`);
    const failure = await failureOf(() => get(there, signIn("0oaecho", EC_KEY, there)));
    expect(JSON.stringify(failure)).not.toMatch(/eyJ/);
    expect(failure.causes?.join()).toContain("[secret]");
    echo.close();
  });
});
