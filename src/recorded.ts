/** A write whose outcome nobody knows, with its id in the journal. */
export class Recorded extends Error {
  readonly changeId: string;
  readonly warning: string | undefined;

  constructor(changeId: string, cause: unknown, warning: string | undefined) {
    super("recorded", { cause });
    this.name = "Recorded";
    this.changeId = changeId;
    this.warning = warning;
  }
}
