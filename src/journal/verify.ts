import { decode, fragmentOf, hashOf, type JournalLine } from "./entry.ts";
import { openForReading, readLines } from "./read.ts";

/**
 * `changed`: a line is not what its writer's next line was written after. `missing`: lines of a writer are not there.
 * `order`: a line stands twice, or too late. `unreadable`: no line of a journal. `no_intent`: an outcome of nothing.
 * `torn`: a line that a process ended over. `not_recorded`: an intent without its outcome. `elsewhere`: an outcome whose
 * intent is in another file.
 */
export type FindingKind =
  | "changed"
  | "missing"
  | "order"
  | "unreadable"
  | "no_intent"
  | "torn"
  | "not_recorded"
  | "elsewhere";

export interface Finding {
  readonly kind: FindingKind;
  /** Whether the journal is not as it was written; else it is what crashes and rotation leave behind. */
  readonly tampered: boolean;
  /** The line's number in the file. */
  readonly line: number;
  readonly writer: string | undefined;
  /** One sentence. Parts of it stand in the file: to be made inert before it is shown. */
  readonly text: string;
}

export interface Verified {
  /** Whether nothing was found that crashes and rotation do not explain. */
  readonly intact: boolean;
  readonly lines: number;
  readonly writers: number;
  readonly changes: number;
}

/** What must be said beside every verification. */
export const UNSEEN =
  "A cut tail cannot be seen: that the last lines of a writer, or all of them, were taken away. Nor can a change in a " +
  "writer's last line, lines of an invented writer, or a chain made anew: the hashes have no key.";

/** The last line of a writer that was read. */
interface End {
  readonly line: number;
  readonly seq: number;
  readonly hash: string;
}

/** Follows the chain of every writer through a journal, and tells what does not fit, line by line. */
export async function verify(path: string, tell: (finding: Finding) => void): Promise<Verified> {
  const file = await openForReading(path);
  try {
    const check = checker(tell);
    for await (const { number, bytes } of readLines(file, (await file.stat()).size)) check.line(number, bytes);
    return check.end();
  } finally {
    await file.close();
  }
}

interface Checker {
  line(number: number, bytes: Buffer): void;
  end(): Verified;
}

function checker(tell: (finding: Finding) => void): Checker {
  const ends = new Map<string, End>();
  /** The line that tore, of writers that wrote nothing after it. */
  const torn = new Map<string, number>();
  const open = new Map<string, { line: number; writer: string; tool: string; time: string }>();
  let [intact, lines, changes] = [true, 0, 0];

  const problem = (kind: FindingKind, line: number, writer: string | undefined, text: string): void => {
    intact = false;
    tell({ kind, tampered: true, line, writer, text });
  };
  const note = (kind: FindingKind, line: number, writer: string | undefined, text: string): void =>
    tell({ kind, tampered: false, line, writer, text });

  const chained = (number: number, { writer, seq, prev }: JournalLine, hash: string): void => {
    const cut = torn.get(writer);
    torn.delete(writer);
    if (cut) problem("unreadable", cut, writer, "cannot be read, and its writer wrote on after it");
    const before = ends.get(writer);
    const next = (before?.seq ?? 0) + 1;
    if (seq < next) {
      problem("order", number, writer, `is number ${seq}, but stands after number ${next - 1}: moved or repeated`);
      return;
    }
    if (seq > next) {
      const which = seq === next + 1 ? `number ${next} is` : `numbers ${next} to ${seq - 1} are`;
      problem("missing", number, writer, `is number ${seq}, but ${which} not before it`);
    } else if (prev !== (before?.hash ?? "")) {
      const text = before
        ? `was changed, or line ${number} was: they do not fit together`
        : "was changed: a first line has no prev";
      problem("changed", before?.line ?? number, writer, text);
    }
    ends.set(writer, { line: number, seq, hash });
  };

  const joined = (number: number, line: JournalLine): void => {
    const { changeId, writer, seq, time } = line;
    if (line.kind === "intent") {
      changes += 1;
      if (changeId !== `${writer}-${seq}`)
        problem("changed", number, writer, "does not have the change id it must have");
      open.set(changeId, { line: number, writer, tool: line.tool, time });
    } else if (!open.delete(changeId)) {
      const intended = changeId.slice(0, changeId.lastIndexOf("-"));
      if (ends.has(intended))
        problem(
          "no_intent",
          number,
          writer,
          `is an outcome of ${changeId}, which has no intent, or an outcome already`,
        );
      else
        note(
          "elsewhere",
          number,
          writer,
          `is the outcome of ${changeId}, and nothing of that writer is in this file: rotated in between, or taken away`,
        );
    }
  };

  const unreadable = (number: number, bytes: Buffer): void => {
    const fragment = fragmentOf(bytes);
    if (fragment === "too short") {
      note("torn", number, undefined, "is only a beginning: its writer ended, or the disk was full");
      return;
    }
    const end = fragment && ends.get(fragment.writer);
    const fits = fragment && fragment.seq === (end?.seq ?? 0) + 1 && fragment.prev === (end?.hash ?? "");
    if (fits && !torn.has(fragment.writer)) torn.set(fragment.writer, number);
    else problem("unreadable", number, fragment?.writer, "is no line of a journal");
  };

  return {
    line: (number, bytes) => {
      lines += 1;
      const line = decode(bytes);
      if (line === undefined) return unreadable(number, bytes);
      chained(number, line, hashOf(bytes));
      joined(number, line);
    },
    end: () => {
      for (const [writer, line] of torn)
        note("torn", line, writer, "is not whole: its writer ended, or the disk was full");
      for (const { line, writer, tool, time } of open.values())
        note("not_recorded", line, writer, `${tool} of ${time}: outcome not recorded; the process ended in between`);
      return { intact, lines, writers: new Set([...ends.keys(), ...torn.keys()]).size, changes };
    },
  };
}
