import { conceal } from "../conceal.ts";
import { OktaError, parseErrorBody } from "../error.ts";
import type { WireAnswer } from "../exchange.ts";
import { headerOf, requestIdOf } from "../header.ts";
import { isLoopback, isOktaHost } from "../host.ts";
import { waitAfter429 } from "../rate-limit.ts";

/** Who signs in: an app with its own key, or a person. */
export type Who = "app" | "person";

/** A refusal in the words of OAuth. */
export class SignInRefused extends OktaError {
  /** The `error` of the answer, such as `invalid_client`. */
  readonly error: string;

  constructor(error: string, failure: OktaError["failure"]) {
    super(failure);
    this.error = error;
  }
}

/** What is known of a request that was refused. */
export interface Asked {
  readonly who: Who;
  readonly orgUrl: string;
  /** What was sent in confidence. */
  readonly secrets: readonly string[];
  /** The scopes asked for, where any were. */
  readonly scope?: string | undefined;
}

/** The JSON object in an answer; empty where there is none. */
export function readObject({ text }: WireAnswer): Readonly<Record<string, unknown>> {
  try {
    const said: unknown = JSON.parse(text);
    return typeof said === "object" && said !== null ? { ...said } : {};
  } catch {
    return {};
  }
}

/** What an answer of the authorization server means that is not the one asked for, and what mends it. */
export function refusal(raw: WireAnswer, { who, orgUrl, secrets, scope }: Asked): OktaError {
  const answer = conceal(secrets, raw);
  const { status } = answer;
  const said = { status, requestId: requestIdOf(answer.headers) };
  const { error, error_description: description } = readObject(answer);
  if (status === 429)
    return new OktaError({
      ...said,
      code: "rate_limited",
      summary: "Okta's rate limit for sign-ins is used up.",
      retryAt: new Date(Date.now() + waitAfter429(answer.headers, 0)).toISOString(),
    });
  if (typeof error === "string" && error !== "") {
    const text = typeof description === "string" ? description : "";
    return new SignInRefused(error, {
      ...said,
      code: "unauthorized",
      summary: (remedy(who, error, text) ?? "Okta refuses the sign-in.") + customDomain(orgUrl),
      causes: [
        text === "" ? error : `${error}: ${text}`,
        // Okta does not say which of them it is.
        ...(ABOUT_SCOPES.includes(error) && scope ? [`asked for: ${scope}`] : []),
      ],
    });
  }
  const own = parseErrorBody(readObject(answer));
  if (own && status < 500)
    return new OktaError({
      ...said,
      code: "unauthorized",
      summary: `Okta refuses the sign-in.${customDomain(orgUrl)}`,
      causes: [`${own.code}: ${own.summary}`, ...own.causes],
    });
  return new OktaError({ ...said, code: "bad_response", summary: strange(answer) + customDomain(orgUrl) });
}

const ABOUT_SCOPES = ["invalid_scope", "consent_required", "client_credentials_self_scope_requested"];

function strange({ status, headers, text }: WireAnswer): string {
  if (status >= 500) return `Okta could not sign anybody in just now (${status}); try again later.`;
  if (status >= 300 && status < 400)
    return "OKTA_ORG_URL answers with a redirect, not as an Okta org does: check that it is the address of the org.";
  const page = /^text\/html\b/i.test(headerOf(headers, "content-type") ?? "") || /^\s*</.test(text);
  return `OKTA_ORG_URL answers ${page ? "with a web page" : `${status} without a word`}, not as an Okta org does: check that it is the address of the org, and that no proxy answers instead.`;
}

/** A hint for orgs behind a name of their own: their authorization server goes by Okta's. */
function customDomain(orgUrl: string): string {
  const { hostname } = new URL(orgUrl);
  if (isOktaHost(hostname) || isLoopback(hostname)) return "";
  return " OKTA_ORG_URL looks like a custom domain: put the org's own address there, such as https://your-org.okta.com.";
}

const APP_KEYS = "in the app's General tab, under Client Credentials";

/** The reasons Okta gives for `invalid_client`; its wording may change, so each only makes the advice more exact. */
const CLIENT_REASONS: readonly (readonly [RegExp, string])[] = [
  [/JWKS/i, `The app has no public key: choose "Public key / Private key" ${APP_KEYS}, and add this key there.`],
  [/\bkid\b/i, `The app has no key of this id, or several: check OKTA_KEY_ID against the keys ${APP_KEYS}.`],
  [
    /signature is invalid/i,
    `The private key is not the one of this app: compare its public half with the keys ${APP_KEYS}.`,
  ],
  [
    /audience/i,
    "Okta knows this org under another address: behind a custom domain, OKTA_ORG_URL must be the org's own, such as https://your-org.okta.com.",
  ],
  [
    /issuer|subject|client_id/i,
    "Okta knows no app with this client id in this org: check OKTA_CLIENT_ID and OKTA_ORG_URL.",
  ],
  [/expir|issued/i, "The clocks of this computer and of Okta differ: set this computer's clock."],
];

const PERSON_APP =
  "an OIDC Native Application with the grant types Device Authorization and Refresh Token (to sign in as a service app, set OKTA_PRIVATE_KEY)";

const BOTH: Readonly<Record<string, string>> = {
  invalid_scope:
    "Okta does not know a scope that was asked for, or does not give it in this way: check OKTA_SCOPES, and the app's Okta API Scopes.",
  consent_required:
    "The app was granted none of the scopes asked for: grant them in the app's Okta API Scopes, or ask for others in OKTA_SCOPES.",
  invalid_dpop_proof: "Okta does not accept the proof of possession; a wrong clock is the usual reason.",
  use_dpop_nonce: "Okta asks for a nonce that it did not give; try again later.",
};

const REMEDIES: Readonly<Record<Who, Readonly<Record<string, string>>>> = {
  app: {
    ...BOTH,
    invalid_client:
      "Okta does not accept the client: check OKTA_CLIENT_ID, and that its app holds the public half of this key.",
    unauthorized_client:
      "The app may not sign in by itself: it must be an API Services app with the grant type Client Credentials.",
    client_credentials_self_scope_requested: "An app has no self: take the .self scopes out of OKTA_SCOPES.",
    access_denied: "Okta denies the sign-in to the app: check the policies that apply to it.",
  },
  person: {
    ...BOTH,
    invalid_client: `Okta knows no such app that people can sign in through: OKTA_CLIENT_ID must be ${PERSON_APP}.`,
    unauthorized_client: `People cannot sign in through this app from here: OKTA_CLIENT_ID must be ${PERSON_APP}.`,
    invalid_grant: "The sign-in is not valid any more: run okta-users-mcp login.",
    access_denied: "The sign-in was denied.",
    expired_token: "The code was not used in time.",
  },
};

function remedy(who: Who, error: string, description: string): string | undefined {
  const reason =
    who === "app" && error === "invalid_client" ? CLIENT_REASONS.find(([words]) => words.test(description)) : undefined;
  const { [who]: remedies } = REMEDIES;
  return reason?.[1] ?? (Object.hasOwn(remedies, error) ? remedies[error] : undefined);
}
