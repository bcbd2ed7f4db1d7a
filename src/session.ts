import { setTimeout as sleep } from "node:timers/promises";
import type { SendOptions } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";
import type { UserStatus } from "./operation.ts";

/** What this connection has shown and done, so that the person shown is the person hit. */
export interface Session {
  /** Remembers whom a whole preview showed under the name that was given. */
  showed(name: string, id: string): void;
  /** Whom a preview showed last under that name. */
  shown(name: string): string | undefined;
  /** Remembers that an account was deactivated, or may have been. */
  deactivated(id: string): void;
  /** Remembers in which status a whole preview showed an account that a call would deactivate or erase. */
  showedEnding(id: string, status: UserStatus | null): void;
  /**
   * The status that such a preview showed which was whole before `begun` (by `performance.now()`), where the next step
   * depends on it: somebody was shown, or this connection deactivated them. Undefined where it does not.
   */
  ending(id: string, begun: number): { readonly shown: UserStatus | null | undefined } | undefined;
  /** Runs what may end an account, one after another for each. Throws OktaError when the caller gives up waiting. */
  alone<T>(id: string, options: SendOptions, act: () => Promise<T>): Promise<T>;
}

/** Most names and accounts remembered; the oldest are forgotten first. */
const MOST = 10_000;

export function createSession(): Session {
  const people = new Map<string, string>();
  /** How the accounts stood that a call would end, when that was shown last; not yet, where undefined. */
  const endings = new Map<string, { readonly status: UserStatus | null; readonly at: number } | undefined>();
  const last = new Map<string, Promise<unknown>>();
  // Logins are the same in any case (documented).
  const key = (name: string): string => name.toLowerCase();
  return {
    showed: (name, id) => remember(people, key(name), id),
    shown: (name) => people.get(key(name)),
    deactivated: (id) => remember(endings, id, undefined),
    showedEnding: (id, status) => remember(endings, id, { status, at: performance.now() }),
    ending: (id, begun) => {
      if (!endings.has(id)) return undefined;
      const shown = endings.get(id);
      return { shown: shown !== undefined && shown.at < begun ? shown.status : undefined };
    },
    alone: async (id, options, act) => {
      const before = last.get(id) ?? Promise.resolve();
      let free = (): void => {};
      const turn = before.then(() => new Promise<void>((resolve) => (free = resolve)));
      last.set(id, turn);
      turn.then(() => last.get(id) === turn && last.delete(id));
      try {
        await untilGivenUp(before, options);
        return await act();
      } finally {
        // Whoever gave up waiting frees the turn when it comes.
        before.then(() => free());
      }
    },
  };
}

function remember<T>(known: Map<string, T>, key: string, value: T): void {
  known.delete(key);
  known.set(key, value);
  const [oldest] = known.keys();
  if (known.size > MOST && oldest !== undefined) known.delete(oldest);
}

async function untilGivenUp(waited: Promise<unknown>, { signal, deadline }: SendOptions): Promise<void> {
  const over = new AbortController();
  const cancelled = new Promise<never>((_, reject) => {
    const giveUp = (): void =>
      reject(new OktaError({ code: "cancelled", summary: "The call was cancelled; nothing was changed." }));
    if (signal?.aborted) giveUp();
    signal?.addEventListener("abort", giveUp, { once: true, signal: over.signal });
  });
  const tooLate = async (): Promise<never> => {
    if (deadline === undefined) return cancelled;
    await sleep(Math.max(0, deadline - Date.now()), undefined, { signal: over.signal });
    throw new OktaError({
      code: "timeout",
      summary: "Nothing was sent: another call about the same person waits for a decision.",
    });
  };
  try {
    await Promise.race([waited, cancelled, tooLate()]);
  } finally {
    over.abort();
  }
}
