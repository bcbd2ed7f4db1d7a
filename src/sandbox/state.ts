import { type Concurrency, concurrency } from "./concurrency.ts";
import { type Faults, faults } from "./faults.ts";
import { type OAuthStore, oauthStore, type ServiceApp } from "./oauth/store.ts";
import type { Org } from "./org.ts";
import { type RateLimiter, rateLimiter } from "./rate-limit.ts";
import { type RequestLog, requestLog } from "./request-log.ts";
import { seedOrg } from "./seed.ts";
import { emptyOrg } from "./seed-empty.ts";

/** Settings with every default filled in. */
export interface Settings {
  readonly users: number;
  readonly seed: number;
  readonly rateLimit: number;
  readonly windowSeconds: number;
  readonly token: string;
  readonly controlKey: string;
  /** The app whose key the sandbox hands out. */
  readonly app: ServiceApp;
}

/** Everything a running sandbox remembers. `org` is replaced by a reset. */
export interface State {
  readonly settings: Settings;
  org: Org;
  /** Clients and tokens; replaced by a reset as well. */
  oauth: OAuthStore;
  readonly limiter: RateLimiter;
  readonly concurrency: Concurrency;
  readonly log: RequestLog;
  readonly faults: Faults;
}

export function createState(settings: Settings): State {
  return {
    settings,
    org: seedOrg(settings),
    oauth: oauthStore(settings.app),
    limiter: rateLimiter({ limit: settings.rateLimit, windowSeconds: settings.windowSeconds }),
    concurrency: concurrency(),
    log: requestLog(),
    faults: faults(),
  };
}

/** Back to the first moment: the seeded org or a fresh one, full rate limits, no faults. The request log stays. */
export function resetState(state: State, empty = false): void {
  state.org = empty ? emptyOrg(state.settings.seed) : seedOrg(state.settings);
  state.oauth = oauthStore(state.settings.app);
  state.limiter.clear();
  state.faults.clear();
}
