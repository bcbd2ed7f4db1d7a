import { getEventListeners, setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type Budget,
  createBudget,
  OutOfTime,
  Refused,
  type Turn,
  type TurnOptions,
} from "../../../src/okta/budget.ts";
import type { Okta, OktaRequest } from "../../../src/okta/client.ts";
import { orgClock } from "../../../src/okta/clock.ts";
import { OktaError } from "../../../src/okta/error.ts";
import { at, listAt, textAt } from "../../support/at.ts";
import { startOrg, type TestOrg } from "../../support/org.ts";
import { direct } from "./direct.ts";

const START = Date.UTC(2026, 0, 5, 12);
const FAKED = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] as const;
const FOREVER: TurnOptions = { maxWaitMs: Number.POSITIVE_INFINITY, deadline: Number.POSITIVE_INFINITY };

/** The three headers; `reset` in milliseconds from now. */
function told(limit: number, remaining: number, resetInMs: number): Record<string, string> {
  return {
    "x-rate-limit-limit": String(limit),
    "x-rate-limit-remaining": String(remaining),
    "x-rate-limit-reset": String(Math.ceil((Date.now() + resetInMs) / 1000)),
  };
}

/** A budget and those who ask it for turns. */
function desk(reservePercent = 10, concurrency = 12) {
  const clock = orgClock();
  const budget = createBudget({ reservePercent, concurrency }, clock);
  const going: Turn[] = [];
  const failed: unknown[] = [];
  /** Asks for a turn; it shows up in `going` or `failed`. */
  const ask = (options: Partial<TurnOptions> = {}, bucket = "/api/v1"): void => {
    budget.turn(bucket, { ...FOREVER, ...options }).then(
      (turn) => going.push(turn),
      (reason: unknown) => failed.push(reason),
    );
  };
  const askMany = (count: number, options: Partial<TurnOptions> = {}, bucket = "/api/v1"): void => {
    for (let asked = 0; asked < count; asked += 1) ask(options, bucket);
  };
  /** Lets time pass. */
  const pass = (milliseconds = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);
  /** The oldest of those who go has its answer; gives how many go now. */
  const finish = async (status?: number, headers?: Record<string, string>): Promise<number> => {
    going.shift()?.done(status, headers);
    await pass();
    return going.length;
  };
  return { budget, clock, going, failed, ask, askMany, pass, finish };
}

describe("a budget", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: [...FAKED], now: START });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("sends one request ahead until it knows the bucket", async () => {
    const { budget, going, askMany, pass, finish } = desk();
    askMany(5);
    await pass();
    expect(going).toHaveLength(1);
    expect(budget.state("/api/v1")).toBeUndefined();
    expect(await finish(200, told(100, 99, 60_000))).toBe(4);
    expect(budget.state("/api/v1")).toEqual({ bucket: "/api/v1", limit: 100, remaining: 99 });
    expect(budget.states()).toHaveLength(1);
  });

  it.each([
    // limit, left, how many go at once, how many in all, reserve in percent
    [50, 20, 6, 15, 10],
    [50, 20, 7, 20, 0],
    [50, 20, 0, 0, 90],
    [50, 46, 1, 1, 90],
    [1, 1, 1, 1, 90],
    [3, 3, 1, 1, 50],
  ])("of %i with %i left lets %i go at once, %i in all, with a reserve of %i percent", async (...numbers) => {
    const [limit, remaining, atOnce, may, reserve] = numbers;
    const { going, askMany, pass, finish } = desk(reserve, 100);
    askMany(40);
    await pass();
    await finish(200, told(limit, remaining, 30_000));
    expect(going).toHaveLength(atOnce);
    let went = 0;
    for (; going.length > 0; went += 1) await finish(200, told(limit, remaining - went - 1, 30_000));
    expect(went).toBe(may);
    await pass(29_000);
    expect(going).toHaveLength(0);
  });

  it("sends one ahead when the window is over, and the rest when it is", async () => {
    const { going, askMany, pass, finish } = desk(10, 100);
    askMany(40);
    await pass();
    await finish(200, told(50, 5, 30_000));
    expect(going).toHaveLength(0);
    await pass(30_100);
    expect(going).toHaveLength(1);
    expect(await finish(200, told(500, 499, 60_000))).toBe(38);
  });

  it("looks again soon while the window that should be over is not", async () => {
    const { going, ask, askMany, pass, finish } = desk();
    ask();
    await pass();
    await finish(200, told(50, 5, 1_000));
    askMany(4);
    await pass(1_100);
    expect(going).toHaveLength(1);
    expect(await finish(200, told(50, 4, -100))).toBe(0);
    await pass(240);
    expect(going).toHaveLength(0);
    await pass(20);
    expect(await finish(200, told(50, 49, 60_000))).toBe(2);
  });

  it("looks before the told end where the bucket is large, since that is rounded up", async () => {
    const { going, askMany, pass, finish } = desk();
    askMany(1);
    await pass();
    // The window ends after 5.1 s, as nobody is told.
    await finish(200, told(600, 63, 5_100));
    askMany(10);
    await pass(4_000);
    expect(going).toHaveLength(0);
    await pass(1_200);
    expect(going).toHaveLength(1);
    expect(await finish(200, told(600, 599, 60_000))).toBe(9);
  });

  it("goes on after a scout that was given up or had no answer", async () => {
    const { going, askMany, pass, finish } = desk();
    askMany(3);
    await pass();
    expect(await finish()).toBe(1);
    expect(await finish()).toBe(1);
    expect(await finish(200, told(50, 49, 60_000))).toBe(0);
    expect(going).toHaveLength(0);
  });

  it("does not let a slow scout stop the others", async () => {
    const { going, askMany, pass } = desk();
    askMany(30);
    await pass();
    expect(going).toHaveLength(1);
    await pass(3_100);
    expect(going).toHaveLength(4);
    await pass(60_000);
    expect(going).toHaveLength(12);
  });

  it("does not mind a turn that is ended twice", async () => {
    const { going, ask, askMany, pass } = desk(0, 2);
    ask();
    await pass();
    going[0]?.done(200, told(50, 49, 60_000));
    going[0]?.done(429, told(50, 0, 60_000));
    askMany(5);
    await pass();
    expect(going).toHaveLength(3);
  });

  it("learns nothing from an answer of a window that is over", async () => {
    const { budget, askMany, pass, finish } = desk();
    askMany(1);
    await pass();
    await finish(200, told(100, 99, 60_000));
    askMany(2);
    await pass();
    await finish(200, told(100, 90, 120_000));
    await finish(200, told(100, 3, 60_000));
    expect(budget.state("/api/v1")?.remaining).toBe(90);
  });

  it("takes the least that answers of one window say, since they overtake each other", async () => {
    const { budget, askMany, pass, finish } = desk();
    askMany(3);
    await pass();
    await finish(200, told(100, 99, 60_000));
    await finish(200, told(100, 97, 60_000));
    await finish(200, told(100, 98, 60_000));
    expect(budget.state("/api/v1")?.remaining).toBe(97);
  });

  it("follows a limit that changes", async () => {
    const { budget, ask, pass, finish } = desk();
    for (const limit of [100, 600, 20]) {
      ask();
      await pass();
      await finish(200, told(limit, limit - 1, 60_000));
      expect(budget.state("/api/v1")).toMatchObject({ limit, remaining: limit - 1 });
      await pass(61_000);
    }
  });

  it.each([
    ["none", {}],
    ["a part", { "x-rate-limit-limit": "600", "x-rate-limit-remaining": "599" }],
    ["nonsense", { "x-rate-limit-limit": "many", "x-rate-limit-remaining": "-1", "x-rate-limit-reset": "soon" }],
  ])("does not pace whom answers tell %s of the headers", async (_, headers) => {
    const { budget, askMany, pass, finish } = desk();
    askMany(30);
    await pass();
    expect(await finish(200, headers)).toBe(12);
    expect(budget.state("/api/v1")).toBeUndefined();
    for (let answered = 0; answered < 29; answered += 1) await finish(200, headers);
    expect(budget.state("/api/v1")).toBeUndefined();
  });

  it("paces no more whose answers stop telling", async () => {
    const { askMany, pass, finish } = desk();
    askMany(1);
    await pass();
    await finish(200, told(100, 99, 5_000));
    await pass(6_000);
    askMany(10);
    await pass();
    expect(await finish(200)).toBe(9);
  });

  it("does not believe a window's end that is years away", async () => {
    const { going, askMany, pass, finish } = desk();
    askMany(2);
    await pass();
    await finish(429, { ...told(100, 0, 0), "x-rate-limit-reset": "99999999999" });
    await pass(11 * 60_000);
    expect(going).toHaveLength(1);
  });

  describe("after a 429", () => {
    it("waits for the told end, also in a bucket it knew nothing of", async () => {
      const { budget, going, askMany, pass, finish } = desk();
      askMany(5);
      await pass();
      expect(await finish(429, told(100, 0, 8_000))).toBe(0);
      expect(budget.state("/api/v1")).toMatchObject({ limit: 100, remaining: 0 });
      await pass(7_900);
      expect(going).toHaveLength(0);
      await pass(200);
      expect(going).toHaveLength(1);
    });

    it("waits longer each time where no end is told", async () => {
      const { going, askMany, pass, finish } = desk();
      askMany(10);
      await pass();
      for (const wait of [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000]) {
        expect(await finish(429)).toBe(0);
        await pass(wait - 1);
        expect(going).toHaveLength(0);
        await pass(2);
        expect(going).toHaveLength(1);
      }
    });

    it("counts those of one burst once", async () => {
      const { going, askMany, pass, finish } = desk();
      askMany(13);
      await pass();
      await finish(200, told(100, 99, 60_000));
      for (let refused = 0; refused < 12; refused += 1) await finish(429, told(100, 0, 0));
      askMany(1);
      await pass(300);
      expect(going).toHaveLength(1);
    });

    it("believes the next answer again, within the same window too", async () => {
      const { going, ask, askMany, pass, finish } = desk();
      ask();
      await pass();
      await finish(200, told(100, 80, 60_000));
      ask();
      await pass();
      await finish(429, told(100, 0, -1_000));
      askMany(10);
      await pass(300);
      expect(going).toHaveLength(1);
      expect(await finish(200, told(100, 78, 59_700))).toBe(9);
    });

    it("lets who comes later and cannot wait ask once, for all who came with them", async () => {
      const { going, failed, ask, askMany, pass, finish } = desk();
      ask();
      await pass();
      await finish(429, told(100, 0, 60_000));
      await pass(1_000);
      askMany(5, { maxWaitMs: 30_000 });
      askMany(2);
      await pass();
      expect(going).toHaveLength(1);
      expect(failed).toEqual([]);
      await pass(100);
      await finish(429, told(100, 0, 58_900));
      expect(going).toHaveLength(0);
      expect(failed).toEqual(Array(4).fill(expect.any(Refused)));
      await pass(1_000);
      ask({ maxWaitMs: 30_000 });
      await pass();
      expect(await finish(200, told(100, 80, 57_900))).toBe(2);
    });

    it("sends away who was refused before and cannot wait", async () => {
      const { going, failed, ask, pass, finish } = desk();
      ask();
      await pass();
      await finish(429, told(100, 0, 60_000));
      await pass(1_000);
      ask({ maxWaitMs: 30_000, wasRefused: true });
      await pass();
      expect(going).toHaveLength(0);
      expect(failed).toEqual([expect.any(Refused)]);
    });

    it("does not believe an answer that set out before", async () => {
      const { going, askMany, pass, finish } = desk();
      askMany(3);
      await pass();
      await finish(200, told(100, 99, 60_000));
      going.reverse();
      await finish(429, told(100, 0, 60_000));
      await pass(10);
      await finish(200, told(100, 97, 60_000));
      askMany(1);
      await pass(59_000);
      expect(going).toHaveLength(0);
    });
  });

  describe("of concurrency", () => {
    const crowded = { "x-rate-limit-limit": "0", "x-rate-limit-remaining": "0", "x-rate-limit-reset": "1" };
    const fine = (): Record<string, string> => told(100_000, 99_000, 600_000);

    it("halves once for all that were out together, and grows back one by one", async () => {
      const { going, askMany, pass, finish } = desk();
      askMany(500);
      await pass();
      await finish(200, fine());
      expect(going).toHaveLength(12);
      await pass(10);
      for (let refused = 0; refused < 12; refused += 1) await finish(429, crowded);
      expect(going).toHaveLength(6);
      for (const most of [7, 8, 9, 10, 11, 12, 12]) {
        for (let answered = 0; answered < 4 * (most === 12 ? 13 : most - 1); answered += 1) await finish(200, fine());
        expect(going).toHaveLength(most);
      }
    });

    it("goes down to one at a time, never to none", async () => {
      const { going, askMany, pass, finish } = desk();
      askMany(100);
      await pass();
      await finish(200, fine());
      for (let refused = 0; refused < 60; refused += 1) {
        await pass(10);
        await finish(429, crowded);
        expect(going.length).toBeGreaterThan(0);
      }
      expect(going).toHaveLength(1);
    });
  });

  it("gives buckets their turn by turn, however long one's queue", async () => {
    const { budget, ask, pass, finish } = desk(0, 1);
    for (const bucket of ["/a", "/b"]) {
      ask({}, bucket);
      await pass();
      await finish(200, told(1000, 999, 600_000));
    }
    const order: string[] = [];
    const line = (bucket: string, length: number): Promise<unknown>[] =>
      Array.from({ length }, async () => {
        const turn = await budget.turn(bucket, FOREVER);
        order.push(bucket);
        turn.done(200, told(1000, 900, 600_000));
      });
    await Promise.all([...line("/a", 100), ...line("/b", 3)]);
    expect(order.slice(0, 7).sort()).toEqual(["/a", "/a", "/a", "/a", "/b", "/b", "/b"]);
  });

  it("lets a bucket that is used up keep no other waiting", async () => {
    const { going, ask, askMany, pass, finish } = desk();
    ask();
    await pass();
    await finish(200, told(100, 0, 60_000));
    askMany(100);
    ask({}, "/other");
    await pass();
    expect(going).toHaveLength(1);
  });

  describe("asked to give up", () => {
    const reason = new Error("enough");

    it("does so at once, and the next in the queue loses nothing", async () => {
      const { going, failed, ask, pass, finish } = desk();
      ask();
      await pass();
      const stop = new AbortController();
      ask({ signal: stop.signal });
      ask();
      stop.abort(reason);
      await pass();
      expect(failed).toEqual([reason]);
      expect(await finish(200, told(100, 99, 60_000))).toBe(1);
      expect(going).toHaveLength(1);
    });

    it("before it was asked for a turn, gives none", async () => {
      const { going, failed, ask, pass } = desk();
      ask({ signal: AbortSignal.abort(reason) });
      await pass();
      expect([going, failed]).toEqual([[], [reason]]);
    });

    it("leaves no listener and no timer behind, whatever became of the turns", async () => {
      const { going, failed, askMany, pass, finish } = desk();
      const stop = new AbortController();
      const { signal } = stop;
      setMaxListeners(0, signal);
      askMany(300, { signal, deadline: Date.now() + 40_000 });
      await pass();
      expect(getEventListeners(signal, "abort")).toHaveLength(299);
      await finish(200, told(50, 10, 60_000));
      while (going.length > 0) await finish(200, told(50, 5, 60_000));
      expect(failed).toHaveLength(297);
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
      askMany(3, { signal });
      await pass();
      stop.abort(reason);
      await pass();
      expect(failed.slice(297)).toEqual([reason, reason, reason]);
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
      expect(vi.getTimerCount()).toBe(0);
    });

    it("by whom it told of the wait, still serves the others", async () => {
      const { going, failed, ask, askMany, pass, finish } = desk();
      ask();
      await pass();
      await finish(200, told(50, 0, 5_000));
      const stop = new AbortController();
      const onWait = (): void => stop.abort(reason);
      askMany(4, { signal: stop.signal });
      askMany(2);
      ask({ signal: stop.signal, onWait });
      await pass();
      expect(failed).toEqual(Array(5).fill(reason));
      expect(vi.getTimerCount()).toBe(1);
      await pass(6_000);
      expect(await finish(200, told(50, 49, 60_000))).toBe(1);
      expect(going).toHaveLength(1);
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  describe("that cannot give a turn in time", () => {
    it.each([
      ["the longest wait", { maxWaitMs: 20_000 }],
      ["the deadline", { deadline: START + 20_000 }],
    ])("says so at once and how long it would be: %s", async (_, bound) => {
      const { failed, ask, pass, finish } = desk();
      ask();
      await pass();
      await finish(200, told(50, 0, 30_000));
      ask(bound);
      await pass();
      expect(failed).toEqual([expect.any(Refused)]);
      const [refused] = failed;
      const wait = refused instanceof Refused ? refused.waitMs : 0;
      expect(wait).toBeGreaterThanOrEqual(30_000);
      expect(wait).toBeLessThan(31_100);
    });

    it("adds up the windows it has waited for", async () => {
      const { failed, ask, pass, finish } = desk();
      ask();
      await pass();
      await finish(200, told(50, 0, 8_000));
      ask({ maxWaitMs: 15_000 });
      ask({ maxWaitMs: 30_000 });
      await pass(8_100);
      // The first of them is the scout; another client has taken the new window as well.
      await finish(200, told(50, 0, 8_000));
      expect(failed).toEqual([]);
      ask({ maxWaitMs: 5_000 });
      await pass();
      expect(failed).toEqual([expect.any(Refused)]);
    });

    it("ends at the deadline where no limit is the reason", async () => {
      const { going, failed, ask, pass, finish } = desk(0, 1);
      ask({}, "/slow");
      ask({ deadline: START + 5_000 });
      await pass(4_999);
      expect(failed).toEqual([]);
      await pass(1);
      expect(failed).toEqual([expect.any(OutOfTime)]);
      ask();
      await pass();
      expect(await finish(200)).toBe(1);
      expect(going).toHaveLength(1);
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  describe("that makes wait", () => {
    /** A bucket that is used up for so long. */
    async function usedUp(milliseconds: number) {
      const made = desk();
      made.ask();
      await made.pass();
      await made.finish(200, told(50, 0, milliseconds));
      return made;
    }

    it("tells of it at once and every ten seconds", async () => {
      const { ask, pass } = await usedUp(25_000);
      const waits: number[] = [];
      ask({ onWait: (milliseconds) => waits.push(Math.round(milliseconds / 100) / 10) });
      await pass();
      expect(waits).toEqual([25]);
      await pass(9_900);
      expect(waits).toHaveLength(1);
      await pass(200);
      await pass(10_000);
      expect(waits).toEqual([25, 15, 5]);
      await pass(10_000);
      expect(waits).toHaveLength(3);
    });

    it("does so whatever else goes on meanwhile", async () => {
      const { ask, pass, finish } = await usedUp(35_000);
      let tellings = 0;
      ask({ onWait: () => (tellings += 1) });
      for (let seconds = 0; seconds < 30; seconds += 1) {
        ask({}, "/other");
        await pass(1_000);
        await finish(200, told(1_000, 900, 60_000));
      }
      expect(tellings).toBe(4);
    });

    it("does so in time after something else went on", async () => {
      const { ask, pass, finish } = await usedUp(35_000);
      let tellings = 0;
      ask({ onWait: () => (tellings += 1) });
      await pass(9_000);
      ask({}, "/other");
      await pass();
      await finish(200, told(1_000, 900, 60_000));
      await pass(1_100);
      expect(tellings).toBe(2);
    });

    it("tells each of those who wait, also who comes later", async () => {
      const { askMany, pass } = await usedUp(25_000);
      let tellings = 0;
      askMany(7, { onWait: () => (tellings += 1) });
      await pass(4_000);
      expect(tellings).toBe(7);
      askMany(1, { onWait: () => (tellings += 1) });
      await pass();
      expect(tellings).toBe(8);
    });

    it("tells nothing of a wait of less than a second", async () => {
      const { going, ask, pass } = await usedUp(0);
      let tellings = 0;
      ask({ onWait: () => (tellings += 1) });
      await pass(900);
      expect(going).toHaveLength(1);
      expect(tellings).toBe(0);
    });

    it.each([-3_600_000, 3_600_000])("does not notice when our clock is set by %i ms", async (step) => {
      const { going, failed, ask, pass } = await usedUp(20_000);
      ask({ maxWaitMs: 30_000 });
      await pass(5_000);
      vi.setSystemTime(Date.now() + step);
      await pass(14_000);
      expect(going).toHaveLength(0);
      await pass(1_500);
      expect(going).toHaveLength(1);
      expect(failed).toEqual([]);
    });
  });
});

/** An org's bucket as Okta counts: fixed windows that begin with a request, their end told in whole seconds. */
class Counter {
  readonly perWindow: number[] = [];
  refused = 0;
  private end = 0;
  private used = 0;

  constructor(
    private readonly limit: number,
    private readonly windowMs: number,
  ) {}

  request(): { status: number; headers: Record<string, string>; date: string } {
    if (Date.now() >= this.end) {
      this.end = Date.now() + this.windowMs;
      this.used = 0;
      this.perWindow.push(0);
    }
    this.used += 1;
    this.perWindow[this.perWindow.length - 1] = this.used;
    if (this.used > this.limit) this.refused += 1;
    return {
      status: this.used > this.limit ? 429 : 200,
      headers: told(this.limit, Math.max(0, this.limit - this.used), this.end - Date.now()),
      date: new Date(Date.now()).toUTCString(),
    };
  }
}

describe("a burst", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: [...FAKED], now: START });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const delay = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

  /** Sends so many requests through a budget of its own, each until it is done; tells how long it took in all. */
  async function burst(org: Counter, requests: number, latency: number): Promise<{ took: number; refused: number }> {
    let refused = 0;
    const clock = orgClock();
    const budget: Budget = createBudget({ reservePercent: 10, concurrency: 12 }, clock);
    const began = performance.now();
    const one = async (): Promise<void> => {
      for (;;) {
        const turn = await budget.turn("/api/v1", FOREVER);
        await delay(latency / 2);
        const { status, headers, date } = org.request();
        await delay(latency / 2);
        clock.learn(date);
        turn.done(status, headers);
        if (status === 200) return;
        refused += 1;
      }
    };
    await Promise.all(Array.from({ length: requests }, one));
    return { took: performance.now() - began, refused };
  }

  /** Lets time pass until it is there. */
  async function until<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const end = promise.finally(() => {
      over = true;
    });
    while (!over) await vi.advanceTimersByTimeAsync(500);
    return end;
  }

  it.each([
    // limit, window in ms, latency in ms, when in the second it begins
    [60, 2_000, 10, 0],
    [60, 2_000, 200, 300],
    [60, 60_000, 80, 500],
    [100, 60_000, 300, 999],
    [600, 60_000, 80, 1],
    [600, 60_000, 400, 700],
    [1_200, 60_000, 150, 123],
  ])("of five windows meets no 429 and leaves the reserve: %i in %i ms", async (limit, windowMs, latency, phase) => {
    await vi.advanceTimersByTimeAsync(phase);
    const org = new Counter(limit, windowMs);
    const { took } = await until(burst(org, limit * 4, latency));
    expect(org.refused).toBe(0);
    const most = limit - Math.ceil(limit / 10);
    expect(Math.max(...org.perWindow)).toBeLessThanOrEqual(most);
    expect(org.perWindow.length).toBeGreaterThan(4);
    // Of each window all but a few is used, and of the time between them little is lost.
    for (const used of org.perWindow.slice(0, -1)) expect(used).toBeGreaterThanOrEqual(most - 4);
    const lost = limit < 600 ? 1_200 : 600 + latency;
    expect(took).toBeLessThan(org.perWindow.length * (windowMs + lost));
  });

  it.each([
    [2, 60, 2_000],
    [2, 100, 60_000],
    [3, 600, 60_000],
  ])("of %i clients at once meets next to no 429: %i in %i ms", async (clients, limit, windowMs) => {
    const org = new Counter(limit, windowMs);
    await until(Promise.all(Array.from({ length: clients }, () => burst(org, limit * 3, 80))));
    expect(org.refused).toBeLessThan((clients * limit * 3) / 100);
  });

  it("gets over another client that takes all there is", async () => {
    const org = new Counter(100, 10_000);
    const greedy = setInterval(() => org.request(), 50);
    const { took, refused } = await until(burst(org, 150, 80));
    clearInterval(greedy);
    expect(Math.max(...org.perWindow)).toBeGreaterThan(150);
    expect(refused).toBeLessThan(5 * org.perWindow.length);
    expect(took).toBeLessThan(120_000);
  });
});

describe("through the client", () => {
  const WINDOW_MS = 1_000;
  const LIMIT = 60;
  const TIMES = process.env.LONG === "1" ? 5 : 1;
  const MAY = LIMIT - LIMIT / 10;
  let org: TestOrg;
  let people: string[] = [];
  const open: Okta[] = [];

  beforeAll(async () => {
    org = await startOrg("--rate-limit", String(LIMIT), "--window", String(WINDOW_MS / 1000), "--users", "20");
    people = await idsOf(org);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((okta) => okta.close()));
    await org.control("POST", "settings", { concurrency: 75 });
    await org.control("DELETE", "faults");
  });
  afterAll(() => org.stop());

  function client(options: Parameters<typeof direct>[1] = {}): ReturnType<typeof direct> {
    const made = direct(org, options);
    open.push(made.okta);
    return made;
  }

  function write(number: number): OktaRequest {
    const userId = people[number % people.length] ?? "";
    const body = { profile: { city: `City ${number}` } };
    return { method: "POST", template: "/api/v1/users/{userId}", path: { userId }, body, effect: "write" };
  }

  const many = (okta: Okta, count: number): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, (_, number) => okta.send(write(number))));

  it("a burst meets no 429 and takes no more of any window than it may", async () => {
    const WRITES = 200 * TIMES;
    const { okta, records } = client();
    await org.control("DELETE", "requests");
    await many(okta, WRITES);
    expect(records.filter(({ status }) => status !== 200)).toEqual([]);
    expect(records).toHaveLength(WRITES);
    const times = (await logged(org)).map(({ time }) => time);
    expect(times).toHaveLength(WRITES);
    for (const count of windows(times, WINDOW_MS)) expect(count).toBeLessThanOrEqual(MAY);
  }, 60_000);

  it.runIf(process.env.LONG === "1")(
    "two clients at once both finish with next to no 429",
    async () => {
      const clients = [client(), client()];
      await Promise.all(clients.map(({ okta }) => many(okta, 110 * TIMES)));
      const records = clients.flatMap((one) => one.records);
      expect(records.length).toBeGreaterThanOrEqual(220 * TIMES);
      expect(records.filter(({ status }) => status === 429).length).toBeLessThan(records.length / 100);
      expect(records.filter(({ status }) => status !== 429 && status !== 200)).toEqual([]);
    },
    60_000,
  );

  it("another client that drains the bucket is got over", async () => {
    const { okta, records } = client();
    await many(okta, 1);
    const drained = Array.from({ length: LIMIT + 10 }, (_, number) => {
      const { path, body } = write(number);
      const headers = { authorization: `SSWS ${org.token}`, "content-type": "application/json" };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      return fetch(`${org.url}/api/v1/users/${path.userId}`, init).then(({ status }) => status);
    });
    const [statuses] = await Promise.all([Promise.all(drained), many(okta, 30)]);
    expect(statuses).toContain(429);
    expect(records.filter(({ status }) => status === 200)).toHaveLength(31);
  });

  it("a wait that is too long fails at once and says when to come back; who comes later asks once", async () => {
    await org.fault({ kind: "status", status: 429, resetInSeconds: 20, count: 2 });
    const { okta } = client({ maxWaitMs: 5_000 });
    const refused = (): Promise<unknown> =>
      okta.send(write(0)).then(
        () => undefined,
        (error: unknown) => error,
      );
    const [first, sent] = await org.watch(refused);
    expect(sent).toHaveLength(1);
    const [second, again] = await org.watch(refused);
    expect(again).toHaveLength(1);
    for (const error of [first, second]) {
      expect(error).toBeInstanceOf(OktaError);
      expect(at(error, "failure.code")).toBe("rate_limited");
      const ahead = Date.parse(textAt(error, "failure.retryAt")) - Date.now();
      expect(ahead).toBeGreaterThan(15_000);
      expect(ahead).toBeLessThan(22_000);
    }
    // What was refused then need not be now.
    expect(await refused()).toBeUndefined();
    // A bucket of its own is not concerned.
    await okta.send({ method: "GET", template: "/api/v1/users", path: {}, effect: "read" });
  });

  it("a bucket that we used up ourselves sends nothing of what cannot wait", async () => {
    await sleep(WINDOW_MS);
    const { okta } = client({ maxWaitMs: 100 });
    await many(okta, 1);
    await many(okta, MAY - 1);
    const [error, sent] = await org.watch(() =>
      okta.send(write(0)).then(
        () => undefined,
        (reason: unknown) => reason,
      ),
    );
    expect(sent).toEqual([]);
    expect(at(error, "failure.code")).toBe("rate_limited");
    const ahead = Date.parse(textAt(error, "failure.retryAt")) - Date.now();
    expect(ahead).toBeGreaterThan(0);
    expect(ahead).toBeLessThan(WINDOW_MS + 1_100);
  });

  it("an org that takes five requests at a time gets them all done", async () => {
    await org.control("POST", "settings", { concurrency: 5 });
    await org.fault({ kind: "delay", delayMs: 30, count: 1_000 });
    const { okta, records } = client();
    await many(okta, 80);
    expect(records.filter(({ status }) => status === 200)).toHaveLength(80);
    // It settles: most of what is refused is so at the beginning.
    const refused = records.map(({ status }) => status === 429);
    expect(refused.filter(Boolean).length).toBeLessThan(40);
    expect(refused.slice(-30).filter(Boolean).length).toBeLessThan(6);
  });

  it("a call that is given up while it waits ends at once and is not sent", async () => {
    await org.fault({ kind: "status", status: 429, resetInSeconds: 10 });
    const { okta } = client();
    const stop = new AbortController();
    const waits: number[] = [];
    const onWait = (milliseconds: number): void => {
      waits.push(milliseconds);
      stop.abort();
    };
    const [error, sent] = await org.watch(() =>
      okta.send(write(0), { signal: stop.signal, onWait }).then(
        () => undefined,
        (reason: unknown) => reason,
      ),
    );
    expect(at(error, "failure.code")).toBe("cancelled");
    expect(waits).toHaveLength(1);
    await sleep(50);
    expect(sent.map(({ status }) => status)).toEqual([429]);
  });
});

async function idsOf(org: TestOrg): Promise<string[]> {
  return listAt({ users: await org.api("GET", "/api/v1/users?limit=20") }, "users").map((user) => textAt(user, "id"));
}

/** When each API request came, in order. */
async function logged(org: TestOrg): Promise<{ time: number }[]> {
  const all = await org.control("GET", "requests");
  return listAt({ all }, "all").map((entry) => ({ time: Date.parse(textAt(entry, "time")) }));
}

/** How many of those times lie in each window, which begins with the first request after the last one's end. */
function windows(times: readonly number[], windowMs: number): number[] {
  const counts: number[] = [];
  let end = 0;
  for (const time of [...times].sort((one, other) => one - other)) {
    if (time >= end) {
      end = time + windowMs;
      counts.push(0);
    }
    counts.push((counts.pop() ?? 0) + 1);
  }
  return counts;
}
