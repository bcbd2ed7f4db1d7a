import { describe } from "vitest";
import { complete } from "./covered.ts";
import { spoil } from "./spoil.ts";
import { type Given, NOBODY, person, world } from "./support.ts";
import { refused, succeed } from "./tables.ts";

const w = world();

const LINKS = "/api/v1/users/{id}/linkedObjects";
const NO_RELATION = "nemesis";

/** Two people who are not linked, the second as `boss`. */
const strangers: Given = async (org) => {
  const [made, boss] = [await org.person(), await org.person()];
  return { ...made, boss: boss.id, bossLogin: boss.login, bossInPath: encodeURIComponent(boss.login) };
};

/** Two people who are. */
const linked: Given = async (org) => {
  const things = await strangers(org);
  await org.api("PUT", `/api/v1/users/${things.id}/linkedObjects/manager/${things.boss}`);
  return things;
};

/** Somebody with a manager, and another one as `boss`. */
const rehired: Given = async (org) => ({ ...(await strangers(org)), id: String((await linked(org)).id) });

/** What the org says: one link, to the boss. */
const toBoss = [{ _links: { self: { href: "{org}/api/v1/users/{boss}" } } }];
const set = {
  done: "set_linked_object_for_user",
  userId: "{id}",
  primaryRelationshipName: "manager",
  primaryUserId: "{boss}",
};

describe("linked objects", () => {
  succeed(w, [
    {
      tool: "list_linked_objects_for_user",
      title: "the primary",
      given: linked,
      args: { relationshipName: "manager" },
      wire: `GET ${LINKS}/manager`,
      reply: { linkedObjects: [{ userId: "{boss}" }] },
    },
    {
      tool: "list_linked_objects_for_user",
      title: "the associated",
      given: linked,
      args: { userId: "{boss}", relationshipName: "subordinate" },
      wire: "GET /api/v1/users/{boss}/linkedObjects/subordinate",
      reply: { linkedObjects: [{ userId: "{id}" }] },
    },
    {
      tool: "list_linked_objects_for_user",
      title: "nobody",
      given: person(),
      args: { relationshipName: "mentor" },
      wire: `GET ${LINKS}/mentor`,
      reply: { linkedObjects: [] },
    },
    {
      tool: "set_linked_object_for_user",
      given: strangers,
      args: { primaryRelationshipName: "manager", primaryUserId: "{boss}" },
      wire: `PUT ${LINKS}/manager/{boss}`,
      reply: set,
      after: [[`${LINKS}/manager`, "", toBoss]],
    },
    {
      tool: "set_linked_object_for_user",
      title: "in the place of another, by login",
      given: rehired,
      args: { primaryRelationshipName: "manager", primaryUserId: "{bossLogin}" },
      wire: ["GET /api/v1/users/{bossInPath}", `PUT ${LINKS}/manager/{boss}`],
      reply: set,
      after: [[`${LINKS}/manager`, "", toBoss]],
    },
    {
      tool: "delete_linked_object_for_user",
      given: linked,
      args: { relationshipName: "manager" },
      wire: `DELETE ${LINKS}/manager`,
      reply: { done: "delete_linked_object_for_user", userId: "{id}", relationshipName: "manager" },
      asks: {
        consequence: /The link is gone/,
        undoneBy: "set_linked_object_for_user",
        goesWith: { linkedObjects: 1 },
      },
      after: [[`${LINKS}/manager`, "", []]],
    },
    {
      tool: "delete_linked_object_for_user",
      title: "where there is none",
      given: person(),
      args: { relationshipName: "mentor" },
      wire: `DELETE ${LINKS}/mentor`,
      reply: { done: "delete_linked_object_for_user", userId: "{id}", relationshipName: "mentor" },
      asks: {
        consequence: /The link is gone/,
        undoneBy: "set_linked_object_for_user",
        goesWith: { linkedObjects: 0 },
      },
    },
  ]);

  const [code, status] = ["E0000007", 404];
  const confirm = true;
  refused(w, [
    { tool: "list_linked_objects_for_user", args: { relationshipName: "manager" }, code, status },
    {
      tool: "list_linked_objects_for_user",
      title: "an unknown relation",
      given: person(),
      args: { relationshipName: NO_RELATION },
      code,
      status,
    },
    {
      tool: "set_linked_object_for_user",
      args: { primaryRelationshipName: "manager", primaryUserId: NOBODY },
      code,
      status,
    },
    {
      tool: "set_linked_object_for_user",
      title: "an unknown primary",
      given: linked,
      args: { primaryRelationshipName: "manager", primaryUserId: NOBODY },
      code,
      status,
    },
    {
      tool: "set_linked_object_for_user",
      title: "an unknown login of the primary",
      given: linked,
      args: { primaryRelationshipName: "manager", primaryUserId: "no.such@example.com" },
      code,
      status,
    },
    {
      tool: "set_linked_object_for_user",
      title: "an unknown relation",
      given: strangers,
      args: { primaryRelationshipName: NO_RELATION, primaryUserId: "{boss}" },
      code,
      status,
    },
    { tool: "delete_linked_object_for_user", args: { relationshipName: "manager", confirm }, code, status },
    {
      tool: "delete_linked_object_for_user",
      title: "an unknown relation",
      given: linked,
      args: { relationshipName: NO_RELATION, confirm },
      code,
      status,
    },
  ]);

  spoil(w, {
    list_linked_objects_for_user: { userId: NOBODY, relationshipName: "manager" },
    set_linked_object_for_user: { userId: NOBODY, primaryRelationshipName: "manager", primaryUserId: NOBODY },
    delete_linked_object_for_user: { userId: NOBODY, relationshipName: "manager" },
  });

  complete("linked-objects");
});
