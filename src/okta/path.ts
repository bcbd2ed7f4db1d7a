import { UnsendableError } from "./error.ts";

/**
 * Fills `{placeholders}` of a path template with encoded values, each exactly one segment.
 *
 * Throws UnsendableError for an empty value, `.` or `..`, a control character, or a `/` or `?`, which Okta cannot take in a
 * path even when encoded (documented: such logins can be fetched by id only).
 */
export function buildPath(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{([^}]*)\}/g, (_, field: string) => encodeSegment(field, values[field] ?? ""));
}

function encodeSegment(field: string, value: string): string {
  if (value.trim() === "") throw new UnsendableError(field, "is empty; give an id");
  if (value === "." || value === "..") throw new UnsendableError(field, "is a path step, not an id");
  if (/\p{Cc}/u.test(value)) throw new UnsendableError(field, "holds a control character; give a plain id");
  if (!value.isWellFormed()) throw new UnsendableError(field, "is not well-formed text; give a plain id");
  if (/[/?\\]/.test(value))
    throw new UnsendableError(
      field,
      "holds a / or ?, which Okta cannot take in a path; find the person's id with list_users",
    );
  return encodeURIComponent(value);
}
