import type { IdSource } from "./id.ts";
import type { App, AuthorizationServer, CatalogApp, Group, IdentityProvider } from "./org.ts";
import { DEPARTMENTS } from "./seed-names.ts";

interface Entry extends Pick<CatalogApp, "name" | "displayName" | "category" | "website"> {
  readonly description?: string;
  readonly signOnMode?: string;
  readonly features?: readonly string[];
}

const CATALOG: readonly Entry[] = [
  {
    name: "oidc_client",
    displayName: "OpenID Connect Client",
    category: "OAUTH2",
    website: "http://openid.net/specs/openid-connect-core-1_0.html",
    signOnMode: "OPENID_CONNECT",
    features: ["DEFAULT_PUSH_STATUS_TO_PUSH"],
  },
  {
    name: "template_swa",
    displayName: "Template App",
    category: "OTHER",
    website: "https://www.okta.com",
    signOnMode: "BROWSER_PLUGIN",
  },
  {
    name: "facebook",
    displayName: "Facebook",
    description: "Giving people the power to share and make the world more open and connected.",
    category: "SOCIAL",
    website: "https://www.facebook.com/",
    signOnMode: "BROWSER_PLUGIN",
  },
  { name: "salesforce", displayName: "Salesforce.com", category: "CRM", website: "https://www.salesforce.com" },
  {
    name: "google",
    displayName: "Google Workspace",
    category: "COLLABORATION",
    website: "https://workspace.google.com",
  },
  { name: "slack", displayName: "Slack", category: "COLLABORATION", website: "https://slack.com" },
  { name: "zoomus", displayName: "Zoom", category: "COLLABORATION", website: "https://zoom.us" },
  { name: "workday", displayName: "Workday", category: "HR", website: "https://www.workday.com" },
  { name: "githubcloud", displayName: "GitHub Enterprise Cloud", category: "DEVELOPER", website: "https://github.com" },
];

/** The app catalogue: keys and names of well-known entries, the templates first. */
export function appCatalog(lastUpdated: number): Map<string, CatalogApp> {
  return new Map(
    CATALOG.map(({ description, signOnMode = "SAML_2_0", ...entry }) => [
      entry.name,
      { ...entry, description: description ?? entry.displayName, signOnModes: [signOnMode], lastUpdated },
    ]),
  );
}

const APPS: readonly (readonly [name: string, label: string, oauth?: string])[] = [
  ["salesforce", "Salesforce"],
  ["salesforce", "Salesforce Training"],
  ["google", "Google Workspace"],
  ["slack", "Slack"],
  ["zoomus", "Zoom"],
  ["workday", "Workday"],
  ["githubcloud", "GitHub"],
  ["template_swa", "Canteen Orders"],
  ["oidc_client", "Travel Planner", "https://travel.larkspur.example"],
  ["oidc_client", "Expense Notebook", "https://expenses.larkspur.example"],
  ["oidc_client", "Warehouse Console", ""],
];

/** The org's apps by id. The last three are OAuth clients too. */
export function seedApps(ids: IdSource): Map<string, App> {
  return new Map(
    APPS.map(([name, label, oauth]) => {
      const id = ids.next("app");
      const client = oauth === undefined ? undefined : { uri: oauth === "" ? null : oauth, logo: null };
      return [id, client === undefined ? { id, name, label } : { id, name, label, client }];
    }),
  );
}

/** Everyone, one group for each department, some that cut across, and two that come from an app. */
export function seedGroups(ids: IdSource, apps: ReadonlyMap<string, App>, created: number): Map<string, Group> {
  const groups = new Map<string, Group>();
  const add = (type: Group["type"], name: string, description: string | null, sourceId?: string): void => {
    const id = ids.next("group");
    const times = { created, lastUpdated: created, lastMembershipUpdated: created };
    const base = { id, type, name, description, ...times, members: new Set<string>() };
    groups.set(id, sourceId === undefined ? base : { ...base, sourceId });
  };
  add("BUILT_IN", "Everyone", "All users in your organization");
  for (const { name } of DEPARTMENTS) add("OKTA_GROUP", name, `Everybody in ${name}`);
  add("OKTA_GROUP", "Managers", "Heads of departments");
  add("OKTA_GROUP", "Contractors", "People who work for an agency");
  add("OKTA_GROUP", "Remote", null);
  add("OKTA_GROUP", "Report Readers", "Members may read the org's reports");
  const google = [...apps.values()].find((app) => app.name === "google");
  add("APP_GROUP", "all-staff@larkspur.example", "Imported from Google Workspace", google?.id);
  add("APP_GROUP", "on-call@larkspur.example", "Imported from Google Workspace", google?.id);
  return groups;
}

/** A custom authorization server with 15 scopes that people can consent to. */
export function authorizationServer(ids: IdSource): AuthorizationServer {
  const verbs = ["read", "write", "delete"];
  const things = ["bookings", "expenses", "stock", "shifts", "reports"];
  return {
    id: ids.next("authorizationServer"),
    name: "Larkspur API",
    scopes: things.flatMap((thing) =>
      verbs.map((verb) => ({
        id: ids.next("scope"),
        name: `${thing}:${verb}`,
        displayName: `${verb.charAt(0).toUpperCase()}${verb.slice(1)} ${thing}`,
        description: `May ${verb} ${thing}`,
      })),
    ),
  };
}

export function seedIdentityProviders(ids: IdSource, created: number): Map<string, IdentityProvider> {
  const make = (type: IdentityProvider["type"], name: string): IdentityProvider => ({
    id: ids.next("app"),
    type,
    name,
    created,
  });
  return new Map([make("GOOGLE", "Sign in with Google"), make("SAML2", "Partner network")].map((idp) => [idp.id, idp]));
}
