import type { JsonObject } from "./schema.ts";

/** Why a call was not carried out by us, before or instead of Okta. */
export type RefusalCode =
  | "invalid_arguments"
  | "confirmation_required"
  | "read_only"
  | "tool_disabled"
  | "declined"
  | "protected_user"
  | "secret_refused"
  | "target_changed"
  | "state_changed"
  | "plan_expired"
  | "plan_changed"
  | "ambiguous_user"
  | "journal_unavailable"
  | "bad_response";

/** A call that ends here; nothing was changed. Texts are ours, values a caller typed come escaped. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly summary: string;
  readonly causes: readonly string[];
  readonly hint: string;
  readonly preview: JsonObject | undefined;

  constructor(
    code: RefusalCode,
    summary: string,
    { causes = [], hint, preview }: { causes?: readonly string[]; hint: string; preview?: JsonObject },
  ) {
    super(code);
    this.name = "Refusal";
    this.code = code;
    this.summary = summary;
    this.causes = causes;
    this.hint = hint;
    this.preview = preview;
  }
}
