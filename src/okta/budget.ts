import type { Bucket } from "./bucket.ts";
import type { OrgClock } from "./clock.ts";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** How one bucket stood when last heard of. */
interface Standing {
  limit: number;
  remaining: number;
  /** The end of the window as the org told it, in epoch milliseconds; windows only follow each other. */
  window: number;
  /** When to ask again if nothing is left, by the org's clock. */
  until: number;
  inFlight: number;
}

interface Waiter {
  readonly bucket: Bucket;
  readonly since: number;
  readonly maxWaitMs: number;
  readonly deadline: number;
  start(): void;
  refuse(refusal: Refused): void;
  told: boolean;
  onWait: ((milliseconds: number) => void) | undefined;
}

/** Waiting for the bucket would take too long; `waitMs` is how long it would be from now. */
export class Refused extends Error {
  readonly waitMs: number;

  constructor(waitMs: number) {
    super("the rate limit is used up");
    this.name = "Refused";
    this.waitMs = waitMs;
  }
}

export interface TurnOptions {
  readonly signal?: AbortSignal | undefined;
  readonly maxWaitMs: number;
  /** Moment in epoch milliseconds after which a turn is of no use. */
  readonly deadline: number;
  onWait?: ((milliseconds: number) => void) | undefined;
}

/** A request's turn: tell how it ended, once. */
export interface Turn {
  /** The answer's headers; undefined when none came. */
  done(status: number | undefined, headers?: Headers): void;
}

export interface Budget {
  /** Resolves when the request may go. Throws Refused, or the signal's reason when the caller gives up. */
  turn(bucket: Bucket, options: TurnOptions): Promise<Turn>;
  /** How a bucket stood when last heard of, for the log. */
  standing(bucket: Bucket): { limit: number; remaining: number } | undefined;
}

export interface BudgetRules {
  /** Percent of each bucket left to the org's other clients. */
  readonly reservePercent: number;
  /** Most requests at once; Okta allows 35 to 75 (documented). */
  readonly concurrency: number;
}

/** After a window should have ended but has not, how soon to look again. */
const LOOK_AGAIN_MS = 250;
const UNTOLD = { limit: 1e9, remaining: 1e9 };
/** Room for the network between the org's clock and ours. */
const MARGIN_MS = 25;
/** A wait this long is told to the caller. */
const TELL_FROM_MS = 1_000;

/**
 * Paces requests so that a burst neither meets a 429 nor takes what is left to others. Each bucket is known from the
 * headers of its last answer; until one was seen, and after each window, a single request goes ahead and the others
 * wait for what its answer says. The window's end is a hint: the request sent ahead draws from the reserve.
 */
export function createBudget(rules: BudgetRules, clock: OrgClock): Budget {
  const standings = new Map<Bucket, Standing>();
  const waiting: Waiter[] = [];
  let inFlight = 0;
  let most = rules.concurrency;
  let successes = 0;
  let timer: NodeJS.Timeout | undefined;

  const standingOf = (bucket: Bucket): Standing => {
    const known = standings.get(bucket);
    if (known) return known;
    const fresh = { limit: 0, remaining: 0, window: 0, until: 0, inFlight: 0 };
    standings.set(bucket, fresh);
    return fresh;
  };

  /** 0 when a request of this bucket may go now, else milliseconds until it is worth asking again. */
  const waitFor = (bucket: Bucket): number => {
    const standing = standingOf(bucket);
    const wait = standing.until + MARGIN_MS - clock.now();
    if (wait <= 0) return standing.inFlight === 0 ? 0 : Number.POSITIVE_INFINITY;
    const reserve = Math.min(Math.ceil((standing.limit * rules.reservePercent) / 100), standing.limit - 1);
    return standing.remaining - standing.inFlight > reserve ? 0 : wait;
  };

  const pump = (): void => {
    clearTimeout(timer);
    timer = undefined;
    let soonest = Number.POSITIVE_INFINITY;
    // First come, first served within a bucket.
    const blocked = new Map<Bucket, number>();
    for (const waiter of [...waiting]) {
      if (inFlight >= most) break;
      const wait = blocked.get(waiter.bucket) ?? waitFor(waiter.bucket);
      if (wait === 0) {
        remove(waiter);
        waiter.start();
        continue;
      }
      blocked.set(waiter.bucket, wait);
      soonest = Math.min(soonest, wait);
      if (Number.isFinite(wait) && tooLong(waiter, wait)) {
        remove(waiter);
        waiter.refuse(new Refused(wait));
      }
    }
    if (Number.isFinite(soonest)) timer = setTimeout(pump, Math.max(1, soonest));
  };

  const remove = (waiter: Waiter): void => {
    const index = waiting.indexOf(waiter);
    if (index >= 0) waiting.splice(index, 1);
  };

  const tooLong = (waiter: Waiter, wait: number): boolean => {
    const now = Date.now();
    if (now - waiter.since + wait > waiter.maxWaitMs || now + wait > waiter.deadline) return true;
    if (!waiter.told && wait >= TELL_FROM_MS) {
      waiter.told = true;
      waiter.onWait?.(wait);
    }
    return false;
  };

  const learn = (bucket: Bucket, status: number | undefined, headers: Headers): void => {
    clock.learn(text(headers.date));
    const limit = Number(text(headers["x-rate-limit-limit"]) ?? Number.NaN);
    const remaining = Number(text(headers["x-rate-limit-remaining"]) ?? Number.NaN);
    const reset = Number(text(headers["x-rate-limit-reset"]) ?? Number.NaN) * 1000;
    if (status === 429 && limit === 0) {
      // Too many at once, not too many in all (documented): its reset is no bucket's.
      most = Math.max(1, Math.floor(most / 2));
      successes = 0;
      return;
    }
    const standing = standingOf(bucket);
    if (Number.isNaN(limit) || Number.isNaN(remaining) || Number.isNaN(reset)) {
      // An org that tells no limits is not paced.
      if (status !== undefined && standing.window === 0)
        Object.assign(standing, UNTOLD, { until: clock.now() + 60_000 });
      return;
    }
    if (reset < standing.window) return;
    const same = reset === standing.window;
    standing.limit = limit;
    standing.remaining = status === 429 ? 0 : same ? Math.min(standing.remaining, remaining) : remaining;
    standing.window = reset;
    // A window that should be over but is not was rounded by the org: look again soon.
    standing.until = Math.max(reset, clock.now() >= reset ? clock.now() + LOOK_AGAIN_MS : 0);
    if (status !== 429 && ++successes >= 4 * most) {
      successes = 0;
      most = Math.min(rules.concurrency, most + 1);
    }
  };

  const turn = (bucket: Bucket, options: TurnOptions): Promise<Turn> =>
    new Promise((resolve, reject) => {
      const { signal } = options;
      const cancel = (): void => {
        remove(waiter);
        reject(signal?.reason);
        pump();
      };
      const waiter: Waiter = {
        ...{ bucket, since: Date.now(), maxWaitMs: options.maxWaitMs, deadline: options.deadline },
        told: false,
        onWait: options.onWait,
        start: () => {
          signal?.removeEventListener("abort", cancel);
          const standing = standingOf(bucket);
          standing.inFlight += 1;
          inFlight += 1;
          let open = true;
          resolve({
            done: (status, headers = {}) => {
              if (!open) return;
              open = false;
              standing.inFlight -= 1;
              inFlight -= 1;
              learn(bucket, status, headers);
              pump();
            },
          });
        },
        refuse: (refusal) => {
          signal?.removeEventListener("abort", cancel);
          reject(refusal);
        },
      };
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener("abort", cancel, { once: true });
      waiting.push(waiter);
      pump();
    });

  return {
    turn,
    standing: (bucket) => {
      const known = standings.get(bucket);
      return known && known.limit > 0 ? { limit: known.limit, remaining: known.remaining } : undefined;
    },
  };
}

function text(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
