import { randomUUID } from "node:crypto";
import { link, open, readFile, rename, stat, unlink, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** A lock whose holder gave no sign of life for so long is nobody's. */
const STALE_MS = 30_000;
const SIGN_OF_LIFE_MS = 5_000;

export interface Lock {
  /** False when it was taken for abandoned, as while this computer slept. */
  isOwn(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * Takes a lock among this user's processes: a file at an absolute path, in a folder that exists. Undefined when others
 * kept it for `waitMs`. Throws the system's error.
 */
export async function lock(path: string, waitMs: number): Promise<Lock | undefined> {
  const own = `${hostname()} ${process.pid} ${randomUUID()}`;
  const isOwn = async (): Promise<boolean> => (await readFile(path, "utf8").catch(() => "")) === own;
  for (const started = performance.now(); ; ) {
    if (await create(path, own)) break;
    await removeStale(path);
    if (await create(path, own)) break;
    if (performance.now() - started >= waitMs) return undefined;
    await sleep(40 + 40 * Math.random());
  }
  const alive = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, SIGN_OF_LIFE_MS);
  alive.unref();
  return {
    isOwn,
    release: async () => {
      clearInterval(alive);
      if (await isOwn()) await unlink(path).catch(() => {});
    },
  };
}

/** False when somebody has it. It appears with its holder's name in it: a process that dies here leaves no nameless one. */
async function create(path: string, holder: string): Promise<boolean> {
  const made = `${path}.${randomUUID()}.tmp`;
  try {
    const handle = await open(made, "wx", 0o600);
    await handle.writeFile(holder).finally(() => handle.close());
    await link(made, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(made).catch(() => {});
  }
}

/** Removes a lock that is nobody's any more. Of several who find it so, one moves it away, and no other lock with it. */
async function removeStale(path: string): Promise<void> {
  const stale = await readFile(path, "utf8").catch(() => undefined);
  if (stale === undefined || !(await isStale(path, stale))) return;
  const aside = `${path}.${randomUUID()}.stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  // What was moved may be the lock of somebody who was quicker: it is put back, unless there is a newer one.
  if ((await readFile(aside, "utf8").catch(() => stale)) !== stale) await link(aside, path).catch(() => {});
  await unlink(aside).catch(() => {});
}

async function isStale(path: string, holder: string): Promise<boolean> {
  const [host, pid] = holder.split(" ");
  if (host === hostname() && isGone(Number(pid))) return true;
  try {
    // A clock that was set back makes a time to come.
    return Math.abs(Date.now() - (await stat(path)).mtimeMs) > STALE_MS;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Whether there is no such process on this machine. */
function isGone(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}

/** The system's code of an error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
