import { inertText } from "./inert.ts";
import { nearest } from "./nearest.ts";
import type { Complaint, Tool } from "./operation.ts";
import { Refusal } from "./refusal.ts";
import { isJsonObject, z } from "./schema.ts";

/** Arguments that hosts add to every call on their own (measured: Gemini CLI). */
const INJECTED_BY_HOSTS = ["wait_for_previous"];

/**
 * The arguments of a call, checked: host-injected keys and top-level nulls are dropped, so is `confirm` where the tool
 * never asks, and the rest must fit the tool's schema. Throws a Refusal that names each field at fault.
 */
export function validate(tool: Tool, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.entries(given).filter(
    ([key, value]) =>
      value !== null &&
      !INJECTED_BY_HOSTS.includes(key) &&
      !(key === "confirm" && tool.input.shape.confirm === undefined),
  );
  const parsed = tool.input.safeParse(Object.fromEntries(kept));
  if (!parsed.success) {
    const known = Object.keys(tool.input.shape);
    const profile = tool.body?.profile;
    const within = profile instanceof z.ZodOptional ? profile.unwrap() : profile;
    const attributes = within instanceof z.ZodObject ? Object.keys(within.shape) : [];
    throw invalid(tool, [...new Set(parsed.error.issues.flatMap((issue) => describe(issue, known, attributes)))]);
  }
  const complaint = passwordInProfile(tool, parsed.data) ?? tool.check?.(parsed.data);
  if (complaint) throw invalid(tool, [`${complaint.field}: ${complaint.problem}`]);
  return parsed.data;
}

/** Previews, plans and the journal show and keep profiles. */
function passwordInProfile({ input }: Tool, { profile }: Readonly<Record<string, unknown>>): Complaint | undefined {
  const field = Object.keys(isJsonObject(profile) ? profile : {}).find((name) => /^password$/i.test(name));
  if (field === undefined) return undefined;
  const place = "credentials" in input.shape ? "credentials takes one" : "this tool takes none";
  return { field: `profile.${field}`, problem: `is no attribute: a password is never kept in a profile; ${place}` };
}

/** The refusal for arguments that cannot be sent; each cause is `field: what is wrong and what would be right`. */
export function invalid(tool: Tool, causes: readonly string[]): Refusal {
  return new Refusal("invalid_arguments", `Nothing was sent: ${tool.name} cannot take these arguments.`, {
    causes,
    hint: `Correct what causes names. ${tool.name} takes: ${Object.keys(tool.input.shape).join(", ")}.`,
  });
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  float: "a fraction",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

/** What people and models call an argument that Okta calls otherwise. */
const SYNONYMS: Readonly<Record<string, string>> = {
  id: "userId",
  user: "userId",
  login: "userId",
  email: "userId",
  query: "q",
  cursor: "after",
  next: "after",
  status: "search",
  department: "search",
};

function meant(key: string, known: readonly string[], attributes: readonly string[]): string | undefined {
  if (attributes.includes(key)) return `profile.${key}`;
  const synonym = Object.hasOwn(SYNONYMS, key) ? SYNONYMS[key] : undefined;
  return synonym !== undefined && known.includes(synonym) ? synonym : nearest(key, known);
}

function describe(issue: z.ZodIssue, known: readonly string[], attributes: readonly string[]): string[] {
  const field = issue.path.map((step) => inertText(String(step), 60)).join(".");
  const at = (problem: string): string[] => [`${field === "" ? "arguments" : field}: ${problem}`];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => {
        const guess = issue.path.length === 0 ? meant(key, known, attributes) : undefined;
        const name = [...issue.path, inertText(key, 60)].join(".");
        return `${name}: is not an argument of this tool${guess ? `; did you mean ${guess}?` : ""}`;
      });
    case "invalid_type":
      if (issue.received === "undefined")
        return at(`is required; give ${TYPE_NAMES[issue.expected] ?? issue.expected}`);
      if (field === "confirm") return at("must be the boolean true, not a text or number");
      return at(
        `must be ${TYPE_NAMES[issue.expected] ?? issue.expected}, not ${TYPE_NAMES[issue.received] ?? issue.received}`,
      );
    case "invalid_enum_value":
      return at(`must be one of ${issue.options.join(", ")}`);
    case "too_small":
      return at(`must be at least ${issue.minimum}`);
    case "too_big":
      return at(issue.type === "array" ? `takes at most ${issue.maximum} entries` : `must be at most ${issue.maximum}`);
    case "invalid_union":
      return at("must be text, a number, true, false, null, or a list of these");
    default:
      return at("is not what this tool takes");
  }
}
