import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { Ajv, type ValidateFunction } from "ajv";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Operation } from "../../src/operation.ts";
import { operations } from "../../tools/index.ts";
import { at, textAt } from "../support/at.ts";
import { COMMAND, startOrg, type TestOrg } from "../support/org.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { type Planned, someCalls } from "./anything-calls.ts";
import { openPeople, type People, type Prepared } from "./anything-people.ts";
import { type SecretWatch, watchSecrets, wrongWith } from "./anything-replies.ts";
import { createJudge, describeCall, type Judge, type Rules, standing } from "./anything-wire.ts";
import { fieldsOf, warmUp } from "./support.ts";

/*
 * Any call of any tool with any arguments, by settings of the server. Nothing here knows a tool by its name: what a
 * call may do is taken from the catalogue, what it can be given from the schema that hosts are shown.
 */

const LONG = process.env.LONG === "1";
/** Calls that are made together; of several calls that create somebody, one after the other. */
const TOGETHER = 40;

interface Setting extends Rules {
  readonly title: string;
  /** How many calls there are. */
  readonly calls: number;
  readonly env: (folder: string) => Record<string, string>;
  readonly journal?: true;
}

const SETTINGS: readonly Setting[] = [
  {
    title: "as it comes",
    calls: LONG ? 8_000 : 450,
    refusesSecrets: false,
    nobodyToAsk: false,
    env: () => ({ OKTA_MAX_WAIT_SECONDS: "3" }),
  },
  {
    title: "with a journal, secrets in files, little patience and a log of everything",
    calls: LONG ? 7_000 : 400,
    refusesSecrets: false,
    nobodyToAsk: false,
    journal: true,
    env: (folder) => ({
      ...{ OKTA_SECRETS: "file", XDG_STATE_HOME: join(folder, "state"), OKTA_AUDIT_LOG: join(folder, "journal.jsonl") },
      ...{ OKTA_TIMEOUT_SECONDS: "1", OKTA_MAX_WAIT_SECONDS: "0", OKTA_LOG_LEVEL: "debug", OKTA_LOG_FORMAT: "json" },
    }),
  },
  {
    title: "with a journal, no secrets, and nobody who could be asked",
    calls: LONG ? 5_000 : 300,
    refusesSecrets: true,
    nobodyToAsk: true,
    journal: true,
    env: (folder) => ({
      ...{ OKTA_SECRETS: "refuse", OKTA_CONFIRM: "human", OKTA_AUDIT_LOG: join(folder, "journal.jsonl") },
      ...{ OKTA_MAX_WAIT_SECONDS: "3" },
    }),
  },
];

/** One server in front of an org of its own, and everything that is known of both. */
interface Lane {
  readonly setting: Setting;
  readonly org: TestOrg;
  readonly server: TestServer;
  readonly people: People;
  readonly judge: Judge;
  readonly secrets: SecretWatch;
  readonly outputs: ReadonlyMap<string, ValidateFunction>;
  /** Per tool how often it was called, and how often its arguments were fine. */
  readonly called: Map<string, { calls: number; fine: number }>;
  /** Error codes that came, and `done`. */
  readonly answers: Map<string, number>;
  readonly memory: number[];
  /** The newest change in the journal. */
  change: string;
}

const byName: ReadonlyMap<string, Operation> = new Map(operations.map((one) => [one.name, one]));
const folder = mkdtempSync(join(tmpdir(), "okta-users-mcp-anything-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function openLane(setting: Setting, n: number): Promise<Lane> {
  const org = await startOrg("--rate-limit", "1000000", "--users", "120", "--seed", String(n + 1));
  const guarded = await org.person();
  const own = join(folder, String(n));
  mkdirSync(own);
  const env = setting.env(own);
  const server = await startServer({ ...org.env, OKTA_PROTECTED_USERS: guarded.login, ...env });
  await warmUp(server);
  const owner = textAt(await org.api("GET", "/api/v1/users/me"), "profile.login");
  const tools = await server.tools();
  const ajv = new Ajv({ strict: false });
  const lane: Lane = {
    ...{ setting, org, server },
    people: await openPeople(org, () => ({ protected: guarded.login, owner, change: lane.change })),
    judge: createJudge(setting),
    secrets: watchSecrets(org.token),
    outputs: new Map(tools.map(({ name, outputSchema = {} }) => [name, ajv.compile(outputSchema)])),
    ...{ called: new Map(), answers: new Map(), memory: [], change: "" },
  };
  return lane;
}

/** Calls in groups whose requests can be told apart: one that creates somebody each, and the jobs by themselves. */
function groups(plans: readonly Planned[]): Planned[][] {
  const found: Planned[][] = [[]];
  const ofJobs: Planned[] = [];
  let creates = 0;
  for (const plan of plans) {
    const operation = byName.get(plan.tool);
    if (operation === undefined) {
      ofJobs.push(plan);
      continue;
    }
    const creating = operation.effect !== "read" && !("userId" in operation.path);
    const place = creating ? creates++ : 0;
    found[place] = [...(found[place] ?? []), plan];
  }
  return [...found, ofJobs].filter(({ length }) => length > 0);
}

async function runGroup(lane: Lane, plans: readonly Planned[]): Promise<void> {
  const { org, judge, people } = lane;
  const prepared = await people.prepare(plans, (tool) => byName.get(tool));
  const before = await standing(org, prepared);
  const makeAll = async (): Promise<void> => {
    await setFaults(org, prepared);
    await Promise.all(prepared.map((call) => make(lane, call)));
    if (prepared.some(({ plan }) => plan.faults.length > 0)) await org.control("DELETE", "faults");
  };
  // What a job may write is for the tests of jobs to say.
  if (prepared.some(({ operation }) => operation === undefined)) return makeAll();
  judge.expects(prepared, before);
  const [, requests] = await org.watch(makeAll);
  judge.judge(requests);
  judge.unchanged(prepared, before, await standing(org, prepared));
}

async function setFaults(org: TestOrg, calls: readonly Prepared[]): Promise<void> {
  const all = calls.flatMap(({ plan, operation, things }) =>
    plan.faults.map(({ ofTheWrite, ...fault }) => {
      const creates = operation !== undefined && !("userId" in operation.path);
      const method = ofTheWrite && operation !== undefined ? { method: operation.method } : {};
      return { ...fault, ...method, path: creates ? "/api/v1/users" : things.id };
    }),
  );
  await Promise.all(all.map((fault) => org.fault(fault)));
}

async function make(lane: Lane, call: Prepared): Promise<void> {
  const { server, secrets, outputs, called, answers } = lane;
  const { tool } = call.plan;
  const params = { name: tool, arguments: call.args };
  const result = await server.client.request({ method: "tools/call", params }, ResultSchema);
  const fits = outputs.get(tool);
  if (fits === undefined) throw new Error(`${tool} is not listed`);
  const wrong = wrongWith(result, fits);
  if (wrong.length > 0)
    throw new Error(`${describeCall(call)}: ${wrong.join("; ")} in ${JSON.stringify(result).slice(0, 2_000)}`);
  const { secret, ...rest } = fieldsOf(at(result, "structuredContent"));
  if (secret !== undefined) keepSecret(lane, call, secret);
  secrets.check(JSON.stringify(rest), () => describeCall(call));
  const code = String(at(rest, "error.code") ?? "done");
  answers.set(code, (answers.get(code) ?? 0) + 1);
  const { calls, fine } = called.get(tool) ?? { calls: 0, fine: 0 };
  called.set(tool, { calls: calls + 1, fine: fine + (code === "invalid_arguments" ? 0 : 1) });
  if (typeof rest.changeId === "string") lane.change = rest.changeId;
}

/** What stands under `secret`: what Okta made, or the file that has it. */
function keepSecret({ setting, secrets }: Lane, call: Prepared, secret: unknown): void {
  const about = (): string => describeCall(call);
  expect(setting.refusesSecrets, about()).toBe(false);
  if (setting.env("").OKTA_SECRETS !== "file") {
    secrets.made(secret);
    return;
  }
  secrets.check(JSON.stringify(secret), about);
  secrets.made(JSON.parse(readFileSync(textAt(secret, "file"), "utf8")));
}

/** Resident memory in MB; undefined where the system does not tell. */
function memoryOf(pid: number): number | undefined {
  const file = `/proc/${pid}/statm`;
  if (!existsSync(file)) return undefined;
  return (Number(readFileSync(file, "utf8").split(" ")[1]) * 4096) / 1e6;
}

function verified(journal: string): { status: number | null; said: string } {
  const env = { PATH: process.env.PATH ?? "" };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [COMMAND, "journal", "--verify", "--audit-log", journal],
    { env, encoding: "utf8" },
  );
  return { status, said: stdout + stderr };
}

const limit = LONG ? 570_000 : 100_000;

SETTINGS.forEach((setting, n) => {
  describe.concurrent(setting.title, () => {
    it(
      `${setting.calls} calls`,
      async () => {
        const lane = await openLane(setting, n);
        try {
          await everything(lane);
        } finally {
          await lane.server.stop();
          await lane.org.stop();
        }
        afterwards(lane, join(folder, String(n), "journal.jsonl"));
      },
      limit + 10_000,
    );
  });
});

async function everything(lane: Lane): Promise<void> {
  const { server, setting, memory } = lane;
  const pid = server.pid();
  const tools = await server.tools();
  const property = fc.asyncProperty(someCalls(tools, TOGETHER), async (plans) => {
    for (const group of groups(plans)) await runGroup(lane, group);
    expect(server.pid()).toBe(pid);
    const now = memoryOf(pid);
    if (now !== undefined) memory.push(now);
  });
  // A few are left out, so that shrinking can leave out more.
  const numRuns = Math.ceil(setting.calls / TOGETHER) + 1;
  await fc.assert(property, { numRuns, interruptAfterTimeLimit: limit, markInterruptAsFailure: true });
}

function afterwards({ setting, server, judge, secrets, called, answers, memory }: Lane, journal: string): void {
  secrets.check(server.stderr(), () => "stderr");
  expect(server.stderr()).not.toContain("failed inside");
  if (setting.journal) {
    secrets.check(readFileSync(journal, "utf8"), () => "the journal");
    const { status, said } = verified(journal);
    expect(said).toContain("All is well.");
    expect(status).toBe(0);
  }
  // Calls of every kind were made, or nothing above says anything.
  const came = (code: string): number => answers.get(code) ?? 0;
  const least = setting.calls / 40;
  expect(came("done")).toBeGreaterThan(least);
  expect(came("invalid_arguments")).toBeGreaterThan(least);
  expect(came("confirmation_required")).toBeGreaterThan(least);
  expect(came("E0000007")).toBeGreaterThan(0);
  expect(judge.writes.size).toBeGreaterThan(0);
  if (setting.nobodyToAsk) expect(came("declined")).toBeGreaterThan(least);
  if (!LONG) return;
  expect(came("bad_response")).toBeGreaterThan(0);
  expect(came("outcome_unknown")).toBeGreaterThan(0);
  afterMany({ setting, judge, secrets, called, memory });
}

/** What so many calls must have come to. */
function afterMany({
  setting,
  judge,
  secrets,
  called,
  memory,
}: Pick<Lane, "setting" | "judge" | "secrets" | "called" | "memory">): void {
  expect([...called.values()].every(({ fine }) => fine > 0)).toBe(true);
  if (setting.refusesSecrets) expect(secrets.count).toBe(0);
  else expect(secrets.count).toBeGreaterThan(10);
  if (!setting.nobodyToAsk) {
    const writing = operations.filter(({ effect }) => effect !== "read").map(({ name }) => name);
    expect([...judge.writes.keys()].sort()).toEqual(writing.sort());
  }
  const [begun, ended] = [memory[Math.floor(memory.length / 4)], memory.at(-1)];
  if (begun !== undefined && ended !== undefined) expect(ended).toBeLessThan(begun * 1.5 + 30);
}
