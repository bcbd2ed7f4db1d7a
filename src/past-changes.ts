import type { PastChange, PastChanges } from "./job.ts";
import { type Entry, readEntries } from "./journal/read.ts";
import { verify } from "./journal/verify.ts";
import type { Operation } from "./operation.ts";
import { Refusal } from "./refusal.ts";
import { isJsonObject } from "./schema.ts";

export interface PastChangesSettings {
  /** The journal's file. */
  readonly path: string;
  readonly orgUrl: string;
  /** Whose sign-in this is, as the journal calls them. */
  account(): Promise<string>;
  operation(name: string): Operation | undefined;
}

/** What the journal holds of the changes this account made in this org. */
export function pastChanges({ path, orgUrl, account, operation }: PastChangesSettings): PastChanges {
  return {
    find: async (changeId) => {
      const { intent, outcome } = await find(path, changeId);
      if (intent === undefined || outcome === undefined) throw unfit("is recorded without its outcome");
      if (intent.org !== orgUrl) throw unfit("is a change of another org");
      if (intent.by !== (await account())) throw unfit("is a change that another account made");
      if (outcome.outcome === "refused") throw unfit("is a change that was refused: there is nothing to undo");
      if (outcome.outcome === "unknown")
        throw unfit("is a change of which nobody knows whether it was done; look first");
      const tool = operation(intent.tool);
      if (tool === undefined) throw unfit("is a change by a tool that this version does not have");
      const [before, after] = [intent.before ?? {}, outcome.after ?? {}];
      if (!isJsonObject(before) || !isJsonObject(after)) throw unfit("is recorded in a form of another version");
      return { operation: tool, time: intent.time, args: intent.arguments, before, after } satisfies PastChange;
    },
  };
}

async function find(path: string, changeId: string): Promise<Entry> {
  try {
    if (!(await verify(path, () => {})).intact)
      throw unusable("The change journal is not as it was written: nothing in it can be relied on.");
    for await (const entry of readEntries(path)) if (entry.changeId === changeId) return entry;
  } catch (error) {
    throw error instanceof Refusal ? error : unusable("The change journal cannot be read.");
  }
  throw unfit("is not in this journal");
}

function unusable(summary: string): Refusal {
  return new Refusal("journal_unavailable", `Nothing was done: ${summary}`, {
    hint: "Whoever runs this server can see more with okta-users-mcp journal --verify.",
  });
}

function unfit(problem: string): Refusal {
  return new Refusal("invalid_arguments", "Nothing was done: this change cannot be undone.", {
    causes: [`changeId: ${problem}`],
    hint: "Tell the person so. okta-users-mcp journal lists the changes with their ids.",
  });
}
