import type { Identity } from "./identity.ts";
import type { Conclusion, Consent } from "./journal/entry.ts";
import { type Journal, JournalError } from "./journal/journal.ts";
import type { SendOptions } from "./okta/client.ts";
import { OktaError } from "./okta/error.ts";
import type { Operation, Target } from "./operation.ts";
import { Refusal } from "./refusal.ts";
import { withoutSecrets } from "./request.ts";
import type { JsonObject } from "./schema.ts";

/** Puts every write into the change journal, before it goes out and after. */
export interface Recorder {
  /** Gives the change's id. Throws a Refusal when the line cannot be written: then Okta must not be asked. */
  intend(change: Change, options: SendOptions): Promise<string>;
  /** False when the line cannot be written any more; what was done stays done. */
  conclude(changeId: string, conclusion: Conclusion): Promise<boolean>;
}

export interface Change {
  readonly operation: Operation;
  readonly args: Readonly<Record<string, unknown>>;
  readonly target: Target | undefined;
  /** How what it changes stands, where that is known. */
  readonly before: JsonObject;
  readonly consent: Consent;
  /** The id of the change that it takes back. */
  readonly undoes: string | undefined;
}

/** Whose sign-in it is, as the journal calls them. Throws what Okta says. */
export async function nameOfAccount(identity: Identity, options: SendOptions): Promise<string> {
  if (identity.clientId !== undefined && !identity.isPerson) return `app ${identity.clientId}`;
  const account = await identity.account(options);
  return account === undefined ? "nobody" : `${account.login} (${account.id})`;
}

/** A recorder for one org. */
export function createRecorder(journal: Journal, orgUrl: string, identity: Identity): Recorder {
  return {
    intend: async ({ operation, args, target, before, consent, undoes }, options) => {
      const by = await nameOfAccount(identity, options).catch((error: unknown) => {
        if (!(error instanceof OktaError) || error.failure.code === "cancelled") throw error;
        throw new OktaError({
          ...error.failure,
          summary: `Nothing was done: the journal needs to know whose account this is. ${error.failure.summary}`,
        });
      });
      try {
        return await journal.intend({
          tool: operation.name,
          arguments: withoutSecrets(args),
          target: target === undefined ? null : { id: target.id, login: target.login },
          org: orgUrl,
          by,
          consent,
          undoes,
          ...(Object.keys(before).length > 0 ? { before } : {}),
        });
      } catch (error) {
        if (!(error instanceof JournalError)) throw error;
        throw new Refusal("journal_unavailable", `Nothing was done: ${error.message}`, {
          hint:
            error.reason === "too_long"
              ? "The arguments are too long to be written down. Send less at once."
              : "Whoever runs this server must mend the file of OKTA_AUDIT_LOG; until then no tool that writes works.",
        });
      }
    },
    conclude: async (changeId, conclusion) => {
      try {
        await journal.conclude(changeId, conclusion);
        return true;
      } catch (error) {
        if (error instanceof JournalError) return false;
        throw error;
      }
    },
  };
}
