import { askOnce } from "./ask-once.ts";
import type { Okta, SendOptions } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";
import { readPerson } from "./person.ts";

/** An account of the org. */
export interface Account {
  readonly id: string;
  readonly login: string;
}

/** Who the sign-in is. */
export interface Identity {
  /** The person whose token it is; undefined for an app, which has no user. Read once; throws what Okta says. */
  account(options: SendOptions): Promise<Account | undefined>;
  /** Whether the sign-in belongs to a user; an app's does not. */
  readonly isPerson: boolean;
  /** The sign-in may be somebody else's by now: who it is is asked anew. */
  forget(): void;
  /** The client id of the sign-in, where it has one. */
  readonly clientId: string | undefined;
}

/** `isPerson` says whether the sign-in belongs to a user: an API token and a signed-in person do. */
export function createIdentity(okta: Okta, isPerson: boolean, clientId: string | undefined): Identity {
  const read = async (options: SendOptions): Promise<Account | undefined> => {
    try {
      const { id, login } = await readPerson(okta, "me", options);
      return id === null ? undefined : { id, login };
    } catch (error) {
      // A token may outlive its owner.
      if (error instanceof OktaError && error.failure.status === 404) return undefined;
      throw error;
    }
  };
  const account = askOnce(read);
  return {
    isPerson,
    clientId,
    account: async (options) => (isPerson ? account.ask(options) : undefined),
    forget: account.forget,
  };
}
