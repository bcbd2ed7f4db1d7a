import { lstat, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";

/**
 * Removes the plain files of a folder whose names are of our form and whose last write is longer ago than `ageMs`. Never
 * fails: what cannot be removed stays. A folder that is a link is left alone, since it may lead to files of quite another
 * use.
 */
export async function sweep(folder: string, ours: RegExp, ageMs: number): Promise<void> {
  try {
    if (!(await lstat(folder)).isDirectory()) return;
    for (const name of await readdir(folder)) if (ours.test(name)) await removeOld(join(folder, name), ageMs);
  } catch {
    // Most often there is no folder yet.
  }
}

async function removeOld(path: string, ageMs: number): Promise<void> {
  try {
    const found = await lstat(path);
    if (found.isFile() && Date.now() - found.mtimeMs > ageMs) await unlink(path);
  } catch {
    // Another process may have been faster.
  }
}
