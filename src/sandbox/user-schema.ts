import { type Attribute, BASE_ATTRIBUTES } from "./attributes.ts";
import { iso, now } from "./clock.ts";
import { notFound, OktaError } from "./error.ts";
import { isObject } from "./guard.ts";
import { defaultType, type Org, type UserType } from "./org.ts";
import { type Answer, type Call, jsonBody, ok, param, type Route, route } from "./route.ts";
import { changedBase, changedCustom } from "./schema-input.ts";

const SCHEMA = "/api/v1/meta/schemas/user/{schemaId}";
/** A schema read from the org can be sent back whole; read-only keys are ignored. unverified: Okta may be stricter. */
const KEYS: ReadonlySet<string> = new Set([
  "definitions",
  "title",
  "description",
  "id",
  "$schema",
  "name",
  "created",
  "lastUpdated",
  "type",
  "properties",
  "_links",
]);

/** The attributes users of a type can have. */
export const schemaRoutes: readonly Route[] = [
  route(`GET ${SCHEMA}`, (call) => ok(schemaView(typeOfSchema(call), call.origin))),
  route(`POST ${SCHEMA}`, updateSchema),
];

/** By schema id, or `default`. */
function typeOfSchema(call: Call): UserType {
  const id = param(call, "schemaId");
  if (id === "default") return defaultType(call.org);
  for (const type of call.org.types.values()) if (type.schemaId === id) return type;
  // unverified: entity name.
  throw notFound(id, "UserSchema");
}

/**
 * Adds, changes and removes attributes: what the body does not name stays, `null` removes (OpenAPI 2026.06.3). A new
 * attribute can be set and searched at once.
 *
 * @throws OktaError 400 E0000001 for a declaration that breaks a rule, 501 for one whose rule the sandbox cannot keep
 */
function updateSchema(call: Call): Answer {
  const { org } = call;
  const before = typeOfSchema(call);
  const body = jsonBody(call, KEYS);
  const definitions = body.definitions ?? {};
  if (!isObject(definitions)) throw new OktaError("E0000003");
  const custom = changedCustom(before, properties(definitions.custom));
  const base = changedBase(before, properties(definitions.base));
  const type = { ...before, custom, base, schemaUpdated: now() };
  org.types.set(type.id, type);
  forget(
    org,
    type,
    before.custom.filter(({ name }) => !custom.some((kept) => kept.name === name)),
  );
  return ok(schemaView(type, call.origin));
}

function properties(definition: unknown): Readonly<Record<string, unknown>> {
  if (definition === undefined || definition === null) return {};
  if (!isObject(definition)) throw new OktaError("E0000003");
  const found = definition.properties ?? {};
  if (!isObject(found)) throw new OktaError("E0000003");
  return found;
}

/** Users lose the values of attributes that are gone. */
function forget(org: Org, type: UserType, gone: readonly Attribute[]): void {
  if (gone.length === 0) return;
  const names = new Set(gone.map(({ name }) => name));
  for (const user of [...org.users.all()]) {
    if (user.typeId !== type.id || !gone.some(({ name }) => user.profile[name] !== undefined)) continue;
    const kept = Object.entries(user.profile).filter(([name]) => !names.has(name));
    org.users.setProfile(user, Object.fromEntries(kept));
  }
}

/** A user schema in the recorded shape: the type's own attributes, then the base attributes. */
function schemaView(type: UserType, origin: string): object {
  const schema = `${origin}/api/v1/meta/schemas/user/${type.schemaId}`;
  return {
    id: type.isDefault ? `${origin}/meta/schemas/user/default` : schema,
    $schema: "http://json-schema.org/draft-04/schema#",
    name: type.name,
    title: type.displayName,
    description: type.description,
    lastUpdated: iso(type.schemaUpdated ?? type.created),
    created: iso(type.created),
    definitions: {
      custom: definition("#custom", type.custom),
      base: definition("#base", type.base ?? BASE_ATTRIBUTES),
    },
    type: "object",
    properties: { profile: { allOf: [{ $ref: "#/definitions/custom" }, { $ref: "#/definitions/base" }] } },
    _links: {
      self: { rel: "self", href: schema, method: "GET" },
      type: { rel: "type", href: `${origin}/api/v1/meta/types/user/${type.id}`, method: "GET" },
    },
  };
}

function definition(id: string, attributes: readonly Attribute[]): object {
  return {
    id,
    type: "object",
    properties: Object.fromEntries(attributes.map((attribute) => [attribute.name, attributeView(attribute)])),
    required: attributes.filter(({ required }) => required === true).map(({ name }) => name),
  };
}

/** Keys in the recorded order. unverified: where those of a list and of `enum` stand. */
function attributeView(attribute: Attribute): object {
  const { title, description, type, required, format, min, max, limitsShown = true, self, shown } = attribute;
  const list = type.endsWith("[]");
  return {
    title,
    ...(description !== undefined && { description }),
    type: list ? "array" : type,
    ...(list && { items: { type: type.slice(0, -2) } }),
    ...(required === true && { required }),
    ...(format !== undefined && { format }),
    mutability: "READ_WRITE",
    scope: "NONE",
    ...(limitsShown && min !== undefined && { minLength: min }),
    ...(limitsShown && max !== undefined && { maxLength: max }),
    ...(attribute.enum !== undefined && { enum: attribute.enum }),
    ...shown,
    permissions: [{ principal: "SELF", action: self }],
  };
}
