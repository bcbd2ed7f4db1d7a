import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { at, list, text } from "./harness.ts";

/** Real exchanges are kept beside the project, not in it; without them there is nothing to compare with. */
const FOLDER = fileURLToPath(new URL("../../../shared/okta/recorded", import.meta.url));

/** One recorded request and what Okta answered. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  /** The JSON body; undefined when there was none or when it was not recorded. */
  readonly sent: unknown;
  readonly sentRecorded: boolean;
  readonly status: number;
  /** Lower-case names; several lines of one header stay apart. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: unknown;
  /** When Okta answered, epoch milliseconds. */
  readonly time: number;
}

export interface Recording {
  /** File name without `.json`. */
  readonly name: string;
  /** What people wrote about it: sometimes the only place that names the status before. */
  readonly about: string;
  /** More than one: a flow, where each exchange builds on those before. */
  readonly exchanges: readonly Exchange[];
}

export function recordings(): Recording[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER)
    .filter((name) => /^(\d+|flow)-.*\.json$/.test(name))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .map((name) => recording(name.replace(".json", ""), JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8"))));
}

function recording(name: string, file: unknown): Recording {
  const about = [at(file, "title"), at(file, "note")].filter((part) => typeof part === "string").join("; ");
  const exchanges = at(file, "exchanges");
  return { name, about, exchanges: (exchanges === undefined ? [file] : list(exchanges)).map(exchange) };
}

function exchange(entry: unknown): Exchange {
  const method = text(entry, "request", "method");
  const sent = at(entry, "request", "body");
  const headers = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(at(entry, "response", "headers") ?? {})) {
    headers.set(key.toLowerCase(), Array.isArray(value) ? value.map(String) : [String(value)]);
  }
  const time = headers.get("date")?.[0] ?? text(entry, "recordedAt");
  return {
    method,
    url: text(entry, "request", "url"),
    // Some clients of the time wrote `{}` down for a GET.
    sent: method === "GET" || sent === null ? undefined : sent,
    sentRecorded: at(entry, "request", "bodyRecorded") !== false,
    status: Number(at(entry, "response", "status")),
    headers,
    body: at(entry, "response", "body") ?? undefined,
    time: Date.parse(time),
  };
}
