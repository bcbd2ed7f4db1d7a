import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import type { LoggedRequest, TestOrg } from "../support/org.ts";
import { type Answer, startServer, type TestServer } from "../support/server.ts";
import { type Args, isObject, line } from "../tools/support.ts";

/** A folder for the plans of a test file's servers, removed after it. */
export function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "okta-users-mcp-plans-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The longest reply of a job, in characters. */
export const LONGEST = 3_000;

/** The preview of a first call: nothing was written. */
export async function previewOf(org: TestOrg, server: TestServer, tool: string, args: Args): Promise<Args> {
  const [answer, requests] = await org.watch(() => server.call(tool, args));
  expect(at(answer.reply, "error.code"), answer.text).toBe("confirmation_required");
  expect(requests.filter(({ method }) => method !== "GET")).toEqual([]);
  expect(answer.text.length).toBeLessThan(LONGEST);
  const preview = at(answer.reply, "preview");
  if (!isObject(preview)) throw new Error(`no preview in ${answer.text}`);
  return preview;
}

/** The steps of a report as a table writes them: `suspend: done`, with the code of a failure behind it. */
export function stepsOf({ reply, text }: Answer): string[] {
  expect(text.length).toBeLessThan(LONGEST);
  return listAt(reply, "steps").map((step) => {
    const code = at(step, "code");
    return `${textAt(step, "step")}: ${textAt(step, "outcome")}${code === undefined ? "" : ` ${code}`}`;
  });
}

/** The writes among requests; each must have gone out once. */
export function once(requests: readonly LoggedRequest[]): string[] {
  const written = requests.filter(({ method }) => method !== "GET").map(line);
  expect(written).toEqual([...new Set(written)]);
  return written;
}

/** What goes wrong at the org while a server is killed, and whether the work is done all the same. */
const FAULTS: readonly [fault: Record<string, unknown>, done: boolean][] = [
  [{ kind: "drop-after" }, true],
  [{ kind: "drop-before" }, false],
  [{ kind: "status", status: 500 }, false],
  [{ kind: "status", status: 429, resetInSeconds: 1 }, false],
];

/**
 * Makes one of the writes go wrong, now and then none. Gives what tells the requests that were carried out among all.
 *
 * @param writes each as method and a part of its path
 */
export async function oneFault(
  org: TestOrg,
  writes: readonly (readonly [string, string])[],
): Promise<(requests: readonly LoggedRequest[]) => LoggedRequest[]> {
  const [fault, worked] = FAULTS[Math.floor(Math.random() * (FAULTS.length + 1))] ?? [undefined, false];
  const [method, path] = writes[Math.floor(Math.random() * writes.length)] ?? [];
  if (fault !== undefined) await org.fault({ ...fault, method, path });
  return (requests) => requests.filter(({ status }) => (status > 0 ? status < 300 : worked));
}

/** Kills a server as a crash would, while a call runs. */
export async function killed(env: Record<string, string>, tool: string, args: Args, afterMs: number): Promise<void> {
  const server = await startServer(env);
  const call = server.call(tool, args).then(
    () => {},
    () => {},
  );
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  process.kill(server.pid(), "SIGKILL");
  await call;
  await server.stop();
}

/**
 * Goes on with a run until it is complete. What is unknown did not go out, or its answer would show: it is done by the
 * tool that the report names, as its hint says. Gives the last report.
 */
export async function finish(
  server: TestServer,
  tool: string,
  args: Args,
  cannotTell: readonly string[] = [],
): Promise<Answer> {
  for (let round = 0, own = args; ; round += 1) {
    const answer = await server.call(tool, { ...own, confirm: true });
    expect(answer.failed, answer.text).toBe(false);
    const open = listAt(answer.reply, "steps").filter((step) => at(step, "outcome") !== "done");
    const unknown = open.filter((step) => at(step, "outcome") === "unknown");
    const left = unknown.filter((step) => !cannotTell.includes(textAt(step, "step")));
    if (at(answer.reply, "complete") === true || left.length === 0) return answer;
    expect(round, answer.text).toBeLessThan(4);
    own = { ...args, runId: at(answer.reply, "runId") };
    for (const step of left)
      for (const call of listAt(step, "calls")) {
        if (!isObject(call)) throw new Error(answer.text);
        const { tool: name, ...given } = call;
        const byHand = { userId: at(answer.reply, "userId"), ...given };
        const { failed, text } = await server.call(String(name), { ...byHand, confirm: true });
        expect(failed, text).toBe(false);
      }
  }
}
