import { readFileSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import { appendFile } from "../../src/journal/file.ts";
import { place } from "./support.ts";

const { path } = place();

let opened: FileHandle | undefined;
afterEach(() => opened?.close());

/** The file as a file system opens it that does not keep its promise to add at the end. */
async function faithless(text: string): Promise<FileHandle> {
  writeFileSync(path(), text, { mode: 0o600 });
  opened = await open(path(), "r+");
  return opened;
}

describe("a line", () => {
  it("is added at the end, on a line of its own", async () => {
    const file = appendFile(path());
    writeFileSync(path(), "torn", { mode: 0o600 });
    await file.append(await file.current(), Buffer.from("one"));
    await file.append(await file.current(), Buffer.from("two"));
    await file.drop();
    expect(readFileSync(path(), "utf8")).toBe("torn\none\ntwo\n");
  });

  it("that overwrote another is noticed", async () => {
    const file = await faithless("0123456789\n");
    await expect(appendFile(path()).append(file, Buffer.from("line"))).rejects.toMatchObject({ reason: "damaged" });
  });

  it("that does not begin where a line begins is noticed", async () => {
    const file = await faithless("");
    await file.write("x".repeat(20));
    await file.truncate(0);
    // What is written next begins after twenty bytes of nothing.
    await expect(appendFile(path()).append(file, Buffer.from("line"))).rejects.toMatchObject({ reason: "damaged" });
    expect(readFileSync(path(), "latin1")).toBe(`${"\0".repeat(20)}line\n`);
  });

  it("that cannot be written says so", async () => {
    writeFileSync(path(), "");
    opened = await open(path(), "r");
    await expect(appendFile(path()).append(opened, Buffer.from("line"))).rejects.toMatchObject({
      ...{ reason: "cannot_write", cause: { code: "EBADF" } },
    });
  });
});

describe("the file", () => {
  it("stays the same one until it is replaced or dropped", async () => {
    const file = appendFile(path());
    const first = await file.current();
    expect(await file.current()).toBe(first);
    await file.drop();
    const second = await file.current();
    expect(second).not.toBe(first);
    await file.drop();
  });
});
