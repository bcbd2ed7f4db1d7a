/** The time by the org's clock, learned from the `Date` of its answers, since ours may be wrong. */
export interface OrgClock {
  /** The org's time in epoch milliseconds; ours until an answer was seen. */
  now(): number;
  /** Takes the `Date` header of an answer that came just now. */
  learn(date: string | undefined): void;
}

/**
 * `Date` has whole seconds, so a single one is up to a second behind; the least difference seen comes from an answer
 * that was sent just after its second began, and is the best. What jumps by more than a minute starts anew.
 */
export function orgClock(local: () => number = Date.now): OrgClock {
  let behind: number | undefined;
  return {
    now: () => local() - (behind ?? 0),
    learn: (date) => {
      const said = Date.parse(date ?? "");
      if (Number.isNaN(said)) return;
      const difference = local() - said;
      const jumped = behind !== undefined && Math.abs(difference - behind) > 60_000;
      behind = behind === undefined || jumped ? difference : Math.min(behind, difference);
    },
  };
}
