import { iso } from "./clock.ts";
import { OktaError } from "./error.ts";
import { revokeTokens } from "./oauth/store.ts";
import type { App, AppAssignment, Group, Org } from "./org.ts";
import { links } from "./page.ts";
import { type Answer, type Call, flag, noContent, ok, type Route, userRoute } from "./route.ts";
import { profileText, type User } from "./user.ts";

/** What hangs on a user and is only read: groups, apps, identity providers, blocks; and the end of all sessions. */
export const resourceRoutes: readonly Route[] = [
  userRoute("GET /api/v1/users/{id}/groups", listGroups),
  userRoute("GET /api/v1/users/{id}/appLinks", (call, user) => ok(appLinks(call, user))),
  userRoute("GET /api/v1/users/{id}/idps", listIdentityProviders),
  userRoute("GET /api/v1/users/{id}/blocks", listBlocks),
  userRoute("DELETE /api/v1/users/{userId}/sessions", endSessions),
];

/** All groups at once, Everyone first; `self` shows limit=200 (behaviour: recorded). */
function listGroups(call: Call, user: User): Answer {
  const body = groupsOf(call.org, user).map((group) => groupView(call.org, group, call.origin));
  return { status: 200, body, headers: { link: links(call, { byDefault: 200, max: 200 }, 200, undefined) } };
}

export function groupsOf(org: Org, user: User): Group[] {
  return [org.everyoneId, ...user.groups].flatMap((id) => org.groups.get(id) ?? []);
}

const OKTA_LOGOS = [
  ["medium", ".30ce6d4085dff29412984e4c191bc874"],
  ["large", ".c3cb8cda8ae0add1b4fe928f5844dbe3"],
] as const;
const APP_LOGOS = [
  ["medium", ""],
  ["large", ""],
] as const;

/** A group as Okta shows it; keys in the recorded order. */
export function groupView({ features }: Org, group: Group, origin: string): object {
  const self = `${origin}/api/v1/groups/${group.id}`;
  // unverified: the picture of a group that comes from an app; no answer with one is recorded.
  const [picture, logos] = group.type === "APP_GROUP" ? (["app", APP_LOGOS] as const) : (["okta", OKTA_LOGOS] as const);
  return {
    id: group.id,
    created: iso(group.created),
    lastUpdated: iso(group.lastUpdated),
    lastMembershipUpdated: iso(group.lastMembershipUpdated),
    objectClass: ["okta:user_group"],
    type: group.type,
    profile: { name: group.name, description: group.description },
    ...(group.sourceId !== undefined && { source: { id: group.sourceId } }),
    _links: {
      logo: logos.map(([name, hash]) => ({
        name,
        href: `${origin}/assets/img/logos/groups/odyssey/${picture}-${name}${hash}.png`,
        type: "image/png",
      })),
      ...(features.groupOwners && { owners: { href: `${self}/owners` } }),
      users: { href: `${self}/users` },
      apps: { href: `${self}/apps` },
    },
  };
}

/** Apps assigned directly or through a group; none while DEPROVISIONED. */
function appLinks(call: Call, user: User): object[] {
  const { org } = call;
  if (user.status === "DEPROVISIONED") return [];
  const byApp = new Map<string, AppAssignment>();
  const assignments = [
    ...(org.appAssignments.get(user.id) ?? []),
    ...[org.everyoneId, ...user.groups].flatMap((id) => org.groupApps.get(id) ?? []),
  ];
  for (const assignment of assignments) {
    if (!byApp.has(assignment.appId)) byApp.set(assignment.appId, assignment);
  }
  return [...byApp.values()].flatMap((assignment, sortOrder) => {
    const app = org.apps.get(assignment.appId);
    return app === undefined ? [] : [appLink(call, user, app, assignment, sortOrder)];
  });
}

function appLink(call: Call, user: User, app: App, assignment: AppAssignment, sortOrder: number): object {
  return {
    id: user.id,
    label: app.label,
    linkUrl: `${call.origin}/home/${app.name}/${app.id}/1`,
    logoUrl: `${call.origin}/img/logos/${app.name}.png`,
    appName: app.name,
    appInstanceId: app.id,
    appAssignmentId: assignment.id,
    credentialsSetup: false,
    hidden: false,
    sortOrder,
  };
}

/** `[]` for local users (behaviour: recorded). */
function listIdentityProviders({ org, origin }: Call, user: User): Answer {
  const ids = org.idpLinks.get(user.id) ?? [];
  return ok(
    ids.flatMap((id) => {
      const idp = org.identityProviders.get(id);
      if (idp === undefined) return [];
      const self = `${origin}/api/v1/idps/${id}`;
      return [
        {
          id,
          type: idp.type,
          issuerMode: "DYNAMIC",
          name: idp.name,
          status: "ACTIVE",
          created: iso(idp.created),
          lastUpdated: iso(idp.created),
          protocol: { type: idp.type === "SAML2" ? "SAML2" : "OIDC" },
          policy: { accountLink: { action: "AUTO", filter: null }, provisioning: { action: "AUTO" } },
          _links: {
            self: { href: self, hints: { allow: ["GET", "PUT", "DELETE"] } },
            users: { href: `${self}/users`, hints: { allow: ["GET"] } },
            user: { href: `${self}/users/${user.id}`, hints: { allow: ["GET", "DELETE"] } },
          },
        },
      ];
    }),
  );
}

/** `forgetDevices` is on by default in an Identity Engine org, `oauthTokens` off (OpenAPI 2026.06.3). */
function endSessions(call: Call, user: User): Answer {
  const tokens = flag(call, "oauthTokens", false);
  const forget = flag(call, "forgetDevices", true);
  user.sessions = 0;
  if (forget) user.devices = 0;
  if (tokens) {
    call.org.tokens.delete(user.id);
    revokeTokens(call.oauth, ({ userId }) => userId === user.id);
  }
  return noContent;
}

/** 401 in an org without the feature (behaviour: recorded). */
function listBlocks({ org }: Call, user: User): Answer {
  if (!org.features.blocks) throw new OktaError("E0000015");
  return ok(user.blocks);
}

/** A person's name for link titles. */
export function fullName(user: User): string {
  return `${profileText(user, "firstName")} ${profileText(user, "lastName")}`.trim();
}
