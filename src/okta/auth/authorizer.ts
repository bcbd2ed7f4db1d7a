import type { AnswerHeaders } from "../header.ts";

/** How long a caller waits for a sign-in. */
export interface Patience {
  readonly signal?: AbortSignal | undefined;
  /** Moment in epoch milliseconds. */
  readonly deadline?: number | undefined;
}

/** Signs requests in; one per org. */
export interface Authorizer {
  /**
   * Headers for one attempt; a proof of possession is fresh each time. Throws OktaError when no token can be had:
   * `timeout` at the deadline, `cancelled` when the caller gives up.
   */
  authorize(method: string, url: string, patience?: Patience): Promise<Readonly<Record<string, string>>>;
  /**
   * Told that Okta refused those very headers, by a 401 or by a challenge in `WWW-Authenticate`; true when another attempt
   * is worth while.
   */
  refused(sent: Readonly<Record<string, string>>, answer?: AnswerHeaders): boolean;
  /** Resolves when no renewal is under way; never rejects. */
  settled?(): Promise<void>;
  /** The scopes that were given, where a sign-in has them and says them. Throws as `authorize` does. */
  scopes?(): Promise<readonly string[] | undefined>;
}

/** An API token: the same header always, and nothing to renew (documented: `SSWS <token>`). */
export function apiToken(token: string): Authorizer {
  const headers = { authorization: `SSWS ${token}` };
  return { authorize: async () => headers, refused: () => false };
}
