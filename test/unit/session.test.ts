import { describe, expect, it } from "vitest";
import { OktaError } from "../../src/okta/error.ts";
import { createSession } from "../../src/session.ts";

const codeOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => (error instanceof OktaError ? error.failure.code : error),
  );

/** Something that takes as long as one wants. */
class Held {
  begun = false;
  end = (): void => {};
  private readonly ended = new Promise<void>((resolve) => {
    this.end = resolve;
  });
  readonly act = async (): Promise<string> => {
    this.begun = true;
    await this.ended;
    return "done";
  };
}

describe("alone", () => {
  it("lets one after another, also past one that failed", async () => {
    const { alone } = createSession();
    const [one, two] = [new Held(), new Held()];
    const first = alone("a", {}, one.act);
    const failed = alone("a", {}, async () => Promise.reject(new Error("no")));
    const third = alone("a", {}, two.act);
    const other = alone("b", {}, async () => "other");
    expect(await other).toBe("other");
    expect(two.begun).toBe(false);
    one.end();
    expect(await first).toBe("done");
    await expect(failed).rejects.toThrow("no");
    two.end();
    expect(await third).toBe("done");
  });

  it("does not keep a caller who gives up, nor lets the next one past who is at work", async () => {
    const { alone } = createSession();
    const one = new Held();
    const first = alone("a", {}, one.act);
    const stop = new AbortController();
    const never = async (): Promise<string> => "never";
    const cancelled = alone("a", { signal: stop.signal }, never);
    const late = alone("a", { deadline: Date.now() + 30 }, never);
    const two = new Held();
    const next = alone("a", {}, two.act);
    stop.abort();
    expect(await codeOf(cancelled)).toBe("cancelled");
    expect(await codeOf(late)).toBe("timeout");
    expect(two.begun).toBe(false);
    one.end();
    two.end();
    expect([await first, await next]).toEqual(["done", "done"]);
  });

  it("is nothing for who has given up already", async () => {
    const { alone } = createSession();
    const one = new Held();
    const first = alone("a", {}, one.act);
    expect(await codeOf(alone("a", { signal: AbortSignal.abort() }, one.act))).toBe("cancelled");
    one.end();
    await first;
  });
});

describe("what was shown of an account's end", () => {
  const later = (): number => performance.now() + 1;

  it("is asked about only where one was shown or begun here", () => {
    const session = createSession();
    expect(session.ending("a", later())).toBeUndefined();
    session.showedEnding("a", "ACTIVE");
    expect(session.ending("a", later())).toEqual({ shown: "ACTIVE" });
    expect(session.ending("b", later())).toBeUndefined();
  });

  it("counts only when it was whole before the call began", () => {
    const session = createSession();
    const begun = performance.now();
    session.showedEnding("a", "DEPROVISIONED");
    expect(session.ending("a", begun)).toEqual({ shown: undefined });
  });

  it("is forgotten with the next deactivation", () => {
    const session = createSession();
    session.showedEnding("a", "ACTIVE");
    session.deactivated("a");
    expect(session.ending("a", later())).toEqual({ shown: undefined });
  });
});
