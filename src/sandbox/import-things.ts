import { type Attribute, BASE_ATTRIBUTES } from "./attributes.ts";
import { now } from "./clock.ts";
import { isObject, isOneOf, isString, type Json } from "./guard.ts";
import { PREFIX } from "./id.ts";
import { flagAt, ImportError, idAt, objectAt, textAt, textsAt, timeAt } from "./import-read.ts";
import type { Group, Org } from "./org.ts";

const BASE_NAMES: ReadonlySet<string> = new Set(BASE_ATTRIBUTES.map(({ name }) => name));
const TYPES = ["string", "number", "integer", "boolean", "string[]", "number[]"] as const;
const GROUP_TYPES = ["BUILT_IN", "OKTA_GROUP", "APP_GROUP"] as const;

/**
 * A user type. `attributes` are its custom ones, written as a user schema shows them. One with the id of a type that
 * is there takes its place, and a new default type takes the default from the old.
 */
export function importType(org: Org, entry: Json): string {
  const id = idAt(org, entry, "userType");
  const isDefault = flagAt(entry, "default", org.types.get(id)?.isDefault);
  const old = [...org.types.values()].find((type) => type.isDefault && type.id !== id);
  if (isDefault && old !== undefined) {
    // Nobody may be left with a type that is gone.
    for (const user of org.users.all()) if (user.typeId === old.id) user.typeId = id;
    org.users.changed();
    org.types.delete(old.id);
  }
  const name = textAt(entry, "name", isDefault ? "user" : id);
  const custom = Object.entries(objectAt(entry.attributes ?? {}, "attributes"));
  org.types.set(id, {
    id,
    schemaId: textAt(entry, "schemaId", `${PREFIX.userSchema}${id.slice(3)}`),
    name,
    displayName: textAt(entry, "displayName", name),
    description: textAt(entry, "description", ""),
    isDefault,
    created: timeAt(entry, "created", now()),
    updated: timeAt(entry, "lastUpdated", now()),
    schemaUpdated: timeAt(entry, "lastUpdated", now()),
    custom: custom.filter(([key]) => !BASE_NAMES.has(key)).map(([key, value]) => attribute(key, value)),
  });
  return id;
}

function attribute(name: string, value: unknown): Attribute {
  const schema = objectAt(value, `attributes.${name}`);
  const list = schema.type === "array";
  const type = list ? `${textAt(objectAt(schema.items, "items"), "type")}[]` : textAt(schema, "type");
  if (!isOneOf(TYPES, type)) throw new ImportError(`attributes.${name}: there is no type ${type}.`);
  return {
    name,
    title: textAt(schema, "title", name),
    type,
    self: "READ_ONLY",
    ...(isString(schema.description) && { description: schema.description }),
  };
}

/** A group as `GET /groups/{id}` shows it, and `members`. One of type BUILT_IN takes the place of Everyone. */
export function importGroup(org: Org, entry: Json): string {
  const id = idAt(org, entry, "group");
  const type = entry.type ?? "OKTA_GROUP";
  if (!isOneOf(GROUP_TYPES, type)) throw new ImportError(`type must be one of ${GROUP_TYPES.join(", ")}.`);
  const profile = objectAt(entry.profile, "profile");
  const created = timeAt(entry, "created", now());
  const source = isObject(entry.source) && isString(entry.source.id) ? { sourceId: entry.source.id } : {};
  const group: Group = {
    id,
    type,
    name: textAt(profile, "name"),
    description: isString(profile.description) ? profile.description : null,
    created,
    lastUpdated: timeAt(entry, "lastUpdated", created),
    lastMembershipUpdated: timeAt(entry, "lastMembershipUpdated", created),
    members: new Set(),
    ...source,
  };
  if (type === "BUILT_IN") replaceEveryone(org, group);
  else org.groups.set(id, group);
  for (const userId of textsAt(entry, "members")) join(org, group, userId);
  return id;
}

function replaceEveryone(org: Org, group: Group): void {
  const others = [...org.groups.values()].filter(({ type }) => type !== "BUILT_IN");
  org.groups.clear();
  for (const entry of [group, ...others]) org.groups.set(entry.id, entry);
  const apps = org.groupApps.get(org.everyoneId);
  org.groupApps.delete(org.everyoneId);
  if (apps !== undefined) org.groupApps.set(group.id, apps);
  org.everyoneId = group.id;
}

/** Makes somebody a member without touching the times of the group. */
export function join(org: Org, group: Group, userId: string): void {
  const user = org.users.byId(userId);
  if (user === undefined) throw new ImportError(`There is no user ${userId}.`);
  if (group.type === "BUILT_IN") return;
  group.members.add(userId);
  if (!user.groups.includes(group.id)) user.groups = [...user.groups, group.id];
}

/** An app: `name` is its entry in the catalogue, `label` what people call it. */
export function importApp(org: Org, entry: Json): string {
  const id = idAt(org, entry, "app");
  const name = textAt(entry, "name");
  if (!org.catalog.has(name)) importCatalogEntry(org, { name });
  const client = flagAt(entry, "oauth") ? { client: { uri: null, logo: null } } : {};
  org.apps.set(id, { id, name, label: textAt(entry, "label", name), ...client });
  return id;
}

/** An entry of the app catalogue, as a list of app targets shows it; one that is there keeps what is not named. */
export function importCatalogEntry(org: Org, entry: Json): string {
  const name = textAt(entry, "name");
  const before = org.catalog.get(name);
  const displayName = textAt(entry, "displayName", before?.displayName ?? name);
  org.catalog.set(name, {
    ...before,
    name,
    displayName,
    description: textAt(entry, "description", before?.description ?? displayName),
    category: textAt(entry, "category", before?.category ?? "OTHER"),
    website: textAt(entry, "website", before?.website ?? ""),
    signOnModes: entry.signOnModes === undefined ? (before?.signOnModes ?? []) : textsAt(entry, "signOnModes"),
    lastUpdated: timeAt(entry, "lastUpdated", before?.lastUpdated ?? now()),
    ...(entry.features !== undefined && { features: textsAt(entry, "features") }),
    ...picture(entry),
  });
  return name;
}

function picture({ _links: links }: Json): { logo?: { href: string; type?: string } } {
  const logos = isObject(links) && Array.isArray(links.logo) ? links.logo : [];
  const [logo]: readonly unknown[] = logos;
  if (!isObject(logo)) return {};
  return { logo: { href: textAt(logo, "href"), ...(isString(logo.type) && { type: logo.type }) } };
}
