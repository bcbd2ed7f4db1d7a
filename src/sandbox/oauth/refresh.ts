import { now } from "../clock.ts";
import type { Answer } from "../route.ts";
import { knownClient } from "./client-auth.ts";
import { OAuthError } from "./error.ts";
import { type OAuthCall, scopesAsked } from "./form.ts";
import type { Granted } from "./granted.ts";
import { type OAuthClient, revokeTokens } from "./store.ts";

/**
 * What a refresh token is good for; it is used up by this. Shown a second time, it ends every token of that sign-in
 * (documented: reuse detection). unverified: no grace
 * period, which Okta lets one set, and that every new one lives as long as the first.
 *
 * @throws OAuthError invalid_grant, invalid_dpop_proof for another key, access_denied for scopes that were not granted
 */
export function refreshed(call: OAuthCall, client: OAuthClient, jkt: string | undefined): Granted {
  const { store, params, isActive } = call;
  const text = params.get("refresh_token");
  if (text === undefined) throw new OAuthError("missing_token_request_parameter", "refresh_token");
  const token = store.refreshTokens.get(text);
  if (token === undefined || token.clientId !== client.clientId) throw new OAuthError("invalid_refresh_token");
  if (token.state === "used") revokeTokens(store, ({ family }) => family === token.family);
  if (token.state !== "live" || now() >= token.expiresAt || !isActive(token.userId))
    throw new OAuthError("invalid_refresh_token");
  if (token.jkt !== jkt) throw new OAuthError("invalid_dpop_proof_invalid_public_key_binding");
  const asked = scopesAsked(call);
  const denied = asked.filter((scope) => !token.scopes.includes(scope));
  if (denied.length > 0) throw new OAuthError("refresh_scopes_denied", denied.join(" "));
  token.state = "used";
  const { userId, scopes, family } = token;
  return { userId, scopes: asked.length === 0 ? scopes : asked, family, renewable: scopes };
}

/**
 * `POST /oauth2/v1/revoke`: 200 without a body, also for a token nobody knows (RFC 7009). A refresh token takes its
 * access tokens along, an access token goes alone (documented).
 */
export async function revokeEndpoint(call: OAuthCall): Promise<Answer> {
  const { store, params } = call;
  const { client, proved } = await knownClient(call);
  if (!proved && !client.native) throw new OAuthError("missing_client_credentials");
  const text = params.get("token");
  if (text === undefined) throw new OAuthError("request_missing_token");
  const access = store.accessTokens.get(text);
  const refresh = store.refreshTokens.get(text);
  // unverified: what Okta says to a client that names the token of another one; nothing happens here.
  if (access?.clientId === client.clientId) access.state = "revoked";
  if (refresh?.clientId === client.clientId) revokeTokens(store, ({ family }) => family === refresh.family);
  return { status: 200 };
}
