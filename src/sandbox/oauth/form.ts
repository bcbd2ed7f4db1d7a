import type { IncomingHttpHeaders } from "node:http";
import { OktaError } from "../error.ts";
import { OAuthError } from "./error.ts";
import type { OAuthStore } from "./store.ts";

/** A call of an OAuth endpoint with its parameters read. */
export interface OAuthCall {
  readonly store: OAuthStore;
  readonly headers: IncomingHttpHeaders;
  readonly params: ReadonlyMap<string, string>;
  /** The address called, without a query, on the Host the client used. */
  readonly url: string;
  readonly origin: string;
  /** Whether that person may still use tokens. */
  readonly isActive: (userId: string | undefined) => boolean;
}

/**
 * The parameters of the form and of the query: official SDKs for Python and Go send theirs in the query.
 *
 * @throws OktaError 400 E0000021 when the body is no form
 * @throws OAuthError a parameter twice, or a client secret in the query
 */
export function readForm(query: string, body: string, contentType = ""): ReadonlyMap<string, string> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(contentType)) throw new OktaError("E0000021");
  const inQuery = new URLSearchParams(query);
  if (inQuery.has("client_secret")) throw new OAuthError("client_credentials_in_query");
  const params = new Map<string, string>();
  for (const [name, value] of [...inQuery, ...new URLSearchParams(body)]) {
    if (params.has(name)) throw new OAuthError("duplicate_oauth_params");
    params.set(name, value);
  }
  return params;
}

/** The scopes asked for, each once, in the order given. */
export function scopesAsked({ params }: OAuthCall): readonly string[] {
  return [...new Set((params.get("scope") ?? "").split(" ").filter((scope) => scope !== ""))];
}
