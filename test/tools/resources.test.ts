import { describe, expect } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import { complete } from "./covered.ts";
import { spoil } from "./spoil.ts";
import { type Given, NOBODY, named, newcomer, person, someone, world } from "./support.ts";
import { refused, succeed } from "./tables.ts";

const w = world();

const USER = "GET /api/v1/users/{id}";

/** Somebody in a group of her own choosing beside Everyone. */
const seller: Given = async (org) => {
  const login = String((await newcomer(org)).login);
  const group = await named(org, "groups", "Sales");
  const profile = { login, email: login, firstName: "Sal", lastName: "Seller" };
  const made = await org.api("POST", "/api/v1/users?activate=false", { profile, groupIds: [group] });
  const app = (label: string): Promise<string> => named(org, "apps", label, "label");
  return {
    id: textAt(made, "id"),
    group,
    everyone: await named(org, "groups", "Everyone"),
    google: await app("Google Workspace"),
    workday: await app("Workday"),
    salesforce: await app("Salesforce"),
  };
};

/** Somebody who signs in by another provider. */
const external: Given = (org) => someone(org, (user) => at(user, "provider") === "SOCIAL");

const consenter: Given = async (org) => {
  const found = await someone(org, (user) => Number(at(user, "grants")) > 0);
  const [client] = listAt({ all: await org.api("GET", `/api/v1/users/${found.id}/clients`) }, "all");
  return { ...found, client: textAt(client, "client_id"), name: textAt(client, "client_name") };
};

describe("resources", () => {
  succeed(w, [
    {
      tool: "list_user_groups",
      given: seller,
      wire: `${USER}/groups`,
      reply: {
        groups: [
          { id: "{everyone}", name: "Everyone", type: "BUILT_IN" },
          { id: "{group}", name: "Sales", type: "OKTA_GROUP" },
        ],
      },
    },
    {
      tool: "list_app_links",
      given: seller,
      wire: `${USER}/appLinks`,
      reply: {
        appLinks: [
          { label: "Google Workspace", appName: "google", appInstanceId: "{google}" },
          { label: "Workday", appName: "workday", appInstanceId: "{workday}" },
          { label: "Salesforce", appName: "salesforce", appInstanceId: "{salesforce}" },
        ],
      },
    },
    {
      tool: "list_app_links",
      title: "of somebody deactivated",
      given: person("DEPROVISIONED"),
      wire: `${USER}/appLinks`,
      reply: { appLinks: [] },
    },
    {
      tool: "list_user_identity_providers",
      given: external,
      wire: `${USER}/idps`,
      reply: {
        identityProviders: [
          { id: expect.stringMatching(/^0oa/), type: "GOOGLE", name: "Sign in with Google", status: "ACTIVE" },
        ],
      },
    },
    {
      tool: "list_user_identity_providers",
      title: "of somebody with a password",
      given: person(),
      wire: `${USER}/idps`,
      reply: { identityProviders: [] },
    },
    {
      tool: "list_user_clients",
      given: consenter,
      wire: `${USER}/clients`,
      reply: { clients: [{ client_id: "{client}", client_name: "{name}" }] },
    },
    {
      tool: "list_user_clients",
      title: "of somebody who consented to nothing",
      given: person(),
      wire: `${USER}/clients`,
      reply: { clients: [] },
    },
  ]);

  const reads = ["list_user_groups", "list_app_links", "list_user_identity_providers", "list_user_clients"];
  refused(
    w,
    reads.map((tool) => ({ tool, code: "E0000007", status: 404, hint: /find_user/ })),
  );

  spoil(w, Object.fromEntries(reads.map((tool) => [tool, { userId: NOBODY }])));

  complete("resources");
});
