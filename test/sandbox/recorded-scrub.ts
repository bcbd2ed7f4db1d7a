import { at } from "./harness.ts";
import type { Exchange, Recording } from "./recorded-files.ts";

type Json = Record<string, unknown>;

/** What stands in the recordings for addresses of real people. */
const PLACEHOLDER = "user@example.com";

/**
 * The recording with addresses in place of placeholders: each person gets one of his own, and one that the search of
 * the request finds.
 */
export function unscrubbed(recording: Recording): Recording {
  return { ...recording, exchanges: recording.exchanges.map((exchange) => ({ ...exchange, body: body(exchange) })) };
}

function body({ url, body: shown }: Exchange): unknown {
  if (!Array.isArray(shown)) return shown;
  const asked = new URL(url, "http://org").searchParams.get("search") ?? "";
  const start = /profile\.(?:email|login) (?:sw|co) "([^"]+)"/.exec(asked)?.[1];
  return shown.map((entry: unknown) => {
    if (at(entry, "profile", "login") !== PLACEHOLDER) return entry;
    const address = start === undefined ? `${at(entry, "id")}@example.com` : `${start}.${at(entry, "id")}@example.com`;
    return replaced(entry, address);
  });
}

function replaced(value: unknown, address: string): unknown {
  if (Array.isArray(value)) return value.map((entry) => replaced(entry, address));
  if (typeof value === "object" && value !== null) {
    const out: Json = {};
    for (const [key, entry] of Object.entries(value)) out[key] = replaced(entry, address);
    return out;
  }
  return value === PLACEHOLDER ? address : value;
}
