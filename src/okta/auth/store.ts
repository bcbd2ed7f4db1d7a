import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, lstat, mkdir, open, readFile, rename, stat, unlink, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { OktaError } from "../error.ts";
import { isProofKey, type ProofKey } from "./proof.ts";

/** What is kept of a person's sign-in. */
export interface StoredSignIn {
  readonly refreshToken: string;
  /** The key the refresh token is bound to, where it is. */
  readonly proofKey?: ProofKey | undefined;
}

/** The one file of a sign-in: of this user's processes, for one org and one client. Its methods throw OktaError. */
export interface SignInFile {
  readonly path: string;
  /** Undefined when nobody is signed in. */
  read(): Promise<StoredSignIn | undefined>;
  /** Replaces it whole or not at all. */
  write(signIn: StoredSignIn): Promise<void>;
  remove(): Promise<void>;
  /** Runs something while no other process does the same. */
  locked<T>(act: () => Promise<T>): Promise<T>;
}

export interface SignInStore {
  file(orgUrl: string, clientId: string): SignInFile;
}

/** Keeps sign-ins under the state directory of this user, for nobody else's eyes. */
export function signInStore(stateDir: string): SignInStore {
  const folder = join(stateDir, "okta-users-mcp", "sign-ins");
  return { file: (orgUrl, clientId) => signInFile(folder, join(folder, nameOf(orgUrl, clientId))) };
}

/** Readable, and safe on every system: no odd characters, and told apart where letters' case does not count. */
function nameOf(orgUrl: string, clientId: string): string {
  const readable = `${new URL(orgUrl).host}_${clientId}`.replace(/[^A-Za-z0-9._-]/g, "-").slice(0, 120);
  const exact = createHash("sha256").update(`${orgUrl}\n${clientId}`).digest("hex").slice(0, 12);
  return `${readable}_${exact}.json`;
}

function signInFile(folder: string, path: string): SignInFile {
  return {
    path,
    read: () => told(path, "read", () => read(path)),
    write: (signIn) =>
      told(path, "written", async () => {
        await ownFolder(folder);
        await write(path, JSON.stringify(signIn));
      }),
    remove: () => told(path, "removed", () => unlink(path)),
    locked: async (act) => {
      const release = await told(path, "locked", async () => {
        await ownFolder(folder);
        return lock(`${path}.lock`);
      });
      try {
        return await act();
      } finally {
        await release();
      }
    },
  };
}

const POSIX = process.platform !== "win32";

async function read(path: string): Promise<StoredSignIn | undefined> {
  let handle: FileHandle;
  try {
    if ((await lstat(path)).isSymbolicLink()) throw unsafe(path, "is a symbolic link");
    // What was put there since is not followed, and a pipe does not hold us up. Windows has neither flag.
    handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw unsafe(path, "is not a file");
    if (POSIX && (found.mode & 0o077) !== 0) throw unsafe(path, "may be read by others");
    return parse(path, await handle.readFile("utf8"));
  } finally {
    await handle.close();
  }
}

function parse(path: string, text: string): StoredSignIn {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    said = undefined;
  }
  if (typeof said === "object" && said !== null && "refreshToken" in said && typeof said.refreshToken === "string") {
    const proofKey = "proofKey" in said ? said.proofKey : undefined;
    if (said.refreshToken !== "" && (proofKey === undefined || isProofKey(proofKey)))
      return { refreshToken: said.refreshToken, proofKey };
  }
  throw problem(`The stored sign-in ${path} is damaged: run okta-users-mcp login.`);
}

async function write(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

/** Makes the folder, or makes sure that it is nobody else's to look into. */
async function ownFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  if (!found.isDirectory()) throw unsafe(folder, "is not a folder");
  if (POSIX && (found.mode & 0o077) !== 0) throw unsafe(folder, "is open to others");
}

/** A lock whose holder gave no sign of life for so long is nobody's. */
const STALE_MS = 30_000;
const SIGN_OF_LIFE_MS = 5_000;
const LONGEST_WAIT_MS = 120_000;

/** Takes the lock; gives what releases it. */
async function lock(path: string): Promise<() => Promise<void>> {
  const own = `${hostname()} ${process.pid} ${randomUUID()}`;
  const isOwn = async (): Promise<boolean> => (await readFile(path, "utf8").catch(() => "")) === own;
  for (const started = performance.now(); ; ) {
    if (await create(path, own)) break;
    await removeStale(path);
    if (performance.now() - started > LONGEST_WAIT_MS)
      throw new OktaError({ code: "timeout", summary: `Another process keeps ${path}; end it, or delete that file.` });
    await sleep(40 + 40 * Math.random());
  }
  const alive = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, SIGN_OF_LIFE_MS);
  alive.unref();
  return async () => {
    clearInterval(alive);
    if (await isOwn()) await unlink(path).catch(() => {});
  };
}

/** False when somebody has it. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    const handle = await open(path, "wx", 0o600);
    await handle.writeFile(text).finally(() => handle.close());
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
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

/** Runs what touches files, and says which file and why when it fails. */
async function told<T>(path: string, what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof OktaError) throw error;
    throw problem(`The stored sign-in ${path} cannot be ${what} (${codeOf(error) ?? "unknown"}).`);
  }
}

function unsafe(path: string, why: string): OktaError {
  return problem(`${path} ${why}, so it is not used: delete it, then run okta-users-mcp login.`);
}

function problem(summary: string): OktaError {
  return new OktaError({ code: "unauthorized", summary });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
