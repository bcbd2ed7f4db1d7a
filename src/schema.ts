import { z } from "zod/v3";
import { zodToJsonSchema } from "zod-to-json-schema";

export { z };

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/**
 * The JSON Schema hosts are shown for a zod object: no `$schema`, no `$ref`, strict at the root. Below the root
 * `additionalProperties` is left out, and `default` everywhere (descriptions say it), to save the model's context;
 * validation is by zod and stays as strict as written.
 * The schemas come from zod's v3 API because the converter answers a v4 schema with an empty one.
 */
export function toJsonSchema(schema: z.ZodTypeAny): JsonObject {
  const { $schema: _, ...rest } = zodToJsonSchema(schema, { $refStrategy: "none" });
  const text = JSON.stringify(rest, function (key, value) {
    const spared =
      (key === "additionalProperties" && this !== rest) || (key === "default" && typeof value === "number");
    return spared ? undefined : value;
  });
  return asJsonObject(JSON.parse(text));
}

/** Narrows a parsed JSON value to an object; throws a TypeError for anything else. */
export function asJsonObject(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw new TypeError("expected a JSON object");
  return value;
}

/** Whether a value that came out of JSON.parse is an object (not an array, not null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
