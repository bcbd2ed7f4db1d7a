import { describe, expect, it } from "vitest";
import { textAt } from "../support/at.ts";
import { complete } from "./covered.ts";
import { refusesArguments, spoil } from "./spoil.ts";
import { type Given, memberOf, NO_GROUP, NOBODY, named, nothing, person, walk, world } from "./support.ts";
import { refused, succeed } from "./tables.ts";

const w = world();

const GROUPS = "GET /api/v1/groups";
const MEMBER = "/api/v1/groups/{group}/users/{id}";
const OF_PERSON = "/api/v1/users/{id}/groups";

/** Somebody who is not in the group, and the group. */
const outsider = (name: string, status = "ACTIVE"): Given => {
  return async (org) => {
    const { id, login } = await org.person(status);
    return { id, login, inPath: encodeURIComponent(login), group: await named(org, "groups", name) };
  };
};
const aGroup = (name: string): Given => {
  return async (org) => ({ group: await named(org, "groups", name) });
};

const group = (name: string, type = "OKTA_GROUP"): unknown => ({ id: "{group}", name, type });
const readers = group("Report Readers");
const handsOut = /They get everything this group carries: its apps, and its admin roles/;
const takesAway = /They lose what they have through this group alone/;

describe("groups", () => {
  succeed(w, [
    {
      tool: "list_groups",
      title: "by the start of the name",
      given: aGroup("Sales"),
      args: { q: "Sal" },
      wire: `${GROUPS}?q=Sal&limit=25`,
      reply: { groups: [group("Sales")] },
    },
    {
      tool: "list_groups",
      title: "by a search, sorted, a page at a time",
      given: aGroup("on-call@larkspur.example"),
      args: { search: 'type eq "APP_GROUP"', sortBy: "profile.name", sortOrder: "desc", limit: 1 },
      wire: `${GROUPS}?search=type+eq+%22APP_GROUP%22&limit=1&sortBy=profile.name&sortOrder=desc`,
      reply: { groups: [group("on-call@larkspur.example", "APP_GROUP")], next: expect.stringMatching(/\S/) },
    },
    {
      tool: "list_groups",
      title: "by a filter, with what they carry",
      given: aGroup("Report Readers"),
      args: { filter: 'id eq "{group}"', expand: "stats" },
      wire: `${GROUPS}?filter=id+eq+%22{group}%22&limit=25&expand=stats`,
      reply: {
        groups: [
          {
            ...Object(readers),
            stats: { usersCount: 2, appsCount: 0, groupPushMappingsCount: 0, hasAdminPrivilege: true },
          },
        ],
      },
    },
    {
      tool: "list_groups",
      title: "nobody has",
      given: nothing,
      args: { q: "zz" },
      wire: `${GROUPS}?q=zz&limit=25`,
      reply: { groups: [] },
    },
    {
      tool: "get_group",
      given: aGroup("Everyone"),
      args: { groupId: "{group}" },
      wire: `${GROUPS}/{group}`,
      reply: { group: group("Everyone", "BUILT_IN") },
    },
    {
      tool: "add_user_to_group",
      given: outsider("Sales"),
      args: { groupId: "{group}" },
      wire: `PUT ${MEMBER}`,
      reply: { done: "add_user_to_group", groupId: "{group}", userId: "{id}" },
      asks: { consequence: handsOut, undoneBy: "remove_user_from_group", goesWith: { group: group("Sales") } },
      after: [
        [OF_PERSON, "1.id", "{group}"],
        ["/api/v1/users/{id}/appLinks", "2.label", "Salesforce"],
      ],
    },
    {
      tool: "add_user_to_group",
      title: "which makes an admin",
      given: outsider("Report Readers"),
      args: { groupId: "{group}" },
      wire: `PUT ${MEMBER}`,
      reply: { done: "add_user_to_group", groupId: "{group}", userId: "{id}" },
      asks: { consequence: handsOut, undoneBy: "remove_user_from_group", goesWith: { group: readers } },
      after: [["/api/v1/users/{id}/roles", "0.assignmentType", "GROUP"]],
    },
    {
      tool: "add_user_to_group",
      title: "in which they are",
      given: memberOf("Sales"),
      args: { groupId: "{group}", confirm: true },
      wire: `PUT ${MEMBER}`,
      reply: { done: "add_user_to_group", groupId: "{group}", userId: "{id}" },
      after: [[OF_PERSON, "1.id", "{group}"]],
    },
    {
      tool: "add_user_to_group",
      title: "by login",
      given: outsider("Legal"),
      args: { userId: "{login}", groupId: "{group}", confirm: true },
      wire: ["GET /api/v1/users/{inPath}", `PUT ${MEMBER}`],
      reply: { done: "add_user_to_group", groupId: "{group}", userId: "{id}", login: "{login}" },
      after: [[OF_PERSON, "1.id", "{group}"]],
    },
    {
      tool: "add_user_to_group",
      title: "while deactivated, which nobody is sure of",
      given: outsider("Sales", "DEPROVISIONED"),
      args: { groupId: "{group}" },
      wire: `PUT ${MEMBER}`,
      reply: { done: "add_user_to_group", groupId: "{group}", userId: "{id}" },
      asks: {
        consequence: handsOut,
        undoneBy: "remove_user_from_group",
        goesWith: { group: group("Sales") },
        warning: /may refuse .*DEPROVISIONED/,
      },
    },
    {
      tool: "remove_user_from_group",
      given: memberOf("Report Readers"),
      args: { groupId: "{group}" },
      wire: `DELETE ${MEMBER}`,
      reply: { done: "remove_user_from_group", groupId: "{group}", userId: "{id}" },
      asks: { consequence: takesAway, undoneBy: "add_user_to_group", goesWith: { group: readers } },
      after: [
        [OF_PERSON, "1", undefined],
        ["/api/v1/users/{id}/roles", "", []],
      ],
    },
    {
      tool: "remove_user_from_group",
      title: "in which they are not",
      given: outsider("Sales"),
      args: { groupId: "{group}", confirm: true },
      wire: `DELETE ${MEMBER}`,
      reply: { done: "remove_user_from_group", groupId: "{group}", userId: "{id}" },
    },
  ]);

  const confirm = true;
  const byTheOrg = { code: "E0000060", status: 501 } as const;
  refused(w, [
    {
      tool: "list_groups",
      title: "a search that is none",
      given: nothing,
      args: { search: "name is Sales" },
      code: "E0000031",
      status: 400,
      causes: ["Invalid search syntax.", expect.stringContaining("position")],
      hint: /double quotes/,
    },
    {
      tool: "list_groups",
      title: "a stale cursor",
      given: nothing,
      args: { after: "stale" },
      code: "E0000029",
      status: 400,
      causes: ["Invalid cursor."],
      hint: /without after/,
    },
    { tool: "get_group", given: nothing, args: { groupId: NO_GROUP }, code: "E0000007", status: 404 },
    { tool: "add_user_to_group", given: person(), args: { groupId: NO_GROUP, confirm }, code: "E0000007", status: 404 },
    {
      tool: "add_user_to_group",
      title: "to everybody's group",
      given: outsider("Everyone"),
      args: { groupId: "{group}", confirm },
      ...byTheOrg,
    },
    {
      tool: "add_user_to_group",
      title: "to a group that an app fills",
      given: outsider("on-call@larkspur.example"),
      args: { groupId: "{group}", confirm },
      ...byTheOrg,
    },
    {
      tool: "add_user_to_group",
      title: "somebody who does not exist",
      given: async (org) => ({ id: NOBODY, group: await named(org, "groups", "Sales") }),
      args: { groupId: "{group}", confirm },
      code: "E0000007",
      status: 404,
    },
    {
      tool: "remove_user_from_group",
      given: person(),
      args: { groupId: NO_GROUP, confirm },
      code: "E0000007",
      status: 404,
    },
    {
      tool: "remove_user_from_group",
      title: "from everybody's group",
      given: outsider("Everyone"),
      args: { groupId: "{group}", confirm },
      ...byTheOrg,
    },
  ]);

  it("next walks all groups, each exactly once", async () => {
    const ids = (await walk(w.server, "list_groups", { limit: 4 }, "groups")).map((entry) => textAt(entry, "id"));
    expect(ids).toHaveLength(19);
    expect(new Set(ids).size).toBe(19);
  });

  it.each([
    [{ search: "id pr", filter: 'type eq "x"' }, /^filter: cannot be combined with search/],
    [{ q: "Sal", search: "id pr" }, /^q: cannot be combined/],
    [{ q: "Sal", after: "x" }, /^after: does not go with q/],
    [{ sortBy: "profile.name" }, /^sortBy: has no effect without search/],
  ])("refuses %j", async (args, cause) => {
    await refusesArguments(w, "list_groups", args, cause);
  });

  spoil(w, {
    list_groups: { q: "Sal" },
    get_group: { groupId: NO_GROUP },
    add_user_to_group: { userId: NOBODY, groupId: NO_GROUP },
    remove_user_from_group: { userId: NOBODY, groupId: NO_GROUP },
  });

  complete("groups");
});
