import { BASE_ATTRIBUTES } from "./attributes.ts";
import { iso, now } from "./clock.ts";
import { invalid, notFound, OktaError } from "./error.ts";
import { isString, type Json } from "./guard.ts";
import { defaultType, type Org, type UserType } from "./org.ts";
import { type Answer, type Call, jsonBody, noContent, ok, param, type Route, route } from "./route.ts";

const TYPES = "/api/v1/meta/types/user";
/** The default type and nine more (OpenAPI 2026.06.3). */
const MOST = 10;
const KEYS: ReadonlySet<string> = new Set([
  "name",
  "displayName",
  "description",
  "id",
  "created",
  "createdBy",
  "lastUpdated",
  "lastUpdatedBy",
  "default",
  "_links",
]);

/** The kinds of users an org tells apart, each with a schema of its own. */
export const userTypeRoutes: readonly Route[] = [
  route(`GET ${TYPES}`, ({ org, origin }) => ok([...org.types.values()].map((type) => typeView(org, type, origin)))),
  route(`POST ${TYPES}`, createType),
  route(`GET ${TYPES}/{typeId}`, (call) => ok(typeView(call.org, typeInPath(call), call.origin))),
  route(`POST ${TYPES}/{typeId}`, (call) => {
    const type = typeInPath(call);
    const { displayName, description } = readBody(call);
    return update(call, type, displayName ?? type.displayName, description ?? type.description);
  }),
  route(`PUT ${TYPES}/{typeId}`, (call) => {
    const type = typeInPath(call);
    const { name, displayName, description } = readBody(call);
    // unverified: these refusals; that the name is needed and cannot change is documented.
    if (name !== type.name) throw invalid("name", "name: The name of a user type cannot be changed.");
    if (displayName === undefined) throw blank("displayName");
    if (description === undefined) throw blank("description");
    return update(call, type, displayName, description);
  }),
  route(`DELETE ${TYPES}/{typeId}`, deleteType),
];

/** By id, or `default`. */
function typeInPath(call: Call): UserType {
  const id = param(call, "typeId");
  const type = id === "default" ? defaultType(call.org) : call.org.types.get(id);
  // unverified: entity name.
  if (type === undefined) throw notFound(id, "UserType");
  return type;
}

/** 200 with a schema of its own, a copy of the default one as it is now (OpenAPI 2026.06.3). */
function createType(call: Call): Answer {
  const { org } = call;
  const { name, displayName, description } = readBody(call);
  // unverified: these refusals; the rules are documented.
  if (name === undefined) throw blank("name");
  if (displayName === undefined) throw blank("displayName");
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) {
    throw invalid("name", "name: Only letters, digits and underscores, and a letter first.");
  }
  if ([...org.types.values()].some((type) => type.name === name)) {
    throw invalid("name", "name: An object with this field already exists in the current organization");
  }
  if (org.types.size >= MOST) throw invalid("userType", "There are already 10 user types.");
  const { custom, base = BASE_ATTRIBUTES } = defaultType(org);
  const type: UserType = {
    id: org.ids.next("userType"),
    schemaId: org.ids.next("userSchema"),
    name,
    displayName,
    description: description ?? "",
    isDefault: false,
    created: now(),
    custom,
    base,
  };
  org.types.set(type.id, type);
  return ok(typeView(org, type, call.origin));
}

function update(call: Call, type: UserType, displayName: string, description: string): Answer {
  const changed = { ...type, displayName, description, updated: now() };
  call.org.types.set(type.id, changed);
  return ok(typeView(call.org, changed, call.origin));
}

/** 204. Neither the default type nor one that somebody has can be deleted (OpenAPI 2026.06.3). unverified: the refusal. */
function deleteType(call: Call): Answer {
  const { org } = call;
  const type = typeInPath(call);
  if (type.isDefault || org.users.all().some((user) => user.typeId === type.id)) {
    throw invalid("userType", "The default user type and a type that is assigned to users cannot be deleted.");
  }
  org.types.delete(type.id);
  return noContent;
}

interface TypeBody {
  readonly name: string | undefined;
  readonly displayName: string | undefined;
  readonly description: string | undefined;
}

function readBody(call: Call): TypeBody {
  const body = jsonBody(call, KEYS);
  return { name: text(body, "name"), displayName: text(body, "displayName"), description: text(body, "description") };
}

function text(body: Json, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (!isString(value)) throw new OktaError("E0000003");
  return value === "" && name !== "description" ? undefined : value;
}

function blank(name: string): OktaError {
  return invalid(name, `${name}: The field cannot be left blank`);
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
    lastUpdated: iso(type.updated ?? type.created),
    default: type.isDefault,
    _links: {
      schema: { rel: "schema", href: `${origin}/api/v1/meta/schemas/user/${type.schemaId}`, method: "GET" },
      self: { rel: "self", href: `${origin}${TYPES}/${type.id}`, method: "GET" },
    },
  };
}
