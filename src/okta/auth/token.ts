import { OktaError } from "../error.ts";
import type { WireAnswer } from "../exchange.ts";
import type { Authorizer } from "./authorizer.ts";
import { createProver, type Prover } from "./proof.ts";

/** What a token is asked for with; made anew for each attempt. `now` is the org's time in epoch milliseconds. */
export interface Grant {
  form(tokenUrl: string, now: number): Promise<Readonly<Record<string, string>>>;
  /** Told of each answer, so that a rotated refresh token is kept. */
  granted?(answer: Readonly<Record<string, unknown>>): Promise<void>;
}

export interface TokenOptions {
  readonly tokenUrl: string;
  readonly grant: Grant;
  /** The org's time in epoch milliseconds. */
  now(): number;
  /** Sends a form and gives the whole answer; network errors, 429 and 5xx are its business. */
  post(
    url: string,
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>>,
  ): Promise<WireAnswer>;
}

interface Token {
  readonly value: string;
  readonly scheme: "Bearer" | "DPoP";
  /** By the org's clock, in epoch milliseconds. */
  readonly expires: number;
}

/** A token with less left than this is renewed while it still serves; with less than the second it serves no more. */
const RENEW_AHEAD_MS = 5 * 60_000;
const TOO_OLD_MS = 30_000;
/** Clocks further apart than this explain a refused assertion. */
const SKEW_MS = 5_000;

/**
 * Signs in with access tokens: kept in memory, renewed ahead of expiry and once on a 401, one renewal in flight however
 * many calls wait. A token endpoint that asks for proof of possession gets it, nonce and all, without a setting.
 */
export function tokenAuthorizer(options: TokenOptions): Authorizer {
  let token: Token | undefined;
  let renewal: Promise<Token> | undefined;
  let prover: Prover | undefined;
  let nonce: string | undefined;

  const renew = (): Promise<Token> => {
    renewal ??= request()
      .then((fresh) => {
        token = fresh;
        return fresh;
      })
      .finally(() => {
        renewal = undefined;
      });
    return renewal;
  };

  async function request(): Promise<Token> {
    const tried = new Set<string>();
    for (;;) {
      const asked = options.now();
      const form = await options.grant.form(options.tokenUrl, asked);
      const proof = await prover?.prove("POST", options.tokenUrl, asked, { nonce });
      const answer = await options.post(options.tokenUrl, form, proof === undefined ? {} : { dpop: proof });
      nonce = header(answer, "dpop-nonce") ?? nonce;
      const said = parse(answer);
      if (answer.status === 200) return accept(said, asked);
      const error = String(said.error ?? "");
      // Each of these explains itself once; a second time the answer stands.
      const remedy =
        error === "use_dpop_nonce" || error === "invalid_dpop_proof"
          ? error
          : error === "invalid_client" && Math.abs(options.now() - Date.now()) > SKEW_MS
            ? "clock"
            : undefined;
      if (remedy === undefined || tried.has(remedy)) throw refusal(answer, said);
      tried.add(remedy);
      prover ??= remedy === "clock" ? undefined : createProver();
    }
  }

  async function accept(said: Readonly<Record<string, unknown>>, asked: number): Promise<Token> {
    const { access_token: value, token_type: type, expires_in: seconds } = said;
    if (typeof value !== "string" || !/^[\x21-\x7e]+$/.test(value))
      throw new OktaError({ code: "bad_response", summary: "The token endpoint's answer holds no access token." });
    await options.grant.granted?.(said);
    const scheme = String(type).toLowerCase() === "dpop" ? "DPoP" : "Bearer";
    return { value, scheme, expires: asked + (typeof seconds === "number" ? seconds : 3600) * 1000 };
  }

  async function current(): Promise<Token> {
    const left = (token?.expires ?? 0) - options.now();
    if (token === undefined || left < TOO_OLD_MS) return renew();
    if (left < RENEW_AHEAD_MS) renew().catch(() => {});
    return token;
  }

  return {
    authorize: async (method, url, signal) => {
      const { value, scheme } = await unless(signal, current());
      if (scheme === "Bearer") return { authorization: `Bearer ${value}` };
      prover ??= createProver();
      const proof = await prover.prove(method, url, options.now(), { accessToken: value });
      return { authorization: `DPoP ${value}`, dpop: proof };
    },
    refused: (sent) => {
      // Another call may have renewed it meanwhile.
      if (token !== undefined && sent.authorization === `${token.scheme} ${token.value}`) token = undefined;
      return true;
    },
  };
}

/** The promise, unless the caller gives up first; the renewal goes on for the others. */
function unless<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const cancel = (): void =>
      reject(new OktaError({ code: "cancelled", summary: "The call was cancelled during sign-in." }));
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", cancel));
  });
}

function parse({ text }: WireAnswer): Readonly<Record<string, unknown>> {
  try {
    const said: unknown = JSON.parse(text);
    return typeof said === "object" && said !== null ? { ...said } : {};
  } catch {
    return {};
  }
}

/** What a refused token request means and what mends it. Okta's own words go along as causes. */
const REMEDIES: Readonly<Record<string, string>> = {
  invalid_client:
    "Okta does not accept the client: check OKTA_CLIENT_ID, and that its app holds the public half of this key.",
  invalid_scope:
    "The app was not granted a scope that was asked for: grant it in the app's Okta API Scopes, or narrow OKTA_SCOPES.",
  consent_required: "The app was granted none of the scopes asked for: grant them in the app's Okta API Scopes.",
  unauthorized_client:
    "The app may not sign in this way: it must be an API Services app with public key / private key.",
  invalid_grant: "The stored sign-in is not valid any more: run okta-users-mcp login.",
  invalid_dpop_proof: "Okta does not accept the proof of possession; a wrong clock is the usual reason.",
};

function refusal(answer: WireAnswer, said: Readonly<Record<string, unknown>>): OktaError {
  const { error, error_description: description } = said;
  if (typeof error !== "string")
    return new OktaError({
      code: "bad_response",
      status: answer.status,
      summary:
        "The token endpoint did not answer as one: check that OKTA_ORG_URL is the org itself, not a page or proxy.",
    });
  return new OktaError({
    code: "unauthorized",
    status: answer.status,
    summary: REMEDIES[error] ?? "Okta gave no access token.",
    causes: [typeof description === "string" ? `${error}: ${description}` : error],
    requestId: header(answer, "x-okta-request-id"),
  });
}

function header(answer: WireAnswer, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
