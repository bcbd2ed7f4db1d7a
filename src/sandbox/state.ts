import { type Faults, faults } from "./faults.ts";
import type { Org } from "./org.ts";
import { type RateLimiter, rateLimiter } from "./rate-limit.ts";
import { type RequestLog, requestLog } from "./request-log.ts";
import { seedOrg } from "./seed.ts";

/** Settings with every default filled in. */
export interface Settings {
  readonly users: number;
  readonly seed: number;
  readonly rateLimit: number;
  readonly windowSeconds: number;
  readonly token: string;
  readonly controlKey: string;
}

/** Everything a running sandbox remembers. `org` is replaced by a reset. */
export interface State {
  readonly settings: Settings;
  org: Org;
  readonly limiter: RateLimiter;
  readonly log: RequestLog;
  readonly faults: Faults;
}

export function createState(settings: Settings): State {
  return {
    settings,
    org: seedOrg(settings),
    limiter: rateLimiter({ limit: settings.rateLimit, windowSeconds: settings.windowSeconds }),
    log: requestLog(),
    faults: faults(),
  };
}

/** Back to the first moment: the seeded org, full rate limits, no faults. The request log stays. */
export function resetState(state: State): void {
  state.org = seedOrg(state.settings);
  state.limiter.clear();
  state.faults.clear();
}
