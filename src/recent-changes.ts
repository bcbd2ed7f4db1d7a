import { inert, inertText } from "./inert.ts";
import { differences } from "./journal/difference.ts";
import { codeOf } from "./journal/error.ts";
import { type Entry, readEntries } from "./journal/read.ts";
import { OktaError } from "./okta/error.ts";
import { Refusal } from "./refusal.ts";
import type { Json, JsonObject } from "./schema.ts";

/** Most changes shown. */
const MOST = 50;
/** Their longest JSON, in characters; a reply must stay short. */
const LONGEST = 50_000;
/** Most attributes shown of a change, and how long a value. */
const MOST_ATTRIBUTES = 10;
const LONGEST_VALUE = 200;

export interface RecentChangesSettings {
  /** The journal's file; undefined where none is kept. */
  readonly path: string | undefined;
  readonly orgUrl: string;
  /** Whose sign-in this is, as the journal calls them. Throws what Okta says. */
  account(): Promise<string>;
  readonly signal: AbortSignal;
}

/**
 * The last changes this account made in an org, newest first, as the journal has them: `{"changes":[...],"earlier":n}`.
 * Those of others that share the file are not told of. Holds no more than what it answers, however long the journal.
 * Throws a Refusal when there is no journal or none that can be read, an OktaError when the host gives up or the
 * account cannot be read.
 */
export async function recentChanges({ path, orgUrl, account, signal }: RecentChangesSettings): Promise<JsonObject> {
  if (path === undefined)
    throw new Refusal("tool_disabled", "There is no journal: it exists only where OKTA_AUDIT_LOG is set.", {
      hint: "Whoever runs this server can set OKTA_AUDIT_LOG.",
    });
  const own = await account();
  const latest: JsonObject[] = [];
  let total = 0;
  let unreadable = 0;
  try {
    for await (const entry of readEntries(path, () => (unreadable += 1))) {
      if (signal.aborted) throw new OktaError({ code: "cancelled", summary: "The reading was cancelled." });
      if (entry.intent?.org !== orgUrl || entry.intent.by !== own) continue;
      total += 1;
      latest.push(shown(entry));
      if (latest.length > MOST) latest.shift();
    }
  } catch (error) {
    if (error instanceof OktaError) throw error;
    // The first change makes the file.
    if (codeOf(error) !== "ENOENT")
      throw new Refusal("journal_unavailable", "The change journal cannot be read.", {
        hint: "Whoever runs this server can see more with okta-users-mcp journal --verify.",
      });
  }
  const changes = fitting(latest.reverse());
  return { changes, earlier: total - changes.length, ...(unreadable === 0 ? {} : { unreadableLines: unreadable }) };
}

function shown({ changeId, intent, outcome }: Entry): JsonObject {
  const { id = null, login = "" } = intent?.target ?? {};
  return {
    changeId: inertText(changeId, 100),
    time: inertText(intent?.time ?? "", 100),
    tool: inertText(intent?.tool ?? "", 100),
    ...(intent?.target ? { user: { id: id === null ? null : inertText(id, 100), login: inertText(login, 100) } } : {}),
    by: inertText(intent?.by ?? "", 100),
    consent: intent?.consent ?? null,
    outcome: outcome?.outcome ?? "not recorded",
    ...(outcome?.code === undefined ? {} : { code: inertText(outcome.code, 100) }),
    ...changed(intent?.before, outcome?.after),
  };
}

/** What changed, from what to what, where both sides are known. */
function changed(before: Json | undefined, after: Json | undefined): JsonObject {
  if (before === undefined || after === undefined) return {};
  const all = differences(before, after);
  const attributes = all.slice(0, MOST_ATTRIBUTES).map(({ attribute, before: was, after: is }): [string, Json] => {
    return [inertText(attribute, 100), { from: value(was), to: value(is) }];
  });
  const more = all.length - attributes.length;
  return {
    ...(attributes.length === 0 ? {} : { changes: Object.fromEntries(attributes) }),
    ...(more === 0 ? {} : { moreAttributes: more }),
  };
}

function value(given: Json | undefined): Json {
  if (given === undefined) return null;
  const shown = inert(given, LONGEST_VALUE);
  const text = JSON.stringify(shown);
  return text.length > 2 * LONGEST_VALUE ? inertText(text, LONGEST_VALUE) : shown;
}

function fitting(changes: readonly JsonObject[]): JsonObject[] {
  let length = 0;
  return changes.filter((change) => {
    length += JSON.stringify(change).length;
    return length <= LONGEST;
  });
}
