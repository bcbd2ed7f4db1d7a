import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { now } from "../clock.ts";
import { isString, type Json } from "../guard.ts";
import { secret } from "../id.ts";
import { OAuthError } from "./error.ts";
import { ALGORITHMS, fits, isSignedBy, publicJwk, readJwt, thumbprint } from "./jwt.ts";
import { firstUse, type OAuthStore } from "./store.ts";

/** The oldest a proof may be, in seconds (documented). */
const OLDEST = 300;
/** How far the client's clock may be ahead, in seconds. unverified: Okta's figure. */
const LEEWAY = 60;
const DAY = 86_400_000;

/** What a proof must be for. */
export interface ProofRequest {
  readonly store: OAuthStore;
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  /** The address without a query. */
  readonly url: string;
  /** At the API: the access token that the proof must name by its hash. */
  readonly accessToken?: string;
}

export interface Proof {
  /** Thumbprint of the key that signed it. */
  readonly jkt: string;
  readonly nonce: unknown;
}

/**
 * Verifies the proof in the `DPoP` header; it then counts as used.
 *
 * @throws OAuthError invalid_dpop_proof in the words of the OAuth error table. unverified: the order of the checks
 */
export async function verifyProof(request: ProofRequest): Promise<Proof> {
  const { store, headers, method, url, accessToken } = request;
  const text = headers.dpop;
  if (!isString(text) || text === "") throw new OAuthError("invalid_dpop_proof_missing_header");
  // Node joins headers of one name with a comma, which no JWT contains.
  if (text.includes(",")) throw new OAuthError("invalid_dpop_proof_multiple_headers_not_allowed");
  const jwt = await readJwt(text);
  if (jwt === undefined) throw new OAuthError("invalid_dpop_proof_invalid_jwt");
  const jkt = await requireSignature(text, jwt.header);
  const { htm, htu, jti, nonce, ath } = jwt.claims;
  if (htm !== method) throw new OAuthError("invalid_dpop_proof_invalid_htm");
  if (!isString(htu) || htu.replace(/[?#].*$/, "") !== normalized(url)) {
    throw new OAuthError("invalid_dpop_proof_invalid_htu");
  }
  const end = requireTimes(jwt.claims);
  if (!isString(jti) || jti === "") throw new OAuthError("invalid_dpop_proof_invalid_jti");
  if (accessToken !== undefined && ath !== hash(accessToken)) throw new OAuthError("dpop_proof_invalid_ath");
  if (!firstUse(store, `proof ${jkt} ${jti}`, end)) throw new OAuthError("dpop_proof_already_used");
  return { jkt, nonce };
}

/** Thumbprint of the key in the header, which must be public, and must have signed the proof. */
async function requireSignature(text: string, header: Json): Promise<string> {
  if (header.typ !== "dpop+jwt") throw new OAuthError("invalid_dpop_proof_invalid_type");
  const algorithm = ALGORITHMS.find((name) => name === header.alg);
  if (algorithm === undefined) throw new OAuthError("invalid_dpop_proof_invalid_signature_algorithm");
  const key = publicJwk(header.jwk);
  if (key === undefined) throw new OAuthError("invalid_dpop_proof");
  if (!fits(key, algorithm) || !(await isSignedBy(text, key, algorithm))) {
    throw new OAuthError("invalid_dpop_proof_invalid_signature");
  }
  return thumbprint(key);
}

/** Until when the proof must be remembered. Measured by the real clock, which is the one the client knows. */
function requireTimes({ iat, exp }: Json): number {
  const present = Date.now() / 1000;
  if (typeof iat !== "number") throw new OAuthError("invalid_dpop_proof_invalid_iat");
  if (iat > present + LEEWAY) throw new OAuthError("invalid_dpop_proof_jwt_issued_in_future");
  if (iat < present - OLDEST) throw new OAuthError("invalid_dpop_proof_jwt_too_old");
  if (typeof exp === "number" && exp <= present) throw new OAuthError("invalid_dpop_proof_jwt_expired");
  return (iat + OLDEST) * 1000;
}

/**
 * The address as Okta compares it with `htu`: percent-escapes undone, except for the four characters that need them. A
 * proof for `/users/ada%40x.example` is refused (reported for two SDKs; the rule is that of Okta's Java SDK, which was
 * tried out against Okta).
 */
function normalized(url: string): string {
  let decoded = url;
  try {
    decoded = decodeURIComponent(url);
  } catch {
    // Not decodable: nobody's proof will match, and no route either.
  }
  return decoded.replaceAll("%", "%25").replaceAll(" ", "%20").replaceAll('"', "%22").replaceAll("#", "%23");
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** The nonce to hand out: a new one every 24 hours (documented). */
export function currentNonce({ nonces }: OAuthStore): string {
  const last = nonces.at(-1);
  if (last !== undefined && now() - last.madeAt < DAY) return last.value;
  while (nonces[0] !== undefined && now() - nonces[0].madeAt >= 3 * DAY) nonces.shift();
  const value = secret(32);
  nonces.push({ value, madeAt: now() });
  return value;
}

/**
 * Demands a nonce of this server in a proof for a token. Older ones are good for three days (documented).
 *
 * @throws OAuthError use_dpop_nonce with the header `dpop-nonce` (recorded)
 */
export function requireNonce(store: OAuthStore, { nonce }: Proof): void {
  const good = store.nonces.some(({ value, madeAt }) => value === nonce && now() - madeAt < 3 * DAY);
  if (!good) throw new OAuthError("use_dpop_nonce", "", { "dpop-nonce": currentNonce(store) });
}
