import { type JobOkta, OktaError } from "../../src/job.ts";
import type { Operation, Target } from "../../src/operation.ts";
import { isJsonObject, type JsonObject } from "../../src/schema.ts";

/** Okta's largest page of most lists. */
const LARGEST_PAGE = 200;

/** A person who was read: with an id. */
export type Person = Target & { readonly id: string };

/** All entries of a list. Throws what its pages throw. */
export async function listAll(okta: JobOkta, read: Operation, args: JsonObject): Promise<JsonObject[]> {
  const sized = "limit" in read.query ? { ...args, limit: LARGEST_PAGE } : args;
  const items: JsonObject[] = [];
  for await (const { body } of okta.pages(read, sized)) {
    if (!Array.isArray(body) || !body.every(isJsonObject))
      throw new OktaError({ code: "bad_response", summary: `Okta's answer to ${read.name} is not a list.` });
    items.push(...body);
  }
  return items;
}

/** Reads a person by id, login or short name. Throws what Okta says. */
export async function personOf(okta: JobOkta, userId: string): Promise<Person> {
  const person = await okta.person(userId);
  const { id } = person;
  if (id === null) throw new TypeError("a person who was read has no id");
  return { ...person, id };
}

/** What a read gives; undefined where Okta says that there is no such thing. */
export async function orMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof OktaError && error.failure.status === 404) return undefined;
    throw error;
  }
}
