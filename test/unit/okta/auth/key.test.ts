import { generateKeyPairSync, verify } from "node:crypto";
import fc from "fast-check";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { KeyError, readKey } from "../../../../src/okta/auth/key.ts";
import { RUNS } from "../../runs.ts";
import { ecPair, jwk, pem, publicPem, rsaPair } from "./keys.ts";

const rsa = rsaPair();
const p256 = ecPair("P-256");
const p384 = ecPair("P-384");
const p521 = ecPair("P-521");
const ed = generateKeyPairSync("ed25519");
const secret = jwk(rsa.privateKey);
const legacy = (type: "pkcs1" | "sec1", key = rsa.privateKey): string => String(key.export({ type, format: "pem" }));
const encrypted = (type: "pkcs8" | "pkcs1"): string =>
  String(rsa.privateKey.export({ type, format: "pem", cipher: "aes-256-cbc", passphrase: "Correct-horse-9" }));
const text = (value: object): string => JSON.stringify(value);

describe("a private key that can be used", () => {
  /** [what, its text, the algorithm] */
  const cases: readonly [string, string, string][] = [
    ["RSA in PEM", pem(rsa.privateKey), "RS256"],
    ["P-256 in PEM", pem(p256.privateKey), "ES256"],
    ["P-384 in PEM", pem(p384.privateKey), "ES384"],
    ["P-521 in PEM", pem(p521.privateKey), "ES512"],
    ["PEM with escaped line ends", pem(rsa.privateKey).replaceAll("\n", "\\n"), "RS256"],
    ["PEM with line ends of Windows", pem(rsa.privateKey).replaceAll("\n", "\r\n"), "RS256"],
    ["PEM with line ends of Windows, escaped", pem(rsa.privateKey).replaceAll("\n", "\\r\\n"), "RS256"],
    ["PEM whose line ends became blanks", pem(rsa.privateKey).replaceAll("\n", " "), "RS256"],
    ["PEM in quotes", `"${pem(rsa.privateKey).replaceAll("\n", "\\n")}"`, "RS256"],
    ["PEM with blank lines around it", `\n\n  ${pem(p256.privateKey)}\n\n`, "ES256"],
    ["PEM behind its public half", publicPem(p256.publicKey) + pem(p256.privateKey), "ES256"],
    ["an RSA JWK", text(secret), "RS256"],
    ["an RSA JWK for RS256", text({ ...secret, alg: "RS256" }), "RS256"],
    ["an RSA JWK for RS384", text({ ...secret, alg: "RS384" }), "RS384"],
    ["an RSA JWK for RS512", text({ ...secret, alg: "RS512" }), "RS512"],
    ["a P-256 JWK", text(jwk(p256.privateKey)), "ES256"],
    ["a P-384 JWK with its alg", text({ ...jwk(p384.privateKey), alg: "ES384" }), "ES384"],
    ["a P-521 JWK", text(jwk(p521.privateKey)), "ES512"],
    ["a JWK over several lines", JSON.stringify({ ...secret, use: "sig" }, null, 2), "RS256"],
    ["a JWK in single quotes", `'${text(secret)}'`, "RS256"],
  ];
  it.each(cases)("%s", async (_, given, algorithm) => {
    const key = readKey(given);
    expect(key.algorithm).toBe(algorithm);
    const signed = await new SignJWT({}).setProtectedHeader({ alg: key.algorithm }).sign(key.key);
    const [header = "", claims = "", signature = ""] = signed.split(".");
    const [mine] = [rsa, p256, p384, p521].filter(({ privateKey }) => key.key.equals(privateKey));
    if (mine === undefined) throw new Error("another key was read");
    const options = { key: mine.publicKey, dsaEncoding: "ieee-p1363" } as const;
    const hash = `sha${algorithm.slice(2)}`;
    expect(verify(hash, Buffer.from(`${header}.${claims}`), options, Buffer.from(signature, "base64url"))).toBe(true);
  });

  it("goes by the id that was set, else by the JWK's", () => {
    const named = text({ ...secret, kid: "inside" });
    expect(readKey(named).keyId).toBe("inside");
    expect(readKey(named, "set").keyId).toBe("set");
    expect(readKey(pem(rsa.privateKey), "set").keyId).toBe("set");
    expect(readKey(pem(rsa.privateKey)).keyId).toBeUndefined();
    expect(readKey(text({ ...secret, kid: "" })).keyId).toBeUndefined();
  });
});

describe("a private key that cannot be used", () => {
  const without = (...names: string[]): string =>
    text(Object.fromEntries(Object.entries(secret).filter(([name]) => !names.includes(name))));
  const body = pem(rsa.privateKey).replace(/-----[^-]+-----|\n/g, "");
  const CERTIFICATE = `-----BEGIN CERTIFICATE-----\n${body.slice(0, 64)}\n-----END CERTIFICATE-----`;
  /** [what, its text, what the message says] */
  const cases: readonly [string, string, RegExp][] = [
    ["nothing", "", /^is empty/],
    ["blanks", " \n ", /^is empty/],
    ["words", "my very private key!", /^is neither PEM nor JWK/],
    ["a client secret", "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFy", /^looks like a client secret/],
    ["an API token", "00Qe-dGnIWnTjE4zZLxp_RFQU4Wkq21nPGwSJbi3YO", /^looks like a client secret or an API token/],
    ["the path of a file", "/home/ada/keys/okta.pem", /^looks like the path of a file; .*OKTA_PRIVATE_KEY_FILE/],
    ["a path from home", "~/okta.key", /^looks like the path of a file/],
    ["a path on Windows", "C:\\Users\\ada\\okta.pem", /^looks like the path of a file/],
    ["a file's name", "okta.pem", /^looks like the path of a file/],
    ["PEM in base64", Buffer.from(pem(rsa.privateKey)).toString("base64"), /^is PEM in base64; decode it/],
    ["PEM without its armour", body, /^lacks its BEGIN and END lines/],
    ["encrypted PKCS#8", encrypted("pkcs8"), /^is encrypted; decrypt it with: openssl pkcs8 -in/],
    ["encrypted PKCS#1", encrypted("pkcs1"), /^is encrypted; decrypt it with: openssl pkcs8 -topk8 -nocrypt/],
    ["PKCS#1", legacy("pkcs1"), /^is in the older form PKCS#1; convert it with: openssl pkcs8 -topk8 -nocrypt/],
    ["SEC1", legacy("sec1", p256.privateKey), /^is in the older form SEC1; convert it with: openssl pkcs8/],
    [
      "SEC1 with parameters",
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${legacy("sec1", p256.privateKey)}`,
      /^is in the older form SEC1/,
    ],
    [
      "an OpenSSH key",
      "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----",
      /^is a key of OpenSSH/,
    ],
    ["a public key", publicPem(rsa.publicKey), /^is the public key; give the private key/],
    ["a certificate", CERTIFICATE, /^is a certificate; give the private key/],
    ["another PEM", "-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----", /^is PEM, but not of a private key/],
    ["PEM without its end", pem(rsa.privateKey).slice(0, 800), /^is damaged/],
    ["PEM with a part missing", pem(rsa.privateKey).replace(/\n.{64}\n/, "\n"), /^is damaged/],
    ["PEM with other characters in it", pem(rsa.privateKey).replace("MII", "M*I"), /^is damaged/],
    ["Ed25519 in PEM", pem(ed.privateKey), /^is an Ed25519 key or a like one; Okta takes RSA keys/],
    ["secp256k1 in PEM", pem(ecPair("secp256k1").privateKey), /^is of a kind that Okta does not take; Okta takes/],
    ["RSA-PSS", pem(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey), /^is of a kind that Okta/],
    [
      "RSA of 1024 bits",
      pem(rsaPair(1024).privateKey),
      /^is an RSA key of only 1024 bits; Okta takes RSA keys of 2048/,
    ],
    ["a JWK cut short", text(secret).slice(0, 500), /^is damaged/],
    ["a list", `[${text(secret)}]`, /^is a list, not a JWK/],
    ["JSON of another kind", text({ type: "service_account" }), /^is JSON, but no JWK/],
    ["a JWK set", text({ keys: [secret] }), /^is a JWK set; give the one private JWK inside it/],
    ["a JWK without d", text(jwk(rsa.publicKey)), /^is a public JWK, without d/],
    ["an EC JWK without d", text(jwk(p256.publicKey)), /^is a public JWK, without d/],
    ["an RSA JWK without its primes", without("p", "q", "dp", "dq", "qi"), /^is an RSA JWK without all of p, q/],
    ["a shared secret as a JWK", text({ kty: "oct", k: "c2VjcmV0" }), /^is a shared secret/],
    ["an Ed25519 JWK", text(jwk(ed.privateKey)), /^is an Ed25519 key/],
    ["a JWK of an unknown kty", text({ ...secret, kty: "XYZ" }), /^is a JWK with an unknown kty/],
    [
      "a JWK of an unknown alg",
      text({ ...secret, alg: "HS256" }),
      /^has an alg that Okta does not take; it takes RS256/,
    ],
    ["a JWK for PS256", text({ ...secret, alg: "PS256" }), /^has an alg that Okta does not take/],
    ["an RSA JWK for ES256", text({ ...secret, alg: "ES256" }), /^is an RSA key with the alg of an EC key/],
    [
      "a P-256 JWK for ES384",
      text({ ...jwk(p256.privateKey), alg: "ES384" }),
      /^is an EC key whose alg is not that of its/,
    ],
    [
      "a P-256 JWK for RS256",
      text({ ...jwk(p256.privateKey), alg: "RS256" }),
      /^is an EC key whose alg is not that of its/,
    ],
    ["a JWK for encryption", text({ ...secret, use: "enc" }), /^is a key for encryption/],
    ["a JWK of another curve", text(jwk(ecPair("secp256k1").privateKey)), /^is of a kind that Okta does not take/],
    ["an RSA JWK with another's d", text({ ...secret, d: jwk(rsaPair().privateKey).d, dp: "AQ" }), /^is damaged/],
    ["an EC JWK with another's d", text({ ...jwk(p256.privateKey), d: jwk(ecPair().privateKey).d }), /^is damaged/],
  ];
  it.each(cases)("%s", (_, given, says) => {
    const message = refusalOf(given);
    expect(message).toMatch(says);
    expect(message).not.toContain("\n");
    expectNothingOf(given, message);
  });

  it("is never shown, whatever it is", () => {
    const head = fc.constantFrom(
      "",
      "{",
      '{"kty":"RSA","d":"',
      "-----BEGIN ",
      "-----BEGIN PRIVATE KEY-----\n",
      "/",
      "MI",
    );
    const tail = fc.constantFrom("", "}", '"}', " PRIVATE KEY-----", "\n-----END PRIVATE KEY-----", ".pem");
    const core = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9+/=_-]{12,60}$/),
      fc.stringMatching(/^[A-Z0-9 ]{12,40}$/),
      fc.string({ minLength: 12, maxLength: 60 }),
    );
    fc.assert(
      fc.property(head, core, tail, (before, middle, after) => {
        const message = refusalOf(before + middle + after);
        const word = middle.trim();
        if (word.length >= 12) expect(message).not.toContain(word);
      }),
      RUNS,
    );
  });
});

function refusalOf(given: string): string {
  try {
    readKey(given);
  } catch (error) {
    if (error instanceof KeyError) return error.message;
    throw error;
  }
  throw new Error("it was taken");
}

/** No run of characters of the key that is long enough to tell anything of it. */
function expectNothingOf(given: string, message: string): void {
  const words = (given.match(/[A-Za-z0-9+/_-]{12,}/g) ?? []).filter((word) => !/^-+$/.test(word));
  for (const word of words) expect(message).not.toContain(word.slice(0, 12));
}
