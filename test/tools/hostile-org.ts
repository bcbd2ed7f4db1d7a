import { at, listAt, textAt } from "../support/at.ts";
import type { TestOrg } from "../support/org.ts";
import type { Attack } from "./hostile-attacks.ts";
import { snapshot, type Things } from "./support.ts";

/** The attributes of every profile (OpenAPI 2026.06.3, UserProfile), and custom ones of unlucky names. */
const BASE = [
  ["email", "secondEmail", "firstName", "middleName", "lastName", "displayName", "nickName", "honorificPrefix"],
  ["honorificSuffix", "title", "department", "division", "organization", "costCenter", "employeeNumber", "userType"],
  ["manager", "managerId", "mobilePhone", "primaryPhone", "streetAddress", "city", "state", "zipCode", "countryCode"],
  ["postalAddress", "profileUrl", "locale", "preferredLanguage", "timezone"],
].flat();
const CUSTOM = ["constructor", "toString", "hasOwnProperty", "isError", "confirm", "error", "hint"];

/** Somebody with consents and tokens: an org lets nobody make these but the person. */
export async function consenter(org: TestOrg): Promise<Things> {
  const inside = await snapshot(org);
  const id = textAt(
    listAt(inside, "users").find((user) => Number(at(user, "tokens")) > 20),
    "id",
  );
  const list = async (path: string): Promise<unknown> => listAt({ all: await org.api("GET", path) }, "all")[0];
  const client = textAt(await list(`/api/v1/users/${id}/clients`), "client_id");
  const ofClient = `/api/v1/users/${id}/clients/${client}`;
  const [grant, token] = [await list(`${ofClient}/grants`), await list(`${ofClient}/tokens`)];
  return { consenter: id, client, grant: textAt(grant, "id"), token: textAt(token, "id") };
}

/**
 * Puts the attack wherever the org holds a text: a new person with every attribute, role and link, of a new type and in
 * a new group, and the labels of all apps.
 */
export async function plant(org: TestOrg, { planted }: Attack, about: Things, n: number): Promise<Things> {
  const text = { type: "string", title: planted, description: planted };
  const custom = Object.fromEntries([...CUSTOM, planted].map((name) => [name, text]));
  const shown = { displayName: planted, description: planted, category: planted, website: planted };
  const apps = listAt(await snapshot(org), "apps").map((app) => ({
    id: textAt(app, "id"),
    name: textAt(app, "name"),
    label: planted,
    oauth: at(app, "oauth"),
  }));
  const made = await org.control("POST", "import", {
    types: [{ name: `type${n}`, displayName: planted, description: planted, attributes: custom }],
    catalog: [{ name: "slack", ...shown, signOnModes: [planted], features: [planted] }],
    apps,
    groups: [{ profile: { name: `${planted} ${n}`, description: planted } }],
  });
  const group = textAt(made, "groups.0");
  const profile = Object.fromEntries([...BASE, ...CUSTOM, planted].map((name) => [name, planted]));
  const people = await org.control("POST", "import", {
    users: [
      {
        type: { id: textAt(made, "types.0") },
        profile: { ...profile, login: `${planted} ${n}`, skills: [planted] },
        realmId: planted,
        groupIds: [group],
        blocks: [{ type: "DEVICE_BASED", appliesTo: "ANY_DEVICES" }],
        credentials: {
          password: { value: "Correct-horse-9" },
          provider: { type: "OKTA", name: planted },
          recovery_question: { question: planted, answer: "blue kite" },
        },
      },
    ],
  });
  const id = textAt(people, "users.0");
  const user = `/api/v1/users/${id}`;
  const role = async (type: string, ...targets: string[]): Promise<string> => {
    const made = textAt(await org.api("POST", `${user}/roles`, { type }), "id");
    for (const target of targets) await org.api("PUT", `${user}/roles/${made}/targets/${target}`);
    return made;
  };
  const app = textAt(
    apps.find(({ name }) => name === "salesforce"),
    "id",
  );
  const appRole = await role("APP_ADMIN", `catalog/apps/salesforce/${app}`, "catalog/apps/slack");
  const groupRole = await role("HELP_DESK_ADMIN", `groups/${group}`);
  const side = (name: string): object => ({ name, title: planted, description: planted, type: "USER" });
  const relation = { primary: side(`above${n}`), associated: side(`below${n}`) };
  await org.api("POST", "/api/v1/meta/schemas/user/linkedObjects", relation);
  for (const name of [`above${n}`, "manager"]) await org.api("PUT", `${user}/linkedObjects/${name}/${about.consenter}`);
  const profileOfFactor = { question: "favorite_toy", answer: "Blue kite" };
  const question = { factorType: "question", provider: "OKTA", profile: profileOfFactor };
  const factor = textAt(await org.api("POST", `${user}/factors`, question), "id");
  const type = await org.api("GET", `/api/v1/meta/types/user/${textAt(made, "types.0")}`);
  const theSchema = textAt(type, "_links.schema.href").split("/").at(-1) ?? "";
  const groups = { group, theGroup: group, groupSearch: `id eq "${group}"` };
  return { ...about, ...groups, id, search: `id eq "${id}"`, app, appRole, groupRole, factor, theSchema, planted };
}
