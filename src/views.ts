import type { Resource } from "./operation.ts";
import { nameOf } from "./person.ts";
import { isJsonObject, type Json, type JsonObject } from "./schema.ts";

/** What of a resource is shown. */
export type View = (resource: JsonObject) => JsonObject;

/** What of each resource a concise reply shows. Okta adds keys at will, so this names what stays. */
export const concise: Readonly<Record<Resource, View>> = {
  user: (user) => {
    const profile = isJsonObject(user.profile) ? user.profile : {};
    const { login, email, department, title } = profile;
    return present({
      id: user.id,
      status: user.status,
      login,
      name: nameOf(profile),
      email: email === login ? undefined : email,
      department,
      title,
      lastLogin: user.lastLogin,
    });
  },
  group: (group) =>
    present({ id: group.id, name: isJsonObject(group.profile) ? group.profile.name : undefined, type: group.type }),
  appLink: pick("label", "appName", "appInstanceId"),
  client: pick("client_id", "client_name"),
  // What Okta says of an identity provider holds its client secret (OpenAPI 2026.06.3, example of listUserIdentityProviders).
  identityProvider: pick("id", "type", "name", "status"),
  // A custom role without its role and resource set would say nothing.
  role: pick("id", "type", "label", "assignmentType", "role", "resource-set"),
  linkedObject: (link) => ({ userId: lastOf(link, "self") ?? null }),
  target: (target) =>
    isJsonObject(target.profile) ? concise.group(target) : pick("id", "name", "displayName", "status")(target),
  grant: bare,
  token: bare,
  block: bare,
  credentials,
  userSchema: ({ name, title, definitions }) => {
    const { custom, base } = isJsonObject(definitions) ? definitions : {};
    return present({ name, title, custom: attributes(custom), base: attributes(base) });
  },
  userType: (type) => ({
    ...pick("id", "name", "displayName", "default")(type),
    ...present({ schemaId: lastOf(type, "schema") }),
  }),
  // One that waits for its activation embeds its shared secret (OpenAPI 2026.06.3).
  factor: (factor) => ({
    ...pick("id", "factorType", "provider", "status", "created")(factor),
    ...(isJsonObject(factor.profile) ? factorDetails(factor.profile) : {}),
  }),
  event: (event) => {
    const { actor, client, outcome, target } = event;
    const targets = Array.isArray(target) ? target.filter(isJsonObject) : [];
    const others = targets.filter(({ id }) => !isJsonObject(actor) || id !== actor.id).map(nameInLog);
    const { ipAddress, geographicalContext } = isJsonObject(client) ? client : {};
    return present({
      time: event.published,
      eventType: event.eventType,
      message: event.displayMessage,
      ...(isJsonObject(outcome) ? { outcome: outcome.result, reason: outcome.reason } : {}),
      actor: isJsonObject(actor) ? nameInLog(actor) : undefined,
      targets: others.length > 0 ? others : undefined,
      ip: ipAddress,
      place: isJsonObject(geographicalContext) ? placeOf(geographicalContext) : undefined,
    });
  },
};

const factorDetails = pick("phoneNumber", "email", "credentialId", "question", "name", "deviceType");

function placeOf({ city, country }: JsonObject): string | undefined {
  const known = [city, country].filter((name) => typeof name === "string");
  return known.length > 0 ? known.join(", ") : undefined;
}

/** People by their login; of other things only the name says something. */
function nameInLog({ id, type, alternateId, displayName }: JsonObject): Json {
  return (type === "User" ? alternateId : displayName) ?? displayName ?? id ?? null;
}

/** The attributes of one part of a user schema: what a value must be, without who may see it. */
function attributes(definition: Json | undefined): JsonObject[] | undefined {
  if (!isJsonObject(definition) || !isJsonObject(definition.properties)) return undefined;
  const { properties, required } = definition;
  return Object.entries(properties).flatMap(([name, attribute]) => {
    if (!isJsonObject(attribute)) return [];
    const { title, items, mutability } = attribute;
    const needed = attribute.required === true || (Array.isArray(required) && required.includes(name));
    const values = attribute.enum ?? (isJsonObject(items) ? items.enum : undefined);
    return [
      present({
        name,
        title: title === name ? undefined : title,
        type: attribute.type,
        items: isJsonObject(items) ? items.type : undefined,
        required: needed ? true : undefined,
        enum: values,
        minLength: attribute.minLength,
        maxLength: attribute.maxLength,
        format: attribute.format,
        unique: attribute.unique === true ? true : undefined,
        mutability: mutability === "READ_WRITE" ? undefined : mutability,
      }),
    ];
  });
}

/** The last part of a link: the id of what it leads to. */
function lastOf({ _links: links }: JsonObject, relation: string): string | undefined {
  const link = isJsonObject(links) ? links[relation] : undefined;
  return isJsonObject(link) && typeof link.href === "string" ? (link.href.split("/").at(-1) ?? "") : undefined;
}

/** All of a user but links, nulls and what was embedded. */
export function full(user: JsonObject): JsonObject {
  const shown = bare(user);
  return isJsonObject(user.credentials) ? { ...shown, credentials: credentials(user.credentials) } : shown;
}

/** Credentials without anything that could be one. */
function credentials(given: JsonObject): JsonObject {
  const { password, recovery_question, provider, emails } = given;
  return present({
    password: password === undefined ? undefined : {},
    recovery_question: isJsonObject(recovery_question) ? present({ question: recovery_question.question }) : undefined,
    provider,
    emails,
  });
}

/** Everything but links, nulls and what was embedded, at any depth. */
export function bare(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      item === null || key === "_links" || key === "_embedded" ? [] : [[key, bareValue(item)]],
    ),
  );
}

function bareValue(value: Json): Json {
  if (Array.isArray(value)) return value.map(bareValue);
  return isJsonObject(value) ? bare(value) : value;
}

function pick(...keys: string[]): View {
  return (resource) => present(Object.fromEntries(keys.map((key) => [key, resource[key]])));
}

/** Only the values there are. */
export function present(values: Readonly<Record<string, Json | undefined>>): JsonObject {
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(values)) if (value !== undefined && value !== null) kept[key] = value;
  return kept;
}
