import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orgClock } from "../../../src/okta/clock.ts";
import { RUNS } from "../runs.ts";

const START = Date.UTC(2026, 0, 5, 12);

/** A local clock and an org's, both in epoch milliseconds, set by hand. */
function clocks(orgAhead = 0) {
  const at = { local: START, org: START + orgAhead };
  const clock = orgClock(() => at.local);
  return {
    at,
    clock,
    pass: (milliseconds: number): void => {
      at.local += milliseconds;
      at.org += milliseconds;
    },
    /** An answer that the org dated now and that took a while to come. */
    answer: (latency = 0): void => {
      const date = new Date(at.org).toUTCString();
      at.local += latency;
      at.org += latency;
      clock.learn(date);
    },
    /** How far the clock is behind the org's, in milliseconds. */
    late: (): number => at.org - clock.now(),
  };
}

describe("the org's clock", () => {
  it("is ours before any answer, and after dates that are none", () => {
    const { at, clock } = clocks(5_000);
    for (const date of [undefined, "", "soon"]) clock.learn(date);
    expect(clock.now()).toBe(at.local);
  });

  it.each([0, 3_600_000, -3_600_000])("is known from the first answer, however far ours is off (%i ms)", (ahead) => {
    const { answer, late } = clocks(ahead);
    answer();
    expect(late()).toBe(0);
  });

  it("is never early and a second late at most, whenever answers come", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.array(fc.nat(90_000), { minLength: 1 }), (ahead, gaps) => {
        const { pass, answer, late } = clocks(ahead);
        for (const gap of gaps) {
          pass(gap);
          answer();
          expect(late()).toBeGreaterThanOrEqual(0);
          expect(late()).toBeLessThan(1_000);
        }
      }),
      RUNS,
    );
  });

  it("becomes exact with an answer dated just after its second began, and a slow one spoils nothing", () => {
    const { pass, answer, late } = clocks(400);
    pass(500);
    answer();
    expect(late()).toBe(900);
    pass(100);
    answer();
    expect(late()).toBe(0);
    answer(5_000);
    expect(late()).toBe(0);
  });

  it("stays exact while minutes pass", () => {
    const { pass, answer, late } = clocks();
    answer();
    pass(60_900);
    answer();
    expect(late()).toBe(0);
  });

  it.each([
    ["back", -30_000],
    ["ahead", 30_000],
  ])("ours set %s is noticed within two minutes", (_, step) => {
    const { at, pass, answer, late } = clocks();
    answer();
    at.local += step;
    for (let seconds = 0; seconds < 122; seconds += 2) {
      pass(2_000);
      answer();
    }
    expect(late()).toBe(0);
  });

  it.each([-120_000, 120_000])("a jump of %i ms is noticed at once", (step) => {
    const { at, answer, late } = clocks();
    answer();
    at.local += step;
    answer();
    expect(late()).toBe(0);
  });
});
