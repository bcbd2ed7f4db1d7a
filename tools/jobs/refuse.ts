import { Refusal } from "../../src/job.ts";

/** A job that cannot take its arguments: the field, what is wrong and what would be right. */
export function unfit(tool: string, field: string, problem: string): Refusal {
  return new Refusal("invalid_arguments", `Nothing was sent: ${tool} cannot take these arguments.`, {
    causes: [`${field}: ${problem}`],
    hint: "Correct what causes names, then call again.",
  });
}
