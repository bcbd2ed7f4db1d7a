import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** One-time passwords by time as RFC 6238 has them: SHA-1, 6 digits, a new one every 30 seconds. */
export const TIME_STEP = 30;
const DIGITS = 6;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A fresh shared secret of 16 Base32 letters, as long as those in the OpenAPI examples. */
export function newSharedSecret(): string {
  return sharedSecretFrom(randomBytes(10));
}

/** The 10 bytes as 16 Base32 letters. */
export function sharedSecretFrom(bytes: Buffer): string {
  let text = "";
  for (let bit = 0; bit + 5 <= bytes.length * 8; bit += 5) {
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    text += LETTERS.charAt((pair >> (11 - (bit & 7))) & 31);
  }
  return text;
}

/** The step a time in epoch milliseconds falls into. */
export function stepAt(time: number): number {
  return Math.floor(time / 1000 / TIME_STEP);
}

/** The passcode of a step. */
export function passcode(sharedSecret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", bytesOf(sharedSecret)).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  const number = digest.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, "0");
}

/** The step around `time` that a passcode belongs to: the present one or one beside it. unverified: how far off Okta accepts. */
export function matchingStep(sharedSecret: string, code: string, time: number): number | undefined {
  const present = stepAt(time);
  return [present, present - 1, present + 1].find((step) => equal(passcode(sharedSecret, step), code));
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function bytesOf(base32: string): Buffer {
  const bytes: number[] = [];
  let value = 0;
  let bits = 0;
  for (const letter of base32) {
    value = ((value << 5) | LETTERS.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >> bits) & 255);
  }
  return Buffer.from(bytes);
}
