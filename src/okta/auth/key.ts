import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";

/** The algorithms Okta takes for signed assertions (documented). */
export type SigningAlgorithm = "RS256" | "RS384" | "RS512" | "ES256" | "ES384" | "ES512";

export interface SigningKey {
  readonly key: KeyObject;
  readonly algorithm: SigningAlgorithm;
  /** Id of the key, where one is known. */
  readonly keyId: string | undefined;
}

/**
 * A private key that cannot be used. The message continues a sentence that begins with the name of its setting: what it
 * is and what to do; it holds nothing of the key.
 */
export class KeyError extends Error {
  override name = "KeyError";
}

const CURVES: Readonly<Record<string, SigningAlgorithm>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};
const ALGORITHMS: readonly SigningAlgorithm[] = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];

const CONVERT = "convert it with: openssl pkcs8 -topk8 -nocrypt -in key.pem -out pkcs8.pem";
const GIVE_PRIVATE = "give the private key that Okta showed when the key pair was made";
const KINDS = "Okta takes RSA keys of 2048 bits or more, and EC keys on P-256, P-384 or P-521";
const DAMAGED = "is damaged; copy the whole private key anew";

/**
 * Reads a private key: PEM (PKCS#8, `\n` escapes allowed) or JWK. RSA keys sign with RS256 unless a JWK's `alg` says
 * otherwise; EC keys with the algorithm of their curve. `keyId` wins over the JWK's `kid`. Throws KeyError.
 */
export function readKey(text: string, keyId?: string): SigningKey {
  // Some ways to hand over an environment keep the quotes around a value.
  const given = text
    .trim()
    .replace(/^(["'])([\s\S]*)\1$/, "$2")
    .trim();
  const { kid, ...key } = given.startsWith("{") ? fromJwk(given) : { ...fromPem(given), kid: undefined };
  return { ...key, keyId: keyId ?? kid };
}

/** What is no private key in PKCS#8, by what stands after BEGIN, and what to say about it. In order of importance. */
const LABELS: readonly (readonly [label: RegExp, problem: string])[] = [
  [/^ENCRYPTED PRIVATE KEY$/, "is encrypted; decrypt it with: openssl pkcs8 -in key.pem -out plain.pem"],
  [/^RSA PRIVATE KEY$/, `is in the older form PKCS#1; ${CONVERT}`],
  [/^EC PRIVATE KEY$/, `is in the older form SEC1; ${CONVERT}`],
  [/^OPENSSH PRIVATE KEY$/, `is a key of OpenSSH; ${GIVE_PRIVATE}`],
  [/^(RSA |EC )?PUBLIC KEY$/, `is the public key; ${GIVE_PRIVATE}`],
  [/CERTIFICATE/, `is a certificate; ${GIVE_PRIVATE}`],
];

function fromPem(given: string): Omit<SigningKey, "keyId"> {
  const text = given.replaceAll("\\n", "\n").replaceAll("\\r", "");
  const labels = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map(([, label = ""]) => label);
  if (labels.length === 0) throw new KeyError(notAKey(given));
  if (!labels.includes("PRIVATE KEY")) {
    // The older forms can be encrypted too, and say so inside.
    if (/^Proc-Type: 4,ENCRYPTED/m.test(text))
      throw new KeyError("is encrypted; decrypt it with: openssl pkcs8 -topk8 -nocrypt -in key.pem -out plain.pem");
    const [, problem] = LABELS.find(([known]) => labels.some((label) => known.test(label))) ?? [];
    throw new KeyError(problem ?? `is PEM, but not of a private key; ${GIVE_PRIVATE}`);
  }
  const body = /-----BEGIN PRIVATE KEY-----([\s\S]*?)-----END PRIVATE KEY-----/.exec(text)?.[1];
  // Line ends may have become blanks on the way here: only what is between them counts.
  const base64 = body?.replace(/\s/g, "") ?? "";
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new KeyError(DAMAGED);
  const der = Buffer.from(base64, "base64");
  return usable(
    parse(() => createPrivateKey({ key: der, format: "der", type: "pkcs8" })),
    undefined,
  );
}

/** What a text is that is neither PEM nor JWK. */
function notAKey(text: string): string {
  if (text === "") return `is empty; ${GIVE_PRIVATE}`;
  if (/^(~|\.{0,2}[/\\]|[A-Za-z]:[/\\])[^\n]*$/.test(text) || /^[^\n]{1,300}\.(pem|json|jwk|key)$/i.test(text))
    return "looks like the path of a file; give the key itself, or set OKTA_PRIVATE_KEY_FILE to the path";
  if (text.startsWith("LS0tLS1CRUdJTi")) return "is PEM in base64; decode it first";
  if (/^MI[A-Za-z0-9+/=\s]{100,}$/.test(text)) return "lacks its BEGIN and END lines; give the whole PEM";
  if (/^[A-Za-z0-9_-]{20,100}$/.test(text))
    return `looks like a client secret or an API token, and Okta's API takes neither for an app; ${GIVE_PRIVATE}`;
  if (text.startsWith("[")) return "is a list, not a JWK; give the JSON object of the private key";
  return `is neither PEM nor JWK; ${GIVE_PRIVATE}`;
}

interface Jwk {
  readonly [name: string]: unknown;
}

function fromJwk(text: string): Omit<SigningKey, "keyId"> & { kid: string | undefined } {
  const jwk = readJson(text);
  const { d, kty, alg, kid, use } = jwk;
  if (jwk.keys !== undefined) throw new KeyError("is a JWK set; give the one private JWK inside it");
  if (kty === undefined) throw new KeyError(`is JSON, but no JWK; ${GIVE_PRIVATE}`);
  if (kty === "oct") throw new KeyError(`is a shared secret, not a key pair; ${GIVE_PRIVATE}`);
  if (kty === "OKP") throw new KeyError(`is an Ed25519 key or a like one; ${KINDS}`);
  if (kty !== "RSA" && kty !== "EC") throw new KeyError(`is a JWK with an unknown kty; ${KINDS}`);
  if (typeof d !== "string") throw new KeyError(`is a public JWK, without d; ${GIVE_PRIVATE}`);
  if (use === "enc") throw new KeyError("is a key for encryption; give the one for signing");
  if (kty === "RSA" && ["p", "q", "dp", "dq", "qi"].some((name) => typeof jwk[name] !== "string"))
    throw new KeyError("is an RSA JWK without all of p, q, dp, dq and qi; give the whole private key");
  const named = ALGORITHMS.find((name) => name === alg);
  if (alg !== undefined && named === undefined)
    throw new KeyError(`has an alg that Okta does not take; it takes ${ALGORITHMS.join(", ")}`);
  const key = parse(() => createPrivateKey({ key: { ...jwk }, format: "jwk" }));
  return { ...usable(key, named), kid: typeof kid === "string" && kid !== "" ? kid : undefined };
}

function readJson(text: string): Jwk {
  const value = parse((): unknown => JSON.parse(text));
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function usable(key: KeyObject, named: SigningAlgorithm | undefined): Omit<SigningKey, "keyId"> {
  const algorithm = algorithmOf(key, named);
  // Parts that do not belong together are found by nothing else, and Okta would say only that the signature is wrong.
  const probe = Buffer.from("okta-users-mcp");
  if (!parse(() => verify("sha256", probe, createPublicKey(key), sign("sha256", probe, key))))
    throw new KeyError(DAMAGED);
  return { key, algorithm };
}

function algorithmOf(key: KeyObject, named: SigningAlgorithm | undefined): SigningAlgorithm {
  const { modulusLength = 0, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa") {
    if (modulusLength < 2048) throw new KeyError(`is an RSA key of only ${modulusLength} bits; ${KINDS}`);
    if (named?.startsWith("ES")) throw new KeyError("is an RSA key with the alg of an EC key; take its alg out");
    return named ?? "RS256";
  }
  if (/^(ed|x)(25519|448)$/.test(key.asymmetricKeyType ?? ""))
    throw new KeyError(`is an Ed25519 key or a like one; ${KINDS}`);
  const algorithm = key.asymmetricKeyType === "ec" ? CURVES[namedCurve] : undefined;
  if (algorithm === undefined) throw new KeyError(`is of a kind that Okta does not take; ${KINDS}`);
  if (named !== undefined && named !== algorithm)
    throw new KeyError("is an EC key whose alg is not that of its curve; take its alg out");
  return algorithm;
}

/** Runs a parser; its own message could hold part of the key. */
function parse<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw new KeyError(DAMAGED);
  }
}
