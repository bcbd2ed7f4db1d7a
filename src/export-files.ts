import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, type FileHandle, lstat, open, rename, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { codeOf } from "./okta/lock.ts";
import { Refusal } from "./refusal.ts";
import { sweep } from "./sweep.ts";

/** The one folder that exports go to. */
export interface ExportFolder {
  /**
   * Begins a new file with this plain name. It stands under another, hidden name until it is whole; those that a crash
   * left half are removed here once they are a day old. Throws a Refusal when the folder is none to write to or there
   * is such a file.
   */
  begin(name: string): Promise<ExportFile>;
}

export interface ExportFile {
  /** Throws a Refusal when the file cannot take more. */
  write(text: string): Promise<void>;
  /** Gives the whole file its name. Throws a Refusal, and leaves nothing, when that cannot be. */
  finish(): Promise<{ readonly path: string; readonly bytes: number }>;
  /** Removes it. */
  discard(): Promise<void>;
}

/** The hidden name of a file that is not whole. */
const PART = /^\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$/;

/** How long nothing must have been written to such a file before it is taken for one that a crash left. */
const ABANDONED_MS = 24 * 3_600_000;

/** @param folder absolute path; it must exist */
export function createExportFolder(folder: string): ExportFolder {
  return {
    begin: async (name) => {
      if (basename(name) !== name || name.startsWith(".") || name.includes("\0"))
        throw new TypeError("an export needs a plain file name");
      await requireFolder(folder);
      await sweep(folder, PART, ABANDONED_MS);
      const path = join(folder, name);
      if (await isThere(path)) throw taken();
      const hidden = join(folder, `.${randomUUID()}.part`);
      return exportFile(path, hidden, await create(hidden));
    },
  };
}

function exportFile(path: string, hidden: string, handle: FileHandle): ExportFile {
  let bytes = 0;
  const discard = async (): Promise<void> => {
    await handle.close().catch(() => {});
    await unlink(hidden).catch(() => {});
  };
  return {
    write: async (text) => {
      const data = Buffer.from(text);
      try {
        await handle.appendFile(data);
      } catch (error) {
        throw unusable(`it cannot be written (${reasonOf(error)})`);
      }
      bytes += data.length;
    },
    finish: async () => {
      let named = false;
      try {
        await handle.sync();
        const written = await handle.stat();
        await handle.close();
        // Renaming replaces what is there: only what is our own may be.
        await (await create(path)).close();
        named = true;
        await rename(hidden, path);
        const there = await lstat(path);
        if (there.ino !== written.ino || there.dev !== written.dev) throw unusable("its files were changed meanwhile");
        return { path, bytes };
      } catch (error) {
        await discard();
        if (named) await unlink(path).catch(() => {});
        throw error instanceof Refusal ? error : unusable(`it cannot be written (${reasonOf(error)})`);
      }
    },
    discard,
  };
}

/** A new file of mode 0600, never one that is there, nor one that a link leads to. */
async function create(path: string): Promise<FileHandle> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  try {
    return await open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600);
  } catch (error) {
    throw reasonOf(error) === "EEXIST" ? taken() : unusable(`it cannot be written (${reasonOf(error)})`);
  }
}

/** A link may be led elsewhere by whoever made it, so the folder must be one itself. */
async function requireFolder(folder: string): Promise<void> {
  const problem = await exportProblem(folder);
  if (problem !== undefined) throw unusable(problem);
}

/** Why exports cannot go to a folder; undefined when they can. */
export async function exportProblem(folder: string): Promise<string | undefined> {
  try {
    const found = await lstat(folder);
    if (found.isSymbolicLink()) return "it is a link";
    if (!found.isDirectory()) return "it is not a folder";
    await access(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return reasonOf(error) === "ENOENT" ? "it does not exist" : `it cannot be written (${reasonOf(error)})`;
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => reasonOf(error) !== "ENOENT",
  );
}

function reasonOf(error: unknown): string {
  return codeOf(error) ?? "unknown";
}

function taken(): Refusal {
  return new Refusal("invalid_arguments", "Nothing was written: there is a file of this name.", {
    causes: ["name: is taken by a file in the export folder; nothing is replaced"],
    hint: "Give another name, or none: then the time is its name.",
  });
}

function unusable(problem: string): Refusal {
  return new Refusal("tool_disabled", `Nothing was written: OKTA_EXPORT_DIR is not usable: ${problem}.`, {
    hint: "Whoever runs this server must name a folder there that exists, is no link, can be written to and has room.",
  });
}
