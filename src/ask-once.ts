import type { SendOptions } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";

export interface Once<T> {
  /** What was found, asked for at the first call. Throws what the read throws. */
  ask(options: SendOptions): Promise<T>;
  /** What was found may be wrong by now: it is asked for anew. */
  forget(): void;
}

/**
 * A read that is made once for all who want it. It is made again after it failed, and while `keep` says that what it
 * found is not to be relied on. Who asked first may give up: that is no answer for those who waited along.
 */
export function askOnce<T>(
  read: (options: SendOptions) => Promise<T>,
  keep: (found: T) => boolean = () => true,
): Once<T> {
  let asked: Promise<T> | undefined;
  const ask = async (options: SendOptions): Promise<T> => {
    const own = asked === undefined;
    const answer = asked ?? read(options);
    asked = answer;
    try {
      const found = await answer;
      if (!keep(found) && asked === answer) asked = undefined;
      return found;
    } catch (error) {
      if (asked === answer) asked = undefined;
      if (!own && error instanceof OktaError && error.failure.code === "cancelled") return ask(options);
      throw error;
    }
  };
  return {
    ask,
    forget: () => {
      asked = undefined;
    },
  };
}
