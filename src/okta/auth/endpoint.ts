import type { Connection } from "../connection.ts";
import { OktaError } from "../error.ts";
import type { WireAnswer } from "../exchange.ts";
import { headerOf } from "../header.ts";
import { createProver, type Prover } from "./proof.ts";
import { readObject, refusal, type Who } from "./refusal.ts";

/** An access token and what came along. */
export interface Granted {
  readonly accessToken: string;
  /** Who proves possession; undefined for a Bearer token. */
  readonly prover: Prover | undefined;
  /** By the org's clock, in epoch milliseconds. */
  readonly expires: number;
  readonly lifetimeMs: number;
  readonly refreshToken: string | undefined;
  /** The scopes that were given, where the answer names them. */
  readonly scopes: readonly string[] | undefined;
}

/** The key that proves possession, once Okta has asked for that. */
export interface Proofs {
  prover: Prover | undefined;
}

/** Makes the form of a token request anew for each attempt. `now` is the time to sign with, in epoch milliseconds. */
export type TokenForm = (now: number) => Promise<Readonly<Record<string, string>>>;

/** The token endpoint of an org. */
export interface TokenEndpoint {
  readonly url: string;
  /** The time to sign with, in epoch milliseconds. */
  now(): number;
  /**
   * Asks for a token. What explains itself is followed once: a proof or a nonce that is missing, a clock that is wrong.
   * Throws SignInRefused or another OktaError.
   */
  ask(make: TokenForm, proofs: Proofs): Promise<Granted>;
  /** Chooses another clock than those that signed times so far away from ours; false when there is none. */
  otherClock(aheadOfOurs: readonly number[]): boolean;
}

const PATH = "/oauth2/v1/token";
/** Fields of a form that must not be shown. */
const SECRET_FIELDS = ["client_assertion", "refresh_token", "device_code"] as const;
/** Clocks no further apart than this are the same. */
const SKEW_MS = 5_000;

/** For one org; keeps the nonce, and which clock Okta believes. */
export function tokenEndpoint(connection: Connection, who: Who): TokenEndpoint {
  const { clock, orgUrl } = connection;
  const url = orgUrl + PATH;
  let nonce: string | undefined;
  let believed: "org" | "ours" = "org";
  const now = (): number => (believed === "org" ? clock.now() : Date.now());

  /** The `Date` of an answer taught us the org's time; but what stands between us may have written it. */
  function otherClock(tried: readonly number[]): boolean {
    const isNew = (ahead: number): boolean => tried.every((other) => Math.abs(other - ahead) > SKEW_MS);
    const other = isNew(clock.now() - Date.now()) ? "org" : isNew(0) ? "ours" : undefined;
    believed = other ?? "org";
    return other !== undefined;
  }

  async function ask(make: TokenForm, proofs: Proofs): Promise<Granted> {
    const signedAhead: number[] = [];
    for (let nonceAsked = false; ; ) {
      const secrets: string[] = [];
      let scope: string | undefined;
      const answer = await connection.post(PATH, async () => {
        const time = now();
        signedAhead.push(time - Date.now());
        const form = await make(time);
        scope = form.scope;
        const proof = await proofs.prover?.prove("POST", url, time, { nonce });
        secrets.push(...SECRET_FIELDS.flatMap((name) => form[name] ?? []), ...(proof === undefined ? [] : [proof]));
        return { form, headers: proof === undefined ? {} : { dpop: proof } };
      });
      nonce = headerOf(answer.headers, "dpop-nonce") ?? nonce;
      const { access_token: token, error } = readObject(answer);
      if (answer.status === 200 && token !== undefined) return granted(answer, proofs, clock.now());
      if (error === "invalid_dpop_proof" && proofs.prover === undefined) {
        proofs.prover = createProver();
        // The clock was not what this was about.
        signedAhead.length = 0;
      } else if (error === "use_dpop_nonce" && !nonceAsked) {
        signedAhead.length = 0;
        nonceAsked = true;
        proofs.prover ??= createProver();
      } else if (!((error === "invalid_client" || error === "invalid_dpop_proof") && otherClock(signedAhead))) {
        throw refusal(answer, { who, orgUrl, secrets, scope });
      }
    }
  }

  return { url, now, ask, otherClock };
}

/** An hour, should the answer not say (documented as fixed). */
const USUAL_SECONDS = 3600;

function granted(answer: WireAnswer, { prover }: Proofs, now: number): Granted {
  const said = readObject(answer);
  const { access_token: accessToken, token_type: type, expires_in: seconds, refresh_token: refreshToken, scope } = said;
  const bound = typeof type === "string" && type.toLowerCase() === "dpop";
  if (!isToken(accessToken) || (bound && prover === undefined))
    throw new OktaError({ code: "bad_response", status: answer.status, summary: "The answer holds no usable token." });
  const lifetimeMs = (typeof seconds === "number" && seconds > 0 ? seconds : USUAL_SECONDS) * 1000;
  return {
    accessToken,
    prover: bound ? prover : undefined,
    expires: now + lifetimeMs,
    lifetimeMs,
    refreshToken: isToken(refreshToken) ? refreshToken : undefined,
    scopes: typeof scope === "string" ? scope.split(" ").filter((word) => word !== "") : undefined,
  };
}

/** What can stand in a header. */
function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}
