/** Why the change journal cannot be used. Constant texts: nothing of the file, its path or the system's words. */
const REASONS = {
  folder_missing: "its folder does not exist",
  is_a_link: "it is a link to another file",
  not_a_file: "it is not a file",
  not_ours: "it belongs to another user",
  open_to_others: "other users may read or write it (it must have mode 0600)",
  replaced: "it is replaced all the time",
  cannot_open: "it cannot be opened",
  disk_full: "the disk is full",
  cannot_write: "it cannot be written to",
  damaged: "a line did not arrive in it whole",
  too_long: "the entry is too long for it",
  closed: "it is closed",
} as const;

export type JournalReason = keyof typeof REASONS;

/** A line that could not be put into the journal as it must be; `cause` is the system's error, where there is one. */
export class JournalError extends Error {
  override name = "JournalError";
  readonly reason: JournalReason;

  constructor(reason: JournalReason, cause?: unknown) {
    super(`The change journal cannot be used: ${REASONS[reason]}.`, cause === undefined ? {} : { cause });
    this.reason = reason;
  }
}

/** The system's code of an error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
