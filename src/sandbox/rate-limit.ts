export interface RateLimitRules {
  /** Requests per window and bucket. */
  readonly limit: number;
  readonly windowSeconds: number;
}

/** How a bucket stands after a request; `reset` is in UTC epoch seconds. */
export interface RateState {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly reset: number;
}

export interface RateLimiter {
  /** Counts a request against the bucket of its route. */
  take(method: string, template: string): RateState;
  /** How that bucket stands, without counting. */
  look(method: string, template: string): RateState;
  clear(): void;
}

const USER = "/api/v1/users/{id}";

/** Okta's published buckets: an exact path wins, everything else under /api/v1 shares one. */
export function bucketOf(method: string, template: string): string {
  if (template === "/api/v1/users") return template;
  if (template === USER) return method === "GET" ? `GET ${USER}` : `write ${USER}`;
  if (template === "/api/v1/groups" || template === "/api/v1/groups/{groupId}") return template;
  if (template.startsWith("/oauth2/v1")) return "/oauth2/v1";
  return "/api/v1";
}

/** Fixed windows that start with the first request of a bucket, so they align with nothing (behaviour: recorded). */
export function rateLimiter({ limit, windowSeconds }: RateLimitRules): RateLimiter {
  const windows = new Map<string, { reset: number; used: number }>();

  const open = (bucket: string): { reset: number; used: number } => {
    const known = windows.get(bucket);
    if (known !== undefined && Date.now() < known.reset * 1000) return known;
    const fresh = { reset: Math.ceil(Date.now() / 1000) + windowSeconds, used: 0 };
    return fresh;
  };
  const state = ({ reset, used }: { reset: number; used: number }): RateState => ({
    allowed: used <= limit,
    limit,
    remaining: Math.max(0, limit - used),
    reset,
  });
  return {
    take: (method, template) => {
      const bucket = bucketOf(method, template);
      const window = open(bucket);
      window.used += 1;
      windows.set(bucket, window);
      return state(window);
    },
    look: (method, template) => state(open(bucketOf(method, template))),
    clear: () => windows.clear(),
  };
}

/** The three headers on every answer (behaviour: recorded). */
export function rateHeaders(state: RateState): Record<string, string> {
  return {
    "x-rate-limit-limit": String(state.limit),
    "x-rate-limit-remaining": String(state.remaining),
    "x-rate-limit-reset": String(state.reset),
  };
}
