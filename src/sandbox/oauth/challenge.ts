import { errorBody, OktaError } from "../error.ts";
import type { Answer } from "../route.ts";
import type { OAuthError } from "./error.ts";
import { ALGORITHMS } from "./jwt.ts";

export interface ChallengeFor {
  readonly origin: string;
  readonly path: string;
  readonly scope: string | undefined;
}

/**
 * A refusal of an OAuth token at the API: the reason stands in `WWW-Authenticate`, in the form reported for missing
 * scopes and for bad proofs. Statuses are those reported: 403 for a missing scope, 400 for everything about proofs, 401
 * for a token that is no good.
 */
export class Challenge extends Error {
  readonly #error: OAuthError;
  readonly #header: string;

  constructor(error: OAuthError, scheme: "Bearer" | "DPoP", { origin, path, scope }: ChallengeFor) {
    super(error.message);
    this.#error = error;
    const fields = [
      // `http` is what Okta really writes here, on https orgs too (reported).
      ["authorization_uri", `${origin}/oauth2/v1/authorize`],
      ["realm", origin],
      ...(scope === undefined ? [] : [["scope", scope]]),
      ["error", error.code],
      ["error_description", error.message],
      ["resource", path],
    ].map(([name, value]) => `${name}="${value}"`);
    const algorithms = scheme === "DPoP" ? [`algs="${ALGORITHMS.join(" ")}"`] : [];
    this.#header = `${scheme} ${[...algorithms, ...fields].join(", ")}`;
  }

  /** 400 and 403 have no body (reported). unverified: that 401 has the one of a bad API token. */
  answer(): Answer {
    const { status } = this.#error;
    const headers = { "www-authenticate": this.#header };
    return status === 401 ? { status, body: errorBody(new OktaError("E0000011")), headers } : { status, headers };
  }
}
