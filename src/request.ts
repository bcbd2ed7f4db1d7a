import type { OktaRequest } from "./okta/client.ts";
import { UnsendableError } from "./okta/error.ts";
import type { Operation } from "./operation.ts";
import { asJsonObject, isJsonObject, type Json, type JsonObject } from "./schema.ts";

/** What an operation's checked arguments look like on the wire. */
export function buildRequest(operation: Operation, args: Readonly<Record<string, unknown>>): OktaRequest {
  const body = pick(args, operation.body);
  return {
    method: operation.method,
    template: operation.template,
    path: texts(pick(args, operation.path)),
    query: { ...texts(pick(args, operation.query)), ...operation.queryFrom?.({ ...args }) },
    headers: headers(operation, args),
    ...(Object.keys(operation.body).length > 0 ? { body, confidential: confidentialIn(body) } : {}),
    effect: operation.effect === "read" ? "read" : "write",
  };
}

/** The passwords, hashes and recovery answers in a body. Short ones are left: hiding them would garble the answer. */
function confidentialIn(value: unknown, secret = false): string[] {
  if (typeof value === "string") return secret && value.length >= 4 ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inside]) =>
    key === "profile" ? [] : confidentialIn(inside, isConfidential(key)),
  );
}

/** Whether this key of credentials holds a password, a hash, or a recovery answer (OpenAPI 2026.06.3, UserCredentials). */
function isConfidential(key: string): boolean {
  return key === "value" || key === "answer" || key === "salt";
}

/** Arguments as they may be kept: without passwords, hashes and answers, and without the consent. */
export function withoutSecrets({ confirm: _, ...args }: Readonly<Record<string, unknown>>): JsonObject {
  const clean = (value: unknown, inProfile: boolean, secret: boolean): Json => {
    if (Array.isArray(value)) return value.map((item) => clean(item, inProfile, secret));
    if (isJsonObject(value))
      return Object.fromEntries(
        Object.entries(value).map(([key, inside]) => [
          key,
          clean(inside, inProfile || key === "profile", !inProfile && isConfidential(key)),
        ]),
      );
    if (secret) return "[secret]";
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
  };
  return asJsonObject(clean(args, false, false));
}

function headers(operation: Operation, args: Readonly<Record<string, unknown>>): Record<string, string> {
  const sent: Record<string, string> = {};
  for (const [name, argument] of Object.entries(operation.headers)) {
    const value = args[name] ?? argument.whenAbsent?.(args);
    if (value === undefined) continue;
    const text = argument.format(value);
    if (!/^[\x20-\x7e]+$/.test(text)) throw new UnsendableError(name, "holds characters a header cannot carry");
    sent[argument.header] = text;
  }
  return sent;
}

function pick(
  args: Readonly<Record<string, unknown>>,
  shape: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(shape).flatMap((name) => (args[name] === undefined ? [] : [[name, args[name]]])),
  );
}

function texts(values: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
