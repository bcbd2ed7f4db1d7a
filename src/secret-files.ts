import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, type FileHandle, lstat, mkdir, open, readdir, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Refusal } from "./refusal.ts";
import type { JsonObject } from "./schema.ts";

/** Where one-time secrets go when they must not enter the conversation. */
export interface SecretFiles {
  /** Absolute. */
  readonly folder: string;
  /** Makes an empty file for a secret that is about to come. Throws a Refusal when that cannot be. */
  prepare(): Promise<SecretFile>;
  /** Whether the folder is as it must be, or could be made; makes nothing. */
  usable(): Promise<boolean>;
}

export interface SecretFile {
  /** Absolute. */
  readonly path: string;
  /** Fills and closes it. False when the secret is not in the file at that path: then there is none, and it is lost. */
  write(secret: JsonObject): Promise<boolean>;
  /** Removes it, when no secret came. */
  discard(): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** How long a secret is kept. */
const LIFETIME_MS = 24 * HOUR_MS;

/** A time, and what nobody can guess. */
const OURS = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.json$/;

const POSIX = process.platform !== "win32";

/**
 * Keeps secrets in a folder of mode 0700 under this user's state directory, each in a new file of mode 0600. Files older
 * than a day are removed whenever a new one is made; see `sweepSecrets`.
 */
export function createSecretFiles(stateDir: string): SecretFiles {
  const folder = folderIn(stateDir);
  return {
    folder,
    prepare: async () => {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        if (!(await isPrivate(folder))) throw new Error("open to others");
        await sweep(folder);
        const path = join(folder, `${new Date().toISOString().replaceAll(/[:.]/g, "-")}-${randomUUID()}.json`);
        const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
        const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600);
        return secretFile(path, handle);
      } catch {
        throw new Refusal("secret_refused", "Nothing was done: there is no safe place for the one-time secret.", {
          hint: `OKTA_SECRETS=file needs a folder only this user can open: ${folder}. Whoever runs this server can mend that.`,
        });
      }
    },
    usable: async () => {
      try {
        const there = await nearestThere(folder);
        if (there === folder && !(await isPrivate(folder))) return false;
        await access(there, constants.W_OK | constants.X_OK);
        return (await stat(there)).isDirectory();
      } catch {
        return false;
      }
    },
  };
}

/**
 * Removes the secrets that are older than a day, now and then every hour while the process runs, which it does not
 * keep from ending. Never fails: what cannot be removed stays.
 */
export async function sweepSecrets(stateDir: string): Promise<void> {
  const folder = folderIn(stateDir);
  setInterval(() => void sweep(folder), HOUR_MS).unref();
  await sweep(folder);
}

function folderIn(stateDir: string): string {
  return join(stateDir, "okta-users-mcp", "secrets");
}

async function isPrivate(folder: string): Promise<boolean> {
  const found = await lstat(folder);
  return found.isDirectory() && !(POSIX && (found.mode & 0o077) !== 0);
}

/** The path itself, or the innermost folder above it that exists. */
async function nearestThere(path: string): Promise<string> {
  try {
    await lstat(path);
    return path;
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!missing || dirname(path) === path) throw error;
    return nearestThere(dirname(path));
  }
}

function secretFile(path: string, handle: FileHandle): SecretFile {
  const discard = async (): Promise<void> => {
    await handle.close().catch(() => {});
    await unlink(path).catch(() => {});
  };
  return {
    path,
    write: async (secret) => {
      try {
        await handle.writeFile(`${JSON.stringify(secret)}\n`);
        await handle.sync();
        // The folder may be gone since, and the file with it.
        const [written, there] = await Promise.all([handle.stat(), lstat(path)]);
        if (written.ino !== there.ino || written.dev !== there.dev) throw new Error("replaced");
        await handle.close();
        return true;
      } catch {
        await discard();
        return false;
      }
    },
    discard,
  };
}

async function sweep(folder: string): Promise<void> {
  try {
    // A link may lead to files of quite another use.
    if (!(await lstat(folder)).isDirectory()) return;
    for (const name of await readdir(folder)) if (OURS.test(name)) await removeOld(join(folder, name));
  } catch {
    // Most often there is no folder yet.
  }
}

async function removeOld(path: string): Promise<void> {
  try {
    const found = await lstat(path);
    if (found.isFile() && Date.now() - found.mtimeMs > LIFETIME_MS) await unlink(path);
  } catch {
    // Another process may have been faster.
  }
}
