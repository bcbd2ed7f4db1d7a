import type { OktaRequest } from "./okta/client.ts";
import { UnsendableError } from "./okta/error.ts";
import type { Operation } from "./operation.ts";

/** What an operation's checked arguments look like on the wire. */
export function buildRequest(operation: Operation, args: Readonly<Record<string, unknown>>): OktaRequest {
  const body = pick(args, operation.body);
  return {
    method: operation.method,
    template: operation.template,
    path: texts(pick(args, operation.path)),
    query: texts(pick(args, operation.query)),
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
    key === "profile" ? [] : confidentialIn(inside, key === "value" || key === "answer" || key === "salt"),
  );
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
