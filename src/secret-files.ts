import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Refusal } from "./refusal.ts";
import type { JsonObject } from "./schema.ts";

/** Where one-time secrets go when they must not enter the conversation. */
export interface SecretFiles {
  /** Makes an empty file for a secret that is about to come. Throws a Refusal when that cannot be. */
  prepare(): Promise<SecretFile>;
}

export interface SecretFile {
  /** Absolute. */
  readonly path: string;
  /** Fills and closes it. */
  write(secret: JsonObject): Promise<void>;
  /** Removes it, when no secret came. */
  discard(): Promise<void>;
}

/** How long a secret is kept. */
const LIFETIME_MS = 24 * 3_600_000;
const POSIX = process.platform !== "win32";

/**
 * Keeps secrets in a folder of mode 0700 under this user's state directory, each in a new file of mode 0600. Files older
 * than a day are removed whenever a new one is made, and while the process runs.
 */
export function createSecretFiles(stateDir: string): SecretFiles {
  const folder = join(stateDir, "okta-users-mcp", "secrets");
  let sweeping: NodeJS.Timeout | undefined;

  async function prepare(): Promise<SecretFile> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const found = await lstat(folder);
      if (!found.isDirectory() || (POSIX && (found.mode & 0o077) !== 0)) throw new Error("open to others");
      await sweep(folder);
      sweeping ??= setInterval(() => void sweep(folder).catch(() => {}), LIFETIME_MS / 24).unref();
      const path = join(folder, `${new Date().toISOString().replaceAll(/[:.]/g, "-")}-${randomUUID()}.json`);
      const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
      const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600);
      return secretFile(path, handle);
    } catch {
      throw new Refusal("secret_refused", "Nothing was done: there is no safe place for the one-time secret.", {
        hint: `OKTA_SECRETS=file needs a folder only this user can open: ${folder}. Whoever runs this server can mend that.`,
      });
    }
  }

  return { prepare };
}

function secretFile(path: string, handle: FileHandle): SecretFile {
  return {
    path,
    write: async (secret) => {
      try {
        await handle.writeFile(`${JSON.stringify(secret)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
    discard: async () => {
      await handle.close().catch(() => {});
      await unlink(path).catch(() => {});
    },
  };
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await lstat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > LIFETIME_MS) await unlink(path).catch(() => {});
  }
}
