import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { type Journal, openJournal } from "../../src/journal/journal.ts";
import { type Entry, readEntries } from "../../src/journal/read.ts";
import { type Finding, type Verified, verify } from "../../src/journal/verify.ts";

export interface Place {
  /** A new folder for each test. */
  folder(): string;
  /** Where the journal is. */
  path(): string;
  /** A journal there that is closed after the test. */
  journal(): Journal;
}

export function place(): Place {
  let folder = "";
  let journals: Journal[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "journal-"));
    journals = [];
  });
  afterEach(async () => {
    for (const journal of journals) await journal.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const path = (): string => join(folder, "journal.jsonl");
  return {
    folder: () => folder,
    path,
    journal: () => {
      const journal = openJournal(path());
      journals.push(journal);
      return journal;
    },
  };
}

export async function entriesOf(path: string): Promise<{ entries: Entry[]; unreadable: number[] }> {
  const entries: Entry[] = [];
  const unreadable: number[] = [];
  for await (const entry of readEntries(path, (line) => unreadable.push(line))) entries.push(entry);
  return { entries, unreadable };
}

export async function verified(path: string): Promise<Verified & { findings: Finding[] }> {
  const findings: Finding[] = [];
  return { ...(await verify(path, (finding) => findings.push(finding))), findings };
}

/** Findings as `kind line`, with `!` where the journal is not as it was written. */
export function short(findings: readonly Finding[]): string[] {
  return findings.map(({ kind, tampered, line }) => `${kind} ${line}${tampered ? "!" : ""}`);
}
