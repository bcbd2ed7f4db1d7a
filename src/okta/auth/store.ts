import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, open, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { OktaError } from "../error.ts";
import { codeOf, lock } from "../lock.ts";
import { ownFolder } from "../own-folder.ts";
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
        await requireOwn(folder);
        await write(path, JSON.stringify(signIn));
      }),
    remove: () => told(path, "removed", () => unlink(path)),
    locked: async (act) => {
      const release = await told(path, "locked", async () => {
        await requireOwn(folder);
        const taken = await lock(`${path}.lock`, LONGEST_WAIT_MS);
        if (taken !== undefined) return taken.release;
        const summary = `Another process keeps ${path}.lock; end it, or delete that file.`;
        throw new OktaError({ code: "timeout", summary });
      });
      try {
        return await act();
      } finally {
        await release();
      }
    },
  };
}

const LONGEST_WAIT_MS = 120_000;
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

async function requireOwn(folder: string): Promise<void> {
  const wrong = await ownFolder(folder);
  if (wrong !== undefined) throw unsafe(folder, wrong);
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
