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
  undoes: true,
  arguments: { changeId: z.string().describe("from the reply to the change"), confirm: consent.optional() },
  run: async (okta, { changeId, confirm }, { past, operation, stateNow }) => {
    if (past === undefined) throw new TypeError("there is no journal");
    const change = await past.find(changeId);
    const { name, undo, undoneBy } = change.operation;
    if (undo === undefined) throw cannot(`${name} is not among the changes that can be undone`, undoneBy);
    const { before, after, args } = change;
    const unknown = [before, after].some((side) => undo.state !== undefined && Object.keys(side).length === 0);
    if (unknown) throw cannot("the journal does not say how it stood");
    const inverse = undo.never?.(args) ?? undo.inverse(change);
    if (typeof inverse === "string") throw cannot(inverse);
    const tool = operation(inverse.tool);
    if (tool === undefined) throw new TypeError(`${inverse.tool} is not in the catalogue`);
    if (Object.keys(after).length === 0) throw cannot("the journal does not say how it left things");
    const now = await stateNow(change.operation, args, Object.keys(after).filter(isAttribute));
    if (!same(now, after))
      throw new Refusal("state_changed", "Nothing was done: things are not as that change left them.", {
        hint: "They were changed since. Look at how they stand, then decide anew which call is wanted.",
      });
    return okta.act(tool, inverse.arguments, {
      confirm: confirm === true,
      called: "undo_change",
      undoes: { changeId, tool: name, time: change.time },
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
      undoneBy === undefined
        ? "Tell the person so."
        : `Tell the person so; ${undoneBy} is the tool that comes nearest.`,
  });
}
