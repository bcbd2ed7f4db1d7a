import type { Bucket } from "./bucket.ts";
import type { OrgClock } from "./clock.ts";
import { type AnswerHeaders, headerOf } from "./header.ts";
import { isTooManyAtOnce } from "./rate-limit.ts";

export interface BudgetRules {
  /** Percent of each bucket left to the org's other clients. */
  readonly reservePercent: number;
  /** Most requests at once. */
  readonly concurrency: number;
}

export interface TurnOptions {
  readonly signal?: AbortSignal | undefined;
  /** Longest wait in milliseconds. */
  readonly maxWaitMs: number;
  /** Whether the call was answered 429 before: it need not find out for itself. */
  readonly wasRefused?: boolean;
  /** Moment in epoch milliseconds after which a turn is of no use. */
  readonly deadline: number;
  /** Told of a wait of a second or more when it begins, and every ten seconds while it lasts. */
  readonly onWait?: ((milliseconds: number) => void) | undefined;
}

/** A request's turn: tell how it ended, once. */
export interface Turn {
  /** `status` and headers of the answer; nothing when none came. */
  done(status?: number, headers?: AnswerHeaders): void;
}

/** How a bucket stood when last heard of. */
export interface BucketState {
  readonly bucket: Bucket;
  readonly limit: number;
  readonly remaining: number;
}

export interface Budget {
  /** Resolves when the request may go. Throws Refused, OutOfTime, or the signal's reason when the caller gives up. */
  turn(bucket: Bucket, options: TurnOptions): Promise<Turn>;
  /** Undefined until an answer told. */
  state(bucket: Bucket): BucketState | undefined;
  /** Every bucket that an answer told of. */
  states(): readonly BucketState[];
}

/** Waiting for the bucket would take too long. */
export class Refused extends Error {
  /** How long it would be from now, in milliseconds. */
  readonly waitMs: number;

  constructor(waitMs: number) {
    super("the rate limit is used up");
    this.name = "Refused";
    this.waitMs = waitMs;
  }
}

/** The deadline came while all places were taken, or while the answer that the others wait for did not come. */
export class OutOfTime extends Error {
  constructor() {
    super("no turn came before the deadline");
    this.name = "OutOfTime";
  }
}

interface Waiter extends TurnOptions {
  readonly since: number;
  told: number;
  start(scout: boolean): void;
  refuse(reason: unknown): void;
}

/** Moments are of `performance.now()`, which no change of a clock moves. */
interface Standing {
  limit: number;
  remaining: number;
  /** The end of the window as the org told it, in epoch milliseconds of its clock. */
  reset: number;
  /** When a scout may look whether a new window has begun. */
  lookAt: number;
  /** How many more scouts may go before the told end. */
  scouts: number;
  /** A scout went ahead; until then the others wait for what its answer says. */
  heldUntil: number;
  inFlight: number;
  /** Refusals in a row, those of one burst counted once. */
  refusals: number;
  refusedAt: number;
  readonly queue: Set<Waiter>;
}

/** Why nobody of a bucket goes now: its limit, or answers that are still to come. */
interface Wait {
  readonly ms: number;
  readonly limited: boolean;
}

const NONE: Wait = { ms: 0, limited: false };

/** Room for the network between the org's clock and ours. */
const MARGIN_MS = 25;
const LOOK_AGAIN_MS = 250;
/** The told end of a window is rounded to the second, so the true one may be this much earlier. */
const ROUNDING_MS = 1_000;
const MOST_SCOUTS = 3;
/** What is left of a bucket is so many times what one client has under way: there may be others, as busy as this one. */
const CAUTION = 3;
/** A scout that takes longer holds nobody up: one slow answer must not stop the rest. */
const HOLD_MS = 1_000;
/** Windows are a minute long (documented): a header that tells of a later end is not believed for longer. */
const LONGEST_MS = 10 * 60_000;
const TELL_FROM_MS = 1_000;
const TELL_AGAIN_MS = 10_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Paces requests so that a burst neither meets a 429 nor takes what is left to others. A bucket is known from the headers
 * of its last answer. Until one was seen, and at the end of each window, a single request goes ahead as a scout and the
 * others wait for what its answer says. The header rounds the end to a second: where the bucket is large, a few requests
 * are held back to look for the new window before that.
 */
export function createBudget(rules: BudgetRules, clock: OrgClock): Budget {
  const standings = new Map<Bucket, Standing>();
  let inFlight = 0;
  let most = rules.concurrency;
  let halved = 0;
  let successes = 0;
  let timer: NodeJS.Timeout | undefined;

  const standingOf = (bucket: Bucket): Standing => {
    const known = standings.get(bucket);
    if (known) return known;
    const counts = { limit: 0, remaining: 0, reset: 0, lookAt: 0, scouts: 0, heldUntil: 0, inFlight: 0, refusals: 0 };
    const fresh = { ...counts, refusedAt: -1, queue: new Set<Waiter>() };
    standings.set(bucket, fresh);
    return fresh;
  };

  const reserveOf = (limit: number): number =>
    Math.max(0, Math.min(Math.ceil((limit * rules.reservePercent) / 100), limit - 1));

  const waitFor = (standing: Standing): Wait => {
    const now = performance.now();
    const ms = standing.lookAt - now;
    const spare = standing.remaining - reserveOf(standing.limit) - standing.scouts;
    if (ms > 0 && spare > standing.inFlight)
      return spare >= CAUTION * standing.inFlight ? NONE : { ms, limited: false };
    if (standing.heldUntil > now) return { ms: standing.heldUntil - now, limited: false };
    return ms > 0 ? { ms, limited: true } : NONE;
  };

  /** Behind the other buckets, which have their turn before it. */
  const moveBack = (bucket: Bucket, standing: Standing): void => {
    standings.delete(bucket);
    standings.set(bucket, standing);
  };

  /** Starts whoever may go, one of each bucket in turn, so that a long queue keeps nobody else waiting. */
  const pump = (): void => {
    clearTimeout(timer);
    timer = undefined;
    let soonest = Number.POSITIVE_INFINITY;
    for (let started = true; started; ) {
      started = false;
      for (const [bucket, standing] of standings) {
        const [next] = standing.queue;
        if (next === undefined) continue;
        const { ms, limited } = waitFor(standing);
        const asks = limited ? whoAsks(standing, ms) : undefined;
        if (ms > 0 && asks === undefined) soonest = Math.min(soonest, limited ? announce(standing, ms) : ms);
        else if (inFlight < most) {
          (asks ?? next).start(performance.now() >= standing.lookAt || asks !== undefined);
          moveBack(bucket, standing);
          started = true;
          break;
        }
      }
    }
    if (Number.isFinite(soonest)) timer = setTimeout(pump, Math.max(1, Math.ceil(soonest)));
  };

  const isTooLong = ({ since, maxWaitMs, deadline }: Waiter, wait: number): boolean =>
    performance.now() - since + wait > maxWaitMs || Date.now() + wait > deadline;

  /**
   * Who would be sent away for a refusal that came before they did: they ask once themselves, since what was refused then
   * need not be now. Those who came before it share it.
   */
  const whoAsks = ({ queue, refusals, refusedAt }: Standing, wait: number): Waiter | undefined =>
    refusals === 0
      ? undefined
      : [...queue].find((waiter) => !waiter.wasRefused && waiter.since > refusedAt && isTooLong(waiter, wait));

  /** Tells those who wait, sends away those who cannot wait so long; gives when to look again. */
  const announce = ({ queue }: Standing, wait: number): number => {
    const now = performance.now();
    let soonest = wait;
    for (const waiter of queue) {
      if (isTooLong(waiter, wait)) waiter.refuse(new Refused(wait));
      else if (waiter.onWait && wait >= TELL_FROM_MS) {
        const due = waiter.told + TELL_AGAIN_MS - now;
        soonest = Math.min(soonest, due > 0 ? due : TELL_AGAIN_MS);
        if (due > 0) continue;
        waiter.told = now;
        // Not from in here: it may cancel, and so change what is being gone through.
        queueMicrotask(() => queue.has(waiter) && waiter.onWait?.(wait));
      }
    }
    return soonest;
  };

  const learn = (
    standing: Standing,
    { scout, startedAt }: { scout: boolean; startedAt: number },
    status: number,
    headers: AnswerHeaders,
  ): void => {
    const limit = numberOf(headers, "x-rate-limit-limit");
    const remaining = numberOf(headers, "x-rate-limit-remaining");
    const reset = numberOf(headers, "x-rate-limit-reset") * 1000;
    const now = performance.now();
    const end = now + Math.min(reset - clock.now(), LONGEST_MS);
    if (status === 429 && isTooManyAtOnce(headers)) {
      if (startedAt < halved) return;
      most = Math.max(1, Math.floor(most / 2));
      halved = now;
      successes = 0;
      return;
    }
    if (status === 429) {
      if (startedAt > standing.refusedAt) standing.refusals += 1;
      standing.refusedAt = now;
      if (limit > 0) standing.limit = limit;
      standing.remaining = 0;
      standing.scouts = 0;
      const told = Number.isNaN(reset) ? 0 : reset;
      standing.reset = scout ? told : Math.max(standing.reset, told);
      const back = now + LOOK_AGAIN_MS * 2 ** Math.min(standing.refusals - 1, 5);
      standing.lookAt = Math.max(back, Number.isNaN(reset) ? 0 : end + MARGIN_MS);
      return;
    }
    if (++successes >= 4 * most) {
      successes = 0;
      most = Math.min(rules.concurrency, most + 1);
    }
    // What began before a refusal knows nothing of it.
    if (startedAt <= standing.refusedAt) return;
    const recovered = standing.refusals > 0;
    standing.refusals = 0;
    if (Number.isNaN(limit) || Number.isNaN(remaining) || Number.isNaN(reset)) {
      // Who tells no limits, or none any more, is not paced.
      if (standing.reset === 0 || scout)
        Object.assign(standing, { limit: 1e9, remaining: 1e9, reset: 0, scouts: 0, lookAt: now + 60_000 });
      return;
    }
    // An answer of a window that is over tells nothing; a scout's is believed, should the org's clock have gone back.
    if (reset < standing.reset && !scout) return;
    const same = reset === standing.reset;
    standing.limit = limit;
    // Answers overtake each other, so the least of a window counts; after a refusal the count begins anew.
    standing.remaining = same && !recovered ? Math.min(standing.remaining, remaining) : remaining;
    standing.reset = reset;
    if (!same) standing.scouts = Math.min(MOST_SCOUTS, Math.floor((limit - reserveOf(limit)) / 100));
    standing.lookAt = standing.scouts > 0 ? end - ROUNDING_MS + MARGIN_MS : end + MARGIN_MS;
    // A window that should be over but is not: its end was rounded, so look again soon.
    if (now >= standing.lookAt) standing.lookAt = now + LOOK_AGAIN_MS;
  };

  const begin = (standing: Standing, scout: boolean): Turn => {
    const startedAt = performance.now();
    if (scout) {
      standing.heldUntil = startedAt + HOLD_MS;
      standing.scouts = Math.max(0, standing.scouts - 1);
    }
    standing.inFlight += 1;
    inFlight += 1;
    let open = true;
    return {
      done: (status, headers = {}) => {
        if (!open) return;
        open = false;
        if (scout) standing.heldUntil = 0;
        standing.inFlight -= 1;
        inFlight -= 1;
        if (status !== undefined) learn(standing, { scout, startedAt }, status, headers);
        pump();
      },
    };
  };

  const turn = (bucket: Bucket, options: TurnOptions): Promise<Turn> =>
    new Promise((resolve, reject) => {
      const standing = standingOf(bucket);
      const { signal, deadline } = options;
      const leave = (): void => {
        standing.queue.delete(waiter);
        clearTimeout(expiry);
        signal?.removeEventListener("abort", cancel);
      };
      const giveUp = (reason: unknown): void => {
        waiter.refuse(reason);
        pump();
      };
      const cancel = (): void => giveUp(signal?.reason);
      const waiter: Waiter = {
        ...options,
        since: performance.now(),
        told: Number.NEGATIVE_INFINITY,
        start: (scout) => {
          leave();
          resolve(begin(standing, scout));
        },
        refuse: (reason) => {
          leave();
          reject(reason);
        },
      };
      if (signal?.aborted) return reject(signal.reason);
      // The common case: nobody waits, so there is nothing to be kept in a queue for.
      if (standing.queue.size === 0 && inFlight < most && waitFor(standing).ms <= 0) {
        moveBack(bucket, standing);
        return resolve(begin(standing, performance.now() >= standing.lookAt));
      }
      const left = deadline - Date.now();
      const expiry = left < LONGEST_TIMER_MS ? setTimeout(() => giveUp(new OutOfTime()), left) : undefined;
      signal?.addEventListener("abort", cancel, { once: true });
      standing.queue.add(waiter);
      pump();
    });

  const stateOf = (bucket: Bucket): BucketState | undefined => {
    const known = standings.get(bucket);
    return known && known.reset > 0 ? { bucket, limit: known.limit, remaining: known.remaining } : undefined;
  };

  return {
    turn,
    state: stateOf,
    states: () => [...standings.keys()].flatMap((bucket) => stateOf(bucket) ?? []),
  };
}

function numberOf(headers: AnswerHeaders, name: string): number {
  const text = headerOf(headers, name);
  return text !== undefined && /^\d{1,11}$/.test(text) ? Number(text) : Number.NaN;
}
