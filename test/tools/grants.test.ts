import { describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import type { TestOrg } from "../support/org.ts";
import { complete } from "./covered.ts";
import { spoil } from "./spoil.ts";
import {
  type Args,
  aTime,
  type Given,
  inside,
  NO_CLIENT,
  NO_GRANT,
  NOBODY,
  person,
  snapshot,
  someone,
  walk,
  world,
} from "./support.ts";
import { refused, type Success, succeed } from "./tables.ts";

const w = world({}, 200);

const GRANTS = "/api/v1/users/{id}/grants";
const OF_CLIENT = "/api/v1/users/{id}/clients/{client}/grants";

async function grantsOf(org: TestOrg, id: unknown): Promise<unknown[]> {
  return listAt({ all: await org.api("GET", `/api/v1/users/${id}/grants?limit=200`) }, "all");
}

/** Somebody with so many consents for one client; `grant` is one of them, `other` another. */
function consents(...counts: number[]): Given {
  return async (org) => {
    const found = await someone(org, (user) => counts.includes(Number(at(user, "grants"))));
    const [first, second] = await grantsOf(org, found.id);
    return {
      ...found,
      grant: textAt(first, "id"),
      other: textAt(second, "id"),
      client: textAt(first, "clientId"),
      scope: textAt(first, "scopeId"),
    };
  };
}
const consenter = consents(2, 3);

/** The one who consented to three clients, fifteen times each. */
const collector: Given = async (org) => {
  const user = listAt(await snapshot(org), "users").find((user) => Number(at(user, "grants")) > 20);
  const id = textAt(user, "id");
  const [first] = await grantsOf(org, id);
  return { id, login: textAt(user, "login"), client: textAt(first, "clientId") };
};

/** A consent as replies show it: all but links. */
const aGrant = {
  id: expect.stringMatching(/^oag/),
  status: "ACTIVE",
  created: aTime,
  createdBy: { id: expect.stringMatching(/^00u/), type: "User" },
  lastUpdated: aTime,
  issuer: expect.stringMatching(/^http/),
  clientId: "{client}",
  userId: "{id}",
  scopeId: expect.stringMatching(/^scp/),
  source: expect.stringMatching(/^(ADMIN|END_USER)$/),
};
const theGrant = { ...aGrant, id: "{grant}", scopeId: "{scope}" };
const aScope = {
  id: "{scope}",
  name: expect.stringMatching(/:/),
  displayName: expect.any(String),
  description: expect.any(String),
};

/** A consent goes and takes no token with it. */
const keepsTokens: NonNullable<Success["proof"]> = async (org, { id = "" }) => {
  expect(Number(at(await inside(org, id), "tokens"))).toBeGreaterThan(0);
};

describe("grants", () => {
  it("next walks all grants, each exactly once", async () => {
    const { org, server } = w;
    const { id, client } = await collector(org);
    const walks: [string, Args, number][] = [
      ["list_user_grants", { userId: id, limit: 20 }, 45],
      ["list_grants_for_user_and_client", { userId: id, clientId: client, limit: 4 }, 15],
    ];
    for (const [tool, args, total] of walks) {
      const ids = (await walk(server, tool, args, "grants")).map((grant) => textAt(grant, "id"));
      expect(ids).toHaveLength(total);
      expect(new Set(ids).size).toBe(total);
    }
  });

  succeed(w, [
    {
      tool: "list_user_grants",
      given: consenter,
      args: { scopeId: "{scope}" },
      wire: `GET ${GRANTS}?scopeId={scope}&limit=20`,
      reply: { grants: [theGrant] },
    },
    {
      tool: "list_user_grants",
      title: "with scopes",
      given: consenter,
      args: { scopeId: "{scope}", expand: "scope", limit: 1 },
      wire: `GET ${GRANTS}?scopeId={scope}&expand=scope&limit=1`,
      reply: { grants: [{ ...theGrant, scope: aScope }] },
    },
    {
      tool: "list_user_grants",
      title: "of somebody who consented to nothing",
      given: person(),
      wire: `GET ${GRANTS}?limit=20`,
      reply: { grants: [] },
    },
    {
      tool: "get_user_grant",
      given: consenter,
      args: { grantId: "{grant}" },
      wire: `GET ${GRANTS}/{grant}`,
      reply: { grant: theGrant },
    },
    {
      tool: "get_user_grant",
      title: "with its scope",
      given: consenter,
      args: { grantId: "{grant}", expand: "scope" },
      wire: `GET ${GRANTS}/{grant}?expand=scope`,
      reply: { grant: { ...theGrant, scope: aScope } },
    },
    {
      tool: "revoke_user_grant",
      given: consenter,
      args: { grantId: "{grant}" },
      wire: `DELETE ${GRANTS}/{grant}`,
      reply: { done: "revoke_user_grant", userId: "{id}", grantId: "{grant}" },
      asks: { consequence: /loses this consent/, goesWith: { grant: theGrant } },
      after: [
        [`${GRANTS}/{grant}`, "", "404"],
        [`${GRANTS}/{other}`, "id", "{other}"],
      ],
      proof: keepsTokens,
    },
    {
      tool: "revoke_user_grants",
      given: consents(3),
      wire: `DELETE ${GRANTS}`,
      asks: { consequence: /Every app loses the access/, goesWith: { grants: 3 } },
      after: [[GRANTS, "", []]],
      proof: keepsTokens,
    },
    {
      tool: "revoke_user_grants",
      title: "of somebody who has none",
      given: person(),
      wire: `DELETE ${GRANTS}`,
      asks: { consequence: /Every app loses the access/, goesWith: { grants: 0 } },
    },
    {
      tool: "list_grants_for_user_and_client",
      given: consenter,
      args: { clientId: "{client}", limit: 1 },
      wire: `GET ${OF_CLIENT}?limit=1`,
      reply: { grants: [theGrant], next: expect.stringMatching(/\S/) },
    },
    {
      tool: "list_grants_for_user_and_client",
      title: "with scopes",
      given: consenter,
      args: { clientId: "{client}", expand: "scope" },
      wire: `GET ${OF_CLIENT}?expand=scope&limit=20`,
      reply: {
        grants: expect.arrayContaining([
          expect.objectContaining({ scope: expect.objectContaining({ id: expect.stringMatching(/^scp/) }) }),
        ]),
      },
    },
    {
      tool: "revoke_grants_for_user_and_client",
      given: collector,
      args: { clientId: "{client}" },
      wire: `DELETE ${OF_CLIENT}`,
      reply: { done: "revoke_grants_for_user_and_client", userId: "{id}", clientId: "{client}" },
      asks: { consequence: /This app loses the access/, goesWith: { grants: 15 } },
      after: [[OF_CLIENT, "", []]],
      proof: async (org, { id = "" }) => expect(await grantsOf(org, id)).toHaveLength(30),
    },
  ]);

  const confirm = true;
  refused(w, [
    { tool: "list_user_grants", code: "E0000007", status: 404 },
    {
      tool: "list_user_grants",
      title: "a stale cursor",
      given: person(),
      args: { after: "stale" },
      code: "E0000029",
      status: 400,
      causes: ["Invalid cursor."],
      hint: /without after/,
    },
    { tool: "get_user_grant", args: { grantId: NO_GRANT }, code: "E0000007", status: 404 },
    {
      tool: "get_user_grant",
      title: "an unknown grant",
      given: person(),
      args: { grantId: NO_GRANT },
      code: "E0000007",
      status: 404,
    },
    { tool: "revoke_user_grants", args: { confirm }, code: "E0000007", status: 404 },
    { tool: "revoke_user_grant", args: { grantId: NO_GRANT, confirm }, code: "E0000007", status: 404 },
    {
      tool: "revoke_user_grant",
      title: "an unknown grant",
      given: consenter,
      args: { grantId: NO_GRANT, confirm },
      code: "E0000007",
      status: 404,
    },
    {
      tool: "revoke_user_grant",
      title: "somebody else's",
      given: async (org) => ({ ...(await consenter(org)), ...(await org.person()) }),
      args: { grantId: "{grant}", confirm },
      code: "E0000007",
      status: 404,
    },
    { tool: "list_grants_for_user_and_client", args: { clientId: NO_CLIENT }, code: "E0000007", status: 404 },
    {
      tool: "list_grants_for_user_and_client",
      title: "an unknown client",
      given: person(),
      args: { clientId: NO_CLIENT },
      code: "E0000007",
      status: 404,
    },
    {
      tool: "revoke_grants_for_user_and_client",
      title: "an unknown client",
      given: consenter,
      args: { clientId: NO_CLIENT, confirm },
      code: "E0000007",
      status: 404,
    },
  ]);

  spoil(w, {
    list_user_grants: { userId: NOBODY, limit: 20 },
    get_user_grant: { userId: NOBODY, grantId: NO_GRANT },
    revoke_user_grants: { userId: NOBODY },
    revoke_user_grant: { userId: NOBODY, grantId: NO_GRANT },
    list_grants_for_user_and_client: { userId: NOBODY, clientId: NO_CLIENT, limit: 20 },
    revoke_grants_for_user_and_client: { userId: NOBODY, clientId: NO_CLIENT },
  });

  complete("grants");
});
