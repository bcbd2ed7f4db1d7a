import { at } from "./harness.ts";

export type Schema = Record<string, unknown>;

const KEPT = new Set([
  "enum",
  "exclusiveMaximum",
  "exclusiveMinimum",
  "maxItems",
  "maxLength",
  "maximum",
  "minItems",
  "minLength",
  "minimum",
  "multipleOf",
  "pattern",
  "type",
  "uniqueItems",
]);

/**
 * The schemas of an OpenAPI 3.0 document as JSON Schema 2019-09, where a property that stands nowhere is a mistake.
 * Each component becomes two: `Name`, to be combined with others, and `Closed.Name`, for a whole value. `discriminator`
 * chooses the component for a closed value. Formats are not checked.
 */
export class Schemas {
  readonly #components: Readonly<Record<string, unknown>>;

  constructor(spec: unknown) {
    this.#components = { ...Object(at(spec, "components", "schemas")) };
  }

  /** All components, for `$defs` beside a schema from {@link closed}. */
  definitions(): Schema {
    const definitions: Schema = {};
    for (const [name, schema] of Object.entries(this.#components)) {
      definitions[name] = this.#open(schema);
      definitions[`Closed.${name}`] = this.#closedComponent(name, schema);
    }
    return definitions;
  }

  /** A schema for a whole value: an answer, a property, an entry of a list. */
  closed(schema: unknown): Schema {
    const name = refName(schema);
    if (name !== undefined) return { $ref: `#/$defs/Closed.${name}` };
    const chosen = this.#byDiscriminator(schema, () => this.#open(schema));
    return chosen ?? this.#shut(schema, this.#open(schema));
  }

  #closedComponent(name: string, schema: unknown): Schema {
    const plain = this.#shut(schema, { $ref: `#/$defs/${name}` });
    return this.#byDiscriminator(schema, () => plain, name) ?? plain;
  }

  #shut(schema: unknown, converted: Schema): Schema {
    return this.#hasShape(schema) ? { allOf: [converted], unevaluatedProperties: false } : converted;
  }

  /** One `if` for each value of the discriminator; undefined without one. */
  #byDiscriminator(schema: unknown, otherwise: () => Schema, own?: string): Schema | undefined {
    const property = at(schema, "discriminator", "propertyName");
    const mapping = Object.entries(at(schema, "discriminator", "mapping") ?? {});
    if (typeof property !== "string" || mapping.length === 0) return undefined;
    return mapping.reduceRight<Schema>((rest, [value, ref]) => {
      const name = String(ref).split("/").at(-1) ?? "";
      if (name === own) return rest;
      const condition = { properties: { [property]: { const: value } }, required: [property] };
      const chosen = { $ref: `#/$defs/Closed.${name}` };
      // Spelt like this because an object with a `then` passes for a promise.
      return Object.fromEntries([["if", condition] as const, ["then", chosen] as const, ["else", rest] as const]);
    }, otherwise());
  }

  #open(schema: unknown): Schema {
    const name = refName(schema);
    if (name !== undefined) return { $ref: `#/$defs/${name}` };
    const out: Schema = {};
    for (const [key, value] of Object.entries(Object(schema))) {
      if (KEPT.has(key)) out[key] = value;
      else if (key === "allOf" || key === "anyOf" || key === "oneOf") {
        out[key] = listOf(value).map((part) => this.#open(part));
      } else if (key === "properties") out[key] = this.#properties(value);
      else if (key === "items") out[key] = this.closed(value);
      else if (key === "additionalProperties") out[key] = typeof value === "boolean" ? value : this.closed(value);
      else if (key === "not") out[key] = this.#open(value);
    }
    const required = requiredIn(schema);
    if (required.length > 0) out.required = required;
    return at(schema, "nullable") === true ? orNull(out) : out;
  }

  #properties(properties: unknown): Schema {
    return Object.fromEntries(
      Object.entries(Object(properties)).map(([name, schema]) => [name, this.closed(schema)] as const),
    );
  }

  /** Whether the schema says which properties there are; one that does not takes any. */
  #hasShape(schema: unknown): boolean {
    const name = refName(schema);
    if (name !== undefined) return this.#hasShape(this.#components[name]);
    if (Object.keys(at(schema, "properties") ?? {}).length > 0) return true;
    return ["allOf", "anyOf", "oneOf"].some((key) => listOf(at(schema, key)).some((part) => this.#hasShape(part)));
  }
}

function refName(schema: unknown): string | undefined {
  const ref = at(schema, "$ref");
  return typeof ref === "string" ? ref.split("/").at(-1) : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What must be there in an answer: write-only properties never are. */
function requiredIn(schema: unknown): string[] {
  return listOf(at(schema, "required"))
    .map(String)
    .filter((name) => at(schema, "properties", name, "writeOnly") !== true);
}

function orNull(schema: Schema): Schema {
  const { type, enum: values, ...rest } = schema;
  if (typeof type !== "string") return { anyOf: [schema, { type: "null" }] };
  return { ...rest, type: [type, "null"], ...(Array.isArray(values) && { enum: [...values, null] }) };
}
