import { OktaError } from "../error.ts";
import { headerOf } from "../header.ts";
import type { Authorizer, Patience } from "./authorizer.ts";
import type { Granted, TokenEndpoint } from "./endpoint.ts";

/** A token with less left than this is renewed while it still serves; with less than the second it serves no more. */
const RENEW_AHEAD = { ms: 5 * 60_000, share: 1 / 4 };
const TOO_OLD = { ms: 30_000, share: 1 / 20 };
/** After a renewal ahead of time that failed, the next one waits so long. */
const TRY_AGAIN_MS = 30_000;

/**
 * Signs in with access tokens: kept in memory, renewed ahead of expiry and on a refusal, one renewal in flight however
 * many calls wait for it. `now` is the org's time in epoch milliseconds.
 */
export function tokenAuthorizer(
  endpoint: TokenEndpoint,
  now: () => number,
  renewal: () => Promise<Granted>,
): Authorizer {
  let token: Granted | undefined;
  let inFlight: Promise<Granted> | undefined;
  let aheadFrom = 0;
  let nonce: string | undefined;
  /** What the proof in those headers was made with: how far the clock was ahead of ours, and the nonce. */
  const proved = new WeakMap<Readonly<Record<string, string>>, { ahead: number; nonce: string | undefined }>();

  const renew = (): Promise<Granted> => {
    inFlight ??= renewal()
      .then((fresh) => {
        token = fresh;
        return fresh;
      })
      .finally(() => {
        inFlight = undefined;
      });
    return inFlight;
  };

  /** The token, at once where there is a good one. */
  function current(): Granted | Promise<Granted> {
    if (token === undefined) return renew();
    const left = token.expires - now();
    if (left < bound(TOO_OLD, token)) return renew();
    if (left < bound(RENEW_AHEAD, token) && performance.now() >= aheadFrom)
      renew().catch(() => {
        aheadFrom = performance.now() + TRY_AGAIN_MS;
      });
    return token;
  }

  return {
    authorize: async (method, url, patience = {}) => {
      const ready = current();
      const granted = ready instanceof Promise ? await unless(patience, ready) : ready;
      const time = endpoint.now();
      const headers = await accessHeaders(granted, method, url, time, nonce);
      proved.set(headers, { ahead: time - Date.now(), nonce });
      return headers;
    },
    scopes: async () => (await current()).scopes,
    settled: async () => {
      await inFlight?.catch(() => {});
    },
    refused: (sent, answer = {}) => {
      const challenge = headerOf(answer, "www-authenticate") ?? "";
      if (/\berror="use_dpop_nonce"/.test(challenge)) {
        const given = headerOf(answer, "dpop-nonce");
        nonce = given;
        return given !== undefined && given !== proved.get(sent)?.nonce;
      }
      if (/\berror="invalid_dpop_proof"/.test(challenge)) return endpoint.otherClock([proved.get(sent)?.ahead ?? 0]);
      // Another call may have renewed it meanwhile.
      if (token !== undefined && sent.authorization?.endsWith(` ${token.accessToken}`)) token = undefined;
      return true;
    },
  };
}

/** Headers that carry a token, with a fresh proof where it is bound to one. `now` is the time to sign with. */
export async function accessHeaders(
  { accessToken, prover }: Granted,
  method: string,
  url: string,
  now: number,
  nonce?: string,
): Promise<Readonly<Record<string, string>>> {
  if (prover === undefined) return { authorization: `Bearer ${accessToken}` };
  return { authorization: `DPoP ${accessToken}`, dpop: await prover.prove(method, url, now, { nonce, accessToken }) };
}

function bound({ ms, share }: { ms: number; share: number }, { lifetimeMs }: Granted): number {
  return Math.min(ms, lifetimeMs * share);
}

/** The promise, unless the caller gives up first or has no more time; the renewal goes on for the others. */
function unless<T>({ signal, deadline }: Patience, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const refuse = (code: "timeout" | "cancelled", summary: string): void => reject(new OktaError({ code, summary }));
    const cancel = (): void => refuse("cancelled", "The call was cancelled during sign-in; nothing was done.");
    const late = (): void => refuse("timeout", "The sign-in took too long; nothing was sent.");
    if (signal?.aborted) cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    const timer = deadline === undefined ? undefined : setTimeout(late, Math.max(0, deadline - Date.now()));
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    });
  });
}
