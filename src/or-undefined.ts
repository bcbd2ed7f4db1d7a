import { OktaError, UnsendableError } from "./okta/error.ts";
import { Refusal } from "./refusal.ts";

/** For reads that may fail: what they show, or undefined where they cannot. Throws when the call is given up. */
export async function orUndefined<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof OktaError && error.failure.code !== "cancelled") return undefined;
    // An answer that is none, and an argument that only the write can carry.
    if (error instanceof Refusal || error instanceof UnsendableError) return undefined;
    throw error;
  }
}
