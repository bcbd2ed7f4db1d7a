import { describe, expect, it } from "vitest";
import { refusal, SignInRefused, type Who } from "../../../../src/okta/auth/refusal.ts";
import type { WireAnswer } from "../../../../src/okta/exchange.ts";

const ORG = "https://acme.okta.com";
const json = (status: number, body: object): WireAnswer => ({
  status,
  headers: { "content-type": "application/json", "x-okta-request-id": "req1" },
  text: JSON.stringify(body),
});
const oauth = (status: number, error: string, error_description?: string): WireAnswer =>
  json(status, { error, error_description });
const failure = (answer: WireAnswer, who: Who = "app", orgUrl = ORG, secrets: readonly string[] = []) =>
  refusal(answer, { who, orgUrl, secrets }).failure;

describe("a refused sign-in", () => {
  /** [who, error, description in Okta's words, what mends it] */
  const cases: readonly [Who, string, string, RegExp][] = [
    [
      "app",
      "invalid_client",
      "The issuer claim for client_assertion is not a valid client_id.",
      /check OKTA_CLIENT_ID/,
    ],
    ["app", "invalid_client", "The client_assertion JWT kid is invalid.", /check OKTA_KEY_ID/],
    ["app", "invalid_client", "The client_assertion signature is invalid.", /private key is not the one of this app/],
    [
      "app",
      "invalid_client",
      "The client does not have a JWKSet configured, but the client_assertion requires one.",
      /app has no public key/,
    ],
    [
      "app",
      "invalid_client",
      "The audience claim for client_assertion must be the endpoint invoked for the request.",
      /custom domain, OKTA_ORG_URL must be/,
    ],
    ["app", "invalid_client", "The client_assertion token is expired.", /clock/],
    ["app", "invalid_client", "Something new.", /check OKTA_CLIENT_ID, and that its app holds the public half/],
    ["app", "invalid_scope", "One or more scopes are not configured.", /check OKTA_SCOPES/],
    ["app", "consent_required", "You are not allowed any of the requested scopes.", /grant them in the app's Okta API/],
    ["app", "unauthorized_client", "Configured grant types: [password].", /must be an API Services app/],
    ["app", "invalid_dpop_proof", "The DPoP proof JWT is invalid.", /wrong clock/],
    ["app", "temporarily_odd", "Who knows.", /^Okta refuses the sign-in\.$/],
    ["app", "constructor", "Who knows.", /^Okta refuses the sign-in\.$/],
    ["person", "invalid_client", "Invalid value for 'client_id' parameter.", /must be an OIDC Native Application/],
    [
      "person",
      "unauthorized_client",
      "Configured grant types: [].",
      /grant types Device Authorization and Refresh Token/,
    ],
    ["person", "invalid_grant", "The refresh token is invalid or expired.", /run okta-users-mcp login/],
    ["person", "expired_token", "The device code has expired.", /not used in time/],
    ["person", "access_denied", "Denied.", /was denied/],
  ];
  it.each(cases)("of %s: %s, %s", (who, error, description, mends) => {
    const found = refusal(oauth(400, error, description), { who, orgUrl: ORG, secrets: [] });
    expect(found).toBeInstanceOf(SignInRefused);
    expect(found.failure).toMatchObject({ code: "unauthorized", status: 400, requestId: "req1" });
    expect(found.failure.summary).toMatch(mends);
    expect(found.failure.causes).toEqual([`${error}: ${description}`]);
  });

  it("without a description says the error alone", () => {
    expect(failure(oauth(401, "invalid_client")).causes).toEqual(["invalid_client"]);
  });

  /** [the org's address, whether it is one of Okta's own] */
  const hosts: readonly [string, boolean][] = [
    ["https://acme.okta.com", true],
    ["https://acme.oktapreview.com", true],
    ["https://acme.okta-emea.com", true],
    ["https://acme.okta-gov.com", true],
    ["https://acme.okta.mil", true],
    ["https://acme.trex-govcloud.com", true],
    ["http://127.0.0.1:3000", true],
    ["http://localhost:3000", true],
    ["http://[::1]:3000", true],
    ["https://login.acme.example", false],
    ["https://okta.com.acme.example", false],
    ["https://acme-okta.com", false],
    ["https://acme.okta.com.example", false],
  ];
  it.each(hosts)("at %s, Okta's own name: %s", (orgUrl, own) => {
    for (const answer of [oauth(401, "invalid_client"), { status: 404, headers: {}, text: "<html>" }])
      expect(
        /looks like a custom domain: .*https:\/\/your-org\.okta\.com/.test(failure(answer, "app", orgUrl).summary),
      ).toBe(!own);
  });

  it("never repeats what was sent in confidence", () => {
    const secret = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln+/=";
    for (const echoed of [secret, encodeURIComponent(secret)]) {
      const { causes } = failure(oauth(400, "invalid_request", `what is ${echoed}?`), "app", ORG, [secret]);
      expect(causes).toEqual(["invalid_request: what is [secret]?"]);
    }
  });
});

describe("what is no answer of an authorization server", () => {
  const html = { "content-type": "text/html;charset=utf-8" };
  /** [what, the answer, the code, what it says] */
  const cases: readonly [string, WireAnswer, string, RegExp][] = [
    [
      "a web page",
      { status: 200, headers: html, text: "<!doctype html>" },
      "bad_response",
      /with a web page, not as an Okta org/,
    ],
    [
      "a page for what is not there",
      { status: 404, headers: html, text: "" },
      "bad_response",
      /OKTA_ORG_URL answers with a web/,
    ],
    ["a page that does not say so", { status: 404, headers: {}, text: " <html>" }, "bad_response", /with a web page/],
    ["nothing", { status: 404, headers: {}, text: "" }, "bad_response", /answers 404 without a word/],
    ["other JSON", json(200, { ok: true }), "bad_response", /not as an Okta org does/],
    ["a list", { status: 400, headers: {}, text: "[]" }, "bad_response", /not as an Okta org does/],
    [
      "a redirect",
      { status: 302, headers: { location: "https://x.example" }, text: "" },
      "bad_response",
      /with a redirect/,
    ],
    [
      "a failure",
      { status: 503, headers: html, text: "<html>" },
      "bad_response",
      /could not sign anybody in just now \(503\)/,
    ],
    ["too many", json(429, { errorCode: "E0000047" }), "rate_limited", /rate limit for sign-ins/],
    [
      "an error of the API",
      json(400, { errorCode: "E0000021", errorSummary: "Bad request.", errorCauses: [] }),
      "unauthorized",
      /^Okta refuses the sign-in/,
    ],
  ];
  it.each(cases)("%s", (_, answer, code, says) => {
    const found = failure(answer);
    expect(found.code).toBe(code);
    expect(found.summary).toMatch(says);
  });
});
