import { execFileSync } from "node:child_process";
import { JournalError, openJournal } from "../../src/journal/journal.ts";
import { intent } from "./changes.ts";

/**
 * Writes changes to a journal, as a server process does: path, how many, how many characters each has, and whether to
 * make room when there is none.
 */
const [path = "", count = "1", length = "10", makesRoom = "no"] = process.argv.slice(2);
const journal = openJournal(path);
const filler = "x".repeat(Number(length));

for (let number = 0; number < Number(count); number += 1) {
  try {
    const changeId = await journal.intend(intent({ arguments: { number, filler } }));
    await journal.conclude(changeId, { outcome: "done", requestId: `${process.pid}-${number}`, after: { number } });
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    process.stdout.write(`${error.reason}\n`);
    if (makesRoom === "yes") execFileSync("prlimit", ["--pid", String(process.pid), "--fsize=unlimited"]);
  }
}
