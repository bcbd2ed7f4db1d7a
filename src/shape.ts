import { firstFitting } from "./first-fitting.ts";
import { inert, inertText, VALUE_LENGTHS } from "./inert.ts";
import type { OktaAnswer } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";
import type { Operation, Resource, Target } from "./operation.ts";
import { Refusal } from "./refusal.ts";
import { asJsonObject, isJsonObject, type Json, type JsonObject } from "./schema.ts";
import { bare, concise, full, present, type View } from "./views.ts";

/** The longest reply, in characters of JSON; hosts cut what is longer. */
export const LONGEST_REPLY = 60_000;

/**
 * Okta's answer as the model sees it: one compact object, values people wrote made inert, one-time secrets only under
 * `secret`. `ids` are the path arguments after lookup, `person` whom the gate read. Throws a Refusal when a read cannot
 * be shown: its answer is no such resource, or too large.
 */
export function shape(
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  answer: OktaAnswer,
  ids: JsonObject,
  person: Target | undefined,
): JsonObject {
  const { returns, listOf, secret } = operation;
  const { body, etag, next } = answer;
  if (listOf !== undefined && Array.isArray(body) && body.every(isJsonObject))
    return list(operation, args, `${listOf}s`, body, next);
  const resource =
    returns !== undefined && isResource(returns, body) ? one(operation, args, returns, body, etag) : undefined;
  if (resource !== undefined && fits(resource)) return resource;
  if (resource !== undefined && operation.effect === "read") throw tooLarge(operation, smaller(args));
  if (operation.effect === "read")
    throw new Refusal("bad_response", `Okta's answer to ${operation.name} is not what its documentation says.`, {
      hint: "Check that OKTA_ORG_URL is an Okta org and nothing between changes its answers.",
    });
  const given = isJsonObject(body) ? body : {};
  const secrets = present(Object.fromEntries((secret ?? []).map((key) => [key, oneTime(given[key])])));
  const empty = body === undefined || (isJsonObject(body) && Object.keys(body).length === 0);
  if (!empty && resource === undefined && Object.keys(secrets).length === 0)
    throw new OktaError({
      code: "outcome_unknown",
      status: answer.status,
      requestId: answer.requestId,
      summary: "The answer is not one of Okta's: the request may or may not have been done.",
    });
  return {
    done: operation.name,
    ...asJsonObject(inert(ids)),
    ...(person ? { login: inert(person.login) } : {}),
    ...(Object.keys(secrets).length > 0 ? { secret: secrets } : {}),
  };
}

function smaller({ detail, expand }: Readonly<Record<string, unknown>>): string {
  if (detail === "full") return "Ask again with detail concise.";
  return expand === undefined ? "Nothing makes it shorter: look at it in Okta." : "Ask again without expand.";
}

/** A password or link as Okta makes them, without blanks; anything else under its name is none. */
function oneTime(value: Json | undefined): string | undefined {
  return typeof value === "string" && /^[\x21-\x7E]{1,4096}$/.test(value) ? value : undefined;
}

function list(
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  name: string,
  items: readonly JsonObject[],
  next: string | undefined,
): JsonObject {
  const view = viewOf(operation, args);
  if (next !== undefined && inertText(next, 10_000) !== next)
    throw new Refusal("bad_response", "Okta's cursor for the next page holds hidden characters.", {
      hint: "Check that nothing between this server and Okta changes its answers.",
    });
  const more = next !== undefined && "after" in operation.query ? { next } : {};
  for (const longest of VALUE_LENGTHS) {
    const shown = items.map((item) => inert(view(item), longest));
    const reply: JsonObject = { [name]: shown, ...more };
    if (fits(reply)) return reply;
    if (longest !== VALUE_LENGTHS.at(-1)) continue;
    if ("limit" in operation.query)
      throw tooLarge(
        operation,
        `Ask again with a smaller limit${"fields" in operation.query ? ", or with fields" : ""}.`,
      );
    while (!fits({ [name]: shown, shown: shown.length, total: items.length }))
      shown.length = Math.floor(shown.length * 0.9);
    return { [name]: shown, shown: shown.length, total: items.length };
  }
  return {};
}

function one(
  operation: Operation,
  args: Readonly<Record<string, unknown>>,
  name: string,
  body: JsonObject,
  etag: string | undefined,
): JsonObject {
  const view = viewOf(operation, args);
  const show = (longest: number): JsonObject => ({
    [name]: inert(view(body), longest),
    // One that cannot be sent back as If-Match is of no use.
    ...(args.detail === "full" && etag !== undefined && /^[\x21-\x7E]{1,200}$/.test(etag) ? { etag } : {}),
  });
  return firstFitting(VALUE_LENGTHS, show, fits) ?? show(20);
}

function isResource(name: Resource, body: unknown): body is JsonObject {
  if (!isJsonObject(body)) return false;
  return name === "credentials" ? Object.keys(body).length > 0 : typeof body.id === "string";
}

/** `fields` and `detail: full` show what Okta sent; what `expand` asked for is lifted out of `_embedded`. */
function viewOf(operation: Operation, args: Readonly<Record<string, unknown>>): View {
  const resource = operation.listOf ?? operation.returns ?? "user";
  const view = args.fields !== undefined || args.detail === "full" ? full : concise[resource];
  const lifts = operation.effect === "read" && args.expand !== undefined;
  return (item) => ({ ...view(item), ...(lifts && isJsonObject(item._embedded) ? bare(item._embedded) : {}) });
}

function fits(reply: JsonObject): boolean {
  // Room for what the caller of shape() adds in front.
  return JSON.stringify(reply).length <= LONGEST_REPLY - 100;
}

function tooLarge(operation: Operation, hint: string): Refusal {
  return new Refusal("bad_response", `The reply to ${operation.name} would be over ${LONGEST_REPLY} characters.`, {
    hint,
  });
}
