import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, JournalError, type JournalReason } from "./error.ts";

/** A file that lines are only ever added to, by this user's processes alone. Its methods throw JournalError. */
export interface AppendFile {
  /** The file at the path, opened and checked; another object when it had to be opened anew since the last time. */
  current(): Promise<FileHandle>;
  /** Adds one line and its newline, in one write, and waits until the disk has it. */
  append(file: FileHandle, line: Buffer): Promise<void>;
  /** Closes the file; `current` opens it anew. */
  drop(): Promise<void>;
}

const POSIX = process.platform !== "win32";

// Windows has neither of the last two. The second keeps a pipe or a device from holding us up.
const FLAGS =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Somebody who renames files in a row is met so often. */
const ATTEMPTS = 5;

export function appendFile(path: string): AppendFile {
  let file: FileHandle | undefined;
  const drop = async (): Promise<void> => {
    const dropped = file;
    file = undefined;
    await dropped?.close().catch(() => {});
  };
  return {
    current: async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        file ??= await openAt(path);
        if (await isStillAt(path, file)) return file;
        await drop();
      }
      throw new JournalError("replaced");
    },
    append,
    drop,
  };
}

async function openAt(path: string): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(path, FLAGS, 0o600);
  } catch (error) {
    throw new JournalError(OPEN_REASONS[codeOf(error) ?? ""] ?? "cannot_open", error);
  }
  // A file that was just made is gone after a power failure unless its folder is on the disk too.
  if (POSIX && (await file.stat().catch(() => undefined))?.size === 0) await syncFolder(dirname(path)).catch(() => {});
  return file;
}

const OPEN_REASONS: Readonly<Record<string, JournalReason>> = {
  ENOENT: "folder_missing",
  ENOTDIR: "folder_missing",
  ELOOP: "is_a_link",
  EMLINK: "is_a_link",
  EISDIR: "not_a_file",
  ENXIO: "not_a_file",
  ENOSPC: "disk_full",
  EDQUOT: "disk_full",
};

/** Not every system or folder allows it. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Whether the path still leads to this file; throws when one may not write to it. */
async function isStillAt(path: string, file: FileHandle): Promise<boolean> {
  const [opened, there] = await Promise.all([
    statOf(() => file.stat({ bigint: true })),
    statOf(() => lstat(path, { bigint: true })),
  ]);
  if (there?.isSymbolicLink()) throw new JournalError("is_a_link");
  if (opened === undefined || there === undefined || opened.ino !== there.ino || opened.dev !== there.dev) return false;
  if (!opened.isFile()) throw new JournalError("not_a_file");
  if (!POSIX) return true;
  if (opened.uid !== BigInt(process.geteuid?.() ?? -1)) throw new JournalError("not_ours");
  if ((opened.mode & 0o077n) !== 0n) throw new JournalError("open_to_others");
  // Under another name it might be a file of quite another use.
  if (opened.nlink > 1n) throw new JournalError("is_a_link");
  return true;
}

/** Undefined when there is no such file. */
async function statOf(stat: () => Promise<BigIntStats>): Promise<BigIntStats | undefined> {
  try {
    return await stat();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new JournalError("cannot_open", error);
  }
}

const NEWLINE = Buffer.from("\n");

async function append(file: FileHandle, line: Buffer): Promise<void> {
  try {
    const { size } = await file.stat();
    // A process that died while it wrote leaves a line without an end; ours must not become part of it.
    const start = (await endsALine(file, size)) ? [] : [NEWLINE];
    const bytes = Buffer.concat([...start, line, NEWLINE]);
    const { bytesWritten } = await file.write(bytes);
    if (bytesWritten !== bytes.length) throw new JournalError("disk_full");
    await file.datasync();
    if (!(await arrived(file, size, bytes.length, line))) throw new JournalError("damaged");
  } catch (error) {
    if (error instanceof JournalError) throw error;
    throw new JournalError(FULL.has(codeOf(error) ?? "") ? "disk_full" : "cannot_write", error);
  }
}

const FULL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

async function endsALine(file: FileHandle, size: number): Promise<boolean> {
  return size === 0 || (await read(file, size - 1, size)).equals(NEWLINE);
}

/** More than other processes add while one line is written. */
const MOST_READ_BACK = 64 * 1024 * 1024;

/**
 * Whether the line stands by itself in what was added to the file since it had this size. When others wrote at the same
 * time, one of them may have died over it, and not every file system keeps two appends apart.
 */
async function arrived(file: FileHandle, from: number, length: number, line: Buffer): Promise<boolean> {
  const { size } = await file.stat();
  if (size === from + length) return true;
  if (size < from + length || size - from > MOST_READ_BACK) return false;
  const added = await read(file, Math.max(0, from - 1), size);
  return Buffer.concat([from === 0 ? NEWLINE : Buffer.of(), added]).includes(Buffer.concat([NEWLINE, line, NEWLINE]));
}

async function read(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
  return buffer.subarray(0, bytesRead);
}
