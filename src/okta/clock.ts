/** The time by the org's clock, learned from the `Date` of its answers, since ours may be wrong. */
export interface OrgClock {
  /** The org's time in epoch milliseconds, at most a second late; ours until an answer was seen. */
  now(): number;
  /** Takes the `Date` header of an answer that came just now. */
  learn(date: string | undefined): void;
}

const PERIOD_MS = 60_000;
const JUMP_MS = 60_000;

/**
 * `Date` has whole seconds, so a single one is up to a second behind; the least difference seen comes from an answer
 * that was sent just after its second began, and is the best. Clocks drift and are set right, so only the least of this
 * minute and the one before counts. What jumps by more than a minute starts anew.
 */
export function orgClock(local: () => number = Date.now): OrgClock {
  let least = Number.POSITIVE_INFINITY;
  let before = Number.POSITIVE_INFINITY;
  let began = 0;
  const behind = (): number => Math.min(least, before);
  return {
    now: () => local() - (Number.isFinite(behind()) ? behind() : 0),
    learn: (date) => {
      const said = Date.parse(date ?? "");
      if (Number.isNaN(said)) return;
      const now = local();
      const difference = now - said;
      const jumped = Math.abs(difference - behind()) > JUMP_MS;
      if (jumped || Math.abs(now - began) >= PERIOD_MS) {
        before = jumped ? Number.POSITIVE_INFINITY : least;
        least = Number.POSITIVE_INFINITY;
        began = now;
      }
      least = Math.min(least, difference);
    },
  };
}
