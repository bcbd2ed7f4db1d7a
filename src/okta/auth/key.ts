import { createPrivateKey, type KeyObject } from "node:crypto";

/** The algorithms Okta takes for signed assertions (documented). */
export type SigningAlgorithm = "RS256" | "RS384" | "RS512" | "ES256" | "ES384" | "ES512";

export interface SigningKey {
  readonly key: KeyObject;
  readonly algorithm: SigningAlgorithm;
  /** Id of the key, where the JWK says one. */
  readonly keyId: string | undefined;
}

/** A private key that cannot be used. The message says what it is and what to do; it holds nothing of the key. */
export class KeyError extends Error {
  override name = "KeyError";
}

const CURVES: Readonly<Record<string, SigningAlgorithm>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};
const NAMED: readonly SigningAlgorithm[] = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];

/**
 * Reads a private key: PEM (PKCS#8, `\n` escapes allowed) or JWK. RSA keys sign with RS256 unless a JWK's `alg` says
 * otherwise; EC keys with the algorithm of their curve. Throws KeyError.
 */
export function readKey(text: string): SigningKey {
  const given = text.trim().replaceAll("\\n", "\n");
  if (given.startsWith("{")) return fromJwk(text.trim());
  if (given.includes("-----BEGIN")) return fromPem(given);
  if (/^[A-Za-z0-9_-]{20,100}$/.test(given))
    throw new KeyError("looks like a client secret; Okta's API takes only a key pair: give the app's private key");
  throw new KeyError("is neither PEM nor JWK; give the private key that Okta showed when the key pair was made");
}

function fromPem(pem: string): SigningKey {
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1] ?? "";
  if (label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type: 4,ENCRYPTED/m.test(pem))
    throw new KeyError("is encrypted; decrypt it with: openssl pkcs8 -in key.pem -out plain.pem");
  if (label === "RSA PRIVATE KEY" || label === "EC PRIVATE KEY")
    throw new KeyError(
      `is in the older form "${label}"; convert it with: openssl pkcs8 -topk8 -nocrypt -in key.pem -out pkcs8.pem`,
    );
  if (label !== "PRIVATE KEY")
    throw new KeyError(`is "${label}", not a private key; give the one that begins with BEGIN PRIVATE KEY`);
  return usable(
    parse(() => createPrivateKey({ key: pem, format: "pem" })),
    undefined,
    undefined,
  );
}

function fromJwk(text: string): SigningKey {
  const jwk = parse((): unknown => JSON.parse(text));
  if (typeof jwk !== "object" || jwk === null)
    throw new KeyError("is not a JWK; give the JSON object of the private key");
  const { d, kty, alg, kid, keys } = {
    d: undefined,
    kty: undefined,
    alg: undefined,
    kid: undefined,
    keys: undefined,
    ...jwk,
  };
  if (keys !== undefined) throw new KeyError("is a JWK set; give the one private JWK in it");
  if (kty !== "RSA" && kty !== "EC") throw new KeyError("is a JWK of a kind Okta does not take; give an RSA or EC key");
  if (typeof d !== "string") throw new KeyError("is a public JWK, without d; give the private one");
  const named = alg === undefined ? undefined : NAMED.find((name) => name === alg);
  if (alg !== undefined && named === undefined)
    throw new KeyError(`has an alg Okta does not take; it takes ${NAMED.join(", ")}`);
  const key = parse(() => createPrivateKey({ key: { ...jwk }, format: "jwk" }));
  return usable(key, named, typeof kid === "string" ? kid : undefined);
}

function usable(key: KeyObject, named: SigningAlgorithm | undefined, keyId: string | undefined): SigningKey {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa") {
    if ((modulusLength ?? 0) < 2048) throw new KeyError("is an RSA key of fewer than 2048 bits; make a longer one");
    if (named?.startsWith("ES")) throw new KeyError("is an RSA key with the alg of an EC key");
    return { key, algorithm: named ?? "RS256", keyId };
  }
  const algorithm = key.asymmetricKeyType === "ec" ? CURVES[namedCurve ?? ""] : undefined;
  if (algorithm === undefined)
    throw new KeyError("is of a kind Okta does not take; give an RSA, P-256, P-384 or P-521 key");
  if (named !== undefined && named !== algorithm) throw new KeyError("is an EC key whose alg is not that of its curve");
  return { key, algorithm, keyId };
}

/** Runs a parser; its own message could hold part of the key. */
function parse<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw new KeyError("is damaged; copy the whole private key anew");
  }
}
