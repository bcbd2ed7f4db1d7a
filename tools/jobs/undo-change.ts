import { job, Refusal } from "../../src/job.ts";
import { consent } from "../../src/operation.ts";
import { type JsonObject, z } from "../../src/schema.ts";

export const undoChange = job({
  name: "undo_change",
  title: "Undo change",
  summary: "Take back a change of this server's journal: a suspension, attributes, an admin role, a target, a link.",
  scope: "okta.users.read",
  effect: "destructive",
  needs: "OKTA_AUDIT_LOG",
  arguments: { changeId: z.string().describe("from the reply to the change"), confirm: consent.optional() },
  run: async (okta, { changeId, confirm }, { past, operation, stateNow }) => {
    if (past === undefined) throw new TypeError("there is no journal");
    const change = await past.find(changeId);
    const { name, undo, undoneBy } = change.operation;
    if (undo === undefined) throw cannot(`${name} has no way back that is sure`, undoneBy);
    const inverse = undo.inverse(change);
    if (typeof inverse === "string") throw cannot(inverse);
    const tool = operation(inverse.tool);
    if (tool === undefined) throw new TypeError(`${inverse.tool} is not in the catalogue`);
    if (Object.keys(change.after).length === 0) throw cannot("the journal does not say how it left things");
    const now = await stateNow(change.operation, change.args, Object.keys(change.after).filter(isAttribute));
    if (!same(now, change.after))
      throw new Refusal("state_changed", "Nothing was done: things are not as that change left them.", {
        hint: "They were changed since. Look at how they stand, then decide anew which call is wanted.",
      });
    return okta.act(tool, inverse.arguments, {
      confirm: confirm === true,
      consequence: "This takes back an earlier change; what was built on it since stays.",
    });
  },
});

function isAttribute(name: string): boolean {
  return name === "status" || name.startsWith("profile.");
}

function same(now: JsonObject | undefined, after: JsonObject): boolean {
  return Object.entries(after).every(([name, value]) => JSON.stringify(now?.[name]) === JSON.stringify(value));
}

function cannot(why: string, undoneBy?: string): Refusal {
  return new Refusal("invalid_arguments", "Nothing was done: this change cannot be undone.", {
    causes: [`changeId: ${why}`],
    hint:
      undoneBy === undefined ? "Tell the person so." : `Tell the person so; ${undoneBy} may bring back a part of it.`,
  });
}
