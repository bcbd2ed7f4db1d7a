import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "../connection.ts";
import { OktaError } from "../error.ts";
import type { Granted, Proofs, TokenEndpoint } from "./endpoint.ts";
import { createProver } from "./proof.ts";
import { readObject, refusal, SignInRefused } from "./refusal.ts";
import type { SignInFile, StoredSignIn } from "./store.ts";

/**
 * Renews from the stored sign-in, which is read anew each time, so that a new `login` is taken up. Okta may give a new
 * refresh token each time and end the old one, so it is stored before anything else happens, and processes that share the
 * sign-in renew one after another. `onAnother` is told when the stored sign-in is not the one this process left there.
 */
export function personRenewal(
  endpoint: TokenEndpoint,
  clientId: string,
  file: SignInFile,
  onAnother: () => void = () => {},
): () => Promise<Granted> {
  let own: string | undefined;
  async function renewFrom(kept: StoredSignIn): Promise<Granted> {
    const proofs: Proofs = { prover: kept.proofKey && createProver(kept.proofKey) };
    const form = { grant_type: "refresh_token", refresh_token: kept.refreshToken, client_id: clientId };
    // Asked again when the answer is lost: the old token is used up or it is not, and Okta gives the same answer for a
    // while (documented: grace period of rotation). Not asking would lose the sign-in for sure.
    const granted = await endpoint.ask(async () => form, proofs);
    if (own !== undefined && own !== kept.refreshToken) onAnother();
    own = granted.refreshToken ?? kept.refreshToken;
    if (granted.refreshToken !== undefined && granted.refreshToken !== kept.refreshToken)
      await file.write({ refreshToken: granted.refreshToken, proofKey: granted.prover?.key });
    return granted;
  }

  return async () => {
    await signedIn(file);
    return file.locked(async () => {
      const kept = await signedIn(file);
      try {
        return await renewFrom(kept);
      } catch (error) {
        if (!(error instanceof SignInRefused && error.error === "invalid_grant")) throw error;
        // Who took the lock for abandoned, while this computer slept, has renewed in between.
        const meanwhile = await signedIn(file);
        if (meanwhile.refreshToken === kept.refreshToken) throw error;
        return renewFrom(meanwhile);
      }
    });
  };
}

async function signedIn(file: SignInFile): Promise<StoredSignIn> {
  const kept = await file.read();
  if (kept === undefined)
    throw new OktaError({ code: "unauthorized", summary: "Nobody is signed in: run okta-users-mcp login." });
  return kept;
}

/** A sign-in that waits for the person at a browser. */
export interface DeviceCode {
  /** A secret. */
  readonly deviceCode: string;
  readonly userCode: string;
  readonly link: string;
  /** The link with the code inside. */
  readonly wholeLink: string | undefined;
  readonly lifetimeMs: number;
  readonly intervalMs: number;
}

/** How often to ask, should Okta not say (RFC 8628), and at most. */
const USUAL_INTERVAL_SECONDS = 5;
const LEAST_INTERVAL_SECONDS = 0.2;
const USUAL_LIFETIME_SECONDS = 600;

/** Starts the sign-in of a person. Throws OktaError. */
export async function startDevice(
  connection: Connection,
  clientId: string,
  scopes: readonly string[],
): Promise<DeviceCode> {
  // A refresh token comes for offline_access only, which goes with openid (OAuth error table).
  const form = { client_id: clientId, scope: ["openid", "offline_access", ...scopes].join(" ") };
  const answer = await connection.post("/oauth2/v1/device/authorize", async () => ({ form }));
  const said = readObject(answer);
  const { device_code: deviceCode, user_code: userCode, verification_uri: link } = said;
  if (answer.status !== 200 || !isText(deviceCode) || !isText(userCode) || !isLink(link))
    throw refusal(answer, { who: "person", orgUrl: connection.orgUrl, secrets: [], scope: form.scope });
  const whole = said.verification_uri_complete;
  return {
    deviceCode,
    userCode,
    link,
    wholeLink: isLink(whole) ? whole : undefined,
    lifetimeMs: 1000 * secondsOr(said.expires_in, USUAL_LIFETIME_SECONDS),
    intervalMs: 1000 * Math.max(secondsOr(said.interval, USUAL_INTERVAL_SECONDS), LEAST_INTERVAL_SECONDS),
  };
}

const SLOWER_MS = 5_000;

/**
 * Asks until the person has decided; a network that fails meanwhile is borne. `onWait` is told before each question how
 * long the code is still good, in milliseconds. Throws SignInRefused `access_denied` or `expired_token`, or another
 * OktaError.
 */
export async function awaitPerson(
  endpoint: TokenEndpoint,
  clientId: string,
  { deviceCode, lifetimeMs, intervalMs }: DeviceCode,
  onWait: (leftMs: number) => void,
): Promise<Granted> {
  const form = {
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    device_code: deviceCode,
    client_id: clientId,
  };
  const proofs: Proofs = { prover: undefined };
  const ends = performance.now() + lifetimeMs;
  for (let interval = intervalMs; ; ) {
    onWait(ends - performance.now());
    await sleep(interval);
    try {
      return await endpoint.ask(async () => form, proofs);
    } catch (error) {
      if (!(error instanceof OktaError)) throw error;
      if (isSlowDown(error)) interval += SLOWER_MS;
      else if (!isPassing(error)) throw error;
      if (performance.now() < ends) continue;
      throw new SignInRefused("expired_token", { code: "unauthorized", summary: "The code was not used in time." });
    }
  }
}

function isSlowDown(error: OktaError): boolean {
  return error.failure.code === "rate_limited" || (error instanceof SignInRefused && error.error === "slow_down");
}

function isPassing(error: OktaError): boolean {
  if (error instanceof SignInRefused) return error.error === "authorization_pending";
  const { code, status = 0 } = error.failure;
  return code === "unreachable" || code === "timeout" || status >= 500;
}

/** Ends a sign-in at Okta: its refresh token, and with it all access tokens that came from it. Throws OktaError. */
export async function revoke(connection: Connection, clientId: string, refreshToken: string): Promise<void> {
  const form = { token: refreshToken, token_type_hint: "refresh_token", client_id: clientId };
  const answer = await connection.post("/oauth2/v1/revoke", async () => ({ form }));
  if (answer.status !== 200)
    throw refusal(answer, { who: "person", orgUrl: connection.orgUrl, secrets: [refreshToken] });
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isLink(value: unknown): value is string {
  return isText(value) && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function secondsOr(value: unknown, otherwise: number): number {
  return typeof value === "number" && value >= 0 ? value : otherwise;
}
