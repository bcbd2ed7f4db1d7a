import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Kept, Run, Runs } from "./job.ts";
import { codeOf, lock } from "./okta/lock.ts";
import { ownFolder } from "./okta/own-folder.ts";
import { Refusal } from "./refusal.ts";
import { isJsonObject, type JsonObject } from "./schema.ts";
import { sweep } from "./sweep.ts";

/** How long a plan is good for. */
const LIFETIME_MS = 3_600_000;

/** More than any plan takes. */
const LONGEST_FILE = 8 * 1024 * 1024;

/** Random, and the SHA-256 of the plan's file. */
const ID = /^([0-9a-f]{16})-([0-9a-f]{64})$/;

/** A file of the folder: of a plan, of what became of it, or of the lock of who carries it out. */
const OURS = /^[0-9a-f]{16}\.(json|notes|lock(\.[0-9a-f-]{36}\.(tmp|stale))?)$/;

/** Whose plans they are; nobody else can carry them out. */
export interface Owner {
  readonly org: string;
  readonly account: string;
  /** The job that made them. */
  readonly job: string;
}

/**
 * Keeps plans in a folder of mode 0700 under this user's state directory, for an hour, and beside each what became of it,
 * line by line. A plan is never changed; its id says what its file must hold.
 */
export function createRuns(stateDir: string, owner: () => Promise<Owner>): Runs {
  const folder = folderIn(stateDir);
  const pathOf = (name: string, kind: "json" | "notes" | "lock"): string => join(folder, `${name}.${kind}`);

  const ready = async (): Promise<void> => {
    const wrong = await ownFolder(folder).catch(() => "cannot be made");
    if (wrong !== undefined)
      throw new Refusal("plan_changed", `Nothing was done: the folder of plans ${wrong}.`, {
        hint: `Plans need a folder that only this user can open: ${folder}. Whoever runs this server can mend that.`,
      });
  };

  const read = async (id: string): Promise<Kept & { name: string }> => {
    const [, name, hash] = ID.exec(id) ?? [];
    if (name === undefined) throw expired();
    await ready();
    const file = await readOwn(pathOf(name, "json"));
    if (file === undefined) throw expired();
    if (createHash("sha256").update(file.bytes).digest("hex") !== hash) throw changed("is not what its planId says");
    const said: unknown = JSON.parse(file.bytes.toString("utf8"));
    const { org, account, job, plan, at } = isJsonObject(said) ? said : {};
    if (!isJsonObject(plan) || typeof at !== "number") throw changed("is of another version");
    const own = await owner();
    if (job !== own.job) throw changed("is of another tool");
    if (org !== own.org || account !== own.account) throw changed("is of another org or another account");
    const end = Math.min(at, file.mtimeMs) + LIFETIME_MS;
    if (Date.now() > end) throw expired();
    return { name, plan, notes: await notesOf(pathOf(name, "notes")), expiresAt: new Date(end).toISOString() };
  };

  return {
    create: async (plan) => {
      await ready();
      await sweep(folder, OURS, LIFETIME_MS);
      const at = Date.now();
      const bytes = Buffer.from(JSON.stringify({ ...(await owner()), at, plan }));
      const name = randomBytes(8).toString("hex");
      const handle = await create(pathOf(name, "json"));
      await handle.writeFile(bytes).finally(() => handle.close());
      const id = `${name}-${createHash("sha256").update(bytes).digest("hex")}`;
      return { id, expiresAt: new Date(at + LIFETIME_MS).toISOString() };
    },
    read: async (id) => {
      const { plan, notes, expiresAt } = await read(id);
      return { plan, notes, expiresAt };
    },
    run: async (id, act) => {
      const { name } = await read(id);
      const own = await lock(pathOf(name, "lock"), 0);
      if (own === undefined) throw takenOver();
      try {
        // What another process noted meanwhile counts.
        const { plan, notes, expiresAt } = await read(id);
        const file = await open(pathOf(name, "notes"), NOTING, 0o600);
        try {
          const note = noting(file);
          const before: Run["noteSending"] = async (entry) => {
            if (!(await own.isOwn())) throw takenOver();
            await note(entry);
          };
          return await act({ plan, notes, expiresAt, note, noteSending: before } satisfies Run);
        } finally {
          await file.close();
        }
      } finally {
        await own.release();
      }
    },
  };
}

/** Somebody else is at it, or took this process for dead. */
function takenOver(): Refusal {
  return new Refusal("state_changed", "This plan is being carried out by another call at this moment.", {
    hint: "Wait for the call that does it; then ask again with the same id to see what became of it.",
  });
}

function expired(): Refusal {
  return new Refusal("plan_expired", "Nothing was done: there is no such plan, or it is older than an hour.", {
    hint: "Make a new plan.",
  });
}

function changed(why: string): Refusal {
  return new Refusal("plan_changed", `Nothing was done: this plan ${why}.`, { hint: "Make a new plan." });
}

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const NOTING = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | NO_FOLLOW;

function create(path: string): Promise<FileHandle> {
  return open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, 0o600);
}

/** A file of ours; undefined when there is none. Throws a Refusal where something else stands there, such as a link. */
async function readOwn(path: string): Promise<{ bytes: Buffer; mtimeMs: number } | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw changed("cannot be read");
  }
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > LONGEST_FILE) throw changed("is kept in what is no file of ours");
    return { bytes: await handle.readFile(), mtimeMs: found.mtimeMs };
  } finally {
    await handle.close();
  }
}

/** What was noted; the line a process died over is none. */
async function notesOf(path: string): Promise<JsonObject[]> {
  const text = (await readOwn(path))?.bytes.toString("utf8") ?? "";
  return text.split("\n").flatMap((line) => {
    try {
      const note: unknown = JSON.parse(line);
      return isJsonObject(note) ? [note] : [];
    } catch {
      return [];
    }
  });
}

/** Each note is a line, on the disk when it is done; a newline before it keeps it apart from a torn one. */
function noting(file: FileHandle): Run["note"] {
  let last: Promise<unknown> = Promise.resolve();
  return (note) => {
    const turn = last.then(async () => {
      await file.write(`\n${JSON.stringify(note)}`);
      await file.datasync();
    });
    last = turn.catch(() => {});
    return turn;
  };
}

/** Removes the plans of this user that are older than they may be. Never fails. */
export async function sweepPlans(stateDir: string): Promise<void> {
  await sweep(folderIn(stateDir), OURS, LIFETIME_MS);
}

function folderIn(stateDir: string): string {
  return join(stateDir, "okta-users-mcp", "plans");
}
