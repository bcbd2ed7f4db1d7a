import type { IdSource } from "./id.ts";
import type { App, AuthorizationServer, CatalogApp, Group, IdentityProvider } from "./org.ts";
import { DEPARTMENTS } from "./seed-names.ts";

const CATALOG: readonly (readonly [name: string, displayName: string, category: string, website: string])[] = [
  ["salesforce", "Salesforce.com", "CRM", "https://www.salesforce.com"],
  ["google", "Google Workspace", "COLLABORATION", "https://workspace.google.com"],
  ["slack", "Slack", "COLLABORATION", "https://slack.com"],
  ["zoomus", "Zoom", "COLLABORATION", "https://zoom.us"],
  ["workday", "Workday", "HR", "https://www.workday.com"],
  ["githubcloud", "GitHub Enterprise Cloud", "DEVELOPER", "https://github.com"],
  ["facebook", "Facebook", "SOCIAL", "https://www.facebook.com/"],
  ["template_swa", "Template App", "OTHER", "https://www.okta.com"],
  ["oidc_client", "OpenID Connect Client", "OAUTH2", "http://openid.net/specs/openid-connect-core-1_0.html"],
];

/** The app catalogue: keys and names of well-known entries. */
export function appCatalog(lastUpdated: number): Map<string, CatalogApp> {
  return new Map(
    CATALOG.map(([name, displayName, category, website]) => [
      name,
      {
        name,
        displayName,
        description: displayName,
        category,
        website,
        signOnModes: [
          name === "oidc_client" ? "OPENID_CONNECT" : name === "template_swa" ? "BROWSER_PLUGIN" : "SAML_2_0",
        ],
        lastUpdated,
      },
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
