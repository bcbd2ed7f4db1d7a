import { type JobOkta, nearest, OktaError, Refusal } from "../../src/job.ts";
import { isJsonObject, type Json, type JsonObject } from "../../src/schema.ts";
import { profile } from "../profile.ts";
import { listUsers } from "../users.ts";
import { attributesOf } from "./attributes.ts";

/** What of a user can be a column, beside `profile.<attribute>` (OpenAPI 2026.06.3, User). */
const OWN = [
  ...["id", "status", "created", "activated", "statusChanged", "lastLogin", "lastUpdated", "passwordChanged"],
  ...["realmId", "type.id"],
];
const BASE = Object.keys(profile.shape).map((name) => `profile.${name}`);
const ATTRIBUTE = /^profile\.([A-Za-z_]\w{0,127})$/;

/** Whether it looks like `profile.<attribute>`. */
export function isAttribute(column: string): boolean {
  return ATTRIBUTE.test(column);
}

/** What is wrong with the name of a column before anybody is asked; undefined when nothing is. */
export function columnProblem(column: string, known: readonly string[] = [...OWN, ...BASE]): string | undefined {
  if (OWN.includes(column) || isAttribute(column)) return undefined;
  return unknown(column, known);
}

/** Reads the value of a column, as Okta has it; null where there is none. */
export type Reader = (user: JsonObject) => Json;

export function readerOf(column: string): Reader {
  if (column === "type.id") return ({ type }) => (isJsonObject(type) ? (type.id ?? null) : null);
  const [, attribute] = ATTRIBUTE.exec(column) ?? [];
  if (attribute === undefined) return (user) => user[column] ?? null;
  // A profile holds what people wrote, the names of the attributes too: `constructor` is none of theirs.
  return ({ profile: own }) => (isJsonObject(own) && Object.hasOwn(own, attribute) ? (own[attribute] ?? null) : null);
}

/** Okta's `fields` for these columns. */
export function fieldsFor(columns: readonly string[]): string {
  const attributes = columns.flatMap((column) => ATTRIBUTE.exec(column)?.[1] ?? []);
  const own = columns.flatMap((column) => (isAttribute(column) ? [] : [column.replace(/\.id$/, "")]));
  const inProfile = attributes.length > 0 ? [`profile:(${[...new Set(attributes)].join()})`] : [];
  return [...new Set(["id", ...own]), ...inProfile].join();
}

/**
 * Refuses attributes that nobody can have, naming the nearest. Base attributes everybody can have; the others stand in
 * the default type's schema, where a tool shows it, or, since each type of user has its own, are searched for: Okta
 * refuses a search for what is in no schema.
 */
export async function requireAttributes(
  okta: JobOkta,
  argument: string,
  columns: readonly string[],
  readSchema = attributesOf,
): Promise<void> {
  const custom = [...new Set(columns)].filter((column) => isAttribute(column) && !BASE.includes(column));
  if (custom.length === 0) return;
  const schema = (await readSchema(okta))?.map(({ name }) => `profile.${name}`);
  const causes: string[] = [];
  for (const column of custom.filter((name) => !schema?.includes(name))) {
    const exists = await isSearchable(okta, column);
    if (!exists) causes.push(`${argument}: ${unknown(column, [...OWN, ...BASE, ...(schema ?? [])])}`);
  }
  if (causes.length === 0) return;
  throw new Refusal("invalid_arguments", "Nothing was done: the org has no such attributes.", {
    causes,
    hint: "Correct what causes names; names are case-sensitive.",
  });
}

/** The same for the attributes of a profile that is to be written. */
export async function requireKnown(
  okta: JobOkta,
  argument: string,
  profile: Json | undefined,
  readSchema = attributesOf,
): Promise<void> {
  const columns = Object.keys(isJsonObject(profile) ? profile : {}).map((name) => `profile.${name}`);
  await requireAttributes(okta, argument, columns, readSchema);
}

async function isSearchable(okta: JobOkta, column: string): Promise<boolean> {
  try {
    await okta.read(listUsers, { search: `${column} pr`, fields: "id", limit: 1 });
    return true;
  } catch (error) {
    if (error instanceof OktaError && error.failure.code === "E0000031") return false;
    throw error;
  }
}

function unknown(column: string, known: readonly string[]): string {
  const plain = known.find((name) => name.toLowerCase() === `profile.${column.toLowerCase()}`);
  const guess = plain ?? nearest(column, known);
  const shown = /^[\w.:-]{1,60}$/.test(column) ? `"${column}" is` : "is";
  return `${shown} no attribute of a user${guess ? `; did you mean ${guess}?` : "; e.g. status, created, profile.department"}`;
}
