import { lstat, mkdir } from "node:fs/promises";

const POSIX = process.platform !== "win32";

/**
 * Makes a folder of mode 0700 where there is none. Gives what is wrong with one that others could look into or that is
 * no folder; undefined when it is fine. Throws the system's error.
 */
export async function ownFolder(path: string): Promise<"is not a folder" | "is open to others" | undefined> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  if (!found.isDirectory()) return "is not a folder";
  return POSIX && (found.mode & 0o077) !== 0 ? "is open to others" : undefined;
}
