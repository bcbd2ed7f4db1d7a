/** Signs requests in; one per org. */
export interface Authorizer {
  /** Headers for one attempt; a proof of possession is fresh each time. Throws OktaError when no token can be had. */
  authorize(method: string, url: string, signal?: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** Told that Okta answered 401 to those headers; true when another attempt with a new token is worth while. */
  refused(sent: Readonly<Record<string, string>>): boolean;
}

/** An API token: the same header always, and nothing to renew (documented: `SSWS <token>`). */
export function apiToken(token: string): Authorizer {
  const headers = { authorization: `SSWS ${token}` };
  return { authorize: async () => headers, refused: () => false };
}
