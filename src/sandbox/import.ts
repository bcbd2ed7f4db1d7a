import { isFeature } from "./features.ts";
import type { Json } from "./guard.ts";
import { entries, ImportError, objectAt, textsAt } from "./import-read.ts";
import { importApp, importCatalogEntry, importGroup, importType } from "./import-things.ts";
import { importUser } from "./import-users.ts";
import type { Org } from "./org.ts";

/** Sections with entries, in the order they are read, so that later ones can name things of earlier ones. */
const SECTIONS = {
  types: importType,
  catalog: importCatalogEntry,
  apps: importApp,
  groups: importGroup,
  users: importUser,
} as const satisfies Record<string, (org: Org, entry: Json) => string>;

/** What the body of `POST /sandbox/import` can hold, for people. */
export const IMPORT_BODY: Readonly<Record<string, string>> = {
  features: "Which features the org has, each true or false",
  realms: "Ids of realms; new people get the first one",
  ids: "Ids for what is made next, each the first one left with the right prefix",
  types: "User types: id, name, displayName, default, and attributes as a user schema shows them",
  catalog: "Entries of the app catalogue, as a list of app targets shows them",
  apps: "Apps: id, name of the catalogue entry, label, oauth",
  groups: "Groups as GET /groups/{id} shows them, and members",
  users: "People as GET /users/{id} shows them, and groupIds, owner, suspendedFrom, passwordExpired, blocks",
};

/**
 * Puts things into the org exactly as `body` describes them. Gives back the ids of each section. What stands before a
 * mistake stays.
 *
 * @throws ImportError
 */
export function importInto(org: Org, body: Json): Record<string, readonly string[]> {
  setFeatures(org, objectAt(body.features ?? {}, "features"));
  // The first realm is the one new users get.
  if (body.realms !== undefined) org.realms = [...new Set([...textsAt(body, "realms"), ...org.realms])];
  org.ids.reserve(textsAt(body, "ids"));
  const made: Record<string, readonly string[]> = {};
  for (const [section, read] of Object.entries(SECTIONS)) {
    if (body[section] !== undefined) made[section] = entries(body, section).map((entry) => read(org, entry));
  }
  return made;
}

function setFeatures({ features }: Org, wanted: Json): void {
  for (const [name, on] of Object.entries(wanted)) {
    if (!isFeature(name))
      throw new ImportError(`There is no feature ${name}; there are ${Object.keys(features).join(", ")}.`);
    if (typeof on !== "boolean") throw new ImportError(`features.${name} must be true or false.`);
    features[name] = on;
  }
}
