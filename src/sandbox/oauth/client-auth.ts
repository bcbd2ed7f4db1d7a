import { isString } from "../guard.ts";
import { OAuthError } from "./error.ts";
import type { OAuthCall } from "./form.ts";
import { ALGORITHMS, fits, isSignedBy, type PublicJwk, type ReadJwt, readJwt } from "./jwt.ts";
import { firstUse, type OAuthClient } from "./store.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/** How far the client's clock may be ahead, in seconds. unverified: Okta's figure. */
const LEEWAY = 60;
/** The longest an assertion may be valid, in seconds (documented). */
const LONGEST = 3600;

export interface KnownClient {
  readonly client: OAuthClient;
  /** Whether it proved itself with a key, rather than only giving its name. */
  readonly proved: boolean;
}

/**
 * Who calls. A service app proves itself with a signed assertion, the only method Okta takes for its own API scopes
 * (documented); a native app only names itself.
 *
 * @throws OAuthError every failure of the assertion, in the words of the OAuth error table
 */
export async function knownClient(call: OAuthCall): Promise<KnownClient> {
  const { store, params, headers } = call;
  const basic = /^Basic /i.test(headers.authorization ?? "");
  const asserts = params.has("client_assertion") || params.has("client_assertion_type");
  const secret = params.has("client_secret");
  if (Number(basic) + Number(asserts) + Number(secret) > 1) throw new OAuthError("multiple_client_credentials");
  if (basic || secret) throw new OAuthError("unsupported_auth_method_client_creds");
  if (asserts) return { client: await asserted(call), proved: true };
  const clientId = params.get("client_id");
  if (clientId === undefined) throw new OAuthError("missing_client_credentials");
  const client = store.clients.get(clientId);
  if (client === undefined) throw new OAuthError("invalid_client_id");
  return { client, proved: false };
}

/** The client behind `client_assertion`. unverified: the order of the checks, where several fail. */
async function asserted({ store, params, url }: OAuthCall): Promise<OAuthClient> {
  if (params.get("client_assertion_type") !== ASSERTION_TYPE) throw new OAuthError("client_assertion_type_invalid");
  const assertion = params.get("client_assertion") ?? "";
  const jwt = await readJwt(assertion);
  if (jwt === undefined) throw new OAuthError("client_assertion_invalid_jwt");
  const { iss, sub, aud } = jwt.claims;
  const client = isString(iss) ? store.clients.get(iss) : undefined;
  if (client === undefined) throw new OAuthError("client_assertion_invalid_issuer");
  if (sub !== client.clientId) throw new OAuthError("client_assertion_invalid_subject");
  const named = params.get("client_id");
  if (named !== undefined && named !== client.clientId) throw new OAuthError("invalid_client_id");
  await requireSignature(assertion, jwt, client);
  if (aud !== url && !(Array.isArray(aud) && aud.includes(url))) {
    throw new OAuthError("client_assertion_invalid_audience");
  }
  const end = requireTimes(jwt);
  const { jti } = jwt.claims;
  // unverified: that it is spent also where the request fails later, for want of a DPoP nonce for instance.
  if (isString(jti) && !firstUse(store, `assertion ${client.clientId} ${jti}`, end)) {
    throw new OAuthError("client_assertion_already_used");
  }
  return client;
}

async function requireSignature(assertion: string, { header }: ReadJwt, client: OAuthClient): Promise<void> {
  const algorithm = ALGORITHMS.find((name) => name === header.alg);
  if (algorithm === undefined) throw new OAuthError("client_assertion_invalid_signature_algorithm");
  if (client.keys.length === 0) throw new OAuthError("client_assertion_jwks_not_configured");
  const key = chosenKey(
    client.keys.filter((candidate) => fits(candidate, algorithm)),
    header.kid,
  );
  if (key === undefined) throw new OAuthError("client_assertion_invalid_kid");
  if (!(await isSignedBy(assertion, key, algorithm))) throw new OAuthError("client_assertion_invalid_signature");
}

/** By `kid`; without one, the only key there is. */
function chosenKey(keys: readonly PublicJwk[], kid: unknown): PublicJwk | undefined {
  if (kid !== undefined) return keys.find((key) => key.kid === kid);
  return keys.length === 1 ? keys[0] : undefined;
}

/** When the assertion ends, in epoch milliseconds. Measured by the real clock, which is the one the client knows. */
function requireTimes({ claims: { exp, iat } }: ReadJwt): number {
  const present = Date.now() / 1000;
  if (typeof exp !== "number") throw new OAuthError("client_assertion_expiration_required");
  if (exp <= present) throw new OAuthError("client_assertion_expired_token");
  if (exp > present + LONGEST) throw new OAuthError("client_assertion_expires_too_far_in_future");
  if (typeof iat === "number" && iat > present + LEEWAY) throw new OAuthError("client_assertion_issued_at_in_future");
  return exp * 1000;
}
