import { type Attribute, BASE_ATTRIBUTES } from "./attributes.ts";
import { iso } from "./clock.ts";
import { notFound } from "./error.ts";
import { defaultType, type Org, type UserType } from "./org.ts";
import { type Call, ok, param, type Route, route } from "./route.ts";

/** User schemas and user types, read only. */
export const schemaRoutes: readonly Route[] = [
  route("GET /api/v1/meta/schemas/user/{schemaId}", (call) => ok(schemaView(schemaInPath(call), call.origin))),
  route("GET /api/v1/meta/types/user", ({ org, origin }) => {
    return ok([...org.types.values()].map((type) => typeView(org, type, origin)));
  }),
  route("GET /api/v1/meta/types/user/{typeId}", (call) => {
    const id = param(call, "typeId");
    const type = id === "default" ? defaultType(call.org) : call.org.types.get(id);
    // unverified: entity name.
    if (type === undefined) throw notFound(id, "UserType");
    return ok(typeView(call.org, type, call.origin));
  }),
];

/** By schema id, or `default`. */
function schemaInPath(call: Call): UserType {
  const id = param(call, "schemaId");
  if (id === "default") return defaultType(call.org);
  for (const type of call.org.types.values()) if (type.schemaId === id) return type;
  // unverified: entity name.
  throw notFound(id, "UserSchema");
}

/** A user schema in the recorded shape: base attributes, then the type's own. */
function schemaView(type: UserType, origin: string): object {
  const schema = `${origin}/api/v1/meta/schemas/user/${type.schemaId}`;
  return {
    id: type.isDefault ? `${origin}/meta/schemas/user/default` : schema,
    $schema: "http://json-schema.org/draft-04/schema#",
    name: type.name,
    title: type.displayName,
    description: type.description,
    lastUpdated: iso(type.created),
    created: iso(type.created),
    definitions: {
      custom: definition("#custom", type.custom),
      base: definition("#base", BASE_ATTRIBUTES),
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

function attributeView({ title, description, type, required, min, max, self }: Attribute): object {
  const list = type.endsWith("[]");
  return {
    title,
    ...(description !== undefined && { description }),
    type: list ? "array" : type,
    ...(list && { items: { type: type.slice(0, -2) } }),
    ...(required === true && { required }),
    mutability: "READ_WRITE",
    scope: "NONE",
    ...(min !== undefined && { minLength: min }),
    ...(max !== undefined && { maxLength: max }),
    permissions: [{ principal: "SELF", action: self }],
  };
}

/** A user type (OpenAPI 2026.06.3). */
function typeView(org: Org, type: UserType, origin: string): object {
  return {
    id: type.id,
    displayName: type.displayName,
    name: type.name,
    description: type.description,
    createdBy: org.ownerId,
    lastUpdatedBy: org.ownerId,
    created: iso(type.created),
    lastUpdated: iso(type.created),
    default: type.isDefault,
    _links: {
      schema: { rel: "schema", href: `${origin}/api/v1/meta/schemas/user/${type.schemaId}`, method: "GET" },
      self: { rel: "self", href: `${origin}/api/v1/meta/types/user/${type.id}`, method: "GET" },
    },
  };
}
