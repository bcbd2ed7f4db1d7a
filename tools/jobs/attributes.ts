import { type JobOkta, orUndefined } from "../../src/job.ts";
import { isJsonObject, type Json } from "../../src/schema.ts";
import { getUserSchema } from "../schemas.ts";

/** An attribute that a profile can have. */
export interface Attribute {
  readonly name: string;
  readonly required: boolean;
}

/**
 * The attributes of the default type; undefined where its schema cannot be read: the tool may be switched off, or the
 * token may not read schemas.
 */
export async function attributesOf(okta: JobOkta): Promise<readonly Attribute[] | undefined> {
  const schema = await orUndefined(() => okta.read(getUserSchema, { schemaId: "default" }));
  if (schema === undefined) return undefined;
  const { definitions } = isJsonObject(schema.body) ? schema.body : {};
  return Object.values(isJsonObject(definitions) ? definitions : {}).flatMap(attributesIn);
}

/** The attributes of one part of a schema; what is required stands in a list beside them or as a mark on each. */
function attributesIn(part: Json): Attribute[] {
  if (!isJsonObject(part)) return [];
  const required = Array.isArray(part.required) ? part.required : [];
  return Object.entries(isJsonObject(part.properties) ? part.properties : {}).map(([name, attribute]) => ({
    name,
    required: required.includes(name) || (isJsonObject(attribute) && attribute.required === true),
  }));
}
