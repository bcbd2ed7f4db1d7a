import { randomUUID } from "node:crypto";
import { type Answer, ok } from "../route.ts";
import { type KnownClient, knownClient } from "./client-auth.ts";
import { pollDevice } from "./device.ts";
import { currentNonce, requireNonce, verifyProof } from "./dpop.ts";
import { OAuthError } from "./error.ts";
import { type OAuthCall, scopesAsked } from "./form.ts";
import { type Granted, grantedScopes } from "./granted.ts";
import { refreshed } from "./refresh.ts";
import { isOpenIdScope } from "./scopes.ts";
import { type Grant, issue, type OAuthClient } from "./store.ts";

const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";
const GRANT_TYPES = ["client_credentials", DEVICE, "refresh_token"] as const;
type GrantType = (typeof GRANT_TYPES)[number];

/**
 * `POST /oauth2/v1/token` of the org authorization server. No id tokens: nothing here needs to know who signed in.
 *
 * @throws OAuthError every refusal
 */
export async function tokenEndpoint(call: OAuthCall): Promise<Answer> {
  const asked = call.params.get("grant_type");
  if (asked === undefined) throw new OAuthError("token_request_missing_grant_type", GRANT_TYPES.join(", "));
  const grantType = GRANT_TYPES.find((name) => name === asked);
  if (grantType === undefined) throw new OAuthError("unsupported_grant_type", GRANT_TYPES.join(", "));
  const known = await knownClient(call);
  requireGrantType(known, grantType);
  const { client } = known;
  const jkt = client.dpop ? await provedKey(call) : undefined;
  const granted = grant(call, client, grantType, jkt);
  const { accessTokens, refreshTokens, settings } = call.store;
  const { userId, scopes, family, renewable } = granted;
  const tokenGrant: Grant = { userId, scopes, family, clientId: client.clientId, jkt };
  const body = {
    token_type: jkt === undefined ? "Bearer" : "DPoP",
    expires_in: settings.accessTokenSeconds,
    access_token: issue(accessTokens, tokenGrant, settings.accessTokenSeconds),
    scope: scopes.join(" "),
    ...(renewable !== undefined && {
      refresh_token: issue(refreshTokens, { ...tokenGrant, scopes: renewable }, settings.refreshTokenSeconds),
    }),
  };
  return jkt === undefined ? ok(body) : { ...ok(body), headers: { "dpop-nonce": currentNonce(call.store) } };
}

function requireGrantType({ client, proved }: KnownClient, grantType: GrantType): void {
  const allowed: GrantType[] = [
    ...(client.keys.length > 0 ? (["client_credentials"] as const) : []),
    ...(client.native ? ([DEVICE, "refresh_token"] as const) : []),
  ];
  if (!allowed.includes(grantType)) throw new OAuthError("unauthorized_client", allowed.join(", "));
  if (grantType === "client_credentials" && !proved) throw new OAuthError("unsupported_auth_method_client_creds");
}

/** The key a token will be bound to. A client without the setting may send a proof as well; it is not looked at. */
async function provedKey({ store, headers, url }: OAuthCall): Promise<string> {
  const proof = await verifyProof({ store, headers, method: "POST", url });
  requireNonce(store, proof);
  return proof.jkt;
}

function grant(call: OAuthCall, client: OAuthClient, grantType: GrantType, jkt: string | undefined): Granted {
  switch (grantType) {
    case "client_credentials":
      return { userId: undefined, scopes: serviceScopes(call, client), family: randomUUID(), renewable: undefined };
    case "refresh_token":
      return refreshed(call, client, jkt);
    default:
      return pollDevice(call, client);
  }
}

function serviceScopes(call: OAuthCall, client: OAuthClient): readonly string[] {
  const asked = scopesAsked(call);
  if (asked.length === 0) throw new OAuthError("no_default_scopes");
  if (asked.some(isOpenIdScope)) throw new OAuthError("openid_not_allowed_client_creds");
  if (asked.some((scope) => scope.endsWith(".self"))) throw new OAuthError("client_credentials_self_scope_requested");
  return grantedScopes(asked, client);
}
