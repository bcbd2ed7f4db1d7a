import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { SignJWT } from "jose";

/** Proves possession of a key of our own, made at the first need and kept in memory only (RFC 9449). */
export interface Prover {
  /**
   * A DPoP proof for one request.
   *
   * @param now the org's time in epoch milliseconds
   * @param bound the nonce of the token endpoint, or the access token the proof goes with
   */
  prove(
    method: string,
    url: string,
    now: number,
    bound: { nonce?: string | undefined; accessToken?: string },
  ): Promise<string>;
}

export function createProver(): Prover {
  let pair: { privateKey: KeyObject; publicKey: KeyObject } | undefined;
  return {
    prove: async (method, url, now, { nonce, accessToken }) => {
      pair ??= generateKeyPairSync("ec", { namedCurve: "P-256" });
      const { kty, crv, x, y } = pair.publicKey.export({ format: "jwk" });
      return new SignJWT({
        htm: method,
        htu: target(url),
        ...(nonce === undefined ? {} : { nonce }),
        ...(accessToken === undefined ? {} : { ath: createHash("sha256").update(accessToken).digest("base64url") }),
      })
        .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: present({ kty, crv, x, y }) })
        .setIssuedAt(Math.floor(now / 1000))
        .setJti(randomUUID())
        .sign(pair.privateKey);
    },
  };
}

/**
 * The URL a proof is for: without query, and with its escapes undone except those a URL cannot do without, since Okta
 * compares it so (reported for its SDKs; unverified).
 */
function target(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + decodeURIComponent(pathname).replace(/[%\s"#?]/g, encodeURIComponent);
}

function present(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
