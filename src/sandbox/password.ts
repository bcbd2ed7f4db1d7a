import { createHash, pbkdf2Sync, randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { isObject, isOneOf, isString, type Json } from "./guard.ts";

/** A secret as stored: never the text itself. */
export type StoredPassword =
  | { readonly kind: "scrypt"; readonly salt: Buffer; readonly hash: Buffer }
  | { readonly kind: "sha256"; readonly hash: Buffer }
  | { readonly kind: "imported"; readonly hash: ImportedHash }
  | { readonly kind: "hook" };

export interface ImportedHash {
  readonly algorithm: (typeof ALGORITHMS)[number];
  readonly value: string;
  readonly salt: string;
  readonly postfix: boolean;
  readonly iterations: number;
  readonly keySize: number;
  readonly digest: "sha256" | "sha512";
}

const ALGORITHMS = ["BCRYPT", "MD5", "PBKDF2", "SHA-1", "SHA-256", "SHA-512"] as const;
/** Low on purpose: real salted hashing, yet a test suite that sets a thousand passwords stays quick. */
const COST = { N: 256, r: 4, p: 1 };

/** Hashes a password or a recovery answer with a fresh salt. */
export function store(text: string): StoredPassword {
  const salt = randomBytes(16);
  return { kind: "scrypt", salt, hash: scryptSync(text, salt, 32, COST) };
}

/** One hash shared by all seeded people, so that seeding costs nothing. */
export function storeShared(text: string): StoredPassword {
  return { kind: "sha256", hash: createHash("sha256").update(text).digest() };
}

/** True when `text` is the stored secret. BCRYPT imports never match: node:crypto has no bcrypt. */
export function matches(stored: StoredPassword | undefined, text: string): boolean {
  switch (stored?.kind) {
    case "scrypt":
      return same(scryptSync(text, stored.salt, 32, COST), stored.hash);
    case "sha256":
      return same(createHash("sha256").update(text).digest(), stored.hash);
    case "imported":
      return matchesImported(stored.hash, text);
    default:
      return false;
  }
}

/**
 * Reads `credentials.password.hash`. Rules of OpenAPI 2026.06.3: BCRYPT work factor 1-20 and a 22-character salt,
 * PBKDF2 at least 4096 iterations with key size and digest. Returns a complaint when a rule is broken.
 */
export function readImportedHash(hash: Json): ImportedHash | string {
  const { algorithm, value } = hash;
  if (!isOneOf(ALGORITHMS, algorithm)) return "The hash algorithm is not supported.";
  if (!isString(value) || value === "") return "The hash value is missing.";
  const salt = isString(hash.salt) ? hash.salt : "";
  const number = (name: string): number => (typeof hash[name] === "number" ? Number(hash[name]) : 0);
  if (algorithm === "BCRYPT") {
    const work = number("workFactor");
    if (work < 1 || work > 20) return "The work factor must be between 1 and 20.";
    if (salt.length !== 22) return "The salt must have 22 characters.";
  }
  if (algorithm === "PBKDF2") {
    if (number("iterationCount") < 4096) return "The iteration count must be at least 4096.";
    if (number("keySize") < 1) return "The key size is missing.";
  }
  return {
    algorithm,
    value,
    salt,
    postfix: hash.saltOrder === "POSTFIX",
    iterations: number("iterationCount"),
    keySize: number("keySize"),
    digest: hash.digestAlgorithm === "SHA512_HMAC" ? "sha512" : "sha256",
  };
}

/** The default rule of a fresh org: true when `password` passes it for that login. Length in characters. */
export function meetsPolicy(password: string, login: string): boolean {
  if (password.length < 8 || password.length > 72) return false;
  if (!/[a-z]/.test(password) || !/[A-Z]/.test(password) || !/[0-9]/.test(password)) return false;
  const lower = password.toLowerCase();
  return !login
    .toLowerCase()
    .split(/[,._#@-]/)
    .some((part) => part.length >= 4 && lower.includes(part));
}

/** Text of a policy refusal on create and update; the wording is only partly corroborated. */
export const POLICY_CAUSE =
  "Password requirements were not met. Password requirements: at least 8 characters, a lowercase letter, an uppercase letter, a number, no parts of your username.";

/** A temporary password: 12 characters, as in recordings from 2025, always within the default rule. */
export function temporaryPassword(): string {
  const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
  let text = "";
  for (const byte of randomBytes(9)) text += letters.charAt(byte % letters.length);
  return `${text}aZ7`;
}

/** Narrows `{value}` of a password in a body. */
export function passwordValue(password: unknown): string | undefined {
  return isObject(password) && isString(password.value) && password.value !== "" ? password.value : undefined;
}

function matchesImported(stored: ImportedHash, text: string): boolean {
  const salt = Buffer.from(stored.salt, "base64");
  const wanted = Buffer.from(stored.value, "base64");
  if (stored.algorithm === "BCRYPT") return false;
  if (stored.algorithm === "PBKDF2") {
    return same(pbkdf2Sync(text, salt, stored.iterations, stored.keySize, stored.digest), wanted);
  }
  const hash = createHash(stored.algorithm.replace("-", "").toLowerCase());
  hash.update(stored.postfix ? text : salt).update(stored.postfix ? salt : text);
  return same(hash.digest(), wanted);
}

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
