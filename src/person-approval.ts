import { inertText } from "./inert.ts";
import { Refusal } from "./refusal.ts";
import { isJsonObject, type Json, type JsonObject } from "./schema.ts";

/** How asking a person ended; only an explicit yes is one. */
export type Approval = "approved" | "declined" | "timeout" | "cannot ask" | "failed";

/** Shows a person a text with one yes-or-no question through the host. Never rejects. */
export type AskPerson = (message: string, timeoutMs: number) => Promise<Approval>;

/** A person gets so long, where the host waits that long. */
const LONGEST_DECISION_MS = 5 * 60_000;

/** What is kept of a call's time for the request itself, once a person has decided. */
const TIME_TO_ACT_MS = 10_000;

const WHY: Readonly<Record<Exclude<Approval, "approved">, string>> = {
  declined: "the person did not approve",
  timeout: "the person did not answer in time",
  "cannot ask": "this host cannot ask a person, which OKTA_CONFIRM=human demands",
  failed: "the person could not be asked",
};

/** Passes when a person approves what the preview shows; everything else throws a Refusal, which is final. */
export async function requireApproval(
  ask: AskPerson | undefined,
  tool: string,
  preview: JsonObject,
  { deadline = Number.POSITIVE_INFINITY }: { readonly deadline?: number | undefined },
): Promise<void> {
  const left = Math.min(LONGEST_DECISION_MS, deadline - Date.now() - TIME_TO_ACT_MS);
  const answer = ask === undefined ? "cannot ask" : await ask(question(tool, preview), left);
  if (answer === "approved") return;
  throw new Refusal("declined", `Nothing was done: ${WHY[answer]}.`, {
    hint:
      answer === "cannot ask"
        ? "This is final. Tell the person that whoever runs this server must use a host that can ask, or OKTA_CONFIRM=argument."
        : "This is final. Do not call again unless the person brings it up themselves.",
  });
}

const MOST_LINES = 24;
const LONGEST_LINE = 240;
const MOST_KEYS = 6;
const MOST_ROWS = 8;

/** What a person reads before they decide: the preview as quoted lines, none of which anybody else can forge. */
export function question(tool: string, preview: JsonObject): string {
  const lines = Object.entries(preview).flatMap(([key, value]) => linesOf(key, value));
  const shown = lines.slice(0, MOST_LINES);
  const more = lines.length > shown.length ? [`> … and ${lines.length - shown.length} lines more`] : [];
  return [
    `An assistant wants to run ${tool} in Okta. Approve it only if every line is what you want:`,
    ...shown,
    ...more,
  ].join("\n");
}

function linesOf(name: string, value: Json | undefined): string[] {
  if (isJsonObject(value) && "from" in value && "to" in value)
    return [`> ${name}: ${line(value.from, LONGEST_LINE / 2)} -> ${line(value.to, LONGEST_LINE / 2)}`];
  if (isJsonObject(value) && Object.values(value).filter((inside) => !isJsonObject(inside)).length > MOST_KEYS)
    return rowsOf(name, value);
  if (isJsonObject(value))
    return Object.entries(value).flatMap(([key, inside]) => linesOf(`${name}.${inertText(key, 60)}`, inside));
  return [`> ${name}: ${line(value, LONGEST_LINE)}`];
}

/** What the caller gave freely may have any number of keys: several in a line, and it must not push the rest off the form. */
function rowsOf(name: string, value: JsonObject): string[] {
  const rows: JsonObject[] = [];
  for (const [key, inside] of Object.entries(value)) {
    const grown = { ...rows.at(-1), [key]: inside };
    if (rows.length === 0 || JSON.stringify(grown).length > LONGEST_LINE) rows.push({ [key]: inside });
    else rows[rows.length - 1] = grown;
  }
  const shown = rows.slice(0, MOST_ROWS).map((row) => `> ${name}: ${line(row, LONGEST_LINE)}`);
  const more = rows.slice(MOST_ROWS).flatMap((row) => Object.keys(row)).length;
  return more > 0 ? [...shown, `> ${name}: … and ${more} more`] : shown;
}

function line(value: Json | undefined, longest: number): string {
  return inertText(JSON.stringify(value ?? null), longest);
}
