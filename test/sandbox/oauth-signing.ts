import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from "jose";
import { type Reply, type Running, text } from "./harness.ts";

/** A key pair as a client has it. */
export interface Key {
  readonly sign: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;
}

const CURVES = { ES256: "P-256", ES384: "P-384", ES512: "P-521" } as const;
let rsa: Key | undefined;

/** A fresh EC key, or the one RSA key of the file, which is slow to make. */
export function keyFor(alg: string, kid = "first"): Key {
  if (alg in CURVES) {
    const namedCurve = Object.entries(CURVES).find(([name]) => name === alg)?.[1] ?? "P-256";
    return exported(generateKeyPairSync("ec", { namedCurve }), kid);
  }
  rsa ??= exported(generateKeyPairSync("rsa", { modulusLength: 2048 }), kid);
  return { ...rsa, jwk: { ...rsa.jwk, kid } };
}

function exported({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }, kid: string): Key {
  return { sign: privateKey, jwk: { ...publicKey.export({ format: "jwk" }), kid } };
}

/** What a case changes about a good JWT; `undefined` takes a claim or header out. */
export interface Change {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: Key | Uint8Array;
}

/** Seconds since 1970, moved by `by`. */
export const seconds = (by = 0): number => Math.floor(Date.now() / 1000) + by;

function signed(payload: JWTPayload, header: JWTHeaderParameters, key: Key | Uint8Array): Promise<string> {
  return new SignJWT(payload).setProtectedHeader(header).sign(key instanceof Uint8Array ? key : key.sign);
}

/** A client assertion that is good unless the change says otherwise. */
export function assertion(
  url: string,
  clientId: string,
  key: Key,
  { claims, header, ...other }: Change = {},
): Promise<string> {
  const payload = { iss: clientId, sub: clientId, aud: url, exp: seconds(300), iat: seconds(), jti: randomUUID() };
  return signed({ ...payload, ...claims }, { alg: "ES256", kid: String(key.jwk.kid), ...header }, other.key ?? key);
}

/** A DPoP proof that is good unless the change says otherwise; with `token` it is one for the API. */
export function proof(
  method: string,
  url: string,
  key: Key,
  change: Change & { token?: string } = {},
): Promise<string> {
  const { kid: _kid, ...jwk } = key.jwk;
  const ath = change.token === undefined ? {} : { ath: createHash("sha256").update(change.token).digest("base64url") };
  const payload = { htm: method, htu: url, iat: seconds(), jti: randomUUID(), ...ath };
  const header = { alg: "ES256", typ: "dpop+jwt", jwk, ...change.header };
  return signed({ ...payload, ...change.claims }, header, change.key ?? key);
}

/** Posts a form; the answer's body is JSON or nothing. */
export async function post(
  url: string,
  params: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(params), headers });
  const answer = await response.text();
  return { status: response.status, headers: response.headers, body: answer === "" ? undefined : JSON.parse(answer) };
}

/** The parameters of a token request of a service app. */
export function service(client_assertion: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    grant_type: "client_credentials",
    scope: "okta.users.read",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion,
    ...more,
  };
}

/** Registers a client; answers its id. */
export async function register(org: Running, client: Readonly<Record<string, unknown>>): Promise<string> {
  return text((await org.control("POST", "/sandbox/clients", client)).body, "clientId");
}

/** A Bearer token of a new service app with those scopes and roles. */
export async function bearer(org: Running, scope: string, roles: readonly string[] = ["SUPER_ADMIN"]): Promise<string> {
  const key = keyFor("ES256");
  const clientId = await register(org, { jwks: { keys: [key.jwk] }, roles });
  const url = `${org.sandbox.url}/oauth2/v1/token`;
  const reply = await post(url, service(await assertion(url, clientId, key), { scope }));
  return text(reply.body, "access_token");
}

/** `status error` of an OAuth refusal with its description, or the status alone. */
export function refusal({ status, body }: Reply): string {
  const { error, error_description } = Object(body);
  return error === undefined ? String(status) : `${status} ${error}: ${error_description}`;
}
