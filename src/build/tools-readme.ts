import type { Job } from "../job.ts";
import { define, JOBS } from "../listing.ts";
import type { Effect, Operation, Tool } from "../operation.ts";
import { isJsonObject, type Json, type JsonObject } from "../schema.ts";
import { asksForConsent, consentOf } from "./consent.ts";
import { code, codes, table } from "./markdown.ts";

/** What the schemas leave unsaid to spare the models' context, by argument or `argument (type)`. */
const GLOSSARY: Readonly<Record<string, string>> = {
  after: "`next` of the last reply",
  appId: "id of the app instance",
  clientId: "id of the OAuth client, from list_user_clients",
  credentials: "password, recovery question and provider",
  detail: "`full`: everything but links and nulls; default `concise`",
  expand: "what to put into the reply beside the resource",
  factorId: "id of the factor, from list_factors",
  grantId: "id of the consent, from list_user_grants",
  groupId: "id of the group, from list_groups",
  newPassword: "the new password",
  oktaResponse: "parts Okta may leave out; a concise reply does without all three on its own",
  oldPassword: "the present password",
  prefer: "Okta answers before the work is finished",
  preview: "`true`: only show what would change",
  profile: "attributes by name, custom ones too",
  realmId: "id of the realm the person belongs to",
  recovery_question: "the recovery question and its answer",
  relationshipName: "name of either end of the link, e.g. manager or subordinate",
  roleAssignmentId: "id of the assignment, from list_assigned_roles_for_user",
  scopeId: "only the consent to this scope",
  sortOrder: "direction of sortBy",
  tokenId: "id of the refresh token, from list_refresh_tokens_for_user_and_client",
  userIds: "ids, logins or unambiguous short names",
  planId: "id of the plan, from the reply that made it",
  "type (object)": "the user type, by id",
  "type (string)": "the admin role",
};

/** tools/README.md: every tool with its arguments, effect, scope and consequence. */
export function toolsReadme(families: ReadonlyMap<string, readonly Operation[]>, jobs: readonly Job[]): string {
  const count = [...families.values()].flat().length;
  const contents = [...families, [JOBS, jobs] as const].map(
    ([family, tools]) => `- [${family}](#${family}): ${tools.map(({ name }) => `[${name}](#${name})`).join(", ")}`,
  );
  return [
    "# Tools",
    `Written by \`npm run docs\` from the operations in this folder; change those, not this file. ${count} tools in ${families.size} families, one for each operation, and ${jobs.length} in the family ${code(JOBS)}, each of which does what takes several.`,
    [
      'Arguments marked "path", "query", "header" and "body" go to Okta as they are, those marked "a filter" inside one;',
      '"here" ones stay in this server.',
      "A `userId` takes an id, a login or an unambiguous short name. Every tool refuses arguments it does not know.",
      '"Asks" means: without `confirm: true` nothing is done, and the answer is a preview with the sentence quoted here.',
    ].join("\n"),
    contents.join("\n"),
    ...[...families].flatMap(([family, operations]) => [`## ${family}`, ...operations.map(operationSection)]),
    `## ${JOBS}`,
    "A job is made of the tools above: each of its steps is a call of one, which must be switched on and have its scope, and each change stands in the journal on its own.",
    ...jobs.map(jobSection),
  ]
    .join("\n\n")
    .concat("\n");
}

function operationSection(operation: Operation): string {
  const route = code(`${operation.method} ${operation.template}`);
  const rows = argumentRows(operation, (name) => [placeOf(operation, name)]);
  return section(operation, [route], argumentTable(["goes to"], rows), facts(operation));
}

function jobSection(job: Job): string {
  const { effect, sendsEmail, scope, needs } = job;
  const facts = [
    effectOf(effect, sendsEmail),
    `- Okta scope: ${code(scope)}, and those of the tools it uses`,
    `- Asks: ${asksForConsent(job) ? "always, for all of it at once; the preview says what it would do" : "never"}`,
  ];
  if (needs !== undefined) facts.push(`- Exists only with ${code(needs)}`);
  return section(
    job,
    [],
    argumentTable(
      [],
      argumentRows(job, () => []),
    ),
    facts,
  );
}

function section({ name, summary }: Tool, routes: readonly string[], args: string, facts: readonly string[]): string {
  return [`### ${name}`, summary, ...routes, args, facts.join("\n")].join("\n\n");
}

/** @param places the heading of where arguments go, where they go anywhere as they are */
function argumentTable(places: readonly string[], rows: string[][]): string {
  return rows.length === 0 ? "No arguments." : table(["argument", "type", "required", ...places, "description"], rows);
}

function effectOf(effect: Effect, sendsEmail: boolean | undefined): string {
  return `- Effect: **${effect}**${sendsEmail ? "; may send e-mail" : ""}`;
}

function facts(operation: Operation): string[] {
  const { effect, scope, sendsEmail, refusedFrom = [], uncertainFrom = [], to, secret = [] } = operation;
  const facts = [effectOf(effect, sendsEmail), `- Okta scope: ${code(scope)}`, `- Asks: ${asks(operation)}`];
  if (effect !== "read") facts.push(`- Undone by: ${undoneBy(operation)}`);
  if (to !== undefined) facts.push(`- Status afterwards: ${to}`);
  if (refusedFrom.length > 0) facts.push(`- Okta refuses it while the user is ${refusedFrom.join(", ")}`);
  if (uncertainFrom.length > 0) facts.push(`- Okta may refuse it while the user is ${uncertainFrom.join(", ")}`);
  if (secret.length > 0) facts.push(`- One-time secret in the reply: ${codes(secret)}, under \`secret\``);
  if (effect !== "read") facts.push(`- After a lost answer: ${afterLostAnswer(operation)}`);
  return facts;
}

function asks(operation: Operation): string {
  const { asks, plainly, otherwise } = consentOf(operation);
  if (asks === "never") return "never";
  const cases = otherwise.map(
    ({ when, consequence }) => `  - ${oneOf(when)}: ${consequence === undefined ? "does not ask" : consequence}`,
  );
  if (cases.length === 0) return `${asks}. ${plainly}`;
  const rest = `  - otherwise: ${plainly === undefined ? "does not ask" : plainly}`;
  return [asks, ...cases, rest].join("\n");
}

function oneOf(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

function undoneBy({ undoneBy, undo, irreversible }: Operation): string {
  const own = undoneBy === undefined ? [] : [`[${undoneBy}](#${undoneBy})`];
  const ways = [...own, ...(undo === undefined ? [] : ["[undo_change](#undo_change) with a journal"])];
  if (ways.length > 0) return oneOf(ways);
  return irreversible ? "nothing" : "no single tool";
}

function afterLostAnswer({ seenWith, idempotent }: Operation): string {
  if (seenWith !== null) {
    const tool = seenWith ?? "get_user";
    return `[${tool}](#${tool}) shows whether it was done`;
  }
  return `no read shows whether it was done${idempotent ? "; a second call does no harm" : ""}`;
}

function argumentRows(tool: Tool, placesOf: (name: string) => readonly string[]): string[][] {
  const { properties, required } = define(tool).inputSchema;
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, schema]) =>
    isJsonObject(schema) ? rowsOf(name, schema, lists(required, name), placesOf(name)) : [],
  );
}

function placeOf({ path, query, headers, body, unsent }: Operation, name: string): string {
  if (name in path) return "path";
  if (name in unsent) return "a filter";
  if (name in query) return "query";
  if (name in body) return "body";
  return name in headers ? "header" : "here";
}

/** The row of an argument, and one for each object inside it. */
function rowsOf(name: string, schema: JsonObject, required: boolean, places: readonly string[]): string[][] {
  const type = typeOf(schema);
  const meaning = schema.description ?? GLOSSARY[name] ?? GLOSSARY[`${name} (${schema.type})`] ?? "";
  const keys = isJsonObject(schema.properties) ? Object.entries(schema.properties) : [];
  const parts = [String(meaning), keys.length === 0 ? "" : `Keys: ${keysOf(keys, schema.required)}`];
  const description = parts.filter((part) => part !== "").join(". ");
  const inner = keys.flatMap(([key, value]) =>
    isJsonObject(value) && value.type === "object"
      ? rowsOf(`${name}.${key}`, value, lists(schema.required, key), places)
      : [],
  );
  return [[code(name), type, required ? "yes" : "", ...places, description], ...inner];
}

function keysOf(keys: readonly (readonly [string, Json])[], required: Json | undefined): string {
  const typed = keys.map(([key, value]) => ({ key, type: isJsonObject(value) ? typeOf(value) : "" }));
  const types = [...new Set(typed.map(({ type }) => type))];
  const mark = (key: string): string => (lists(required, key) ? "required" : "");
  if (types.length === 1 && typed.length > 3 && typed.every(({ key }) => mark(key) === ""))
    return `${codes(typed.map(({ key }) => key))} (each ${types[0]})`;
  return typed
    .map(({ key, type }) => `${code(key)} (${[mark(key), type].filter((part) => part !== "").join(", ")})`)
    .join(", ");
}

function typeOf(schema: JsonObject): string {
  if (Array.isArray(schema.enum)) return oneOf(schema.enum.map((value) => code(String(value))));
  if (schema.type === "array") return `list of ${isJsonObject(schema.items) ? typeOf(schema.items) : "values"}`;
  return Array.isArray(schema.type) ? schema.type.join(" or ") : String(schema.type);
}

function lists(names: Json | undefined, name: string): boolean {
  return Array.isArray(names) && names.includes(name);
}
