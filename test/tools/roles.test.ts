import { describe, expect, it } from "vitest";
import { at, listAt } from "../support/at.ts";
import type { TestOrg } from "../support/org.ts";
import { complete } from "./covered.ts";
import { refusesArguments, spoil } from "./spoil.ts";
import { admin, type Given, keysOf, NO_ROLE, NOBODY, named, person, snapshot, someone, world } from "./support.ts";
import { refused, type Success, succeed } from "./tables.ts";

const w = world();

const ROLES = "/api/v1/users/{id}/roles";
const becomes = { undoneBy: "unassign_role_from_user", consequence: /^They become an administrator/ };

/** Standard roles with the label Okta gives them; the id of a targetable one is Base32 of its type, else new. */
const STANDARD: [type: string, label: RegExp, id: unknown][] = [
  ["APP_ADMIN", /^Application Administrator$/, "IFIFAX2BIRGUSTQ"],
  ["USER_ADMIN", /^Group Administrator$/, "KVJUKUS7IFCE2SKO"],
  ["HELP_DESK_ADMIN", /^Help Desk Administrator$/, "JBCUYUC7IRCVGS27IFCE2SKO"],
  ["GROUP_MEMBERSHIP_ADMIN", /^Group Membership Administrator$/, "I5JE6VKQL5GUKTKCIVJFGSCJKBPUCRCNJFHA"],
  ["READ_ONLY_ADMIN", /^Read-only Administrator$/, expect.stringMatching(/^ra1/)],
  ["ORG_ADMIN", /Admin/, expect.stringMatching(/^ra1/)],
  ["REPORT_ADMIN", /Admin/, expect.stringMatching(/^ra1/)],
  ["API_ACCESS_MANAGEMENT_ADMIN", /Admin/, expect.stringMatching(/^ra1/)],
];

const assigned: Success[] = STANDARD.map(([type, label, id]) => ({
  tool: "assign_role_to_user",
  title: type,
  given: person(),
  args: { type },
  wire: `POST ${ROLES}`,
  reply: { role: { id, type, label: expect.stringMatching(label), assignmentType: "USER" } },
  asks: becomes,
  after: [
    [ROLES, "0.type", type],
    [ROLES, "1", undefined],
  ],
}));

/** The custom role and resource set of the org. */
async function customRole(org: TestOrg): Promise<{ cr: string; set: string }> {
  const inside = await snapshot(org);
  const [cr = ""] = keysOf(at(inside, "customRoles"));
  const [set = ""] = keysOf(at(inside, "resourceSets"));
  return { cr, set };
}
const custom: Given = async (org) => ({ ...(await org.person()), ...(await customRole(org)) });
const customAdmin: Given = async (org) => {
  const { cr, set } = await customRole(org);
  return { cr, set, ...(await admin("CUSTOM", { role: cr, "resource-set": set })(org)) };
};

/** Somebody whose group carries a role. */
const byGroup: Given = async (org) => {
  const group = await named(org, "groups", "Report Readers");
  return someone(org, (user) => listAt(user, "groups").includes(group) && listAt(user, "roles").length === 0);
};
const targeted: Given = async (org) => {
  const group = await named(org, "groups", "Sales");
  const things = await admin("HELP_DESK_ADMIN")(org);
  await org.api("PUT", `/api/v1/users/${things.id}/roles/${things.role}/targets/groups/${group}`);
  return { ...things, group };
};
const appTargeted: Given = async (org) => {
  const things = await admin("APP_ADMIN")(org);
  await org.api("PUT", `/api/v1/users/${things.id}/roles/${things.role}/targets/catalog/apps/slack`);
  return things;
};

const helpDesk = { id: "{role}", type: "HELP_DESK_ADMIN", label: "Help Desk Administrator", assignmentType: "USER" };

describe("roles", () => {
  succeed(w, [
    ...assigned,
    {
      tool: "assign_role_to_user",
      title: "SUPER_ADMIN, telling nobody",
      given: person(),
      args: { type: "SUPER_ADMIN", disableNotifications: true },
      wire: `POST ${ROLES}?disableNotifications=true`,
      reply: {
        role: {
          id: expect.stringMatching(/^ra1/),
          type: "SUPER_ADMIN",
          label: "Super Administrator",
          assignmentType: "USER",
        },
      },
      asks: { ...becomes, consequence: /^They become a super administrator: full control/ },
      after: [[ROLES, "0.type", "SUPER_ADMIN"]],
    },
    {
      tool: "assign_role_to_user",
      title: "CUSTOM",
      given: custom,
      args: { type: "CUSTOM", role: "{cr}", "resource-set": "{set}" },
      wire: `POST ${ROLES}`,
      // A custom role is told from others only by its role and resource set.
      reply: {
        role: expect.objectContaining({ type: "CUSTOM", label: "Password Helper", assignmentType: "USER" }),
      },
      asks: becomes,
      after: [
        [ROLES, "0.role", "{cr}"],
        [ROLES, "0.resource-set", "{set}"],
      ],
    },
    {
      tool: "list_assigned_roles_for_user",
      given: admin("HELP_DESK_ADMIN"),
      wire: `GET ${ROLES}`,
      reply: { roles: [helpDesk] },
    },
    {
      tool: "list_assigned_roles_for_user",
      title: "through a group",
      given: byGroup,
      wire: `GET ${ROLES}`,
      reply: {
        roles: [
          {
            id: expect.stringMatching(/^gra/),
            type: "REPORT_ADMIN",
            label: expect.any(String),
            assignmentType: "GROUP",
          },
        ],
      },
    },
    {
      tool: "list_assigned_roles_for_user",
      title: "none",
      given: person(),
      wire: `GET ${ROLES}`,
      reply: { roles: [] },
    },
    {
      tool: "list_assigned_roles_for_user",
      title: "with group targets",
      given: targeted,
      args: { expand: "targets/groups" },
      wire: `GET ${ROLES}?expand=targets%2Fgroups`,
      reply: {
        roles: [
          {
            ...helpDesk,
            targets: { groups: [expect.objectContaining({ id: expect.stringMatching(/^00g/), type: "OKTA_GROUP" })] },
          },
        ],
      },
    },
    {
      tool: "list_assigned_roles_for_user",
      title: "with app targets",
      given: appTargeted,
      args: { expand: "targets/catalog/apps" },
      wire: `GET ${ROLES}?expand=targets%2Fcatalog%2Fapps`,
      reply: {
        roles: [
          expect.objectContaining({ targets: { catalog: { apps: [expect.objectContaining({ name: "slack" })] } } }),
        ],
      },
    },
    {
      tool: "get_user_assigned_role",
      given: admin("HELP_DESK_ADMIN"),
      args: { roleAssignmentId: "{role}" },
      wire: `GET ${ROLES}/{role}`,
      reply: { role: helpDesk },
    },
    {
      tool: "unassign_role_from_user",
      given: admin("READ_ONLY_ADMIN"),
      args: { roleAssignmentId: "{role}" },
      wire: `DELETE ${ROLES}/{role}`,
      reply: { done: "unassign_role_from_user", userId: "{id}", roleAssignmentId: "{role}" },
      asks: {
        consequence: /lose this admin role, and its targets are forgotten/,
        undoneBy: "assign_role_to_user",
        goesWith: {
          role: { id: "{role}", type: "READ_ONLY_ADMIN", label: "Read-only Administrator", assignmentType: "USER" },
        },
      },
      after: [[ROLES, "", []]],
    },
    {
      tool: "unassign_role_from_user",
      title: "CUSTOM",
      given: customAdmin,
      args: { roleAssignmentId: "{role}" },
      wire: `DELETE ${ROLES}/{role}`,
      reply: { done: "unassign_role_from_user", userId: "{id}", roleAssignmentId: "{role}" },
      asks: {
        consequence: /lose this admin role/,
        undoneBy: "assign_role_to_user",
        goesWith: {
          role: {
            id: "{role}",
            type: "CUSTOM",
            label: "Password Helper",
            assignmentType: "USER",
            role: "{cr}",
            "resource-set": "{set}",
          },
        },
      },
      after: [[ROLES, "", []]],
    },
  ]);

  const confirm = true;
  const [code, status] = ["E0000007", 404];
  refused(w, [
    { tool: "assign_role_to_user", args: { type: "APP_ADMIN", confirm }, code, status },
    {
      tool: "assign_role_to_user",
      title: "a role they have",
      given: admin("APP_ADMIN"),
      args: { type: "APP_ADMIN", confirm },
      code: "E0000090",
      status: 409,
      hint: /list_assigned_roles_for_user/,
    },
    {
      tool: "assign_role_to_user",
      title: "a newer role they have",
      given: admin("WORKFLOWS_ADMIN"),
      args: { type: "WORKFLOWS_ADMIN", confirm },
      code: "E0000263",
      status: 409,
    },
    {
      tool: "assign_role_to_user",
      title: "an unknown custom role",
      given: custom,
      args: { type: "CUSTOM", role: "cr0zzzzzzzzzzzzzzzzz", "resource-set": "{set}", confirm },
      code,
      status,
    },
    { tool: "list_assigned_roles_for_user", code, status },
    { tool: "get_user_assigned_role", args: { roleAssignmentId: NO_ROLE }, code, status },
    {
      tool: "get_user_assigned_role",
      title: "a role they lack",
      given: person(),
      args: { roleAssignmentId: NO_ROLE },
      code,
      status,
      hint: /list_assigned_roles_for_user/,
    },
    { tool: "unassign_role_from_user", args: { roleAssignmentId: NO_ROLE, confirm }, code, status },
    {
      tool: "unassign_role_from_user",
      title: "a role they lack",
      given: admin("READ_ONLY_ADMIN"),
      args: { roleAssignmentId: NO_ROLE, confirm },
      code,
      status,
    },
  ]);

  spoil(w, {
    assign_role_to_user: { userId: NOBODY, type: "APP_ADMIN" },
    list_assigned_roles_for_user: { userId: NOBODY },
    get_user_assigned_role: { userId: NOBODY, roleAssignmentId: NO_ROLE },
    unassign_role_from_user: { userId: NOBODY, roleAssignmentId: NO_ROLE },
  });

  const halves: [args: Record<string, unknown>, cause: RegExp][] = [
    [{ type: "CUSTOM" }, /^role: is required/],
    [{ type: "CUSTOM", role: "cr0" }, /^resource-set: is required/],
    [{ type: "CUSTOM", "resource-set": "iam" }, /^role: is required/],
    [{ type: "APP_ADMIN", role: "cr0" }, /^role: .*CUSTOM/],
    [{ type: "APP_ADMIN", "resource-set": "iam" }, /^resource-set: .*CUSTOM/],
  ];
  for (const [args, cause] of halves)
    it(`assign_role_to_user takes no ${JSON.stringify(args)}`, async () => {
      await refusesArguments(w, "assign_role_to_user", { userId: NOBODY, ...args }, cause);
    });

  complete("roles");
});
