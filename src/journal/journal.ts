import { randomBytes } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { type Conclusion, encode, hashOf, type Intent, type JournalLine, type Link, LONGEST_LINE } from "./entry.ts";
import { JournalError } from "./error.ts";
import { appendFile } from "./file.ts";

export { JournalError, type JournalReason } from "./error.ts";

/**
 * The change journal: two lines for every attempted write, one before the request goes out and one after. A line is on
 * the disk when its method is done. The methods throw JournalError; then the line is not there, or not surely and whole.
 */
export interface Journal {
  /** Opens the file, making it where there is none, and checks that it may be written. */
  check(): Promise<void>;
  /** Puts down what is about to be asked of Okta; gives the change's id. When this fails, Okta must not be asked. */
  intend(intent: Intent): Promise<string>;
  /** Puts down what became of it. An `after` too long for a line is left out. May be tried again when it failed. */
  conclude(changeId: string, conclusion: Conclusion): Promise<void>;
  /** Waits for what is being written and closes the file. */
  close(): Promise<void>;
}

/** Where a writer stands. */
interface Chain {
  readonly file: FileHandle;
  readonly writer: string;
  readonly seq: number;
  readonly prev: string;
}

/** A journal at an absolute path in a folder that exists. Nothing is opened before it is needed. */
export function openJournal(path: string): Journal {
  const file = appendFile(path);
  const open = new Set<string>();
  let chain: Chain | undefined;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  /** One at a time: the order in the file is that of the chain. */
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const turn = last.then(act);
    last = turn.catch(() => {});
    return turn;
  };

  /**
   * What is in the file after a failure is uncertain, and another file knows nothing of the lines before: either way
   * the chain ends and another writer begins.
   */
  const orDrop = async <T>(act: () => Promise<T>): Promise<T> => {
    if (closed) throw new JournalError("closed");
    try {
      return await act();
    } catch (error) {
      await file.drop();
      throw error;
    }
  };

  const append = async <T extends JournalLine>(make: (link: Link) => T): Promise<T> => {
    const current = await file.current();
    const { writer, seq, prev } =
      chain?.file === current ? chain : { writer: randomBytes(8).toString("hex"), seq: 0, prev: "" };
    const line = make({ writer, seq: seq + 1, prev });
    const bytes = encode(line);
    await file.append(current, bytes);
    chain = { file: current, writer, seq: line.seq, prev: hashOf(bytes) };
    return line;
  };

  return {
    check: () => inTurn(() => orDrop(async () => void (await file.current()))),
    intend: async (intent) => {
      const { tool, arguments: given, target, org, by, consent, undoes, before } = intent;
      const said = { tool, arguments: given, target, org, by, consent, undoes, before } as const;
      if (isTooLong(said)) throw new JournalError("too_long");
      const line = await inTurn(() =>
        orDrop(() =>
          append((link) => ({
            ...link,
            kind: "intent",
            time: new Date().toISOString(),
            changeId: `${link.writer}-${link.seq}`,
            ...said,
          })),
        ),
      );
      open.add(line.changeId);
      return line.changeId;
    },
    conclude: async (changeId, conclusion) => {
      if (!open.has(changeId)) throw new TypeError("the journal has no such open change");
      const { outcome, code, requestId, after } = conclusion;
      const short = { outcome, code, requestId };
      const whole = { ...short, after };
      const said = isTooLong(whole) ? short : whole;
      const time = new Date().toISOString();
      await inTurn(() => orDrop(() => append((link) => ({ ...link, kind: "outcome", time, changeId, ...said }))));
      open.delete(changeId);
    },
    close: () =>
      inTurn(async () => {
        closed = true;
        await file.drop();
      }),
  };
}

/** More than writer, seq, prev, kind, time and changeId take. */
const HEAD_ROOM = 400;

function isTooLong(said: Intent | Conclusion): boolean {
  return Buffer.byteLength(JSON.stringify(said)) > LONGEST_LINE - HEAD_ROOM;
}
