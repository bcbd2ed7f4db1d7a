import { randomBytes } from "node:crypto";
import { type Random, seededRandom } from "./random.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Kinds of Okta ids and the three characters they start with (behaviour: recorded). */
export const PREFIX = {
  user: "00u",
  group: "00g",
  app: "0oa",
  appAssignment: "0ua",
  userType: "oty",
  userSchema: "osc",
  realm: "guo",
  grant: "oag",
  refreshToken: "oar",
  scope: "scp",
  authorizationServer: "aus",
  userRole: "ra1",
  groupRole: "gra",
  customRole: "cr0",
  customBinding: "irb",
  resourceSet: "iam",
  questionFactor: "ufs",
  smsFactor: "mbl",
  totpFactor: "ost",
} as const;

export type IdKind = keyof typeof PREFIX;

/** Makes ids of 20 characters that sort in the order they were made, as real ones nearly do. */
export interface IdSource {
  next(kind: IdKind): string;
  /** The next things made get these ids, each the first one left with its prefix. */
  reserve(ids: readonly string[]): void;
}

/** Ids for a seed: the n-th id of a run is always the same. */
export function idSource(seed: number): IdSource {
  const random = seededRandom(seed ^ 0x5eed);
  const tail = `${base62(random, 2)}7`;
  let counter = 62 ** 5 * 20 + random.below(1_000_000);
  let reserved: readonly string[] = [];
  return {
    reserve: (ids) => {
      reserved = [...reserved, ...ids];
    },
    next: (kind) => {
      const wanted = reserved.find((id) => id.startsWith(PREFIX[kind]));
      if (wanted !== undefined) {
        reserved = reserved.filter((id) => id !== wanted);
        return wanted;
      }
      counter += 1 + random.below(4000);
      return `${PREFIX[kind]}${encode(counter, 6)}${base62(random, 8)}${tail}`;
    },
  };
}

/** True for 20 alphanumeric characters with the prefix of that kind. */
export function isId(kind: IdKind, text: string): boolean {
  return text.length === 20 && text.startsWith(PREFIX[kind]) && /^[0-9A-Za-z]+$/.test(text);
}

/** Assignment ids of targetable roles are the unpadded Base32 of the role type (behaviour: recorded). */
export function base32(text: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let bits = 0;
  let value = 0;
  let out = "";
  for (const byte of Buffer.from(text)) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      out += letters.charAt((value >>> (bits - 5)) & 31);
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? out + letters.charAt((value << (5 - bits)) & 31) : out;
}

/** `oae` and 22 characters of `[A-Za-z0-9_-]` (behaviour: recorded). */
export function errorId(): string {
  return `oae${randomBytes(17).toString("base64url").slice(0, 22)}`;
}

/** 32 hex digits, as in recordings from 2025 on. */
export function requestId(): string {
  return randomBytes(16).toString("hex");
}

/** A secret of `length` characters of `[A-Za-z0-9_-]`; real randomness, since it opens an account. */
export function secret(length: number): string {
  return randomBytes(length).toString("base64url").slice(0, length);
}

function base62(random: Random, length: number): string {
  let text = "";
  while (text.length < length) text += encode(random.below(62 ** 4), 4);
  return text.slice(0, length);
}

function encode(value: number, length: number): string {
  let rest = value;
  let text = "";
  for (let i = 0; i < length; i++) {
    text = ALPHABET.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
