import { describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import type { TestOrg } from "../support/org.ts";
import { complete } from "./covered.ts";
import { spoil } from "./spoil.ts";
import {
  type Args,
  admin,
  fill,
  type Given,
  NO_CLIENT,
  NO_GROUP,
  NO_ROLE,
  NOBODY,
  snapshot,
  type Things,
  walk,
  world,
} from "./support.ts";
import { refused, succeed } from "./tables.ts";

const w = world();

const TARGETS = "/api/v1/users/{id}/roles/{role}/targets";
const APPS = `${TARGETS}/catalog/apps`;
const GROUPS = `${TARGETS}/groups`;
const APP_ADMIN = "IFIFAX2BIRGUSTQ";
const narrows = /first target narrows the role to its targets/;
const shrinks = /no longer reaches this target/;

/** What roles can be narrowed to: two instances of one app, and three groups. */
async function places(org: TestOrg): Promise<Things> {
  const inside = await snapshot(org);
  const labelled = (list: string, key: string, label: string): string =>
    textAt(
      listAt(inside, list).find((entry) => at(entry, key) === label),
      "id",
    );
  return {
    training: labelled("apps", "label", "Salesforce Training"),
    live: labelled("apps", "label", "Salesforce"),
    sales: labelled("groups", "name", "Sales"),
    legal: labelled("groups", "name", "Legal"),
    it: labelled("groups", "name", "IT"),
  };
}

/** Somebody with a role that is narrowed to these targets, as their paths below the role's. */
function narrowed(type: string, targets: readonly string[]): Given {
  return async (org) => {
    const things = { ...(await places(org)), ...(await admin(type)(org)) };
    for (const target of targets) await org.api("PUT", String(fill(`${TARGETS}/${target}`, things)));
    return things;
  };
}
const appAdmin = (...apps: string[]): Given =>
  narrowed(
    "APP_ADMIN",
    apps.map((app) => `catalog/apps/${app}`),
  );
const helpDesk = (...groups: string[]): Given =>
  narrowed(
    "HELP_DESK_ADMIN",
    groups.map((group) => `groups/${group}`),
  );
const nobody: Given = async (org) => ({ ...(await places(org)), id: NOBODY });

const roleAssignmentId = "{role}";
const done = (tool: string, more: Args = {}): Args => ({ done: tool, userId: "{id}", roleAssignmentId, ...more });
const assigned = { id: "{role}", assignmentType: "USER" };
const appRole = { ...assigned, type: "APP_ADMIN", label: "Application Administrator" };
const groupRole = { ...assigned, type: "HELP_DESK_ADMIN", label: "Help Desk Administrator" };
const slack = { name: "slack", displayName: "Slack", status: "ACTIVE" };
const training = { id: "{training}", name: "Salesforce Training", status: "ACTIVE" };
const groupAnswer = (name: string): unknown => expect.objectContaining({ profile: expect.objectContaining({ name }) });

describe("role targets", () => {
  succeed(w, [
    {
      tool: "list_app_targets_for_role",
      given: appAdmin("slack", "salesforce/{training}"),
      args: { roleAssignmentId },
      wire: `GET ${APPS}?limit=20`,
      reply: { targets: [training, slack] },
    },
    {
      tool: "list_app_targets_for_role",
      title: "none: all apps",
      given: appAdmin(),
      args: { roleAssignmentId },
      wire: `GET ${APPS}?limit=20`,
      reply: { targets: [] },
    },
    {
      tool: "assign_all_apps_target_to_role",
      given: appAdmin("slack", "zoomus"),
      args: { roleAssignmentId },
      wire: `PUT ${APPS}`,
      reply: done("assign_all_apps_target_to_role"),
      asks: {
        consequence: /reaches every app of the org, and its list of targets is lost/,
        goesWith: { role: appRole },
      },
      after: [[APPS, "", []]],
    },
    {
      tool: "assign_app_target_to_role",
      given: appAdmin(),
      args: { roleAssignmentId, appName: "slack" },
      wire: `PUT ${APPS}/slack`,
      reply: done("assign_app_target_to_role", { appName: "slack" }),
      asks: { consequence: narrows, undoneBy: "unassign_app_target_from_role", goesWith: { role: appRole } },
      after: [[APPS, "", [expect.objectContaining({ name: "slack" })]]],
    },
    {
      tool: "assign_app_target_to_role",
      title: "in the place of its instances",
      given: appAdmin("salesforce/{training}"),
      args: { roleAssignmentId, appName: "salesforce" },
      wire: `PUT ${APPS}/salesforce`,
      reply: done("assign_app_target_to_role", { appName: "salesforce" }),
      asks: { consequence: narrows, undoneBy: "unassign_app_target_from_role", goesWith: { role: appRole } },
      after: [[APPS, "", [expect.objectContaining({ displayName: "Salesforce.com" })]]],
    },
    {
      tool: "unassign_app_target_from_role",
      given: appAdmin("slack", "zoomus"),
      args: { roleAssignmentId, appName: "slack" },
      wire: `DELETE ${APPS}/slack`,
      reply: done("unassign_app_target_from_role", { appName: "slack" }),
      asks: { consequence: shrinks, undoneBy: "assign_app_target_to_role", goesWith: { role: appRole } },
      after: [[APPS, "", [expect.objectContaining({ name: "zoomus" })]]],
    },
    {
      tool: "assign_app_instance_target_to_role",
      given: appAdmin(),
      args: { roleAssignmentId, appName: "salesforce", appId: "{training}" },
      wire: `PUT ${APPS}/salesforce/{training}`,
      reply: done("assign_app_instance_target_to_role", { appName: "salesforce", appId: "{training}" }),
      asks: { consequence: narrows, undoneBy: "unassign_app_instance_target_from_role", goesWith: { role: appRole } },
      after: [
        [APPS, "0.id", "{training}"],
        [APPS, "1", undefined],
      ],
    },
    {
      tool: "unassign_app_instance_target_from_role",
      given: appAdmin("salesforce/{training}", "salesforce/{live}"),
      args: { roleAssignmentId, appName: "salesforce", appId: "{training}" },
      wire: `DELETE ${APPS}/salesforce/{training}`,
      reply: done("unassign_app_instance_target_from_role", { appName: "salesforce", appId: "{training}" }),
      asks: { consequence: shrinks, undoneBy: "assign_app_instance_target_to_role", goesWith: { role: appRole } },
      after: [
        [APPS, "0.id", "{live}"],
        [APPS, "1", undefined],
      ],
    },
    {
      tool: "list_group_targets_for_role",
      given: helpDesk("{sales}", "{legal}"),
      args: { roleAssignmentId },
      wire: `GET ${GROUPS}?limit=20`,
      reply: {
        targets: expect.arrayContaining([
          { id: expect.stringMatching(/^00g/), name: "Sales", type: "OKTA_GROUP" },
          { id: expect.stringMatching(/^00g/), name: "Legal", type: "OKTA_GROUP" },
        ]),
      },
    },
    {
      tool: "list_group_targets_for_role",
      title: "one",
      given: helpDesk("{sales}"),
      args: { roleAssignmentId, limit: 3 },
      wire: `GET ${GROUPS}?limit=3`,
      reply: { targets: [{ id: "{sales}", name: "Sales", type: "OKTA_GROUP" }] },
    },
    {
      tool: "assign_group_target_to_role",
      given: helpDesk(),
      args: { roleAssignmentId, groupId: "{sales}" },
      wire: `PUT ${GROUPS}/{sales}`,
      reply: done("assign_group_target_to_role", { groupId: "{sales}" }),
      asks: { consequence: narrows, undoneBy: "unassign_group_target_from_role", goesWith: { role: groupRole } },
      after: [[GROUPS, "", [groupAnswer("Sales")]]],
    },
    {
      tool: "unassign_group_target_from_role",
      given: helpDesk("{sales}", "{legal}"),
      args: { roleAssignmentId, groupId: "{sales}" },
      wire: `DELETE ${GROUPS}/{sales}`,
      reply: done("unassign_group_target_from_role", { groupId: "{sales}" }),
      asks: { consequence: shrinks, undoneBy: "assign_group_target_to_role", goesWith: { role: groupRole } },
      after: [[GROUPS, "", [groupAnswer("Legal")]]],
    },
  ]);

  it("next walks all targets, each exactly once", async () => {
    const apps = await appAdmin("slack", "zoomus", "google", "workday", "githubcloud")(w.org);
    const groups = await helpDesk("{sales}", "{legal}", "{it}")(w.org);
    const walks: [tool: string, things: Args, key: string, total: number][] = [
      ["list_app_targets_for_role", apps, "name", 5],
      ["list_group_targets_for_role", groups, "id", 3],
    ];
    for (const [tool, { id, role }, key, total] of walks) {
      const args = { userId: id, roleAssignmentId: role, limit: 2 };
      const targets = await walk(w.server, tool, args, "targets");
      expect(targets).toHaveLength(total);
      expect(new Set(targets.map((target) => at(target, key))).size).toBe(total);
    }
  });

  const confirm = true;
  const unknown = { code: "E0000007", status: 404 };
  const wrongKind = { code: "E0000091", status: 400, hint: /apps with APP_ADMIN, groups with the group roles/ };
  const last = { code: "E0000001", status: 400, causes: [expect.stringMatching(/last target/)] };
  const changes: [tool: string, args: Args][] = [
    ["assign_all_apps_target_to_role", {}],
    ["assign_app_target_to_role", { appName: "slack" }],
    ["unassign_app_target_from_role", { appName: "slack" }],
    ["assign_app_instance_target_to_role", { appName: "salesforce", appId: "{training}" }],
    ["unassign_app_instance_target_from_role", { appName: "salesforce", appId: "{training}" }],
    ["assign_group_target_to_role", { groupId: "{sales}" }],
    ["unassign_group_target_from_role", { groupId: "{sales}" }],
  ];
  const unknownTargets: [tool: string, args: Args][] = [
    ["assign_app_target_to_role", { appName: "no-such-app" }],
    ["unassign_app_target_from_role", { appName: "no-such-app" }],
    ["assign_app_instance_target_to_role", { appName: "salesforce", appId: NO_CLIENT }],
    ["unassign_app_instance_target_from_role", { appName: "salesforce", appId: NO_CLIENT }],
    ["assign_group_target_to_role", { groupId: NO_GROUP }],
    ["unassign_group_target_from_role", { groupId: NO_GROUP }],
  ];
  refused(w, [
    ...["list_app_targets_for_role", "list_group_targets_for_role"].flatMap((tool) => [
      { tool, args: { roleAssignmentId: APP_ADMIN }, ...unknown },
      { tool, title: "a role they lack", given: helpDesk(), args: { roleAssignmentId: NO_ROLE }, ...unknown },
    ]),
    {
      tool: "list_app_targets_for_role",
      title: "of a group role",
      given: helpDesk(),
      args: { roleAssignmentId },
      ...wrongKind,
    },
    {
      tool: "list_group_targets_for_role",
      title: "of an app role",
      given: appAdmin(),
      args: { roleAssignmentId },
      ...wrongKind,
    },
    ...changes.flatMap(([tool, args]) => [
      { tool, given: nobody, args: { ...args, roleAssignmentId: APP_ADMIN, confirm }, ...unknown },
      {
        tool,
        title: "a role they lack",
        given: appAdmin(),
        args: { ...args, roleAssignmentId: NO_ROLE, confirm },
        ...unknown,
      },
      {
        tool,
        title: "the wrong kind of role",
        given: tool.includes("group") ? appAdmin("slack") : helpDesk("{sales}"),
        args: { ...args, roleAssignmentId, confirm },
        ...wrongKind,
      },
    ]),
    ...unknownTargets.map(([tool, args]) => ({
      tool,
      title: `an unknown ${Object.keys(args).at(-1)}`,
      given: tool.includes("group") ? helpDesk("{sales}") : appAdmin("zoomus"),
      args: { ...args, roleAssignmentId, confirm },
      ...unknown,
    })),
    {
      tool: "unassign_app_target_from_role",
      title: "the last target",
      given: appAdmin("slack"),
      args: { roleAssignmentId, appName: "slack", confirm },
      ...last,
    },
    {
      tool: "unassign_app_instance_target_from_role",
      title: "the last target",
      given: appAdmin("salesforce/{training}"),
      args: { roleAssignmentId, appName: "salesforce", appId: "{training}", confirm },
      ...last,
    },
    {
      tool: "unassign_group_target_from_role",
      title: "the last target",
      given: helpDesk("{sales}"),
      args: { roleAssignmentId, groupId: "{sales}", confirm },
      ...last,
    },
    {
      tool: "assign_app_instance_target_to_role",
      title: "beside its whole app",
      given: appAdmin("salesforce"),
      args: { roleAssignmentId, appName: "salesforce", appId: "{training}", confirm },
      code: "E0000001",
      status: 400,
      causes: [expect.stringMatching(/already a target as a whole/)],
    },
  ]);

  const valid = { userId: NOBODY, roleAssignmentId: APP_ADMIN };
  spoil(w, {
    list_app_targets_for_role: { ...valid, limit: 20 },
    list_group_targets_for_role: { ...valid, limit: 20 },
    ...Object.fromEntries(changes.map(([tool, args]) => [tool, { ...valid, ...args }])),
  });

  complete("role-targets");
});
