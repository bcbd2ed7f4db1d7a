import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { decode, type IntentLine, LONGEST_LINE, type OutcomeLine } from "./entry.ts";
import { JournalError } from "./error.ts";

/** A line of the file as it stands there; blank ones are not given. */
export interface RawLine {
  /** Counts from 1, blank lines too. */
  readonly number: number;
  /** Without the newline. Of what is too long to be one of ours, only the beginning. */
  readonly bytes: Buffer;
}

/** A change: what was intended, and what became of it where that was recorded. At least one is there. */
export interface Entry {
  readonly changeId: string;
  readonly intent: IntentLine | undefined;
  readonly outcome: OutcomeLine | undefined;
}

const NEWLINE = 0x0a;

/** Opens a journal, or what was one before it was rotated, for reading. Throws the system's error, or JournalError. */
export async function openForReading(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!(await file.stat()).isFile()) throw new JournalError("not_a_file");
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The lines of a file up to a size in bytes, one at a time. */
export async function* readLines(file: FileHandle, size: number): AsyncGenerator<RawLine> {
  if (size === 0) return;
  let number = 1;
  let parts: Buffer[] = [];
  let length = 0;
  const add = (part: Buffer): void => {
    if (length <= LONGEST_LINE) parts.push(part.subarray(0, LONGEST_LINE + 1 - length));
    length += part.length;
  };
  const take = (): Buffer => {
    const bytes = Buffer.concat(parts);
    parts = [];
    length = 0;
    return bytes;
  };
  for await (const chunk of file.createReadStream({ start: 0, end: size - 1, autoClose: false })) {
    const bytes = Buffer.from(chunk);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      add(bytes.subarray(start, end));
      if (length > 0) yield { number, bytes: take() };
      number += 1;
      start = end + 1;
    }
    if (start < bytes.length) add(bytes.subarray(start));
  }
  if (length > 0) yield { number, bytes: take() };
}

/**
 * The changes of a journal in the order of their intents, as it was when the reading began. `unreadable` is told the
 * number of each line that is none of a journal's. Reads the file twice and holds no more than what is incomplete.
 */
export async function* readEntries(path: string, unreadable: (line: number) => void = () => {}): AsyncGenerator<Entry> {
  const file = await openForReading(path);
  try {
    const { size } = await file.stat();
    yield* join(file, size, await unconcluded(file, size), unreadable);
  } finally {
    await file.close();
  }
}

/** The changes that have no outcome. */
async function unconcluded(file: FileHandle, size: number): Promise<Set<string>> {
  const open = new Set<string>();
  for await (const { bytes } of readLines(file, size)) {
    const line = decode(bytes);
    if (line?.kind === "intent") open.add(line.changeId);
    else if (line) open.delete(line.changeId);
  }
  return open;
}

interface Waiting {
  readonly changeId: string;
  readonly intent: IntentLine | undefined;
  outcome: OutcomeLine | undefined;
  complete: boolean;
}

async function* join(
  file: FileHandle,
  size: number,
  unconcluded: ReadonlySet<string>,
  unreadable: (line: number) => void,
): AsyncGenerator<Entry> {
  const queue: Waiting[] = [];
  const open = new Map<string, Waiting>();
  for await (const { number, bytes } of readLines(file, size)) {
    const line = decode(bytes);
    if (line === undefined) {
      unreadable(number);
      continue;
    }
    const { changeId } = line;
    if (line.kind === "intent") {
      const complete = unconcluded.has(changeId);
      const waiting: Waiting = { changeId, intent: line, outcome: undefined, complete };
      queue.push(waiting);
      if (!complete) open.set(changeId, waiting);
    } else {
      const waiting = open.get(changeId);
      if (waiting === undefined) queue.push({ changeId, intent: undefined, outcome: line, complete: true });
      else {
        waiting.outcome = line;
        waiting.complete = true;
        open.delete(changeId);
      }
    }
    if (queue[0]?.complete !== true) continue;
    const stop = queue.findIndex(({ complete }) => !complete);
    const ready = queue.splice(0, stop < 0 ? queue.length : stop);
    yield* ready.map(entryOf);
  }
  yield* queue.map(entryOf);
}

function entryOf({ changeId, intent, outcome }: Waiting): Entry {
  return { changeId, intent, outcome };
}
