import { type Attribute, BASE_ATTRIBUTES } from "./attributes.ts";
import { invalid, notServed, OktaError } from "./error.ts";
import { isObject, isOneOf, isString, type Json } from "./guard.ts";
import type { UserType } from "./org.ts";

type Declared = Readonly<Record<string, unknown>>;

const PERMISSIONS = ["READ_ONLY", "READ_WRITE", "HIDE"] as const;
const TYPES = ["string", "number", "integer", "boolean"] as const;
/** Kept and shown, without a meaning for the sandbox. */
const SHOWN = ["oneOf", "externalName", "externalNamespace", "master"] as const;
/** Rules that the sandbox does not keep, so it must not pretend to. */
const NOT_KEPT = ["pattern", "unique", "default"] as const;
/** Attributes whose `required` can be changed (OpenAPI 2026.06.3). */
const NULLABLE: ReadonlySet<string> = new Set(["firstName", "lastName"]);

/**
 * The custom attributes of a type after an update: `null` removes, anything else adds or changes.
 *
 * @throws OktaError 400 E0000001 for a bad name, a name of a base attribute whatever its case, a changed type or a bad
 *   declaration (rules of OpenAPI 2026.06.3; unverified: the texts), 501 for rules that the sandbox does not keep
 */
export function changedCustom(type: UserType, sent: Declared): readonly Attribute[] {
  const attributes = new Map(type.custom.map((attribute) => [attribute.name, attribute]));
  for (const [name, declaration] of Object.entries(sent)) {
    if (declaration === null) {
      attributes.delete(name);
      continue;
    }
    if (!isObject(declaration)) throw new OktaError("E0000003");
    const before = attributes.get(name);
    if (before === undefined) requireFreeName(name, [...attributes.keys()]);
    attributes.set(name, readAttribute(name, declaration, before));
  }
  return [...attributes.values()];
}

/** Base attributes take other permissions; firstName and lastName can become optional (OpenAPI 2026.06.3). */
export function changedBase(type: UserType, sent: Declared): readonly Attribute[] {
  const base = type.base ?? BASE_ATTRIBUTES;
  const unknown = Object.keys(sent).find((name) => !base.some((attribute) => attribute.name === name));
  if (unknown !== undefined) throw broken(unknown, "There is no such base attribute.");
  return base.map((attribute) => {
    const declaration = sent[attribute.name];
    if (declaration === undefined) return attribute;
    if (declaration === null) throw broken(attribute.name, "A base attribute cannot be removed.");
    if (!isObject(declaration)) throw new OktaError("E0000003");
    refuseNotKept(declaration);
    const required = (declaration.required ?? attribute.required) === true;
    if (required !== (attribute.required === true) && !NULLABLE.has(attribute.name)) {
      throw broken(attribute.name, "Whether this base attribute is required cannot be changed.");
    }
    return { ...attribute, required, self: readPermission(declaration, attribute.self) };
  });
}

function requireFreeName(name: string, others: readonly string[]): void {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name))
    throw broken(name, "Only letters, digits and underscores, a letter first.");
  const taken = [...BASE_ATTRIBUTES.map((attribute) => attribute.name), ...others];
  if (taken.some((other) => other.toLowerCase() === name.toLowerCase())) {
    throw broken(name, "There is already an attribute of this name.");
  }
}

/** A partial declaration leaves the rest of an attribute as it was. */
function readAttribute(name: string, declaration: Json, before: Attribute | undefined): Attribute {
  refuseNotKept(declaration);
  const type = declaration.type === undefined && before !== undefined ? before.type : readType(name, declaration);
  if (before !== undefined && type !== before.type) throw broken(name, "The type of an attribute cannot be changed.");
  const title = declaration.title ?? before?.title;
  if (!isString(title) || title === "") throw broken(name, "The title cannot be left blank.");
  const shown = { ...before?.shown };
  for (const key of SHOWN) if (declaration[key] !== undefined) Object.assign(shown, { [key]: declaration[key] });
  const description = declaration.description ?? before?.description;
  const format = declaration.format ?? before?.format;
  const allowed = readEnum(name, declaration, before);
  const min = readLength(name, declaration, "minLength", before?.min);
  const max = readLength(name, declaration, "maxLength", before?.max);
  const required = declaration.required ?? before?.required;
  return {
    name,
    title,
    type,
    self: readPermission(declaration, before?.self ?? "READ_ONLY"),
    ...(isString(description) && { description }),
    ...(isString(format) && { format }),
    ...(allowed !== undefined && { enum: allowed }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(required === true && { required }),
    ...(Object.keys(shown).length > 0 && { shown }),
  };
}

function readType(name: string, { type, items }: Json): Attribute["type"] {
  if (isOneOf(TYPES, type)) return type;
  const item = type === "array" && isObject(items) ? items.type : undefined;
  if (item === "string") return "string[]";
  if (item === "number" || item === "integer") return "number[]";
  throw broken(name, "The type must be string, number, integer, boolean, or an array of strings or numbers.");
}

function readEnum(name: string, declaration: Json, before: Attribute | undefined): Attribute["enum"] {
  const values = declaration.enum;
  if (values === undefined) return before?.enum;
  if (values === null) return undefined;
  const isChoice = (value: unknown): value is string | number => isString(value) || typeof value === "number";
  if (!Array.isArray(values) || values.length === 0 || !values.every(isChoice)) {
    throw broken(name, "The values allowed must be strings or numbers.");
  }
  return values;
}

function readLength(name: string, declaration: Json, key: string, before: number | undefined): number | undefined {
  const value = declaration[key];
  if (value === undefined) return before;
  if (value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0)
    throw broken(name, `${key} must be a number.`);
  return value;
}

/** What `SELF`, the user himself, may do. */
function readPermission({ permissions }: Json, before: Attribute["self"]): Attribute["self"] {
  if (!Array.isArray(permissions)) return before;
  const own: unknown = permissions.find((entry) => isObject(entry) && entry.principal === "SELF");
  const action = isObject(own) ? own.action : undefined;
  return isOneOf(PERMISSIONS, action) ? action : before;
}

function refuseNotKept(declaration: Json): void {
  const found = NOT_KEPT.find((key) => declaration[key] !== undefined && declaration[key] !== null);
  if (found !== undefined && declaration[found] !== false) throw notServed(`${found} in a user schema`);
}

function broken(name: string, cause: string): OktaError {
  return invalid(name, `${name}: ${cause}`);
}
