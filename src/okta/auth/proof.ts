import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { SignJWT } from "jose";

/** The private key of a prover as a JWK, for those who must keep it. */
export interface ProofKey {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

/** Proves possession of a key of our own (DPoP, RFC 9449). */
export interface Prover {
  /** A secret. */
  readonly key: ProofKey;
  /**
   * A proof for one request, good for that one only.
   *
   * @param now the time in epoch milliseconds
   * @param bound the nonce that was asked for, and the access token the proof goes with
   */
  prove(
    method: string,
    url: string,
    now: number,
    bound: { readonly nonce: string | undefined; readonly accessToken?: string },
  ): Promise<string>;
}

/** Makes a new key, or goes on with the one that was kept. Throws when that one is no key. */
export function createProver(kept: ProofKey = newKey()): Prover {
  const { kty, crv, x, y, d } = kept;
  const key = createPrivateKey({ key: { kty, crv, x, y, d }, format: "jwk" });
  return {
    key: kept,
    prove: (method, url, now, { nonce, accessToken }) =>
      new SignJWT({
        htm: method,
        htu: target(url),
        ...(nonce === undefined ? {} : { nonce }),
        ...(accessToken === undefined ? {} : { ath: createHash("sha256").update(accessToken).digest("base64url") }),
      })
        .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } })
        .setIssuedAt(Math.floor(now / 1000))
        .setJti(randomUUID())
        .sign(key),
  };
}

function newKey(): ProofKey {
  const {
    x = "",
    y = "",
    d = "",
  } = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    format: "jwk",
  });
  return { kty: "EC", crv: "P-256", x, y, d };
}

/** True for a value that `createProver` takes. */
export function isProofKey(value: unknown): value is ProofKey {
  if (typeof value !== "object" || value === null) return false;
  try {
    createPublicKey(createPrivateKey({ key: { ...value }, format: "jwk" }));
  } catch {
    return false;
  }
  return "kty" in value && value.kty === "EC" && "crv" in value && value.crv === "P-256";
}

/**
 * The URL a proof is for: without query, and with its escapes undone except for the four characters that need them,
 * since Okta compares it so (reported for two of its SDKs).
 */
function target(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + decodeURIComponent(pathname).replace(/[% "#]/g, encodeURIComponent);
}
