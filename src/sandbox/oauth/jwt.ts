import { isObject, isString, type Json } from "../guard.ts";

/** What Okta accepts for assertions and proofs (documented; the list stands in every DPoP challenge). */
export const ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** The public half of a signing key. */
export type PublicJwk = { readonly kid?: string } & (
  | { readonly kty: "RSA"; readonly n: string; readonly e: string }
  | { readonly kty: "EC"; readonly crv: string; readonly x: string; readonly y: string }
);

export interface ReadJwt {
  readonly header: Json;
  readonly claims: Json;
}

/** Header and claims of a compact JWT, not yet verified; undefined when it is none. */
export async function readJwt(text: string): Promise<ReadJwt | undefined> {
  const { decodeJwt, decodeProtectedHeader } = await import("jose");
  try {
    return { header: { ...decodeProtectedHeader(text) }, claims: decodeJwt(text) };
  } catch {
    return undefined;
  }
}

/** True when the key signed the JWT with that algorithm. RSA keys under 2048 bits sign nothing. */
export async function isSignedBy(text: string, key: PublicJwk, algorithm: Algorithm): Promise<boolean> {
  const { compactVerify, importJWK } = await import("jose");
  try {
    await compactVerify(text, await importJWK({ ...key }, algorithm), { algorithms: [algorithm] });
    return true;
  } catch {
    return false;
  }
}

/** RFC 7638 thumbprint, SHA-256. */
export async function thumbprint(key: PublicJwk): Promise<string> {
  const { calculateJwkThumbprint } = await import("jose");
  return calculateJwkThumbprint({ ...key });
}

/** The public RSA or EC key in a JWK; undefined when it is none, or when it carries its private half. */
export function publicJwk(value: unknown): PublicJwk | undefined {
  if (!isObject(value) || "d" in value) return undefined;
  const { kty, kid, n, e, crv, x, y } = value;
  const named = isString(kid) ? { kid } : {};
  if (kty === "RSA" && isString(n) && isString(e)) return { kty, n, e, ...named };
  if (kty === "EC" && isString(crv) && isString(x) && isString(y)) return { kty, crv, x, y, ...named };
  return undefined;
}

/** True when a key of this type can sign with the algorithm. */
export function fits({ kty }: PublicJwk, algorithm: Algorithm): boolean {
  return algorithm.startsWith("RS") ? kty === "RSA" : kty === "EC";
}
