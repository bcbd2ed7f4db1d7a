import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { waitAfter429 } from "../../../src/okta/rate-limit.ts";
import { backoff, READ_RETRIES } from "../../../src/okta/retry.ts";
import { RUNS } from "../runs.ts";

const DATE = "Thu, 11 Sep 2025 16:21:50 GMT";
const NOW = Date.parse(DATE) / 1000;
const least = (): number => 0;
const most = (): number => 1;

describe("backoff", () => {
  it.each([
    [0, 200, 400],
    [1, 400, 800],
    [2, 800, 1600],
    [3, 1600, 3200],
  ])("before repeat %i waits %i to %i ms", (attempt, shortest, longest) => {
    expect([backoff(attempt, least), backoff(attempt, most)]).toEqual([shortest, longest]);
  });

  it("never comes back at once, and differs between callers", () => {
    const pauses = Array.from({ length: 50 }, () => backoff(0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(200);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(400);
    expect(new Set(pauses).size).toBeGreaterThan(5);
  });

  it("keeps all repeats of a read within two seconds", () => {
    const pauses = Array.from({ length: READ_RETRIES }, (_, attempt) => backoff(attempt, most));
    expect(pauses.length).toBeGreaterThan(0);
    expect(pauses.reduce((sum, pause) => sum + pause)).toBeLessThan(2_000);
  });
});

describe("waitAfter429", () => {
  type Headers = Record<string, string | string[] | undefined>;
  /** [what, headers, shortest and longest wait of the first attempt in ms] */
  const cases: readonly [string, Headers, number, number][] = [
    ["the reset less the answer's own date", { date: DATE, "x-rate-limit-reset": `${NOW + 8}` }, 8_250, 8_250],
    ["the same from lists of one line", { date: [DATE], "x-rate-limit-reset": [`${NOW + 8}`] }, 8_250, 8_250],
    ["a reset now", { date: DATE, "x-rate-limit-reset": `${NOW}` }, 250, 250],
    ["a reset that is over", { date: DATE, "x-rate-limit-reset": `${NOW - 30}` }, 250, 250],
    [
      "a limit that is not one of concurrency",
      { date: DATE, "x-rate-limit-reset": `${NOW + 1}`, "x-rate-limit-limit": "10" },
      1_250,
      1_250,
    ],
    ["a concurrency limit", { date: DATE, "x-rate-limit-reset": `${NOW + 60}`, "x-rate-limit-limit": "0" }, 400, 800],
    ["no headers", {}, 400, 800],
    ["no date", { "x-rate-limit-reset": `${NOW + 8}` }, 400, 800],
    ["no reset", { date: DATE }, 400, 800],
    ["a date that is none", { date: "soon", "x-rate-limit-reset": `${NOW + 8}` }, 400, 800],
    ["a reset that is none", { date: DATE, "x-rate-limit-reset": "soon" }, 400, 800],
    ["an empty reset", { date: DATE, "x-rate-limit-reset": "" }, 400, 800],
    ["a reset of zero", { date: DATE, "x-rate-limit-reset": "0" }, 400, 800],
    ["a negative reset", { date: DATE, "x-rate-limit-reset": "-5" }, 400, 800],
  ];
  it.each(cases)("%s", (_, headers, shortest, longest) => {
    expect([waitAfter429(headers, 0, least), waitAfter429(headers, 0, most)]).toEqual([shortest, longest]);
  });

  it("waits longer for each further attempt at a concurrency limit", () => {
    const headers = { "x-rate-limit-limit": "0" };
    expect([0, 1, 2].map((attempt) => waitAfter429(headers, attempt, least))).toEqual([400, 800, 1600]);
  });

  it("does not look at the local clock", () => {
    const old = { date: "Fri, 01 Jan 2010 00:00:00 GMT", "x-rate-limit-reset": `${Date.UTC(2010, 0, 1) / 1000 + 3}` };
    expect(waitAfter429(old, 0, least)).toBe(3_250);
  });

  it("is never negative and never less than the time to the reset", () => {
    const seconds = fc.integer({ min: -100, max: 4_000 });
    fc.assert(
      fc.property(seconds, fc.nat(5), fc.double({ min: 0, max: 1, noNaN: true }), (ahead, attempt, random) => {
        const wait = waitAfter429({ date: DATE, "x-rate-limit-reset": `${NOW + ahead}` }, attempt, () => random);
        expect(wait).toBeGreaterThanOrEqual(Math.max(ahead * 1000, 0));
        expect(wait).toBeLessThanOrEqual(Math.max(ahead * 1000, 0) + 250);
      }),
      RUNS,
    );
  });

  it("is a usable wait for any headers", () => {
    const value = fc.oneof(fc.constant(undefined), fc.string(), fc.integer().map(String), fc.array(fc.string()));
    fc.assert(
      fc.property(value, value, value, (date, reset, limit) => {
        const wait = waitAfter429({ date, "x-rate-limit-reset": reset, "x-rate-limit-limit": limit }, 0);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(wait)).toBe(true);
      }),
      RUNS,
    );
  });
});
