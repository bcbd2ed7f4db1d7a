import { describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import { complete } from "./covered.ts";
import { spoil } from "./spoil.ts";
import {
  aTime,
  type Given,
  inside,
  NO_CLIENT,
  NO_TOKEN,
  NOBODY,
  person,
  snapshot,
  someone,
  type Things,
  walk,
  world,
} from "./support.ts";
import { refused, type Success, succeed } from "./tables.ts";

const w = world({}, 200);

const TOKENS = "/api/v1/users/{id}/clients/{client}/tokens";

async function withTokens(org: Parameters<Given>[0], found: Things): Promise<Things> {
  const clients = listAt({ all: await org.api("GET", `/api/v1/users/${found.id}/clients`) }, "all");
  const client = textAt(clients[0], "client_id");
  const path = `/api/v1/users/${found.id}/clients/${client}/tokens`;
  const tokens = listAt({ all: await org.api("GET", path) }, "all");
  return { ...found, client, token: textAt(tokens[0], "id"), other: textAt(tokens[1] ?? tokens[0], "id") };
}

/** Somebody with two refresh tokens for one client. */
const holder: Given = async (org) => withTokens(org, await someone(org, (user) => at(user, "tokens") === 2));

/** The one with 25 refresh tokens for each of three clients. */
const collector: Given = async (org) => {
  const user = listAt(await snapshot(org), "users").find((entry) => Number(at(entry, "tokens")) > 20);
  return withTokens(org, { id: textAt(user, "id"), login: textAt(user, "login") });
};

/** A refresh token as replies show it: what it is, never the token. */
const theToken = {
  id: "{token}",
  status: "ACTIVE",
  created: aTime,
  lastUpdated: aTime,
  expiresAt: aTime,
  issuer: expect.stringMatching(/^http/),
  clientId: "{client}",
  userId: "{id}",
  scopes: expect.arrayContaining(["offline_access"]),
};
const scopes = expect.arrayContaining([
  {
    id: expect.stringMatching(/^scp/),
    name: expect.stringMatching(/:/),
    displayName: expect.any(String),
    description: expect.any(String),
  },
]);

/** Consents outlive the tokens. */
const keepsGrants: NonNullable<Success["proof"]> = async (org, { id = "" }) => {
  expect(Number(at(await inside(org, id), "grants"))).toBeGreaterThan(0);
};

describe("tokens", () => {
  it("next walks all tokens, each exactly once", async () => {
    const { id, client } = await collector(w.org);
    const args = { userId: id, clientId: client, limit: 10 };
    const tokens = await walk(w.server, "list_refresh_tokens_for_user_and_client", args, "tokens");
    expect(new Set(tokens.map((token) => at(token, "id"))).size).toBe(25);
    expect(tokens).toHaveLength(25);
  });

  succeed(w, [
    {
      tool: "list_refresh_tokens_for_user_and_client",
      given: holder,
      args: { clientId: "{client}" },
      wire: `GET ${TOKENS}?limit=20`,
      reply: { tokens: [theToken, { ...theToken, id: "{other}" }] },
    },
    {
      tool: "list_refresh_tokens_for_user_and_client",
      title: "one, with scopes",
      given: holder,
      args: { clientId: "{client}", limit: 1, expand: "scope" },
      wire: `GET ${TOKENS}?expand=scope&limit=1`,
      reply: { tokens: [{ ...theToken, scopes }], next: expect.stringMatching(/\S/) },
    },
    {
      tool: "get_refresh_token_for_user_and_client",
      given: holder,
      args: { clientId: "{client}", tokenId: "{token}" },
      wire: `GET ${TOKENS}/{token}`,
      reply: { token: theToken },
    },
    {
      tool: "get_refresh_token_for_user_and_client",
      title: "with scopes",
      given: holder,
      args: { clientId: "{client}", tokenId: "{token}", expand: "scope" },
      wire: `GET ${TOKENS}/{token}?expand=scope`,
      reply: { token: { ...theToken, scopes } },
    },
    {
      tool: "revoke_token_for_user_and_client",
      given: holder,
      args: { clientId: "{client}", tokenId: "{token}" },
      wire: `DELETE ${TOKENS}/{token}`,
      reply: {
        done: "revoke_token_for_user_and_client",
        userId: "{id}",
        clientId: "{client}",
        tokenId: "{token}",
      },
      asks: { consequence: /sign in to this app again where this token was used/, goesWith: { token: theToken } },
      after: [
        [`${TOKENS}/{token}`, "", "404"],
        [`${TOKENS}/{other}`, "id", "{other}"],
      ],
      proof: keepsGrants,
    },
    {
      tool: "revoke_tokens_for_user_and_client",
      given: collector,
      args: { clientId: "{client}" },
      wire: `DELETE ${TOKENS}`,
      reply: { done: "revoke_tokens_for_user_and_client", userId: "{id}", clientId: "{client}" },
      asks: { consequence: /sign in to this app again on every device/, goesWith: { tokens: 25 } },
      after: [[TOKENS, "", []]],
      proof: async (org, things, before) => {
        await keepsGrants(org, things, before);
        expect(at(await inside(org, String(things.id)), "tokens")).toBe(50);
      },
    },
  ]);

  const confirm = true;
  const clientId = NO_CLIENT;
  const unknownToken = (tool: string, more = {}) => ({
    tool,
    title: "an unknown token",
    given: holder,
    args: { clientId: "{client}", tokenId: NO_TOKEN, ...more },
    code: "E0000007",
    status: 404,
  });
  refused(w, [
    { tool: "list_refresh_tokens_for_user_and_client", args: { clientId }, code: "E0000007", status: 404 },
    {
      tool: "list_refresh_tokens_for_user_and_client",
      title: "an unknown client",
      given: person(),
      args: { clientId },
      code: "E0000007",
      status: 404,
    },
    {
      tool: "list_refresh_tokens_for_user_and_client",
      title: "a stale cursor",
      given: holder,
      args: { clientId: "{client}", after: "stale" },
      code: "E0000029",
      status: 400,
      causes: ["Invalid cursor."],
    },
    {
      tool: "get_refresh_token_for_user_and_client",
      args: { clientId, tokenId: NO_TOKEN },
      code: "E0000007",
      status: 404,
    },
    unknownToken("get_refresh_token_for_user_and_client"),
    { tool: "revoke_tokens_for_user_and_client", args: { clientId, confirm }, code: "E0000007", status: 404 },
    unknownToken("revoke_token_for_user_and_client", { confirm }),
  ]);

  spoil(w, {
    list_refresh_tokens_for_user_and_client: { userId: NOBODY, clientId, limit: 20 },
    get_refresh_token_for_user_and_client: { userId: NOBODY, clientId, tokenId: NO_TOKEN },
    revoke_tokens_for_user_and_client: { userId: NOBODY, clientId },
    revoke_token_for_user_and_client: { userId: NOBODY, clientId, tokenId: NO_TOKEN },
  });

  complete("tokens");
});
