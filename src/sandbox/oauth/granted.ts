import { OAuthError } from "./error.ts";
import { isApiScope, isOpenIdScope } from "./scopes.ts";
import type { Grant, OAuthClient } from "./store.ts";

/** What a grant leads to, before the tokens are made. */
export interface Granted extends Omit<Grant, "clientId" | "jkt"> {
  /** Scopes of the refresh token that comes along; undefined for none. */
  readonly renewable: readonly string[] | undefined;
}

/**
 * The part of the scopes asked for that the app was granted.
 *
 * @throws OAuthError invalid_scope for a scope nobody knows, consent_required when nothing is left (OAuth error table)
 */
export function grantedScopes(asked: readonly string[], client: OAuthClient): readonly string[] {
  if (!asked.every((scope) => isApiScope(scope) || isOpenIdScope(scope))) throw new OAuthError("no_matching_scope");
  const granted = asked.filter((scope) => isOpenIdScope(scope) || client.scopes.has(scope));
  // unverified: that the openid scopes alone are too little here; a token without any API scope opens nothing.
  if (granted.every(isOpenIdScope)) throw new OAuthError("no_org_scopes_granted");
  return granted;
}
