import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, type FileHandle, lstat, open, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "./okta/lock.ts";
import { ownFolder, wrongWith } from "./okta/own-folder.ts";
import { Refusal } from "./refusal.ts";
import type { JsonObject } from "./schema.ts";
import { sweep } from "./sweep.ts";

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
        if ((await ownFolder(folder)) !== undefined) throw new Error("not ours alone");
        await sweep(folder, OURS, LIFETIME_MS);
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
        if (there === folder && (await wrongWith(folder)) !== undefined) return false;
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
  setInterval(() => void sweep(folder, OURS, LIFETIME_MS), HOUR_MS).unref();
  await sweep(folder, OURS, LIFETIME_MS);
}

function folderIn(stateDir: string): string {
  return join(stateDir, "okta-users-mcp", "secrets");
}

/** The path itself, or the innermost folder above it that exists. */
async function nearestThere(path: string): Promise<string> {
  try {
    await lstat(path);
    return path;
  } catch (error) {
    if (codeOf(error) !== "ENOENT" || dirname(path) === path) throw error;
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
