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

interface Window {
  /** End in epoch milliseconds; its header rounds it up to the second. */
  readonly end: number;
  used: number;
}

/** Fixed windows that start with the first request of a bucket, so they align with nothing, not even the second. */
export function rateLimiter({ limit, windowSeconds }: RateLimitRules): RateLimiter {
  const windows = new Map<string, Window>();

  const open = (bucket: string): Window => {
    const known = windows.get(bucket);
    if (known !== undefined && exactNow() < known.end) return known;
    return { end: exactNow() + windowSeconds * 1000, used: 0 };
  };
  const state = ({ end, used }: Window): RateState => ({
    allowed: used <= limit,
    limit,
    remaining: Math.max(0, limit - used),
    reset: Math.ceil(end / 1000),
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
