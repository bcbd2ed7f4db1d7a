import { lstat, mkdir } from "node:fs/promises";

const POSIX = process.platform !== "win32";

type Wrong = "is not a folder" | "is open to others";

/** Makes a folder of mode 0700 where there is none, else as `wrongWith`. */
export async function ownFolder(path: string): Promise<Wrong | undefined> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return wrongWith(path);
}

/**
 * What is wrong with a folder that others could look into or that is none; undefined when it is fine. Throws the
 * system's error.
 */
export async function wrongWith(path: string): Promise<Wrong | undefined> {
  const found = await lstat(path);
  if (!found.isDirectory()) return "is not a folder";
  return POSIX && (found.mode & 0o077) !== 0 ? "is open to others" : undefined;
}
