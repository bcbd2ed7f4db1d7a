import { generateKeyPairSync, type JsonWebKey, type KeyObject } from "node:crypto";

export interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function rsaPair(modulusLength = 2048): Pair {
  return generateKeyPairSync("rsa", { modulusLength });
}

export function ecPair(namedCurve = "P-256"): Pair {
  return generateKeyPairSync("ec", { namedCurve });
}

export function pem(key: KeyObject): string {
  return String(key.export({ type: "pkcs8", format: "pem" }));
}

export function publicPem(key: KeyObject): string {
  return String(key.export({ type: "spki", format: "pem" }));
}

export function jwk(key: KeyObject): JsonWebKey {
  return key.export({ format: "jwk" });
}
