import { parseArgs } from "node:util";
import { ConfigError } from "../config-error.ts";
import { inertText } from "../inert.ts";
import { differences } from "../journal/difference.ts";
import { codeOf, JournalError } from "../journal/error.ts";
import { type Entry, readEntries } from "../journal/read.ts";
import { type Finding, UNSEEN, verify } from "../journal/verify.ts";
import { nearest } from "../nearest.ts";
import { isJsonObject, type Json } from "../schema.ts";
import { paint, say as print, table } from "./terminal.ts";

export interface JournalOptions {
  readonly verify: boolean;
  /** An id or login. */
  readonly user: string | undefined;
  readonly tool: string | undefined;
  /** Epoch milliseconds. */
  readonly since: number | undefined;
}

/** The options of `journal`, and the one setting that may stand among them. */
export interface JournalArguments extends JournalOptions {
  /** OKTA_AUDIT_LOG, given as a flag. */
  readonly auditLog: string | undefined;
}

type Say = (line?: string) => void;

const OPTIONS = {
  verify: { type: "boolean" },
  user: { type: "string" },
  tool: { type: "string" },
  since: { type: "string" },
  "audit-log": { type: "string" },
} as const;

const TAKES = Object.keys(OPTIONS).map((name) => `--${name}`);

/** Reads what stands after `journal`; `tools` are the names a tool can have. Throws ConfigError. */
export function journalArguments(
  args: readonly string[],
  tools: readonly string[],
  now = Date.now(),
): JournalArguments {
  const given = new Map<string, string>();
  for (const token of parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true }).tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional")
      throw new ConfigError(`journal does not know what "${token.value}" is; it takes ${TAKES.join(", ")}`);
    const { name, rawName, value, inlineValue } = token;
    if (!Object.hasOwn(OPTIONS, name)) {
      const guess = nearest(name, Object.keys(OPTIONS));
      throw new ConfigError(
        `journal has no ${rawName}; ${guess ? `did you mean --${guess}?` : `it takes ${TAKES.join(", ")}`}`,
      );
    }
    if (given.has(name)) throw new ConfigError(`${rawName} is given twice`);
    if (name === "verify" && value !== undefined) throw new ConfigError("--verify takes no value");
    if (name !== "verify" && (!value?.trim() || (!inlineValue && value.startsWith("--"))))
      throw new ConfigError(`${rawName} needs ${NEEDS[name] ?? "a value"}`);
    given.set(name, value?.trim() ?? "");
  }
  const [user, tool, since] = [given.get("user"), given.get("tool"), given.get("since")];
  if (given.has("verify") && (user ?? tool ?? since) !== undefined)
    throw new ConfigError("--verify looks at the whole journal; leave out --user, --tool and --since");
  if (tool !== undefined && !tools.includes(tool)) {
    const guess = nearest(tool, tools);
    throw new ConfigError(
      `--tool ${tool} is not a tool${guess ? `; did you mean ${guess}?` : "; give its full name, as in suspend_user"}`,
    );
  }
  return {
    verify: given.has("verify"),
    user,
    tool,
    since: since === undefined ? undefined : moment(since, now),
    auditLog: given.get("audit-log"),
  };
}

const NEEDS: Readonly<Record<string, string>> = {
  user: "an id or a login",
  tool: "the name of a tool",
  since: "a date (2026-01-31), a time (2026-01-31T08:00Z), or how long ago (7d, 24h)",
  "audit-log": "the journal's file",
};

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?$/;

/** Times without a zone are UTC, as the table's are. */
function moment(text: string, now: number): number {
  const [, count, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (unit === "d" ? 24 : 1) * 3_600_000;
  const [day, zone] = DATE.test(text) ? [text, "Z"] : [TIME.exec(text)?.[1], TIME.exec(text)?.[4]];
  const at = Date.parse(zone === undefined ? `${text}Z` : text);
  // A 30 February would be taken for a day of March.
  if (day === undefined || Number.isNaN(at) || !isDay(day)) throw new ConfigError(`--since needs ${NEEDS.since}`);
  return at;
}

function isDay(text: string): boolean {
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/**
 * Prints the changes of a journal as a table, or what verifying it finds. False when verifying finds that the journal
 * was changed. Throws ConfigError when it cannot be read.
 */
export async function journal(path: string, options: JournalOptions, say: Say = print): Promise<boolean> {
  try {
    if (options.verify) return await showVerified(path, say);
    await showChanges(path, options, say);
    return true;
  } catch (error) {
    throw problem(path, error);
  }
}

function problem(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === "ENOENT" || code === "ENOTDIR")
    return new ConfigError(`there is no journal at ${path}: the first change makes it, where OKTA_AUDIT_LOG names it`);
  if (error instanceof JournalError) return new ConfigError(`the journal ${path} cannot be read: it is not a file`);
  if (/^E[A-Z]+$/.test(code ?? "")) return new ConfigError(`the journal ${path} cannot be read (${code})`);
  return error;
}

/** Rows are aligned so many at a time: a journal may be larger than memory. */
const ROWS_AT_ONCE = 500;

const HEADINGS = ["time (UTC)", "tool", "who", "consent", "outcome", "change", "request"];
const OUTCOME = HEADINGS.indexOf("outcome");

interface Row {
  readonly cells: readonly string[];
  readonly details: readonly string[];
}

async function showChanges(path: string, options: JournalOptions, say: Say): Promise<void> {
  let [shown, unreadable] = [0, 0];
  let rows: Row[] = [];
  const flush = (): void => {
    if (rows.length === 0) return;
    const [headings = "", ...lines] = table([HEADINGS, ...rows.map(({ cells }) => cells)], "").split("\n");
    if (shown === 0) say(paint("bold", headings));
    rows.forEach(({ details }, index) => {
      say(lines[index]);
      for (const detail of details) say(`    ${detail}`);
    });
    shown += rows.length;
    rows = [];
  };
  for await (const entry of readEntries(path, () => (unreadable += 1))) {
    if (!isWanted(entry, options)) continue;
    rows.push(rowOf(entry));
    if (rows.length === ROWS_AT_ONCE) flush();
  }
  flush();
  if (shown === 0) say("No such change is in the journal.");
  if (unreadable > 0)
    say(
      paint("yellow", `${counted(unreadable, "line")} could not be read: okta-users-mcp journal --verify says more.`),
    );
}

function isWanted({ intent, outcome }: Entry, { user, tool, since }: JournalOptions): boolean {
  if (tool !== undefined && intent?.tool !== tool) return false;
  if (since !== undefined && Date.parse((intent ?? outcome)?.time ?? "") < since) return false;
  if (user === undefined) return true;
  const wanted = user.toLowerCase();
  const names = [intent?.target?.id, intent?.target?.login, ...namesIn(intent?.before), ...namesIn(outcome?.after)];
  // A short name is what stands before the @ of a login (documented).
  return names.some(
    (name) => typeof name === "string" && [name, name.split("@")[0]].some((form) => form?.toLowerCase() === wanted),
  );
}

/** The id of who was created, and the login of who was renamed. */
function namesIn(value: Json | undefined): (Json | undefined)[] {
  return isJsonObject(value) ? [value.id, value["profile.login"]] : [];
}

function rowOf({ changeId, intent, outcome }: Entry): Row {
  const { id, login } = intent?.target ?? {};
  const cells = [
    timeOf((intent ?? outcome)?.time ?? ""),
    intent?.tool ?? "?",
    login || id || "-",
    intent?.consent ?? "?",
    outcome === undefined ? "not recorded" : [outcome.outcome, outcome.code ?? ""].join(" ").trim(),
    changeId,
    outcome?.requestId ?? "-",
  ].map((cell) => inertText(cell, 100));
  const colour = COLOURS[outcome?.outcome ?? ""] ?? "red";
  return {
    cells: cells.map((cell, column) => (column === OUTCOME ? paint(colour, cell) : cell)),
    details: [
      ...(intent?.undoes === undefined ? [] : [`undoes ${inertText(intent.undoes, 60)}`]),
      ...detailsOf(intent?.before, outcome?.after),
    ],
  };
}

const COLOURS: Readonly<Record<string, "green" | "yellow">> = { done: "green", verified: "green", refused: "yellow" };

function timeOf(time: string): string {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(time) ? time.slice(0, 19).replace("T", " ") : time;
}

const MOST_DETAILS = 30;

/** What changed, where both sides are known. */
function detailsOf(before: Json | undefined, after: Json | undefined): string[] {
  if (before === undefined || after === undefined) return [];
  const all = differences(before, after);
  const shown = all.slice(0, MOST_DETAILS).map(({ attribute, before: was, after: is }) => {
    const name = attribute === "" ? "" : `${inertText(attribute, 100)}: `;
    return `${name}${shownValue(was)} -> ${shownValue(is)}`;
  });
  return all.length > shown.length ? [...shown, `... and ${all.length - shown.length} more`] : shown;
}

function shownValue(value: Json | undefined): string {
  return value === undefined ? "(none)" : inertText(JSON.stringify(value), 200);
}

async function showVerified(path: string, say: Say): Promise<boolean> {
  const { intact, lines, writers, changes } = await verify(path, (finding) => say(findingText(finding)));
  say(`${counted(lines, "line")} by ${counted(writers, "writer")}, ${counted(changes, "change")}.`);
  say(UNSEEN);
  say(
    intact
      ? paint("green", "All is well.")
      : paint("red", "The journal is not as it was written; see the lines marked fail."),
  );
  return intact;
}

function findingText({ tampered, line, writer, text }: Finding): string {
  const mark = tampered ? paint("red", "fail") : paint("yellow", "note");
  return `${mark}  line ${line}${writer === undefined ? "" : ` (writer ${inertText(writer, 20)})`} ${inertText(text, 300)}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
