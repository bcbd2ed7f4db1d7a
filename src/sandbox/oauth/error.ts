import type { Answer } from "../route.ts";

/**
 * Okta's OAuth error table (release 2026.03.1): its internal name -> HTTP status, `error`, `error_description`. Those
 * of a missing and a nonce-less proof are recorded word for word.
 */
const ERRORS = {
  // unverified: 400 as RFC 8628 has it; the table lists 403 for the general case.
  access_denied: [400, "access_denied", "The resource owner or authorization server denied the request."],
  refresh_scopes_denied: [
    400,
    "access_denied",
    "Some of the scopes requested for the refresh request were not granted in the original authorize request. Denied scopes: {0}.",
  ],
  authorization_pending: [400, "authorization_pending", "The device authorization is pending. Please try again later."],
  slow_down: [400, "slow_down", "Slow down the polling frequency. Please try again later."],
  expired_token: [400, "expired_token", "The device code has expired."],
  client_credentials_self_scope_requested: [
    400,
    "client_credentials_self_scope_requested",
    "The 'client_credentials' grant type may not request .self scopes.",
  ],
  no_org_scopes_granted: [400, "consent_required", "You are not allowed any of the requested scopes."],
  invalid_client: [
    401,
    "invalid_client",
    "Client authentication failed. Either the client or the client credentials are invalid.",
  ],
  missing_client_credentials: [401, "invalid_client", "No client credentials found."],
  invalid_client_id: [401, "invalid_client", "Invalid value for 'client_id' parameter."],
  unsupported_auth_method_client_creds: [
    401,
    "invalid_client",
    "Client Credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method.",
  ],
  client_assertion_invalid_issuer: [
    401,
    "invalid_client",
    "The issuer claim for client_assertion is not a valid client_id.",
  ],
  client_assertion_invalid_subject: [
    401,
    "invalid_client",
    "The subject claim for client_assertion is not a valid client_id.",
  ],
  client_assertion_invalid_audience: [
    401,
    "invalid_client",
    "The audience claim for client_assertion must be the endpoint invoked for the request.",
  ],
  client_assertion_expiration_required: [
    401,
    "invalid_client",
    "The client_assertion must contain the 'exp' claim as seconds since epoch.",
  ],
  client_assertion_expired_token: [401, "invalid_client", "The client_assertion token is expired."],
  client_assertion_expires_too_far_in_future: [
    401,
    "invalid_client",
    "The client_assertion token has an expiration too far into the future.",
  ],
  client_assertion_issued_at_in_future: [
    401,
    "invalid_client",
    "The client_assertion token must be issued before the current time.",
  ],
  client_assertion_already_used: [401, "invalid_client", "The client_assertion token has already been used."],
  client_assertion_invalid_signature: [401, "invalid_client", "The client_assertion signature is invalid."],
  client_assertion_invalid_jwt: [401, "invalid_client", "The parsing of the client_assertion failed."],
  client_assertion_invalid_kid: [401, "invalid_client", "The client_assertion JWT kid is invalid."],
  client_assertion_invalid_signature_algorithm: [
    401,
    "invalid_client",
    "The client_assertion JWT signature algorithm is invalid.",
  ],
  client_assertion_jwks_not_configured: [
    401,
    "invalid_client",
    "The client does not have a JWKSet configured, but the client_assertion requires one.",
  ],
  multiple_client_credentials: [
    401,
    "invalid_request",
    "Cannot supply multiple client credentials. Use one of the following: credentials in the Authorization header, credentials in the post body, or a client_assertion in the post body.",
  ],
  client_credentials_in_query: [400, "invalid_request", "Client credentials cannot be supplied via query parameters."],
  duplicate_oauth_params: [400, "invalid_request", "The request contained multiple parameters with the same name."],
  client_assertion_type_invalid: [400, "invalid_request", "The client_assertion_type is invalid."],
  token_request_missing_grant_type: [
    400,
    "invalid_request",
    "The token request must specify a 'grant_type'. Valid values: [{0}]",
  ],
  missing_token_request_parameter: [400, "invalid_request", "The required parameter '{0}' is missing."],
  request_missing_token: [400, "invalid_request", "The 'token' parameter is required."],
  invalid_dpop_proof: [400, "invalid_dpop_proof", "The DPoP proof JWT is invalid."],
  invalid_dpop_proof_missing_header: [400, "invalid_dpop_proof", "The DPoP proof JWT header is missing."],
  invalid_dpop_proof_multiple_headers_not_allowed: [
    400,
    "invalid_dpop_proof",
    "Multiple DPoP proof JWT headers are not allowed.",
  ],
  invalid_dpop_proof_invalid_type: [400, "invalid_dpop_proof", "'typ' must be 'dpop+jwt' in the DPoP proof JWT."],
  invalid_dpop_proof_invalid_signature_algorithm: [
    400,
    "invalid_dpop_proof",
    "The DPoP proof JWT signature algorithm is invalid.",
  ],
  invalid_dpop_proof_invalid_jwt: [400, "invalid_dpop_proof", "The DPoP proof JWT cannot be parsed."],
  invalid_dpop_proof_invalid_signature: [400, "invalid_dpop_proof", "The DPoP proof JWT signature is invalid."],
  invalid_dpop_proof_invalid_htm: [400, "invalid_dpop_proof", "'htm' claim in the DPoP proof JWT is invalid."],
  invalid_dpop_proof_invalid_htu: [400, "invalid_dpop_proof", "'htu' claim in the DPoP proof JWT is invalid."],
  invalid_dpop_proof_invalid_iat: [400, "invalid_dpop_proof", "'iat' claim in the DPoP proof JWT is invalid."],
  invalid_dpop_proof_jwt_issued_in_future: [400, "invalid_dpop_proof", "The DPoP proof JWT is issued in the future."],
  invalid_dpop_proof_jwt_too_old: [
    400,
    "invalid_dpop_proof",
    "The DPoP proof JWT is issued more than five minutes in the past.",
  ],
  invalid_dpop_proof_jwt_expired: [400, "invalid_dpop_proof", "The DPoP proof JWT is expired."],
  invalid_dpop_proof_invalid_public_key_binding: [
    400,
    "invalid_dpop_proof",
    "Invalid DPoP Public Key binding in refresh token",
  ],
  invalid_dpop_proof_invalid_jti: [400, "invalid_dpop_proof", "'jti' claim in the DPoP proof JWT is invalid."],
  dpop_proof_already_used: [400, "invalid_dpop_proof", "The DPoP proof JWT has already been used."],
  dpop_proof_invalid_ath: [
    400,
    "invalid_dpop_proof",
    "'ath' claim in the DPoP proof does not match the presented access_token.",
  ],
  invalid_access_token_dpop_binding: [
    400,
    "invalid_dpop_proof",
    "The access_token is not bound to the provided DPoP proof.",
  ],
  dpop_proof_required_for_token: [400, "invalid_request", "The resource request requires a DPoP proof."],
  dpop_authentication_scheme_required: [
    400,
    "invalid_request",
    "The resource request must use the DPoP authentication scheme when using a DPoP bound token.",
  ],
  invalid_device_code: [400, "invalid_grant", "The device code is invalid or has expired."],
  mismatched_client: [
    400,
    "invalid_grant",
    "The grant was issued to another client. Please make sure the 'client_id' matches the one used at the authorize request.",
  ],
  invalid_refresh_token: [400, "invalid_grant", "The refresh token is invalid or expired."],
  openid_scope_required: [
    400,
    "invalid_scope",
    "Requests for ID tokens or access tokens with OpenID scopes require the 'openid' scope.",
  ],
  openid_not_allowed_client_creds: [400, "invalid_scope", "Cannot request 'openid' scopes using client credentials."],
  no_default_scopes: [
    400,
    "invalid_scope",
    "The authorization server resource does not have any configured default scopes, 'scope' must be provided.",
  ],
  no_matching_scope: [
    400,
    "invalid_scope",
    "One or more scopes are not configured for the authorization server resource.",
  ],
  access_token_insufficient_scopes: [
    403,
    "insufficient_scope",
    "The access token provided does not contain the required scopes.",
  ],
  access_token_invalid: [401, "invalid_token", "The access token is invalid."],
  token_expired: [401, "invalid_token", "The token has expired."],
  access_token_revoked: [401, "invalid_token", "The access token has been revoked."],
  access_token_not_dpop_bound: [401, "invalid_token", "The presented access_token is not DPoP bound."],
  unauthorized_client: [
    400,
    "unauthorized_client",
    "The client is not authorized to use the provided grant type. Configured grant types: [{0}].",
  ],
  unsupported_grant_type: [
    400,
    "unsupported_grant_type",
    "The authorization grant type is not supported by the authorization server. Configured grant types: [{0}].",
  ],
  use_dpop_nonce: [400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof."],
} as const satisfies Record<string, readonly [number, string, string]>;

export type OAuthErrorName = keyof typeof ERRORS;

/** A refusal by the authorization server; the message is the `error_description`. */
export class OAuthError extends Error {
  readonly status: number;
  /** The `error` of the answer, such as `invalid_client`. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(name: OAuthErrorName, argument = "", headers: Readonly<Record<string, string>> = {}) {
    const [status, code, description] = ERRORS[name];
    super(description.replace("{0}", argument));
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  /** As the OAuth endpoints answer it: `error` and `error_description` instead of Okta's error body (recorded). */
  answer(): Answer {
    return {
      status: this.status,
      body: { error: this.code, error_description: this.message },
      headers: this.headers,
    };
  }
}
