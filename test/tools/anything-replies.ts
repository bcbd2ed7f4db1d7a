import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import type { ValidateFunction } from "ajv";
import { at } from "../support/at.ts";
import { A_SECRET } from "./anything-people.ts";
import { fieldsOf, isObject, keysOf } from "./support.ts";

/** What an error may be called: Okta's own codes, and these. */
const CODES = [
  ...["invalid_arguments", "confirmation_required", "declined", "protected_user", "read_only", "tool_disabled"],
  ...["rate_limited", "timeout", "unreachable", "outcome_unknown", "not_done", "bad_response", "unauthorized"],
  ...["insufficient_scope", "secret_refused", "target_changed", "state_changed", "journal_unavailable"],
  ...["plan_expired", "plan_changed", "ambiguous_user", "cancelled"],
];
const ERROR_KEYS = ["code", "status", "summary", "causes", "requestId"];

/** Characters that hide, or move what stands beside them. */
const HIDES = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** What is wrong with a result by the protocol, the tool's schema or our own promises; nothing when all is well. */
export function wrongWith(result: unknown, fitsOutput: ValidateFunction): string[] {
  const known = CallToolResultSchema.safeParse(result);
  const reply = at(result, "structuredContent");
  const text = JSON.stringify(reply) ?? "";
  const failed = "error" in fieldsOf(reply);
  const rules: readonly (readonly [string, boolean])[] = [
    [`the protocol: ${known.error}`, known.success],
    ["structuredContent is not an object", isObject(reply)],
    [`the output schema: ${JSON.stringify(fitsOutput.errors)}`, fitsOutput(reply)],
    ["the text is another", JSON.stringify(at(result, "content")) === JSON.stringify([{ type: "text", text }])],
    [`${text.length} characters`, text.length <= 60_000],
    ["a character hides", !HIDES.test(text)],
    ["isError does not tell", (at(result, "isError") === true) === failed],
  ];
  const wrong = rules.flatMap(([what, isFine]) => (isFine ? [] : [what]));
  return failed ? [...wrong, ...wrongWithFailure(fieldsOf(reply))] : wrong;
}

function wrongWithFailure({ error, hint, preview }: Record<string, unknown>): string[] {
  const { code, status, summary, causes, requestId, retryAt } = fieldsOf(error);
  const keys = keysOf(error).filter((key) => key !== "retryAt");
  const isText = (value: unknown): boolean => typeof value === "string" && value.trim().length > 0;
  const shows = code === "confirmation_required" || code === "target_changed";
  const rules: readonly (readonly [string, boolean])[] = [
    ["its keys", keys.join() === ERROR_KEYS.join()],
    ["code", typeof code === "string" && (/^E\d{7}$/.test(code) || CODES.includes(code))],
    ["status", status === null || (typeof status === "number" && status >= 100 && status < 600)],
    ["summary", isText(summary)],
    ["causes", Array.isArray(causes) && causes.every((cause) => typeof cause === "string")],
    ["requestId", requestId === null || typeof requestId === "string"],
    ["retryAt", retryAt === undefined || !Number.isNaN(Date.parse(String(retryAt)))],
    ["hint", isText(hint)],
    ["preview", isObject(preview) || !shows],
  ];
  return rules.flatMap(([what, isFine]) => (isFine ? [] : [`${what} of the error`]));
}

/** Watches that no secret stands where it must not: passwords that were given, and what Okta made. */
export interface SecretWatch {
  /** Remembers one-time secrets; from now on they stand nowhere else. */
  made(secret: unknown): void;
  /** Throws when a text holds any secret. */
  check(text: string, about: () => string): void;
  /** How many were made. */
  readonly count: number;
}

/** @param token the server's own credential */
export function watchSecrets(token: string): SecretWatch {
  const made = new Set<string>();
  const wordsIn = (text: string): string[] => text.match(/[A-Za-z0-9_-]{10,}/g) ?? [];
  return {
    get count() {
      return made.size;
    },
    made: (secret) => {
      for (const value of Object.values(fieldsOf(secret))) {
        // Of a link the part that nobody can guess.
        const [longest] = wordsIn(String(value)).sort((one, other) => other.length - one.length);
        if (longest === undefined) throw new Error(`${String(value)} is hardly a secret`);
        made.add(longest);
      }
    },
    check: (text, about) => {
      const given = A_SECRET.exec(text)?.[0];
      if (given !== undefined) throw new Error(`${about()}: a password or answer is in ${around(text, given)}`);
      if (text.includes(token)) throw new Error(`${about()}: the API token is in ${around(text, token)}`);
      const shown = wordsIn(text).find((word) => made.has(word));
      if (shown !== undefined) throw new Error(`${about()}: a one-time secret is in ${around(text, shown)}`);
    },
  };
}

function around(text: string, word: string): string {
  const place = text.indexOf(word);
  return text.slice(Math.max(0, place - 200), place + 200);
}
