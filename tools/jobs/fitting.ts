import { inertText, LONGEST_REPLY } from "../../src/job.ts";
import type { Json, JsonObject } from "../../src/schema.ts";

/** Room for the rest of the reply, in characters. */
const BESIDE = 400;

/** What fits into a reply: shortened where it must be, and fewer people only where that is not enough. */
export function fitting(users: readonly JsonObject[]): JsonObject[] {
  const fits = (shown: readonly JsonObject[]): boolean => JSON.stringify(shown).length <= LONGEST_REPLY - BESIDE;
  const full = users.map((user) => inertUser(user, 200));
  if (fits(full)) return full;
  const short = users.map(({ name: _, ...user }) => inertUser(user, 60)).map(daysOnly);
  while (!fits(short)) short.length = Math.floor(short.length * 0.95);
  return short;
}

function inertUser(user: JsonObject, longestValue: number): JsonObject {
  return mapped(user, (value) => (typeof value === "string" ? inertText(value, longestValue) : value));
}

function daysOnly(user: JsonObject): JsonObject {
  return mapped(user, (value) =>
    typeof value === "string" ? (/^(\d{4}-\d\d-\d\d)T[\d:.]+Z$/.exec(value)?.[1] ?? value) : value,
  );
}

function mapped(user: JsonObject, view: (value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(user).map(([key, value]) => [key, view(value)]));
}
