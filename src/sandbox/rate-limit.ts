import { exactNow } from "./clock.ts";

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
  /** Counts a request against the bucket of its path. */
  take(method: string, path: string): RateState;
  /** How that bucket stands, without counting. */
  look(method: string, path: string): RateState;
  clear(): void;
}

/** Okta's published buckets: an exact path wins, everything else under /api/v1 shares one. */
export function bucketOf(method: string, path: string): string {
  if (path === "/api/v1/users" || path === "/api/v1/groups") return path;
  if (/^\/api\/v1\/users\/[^/]+$/.test(path)) return `/api/v1/users/{id} ${method === "GET" ? "read" : "write"}`;
  if (/^\/api\/v1\/groups\/[^/]+$/.test(path)) return "/api/v1/groups/{id}";
  return path.startsWith("/oauth2/v1") ? "/oauth2/v1" : "/api/v1";
}

/** Fixed windows that start with the first request of a bucket, so they align with nothing (behaviour: recorded). */
export function rateLimiter({ limit, windowSeconds }: RateLimitRules): RateLimiter {
  const windows = new Map<string, { reset: number; used: number }>();

  const open = (bucket: string): { reset: number; used: number } => {
    const known = windows.get(bucket);
    if (known !== undefined && exactNow() < known.reset * 1000) return known;
    const fresh = { reset: Math.ceil(exactNow() / 1000) + windowSeconds, used: 0 };
    return fresh;
  };
  const state = ({ reset, used }: { reset: number; used: number }): RateState => ({
    allowed: used <= limit,
    limit,
    remaining: Math.max(0, limit - used),
    reset,
  });
  return {
    take: (method, path) => {
      const bucket = bucketOf(method, path);
      const window = open(bucket);
      window.used += 1;
      windows.set(bucket, window);
      return state(window);
    },
    look: (method, path) => state(open(bucketOf(method, path))),
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
