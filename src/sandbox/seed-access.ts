import type { App, AppTarget, Grant, Group, Org, RefreshToken } from "./org.ts";
import type { Random } from "./random.ts";
import { newAssignment } from "./roles.ts";
import type { Person } from "./seed-people.ts";
import type { User } from "./user.ts";

const DAY = 86_400_000;
/** The person with more consents and tokens than fit a page. */
const COLLECTOR = 9;

/** Groups, apps, roles, consents, tokens and external identities of the seeded people. */
export function seedAccess(org: Org, people: readonly Person[], random: Random, today: number): void {
  const groupNamed = new Map([...org.groups.values()].map((group) => [group.name, group]));
  const appsNamed = (name: string): App[] => [...org.apps.values()].filter((app) => app.name === name);
  people.forEach(({ user, department }, i) => {
    const names = [department.name];
    if (i > 0 && i <= 12) names.push("Managers");
    if (user.profile.userType === "Contractor") names.push("Contractors");
    else names.push("all-staff@larkspur.example");
    if (user.profile.remote === true) names.push("Remote");
    if (i % 25 === 6) names.push("on-call@larkspur.example");
    if (i === 5 || i === 8) names.push("Report Readers");
    user.groups = names.flatMap((name) => join(groupNamed.get(name), user));
  });
  seedAppAssignments(org, people, groupNamed, appsNamed, random);
  seedRoles(org, people, groupNamed, appsNamed, today);
  seedConsents(org, people, appsNamed("oidc_client"), random, today);
  const [google, partner] = [...org.identityProviders.keys()];
  for (const { user } of people) {
    const { type } = user.credentials.provider;
    const idp = type === "SOCIAL" ? google : type === "FEDERATION" ? partner : undefined;
    if (idp !== undefined) org.idpLinks.set(user.id, [idp]);
  }
}

function join(group: Group | undefined, user: User): string[] {
  if (group === undefined) return [];
  group.members.add(user.id);
  group.lastMembershipUpdated = Math.max(group.lastMembershipUpdated, user.created);
  return [group.id];
}

function seedAppAssignments(
  org: Org,
  people: readonly Person[],
  groupNamed: ReadonlyMap<string, Group>,
  appsNamed: (name: string) => App[],
  random: Random,
): void {
  const assign = (app: App) => ({ id: org.ids.next("appAssignment"), appId: app.id });
  const byGroup: readonly (readonly [group: string, app: string])[] = [
    ["Everyone", "google"],
    ["Everyone", "workday"],
    ["Engineering", "githubcloud"],
    ["Engineering", "slack"],
    ["Sales", "salesforce"],
    ["Remote", "zoomus"],
  ];
  for (const [groupName, appName] of byGroup) {
    const group = groupNamed.get(groupName);
    const app = appsNamed(appName)[0];
    if (group === undefined || app === undefined) continue;
    org.groupApps.set(group.id, [...(org.groupApps.get(group.id) ?? []), assign(app)]);
  }
  const direct = [...appsNamed("template_swa"), ...appsNamed("oidc_client")];
  for (const { user } of people) {
    if (user.status === "DEPROVISIONED" || user.status === "STAGED" || !random.chance(0.3)) continue;
    org.appAssignments.set(user.id, [assign(random.pick(direct))]);
  }
}

function seedRoles(
  org: Org,
  people: readonly Person[],
  groupNamed: ReadonlyMap<string, Group>,
  appsNamed: (name: string) => App[],
  today: number,
): void {
  const groups = (...names: string[]): string[] => names.flatMap((name) => groupNamed.get(name)?.id ?? []);
  const training = appsNamed("salesforce")[1];
  const apps: AppTarget[] = [{ appName: "slack", appId: undefined }];
  if (training !== undefined) apps.push({ appName: "salesforce", appId: training.id });
  const give = (i: number, type: string, more: { groupTargets?: string[]; appTargets?: AppTarget[] } = {}): void => {
    const user = people[i]?.user;
    if (user === undefined) return;
    const assignment = { ...newAssignment(org, type, today - (100 - i) * DAY), ...more };
    org.roles.set(user.id, [...(org.roles.get(user.id) ?? []), assignment]);
  };
  give(0, "SUPER_ADMIN");
  give(1, "HELP_DESK_ADMIN", { groupTargets: groups("Sales", "Marketing") });
  give(2, "APP_ADMIN", { appTargets: apps });
  give(3, "USER_ADMIN", { groupTargets: groups("Contractors") });
  give(4, "READ_ONLY_ADMIN");
  give(6, "GROUP_MEMBERSHIP_ADMIN");
  const [readers] = groups("Report Readers");
  if (readers !== undefined)
    org.groupRoles.set(readers, [newAssignment(org, "REPORT_ADMIN", today - 90 * DAY, "group")]);
  const helper = people[7]?.user;
  const [role] = org.customRoles.keys();
  const [resourceSet] = org.resourceSets.keys();
  if (helper === undefined || role === undefined || resourceSet === undefined) return;
  const time = today - 60 * DAY;
  org.roles.set(helper.id, [
    {
      id: org.ids.next("customBinding"),
      type: "CUSTOM",
      role,
      resourceSet,
      created: time,
      lastUpdated: time,
      groupTargets: [],
      appTargets: [],
    },
  ]);
}

function seedConsents(
  org: Org,
  people: readonly Person[],
  clients: readonly App[],
  random: Random,
  today: number,
): void {
  const { scopes } = org.server;
  people.forEach(({ user }, i) => {
    if (user.status === "STAGED" || user.status === "DEPROVISIONED") return;
    if (i !== COLLECTOR && i % 8 !== 2) return;
    const mine = i === COLLECTOR ? clients : [random.pick(clients)];
    const grants: Grant[] = [];
    const tokens: RefreshToken[] = [];
    for (const client of mine) {
      const some = i === COLLECTOR ? scopes : scopes.filter((_, n) => n % 5 === i % 5);
      const created = today - (1 + random.below(200)) * DAY;
      for (const scope of some) {
        const source = random.chance(0.2) ? "ADMIN" : "END_USER";
        grants.push({ id: org.ids.next("grant"), created, clientId: client.id, scopeId: scope.id, source });
      }
      const sessions = i === COLLECTOR ? 25 : 1 + random.below(2);
      for (let n = 0; n < sessions; n++) {
        tokens.push({
          id: org.ids.next("refreshToken"),
          created: created + n * 1000,
          expiresAt: today + 30 * DAY,
          clientId: client.id,
          scopeIds: some.slice(0, 2).map((scope) => scope.id),
        });
      }
    }
    org.grants.set(user.id, grants);
    org.tokens.set(user.id, tokens);
  });
}
