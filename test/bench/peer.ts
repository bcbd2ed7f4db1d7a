import { at, listAt } from "../support/at.ts";
import { buildWorkers, startWorker, WORKERS, type WorkerName } from "./fork.ts";
import { type Figure, median, tell } from "./measure.ts";
import { startBenchOrg } from "./org.ts";

const UNLIMITED = 1_000_000;

const CALLS = 400;
const ROUNDS = 9;
/** Rounds before those that count: the first ones wait for the compiler. */
const WARM_UP = 2;

/** CPU of one call: ours, the official SDK and undici alone in turn. */
export async function cpuFigures(): Promise<Figure[]> {
  tell("CPU of one call");
  await buildWorkers();
  const org = await startBenchOrg({ "rate-limit": UNLIMITED });
  const task = { url: org.url, token: org.token, userId: await org.somebody(), calls: CALLS };
  const workers = WORKERS.map((name) => {
    const rounds: number[] = [];
    return { worker: startWorker(name), rounds };
  });
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const { worker, rounds } of workers) {
      const cpu = Number(at(await worker.ask(task), "cpuMs"));
      if (round >= 0) rounds.push(cpu);
    }
  }
  for (const { worker } of workers) await worker.end();
  await org.end();
  const [ours = Number.NaN, sdk = Number.NaN, bare = Number.NaN] = workers.map(({ rounds }) => median(rounds));
  return [
    { name: "client: CPU of one get_user", value: ours, unit: "ms" },
    { name: "client: the same CPU of Okta's SDK", value: sdk, unit: "ms" },
    { name: "client: the same CPU of undici alone", value: bare, unit: "ms" },
    { name: "client: CPU of one get_user / Okta's SDK", value: ours / sdk, unit: "times", promise: 0.5 },
  ];
}

const PEOPLE = 100_000;
const PAGE = 200;
const READINGS = 3;
/** The memory is known after every tenth page: so many of the last ones are compared with the first. */
const LAST = 5;

interface Reading {
  readonly users: number;
  /** Users per second. */
  readonly speed: number;
  /** CPU milliseconds of a page. */
  readonly cpu: number;
  readonly peak: number;
  /** Resident memory during the last pages, as a multiple of that at the tenth. */
  readonly growth: number;
}

/** Reading everybody: ours, the official SDK and undici alone in turn, each time in a new process. */
export async function readingFigures(): Promise<Figure[]> {
  tell("reading 100,000 users");
  await buildWorkers();
  const org = await startBenchOrg({ users: PEOPLE, "rate-limit": UNLIMITED });
  const task = { url: org.url, token: org.token, limit: PAGE };
  const readings: Record<WorkerName, Reading[]> = { ours: [], sdk: [], bare: [] };
  for (let turn = 0; turn < READINGS; turn += 1)
    for (const name of WORKERS) readings[name].push(await read(name, task));
  await org.end();
  const { ours, sdk, bare } = readings;
  const [{ users } = { users: 0 }] = ours;
  // Those who are DEPROVISIONED are not listed.
  if (users < PEOPLE * 0.9 || [...ours, ...sdk, ...bare].some((other) => other.users !== users))
    throw new Error("not everybody was read");
  const speed = median(ours.map((reading) => reading.speed));
  const sdkSpeed = median(sdk.map((reading) => reading.speed));
  const bareSpeed = median(bare.map((reading) => reading.speed));
  const cpu = median(ours.map((reading) => reading.cpu));
  const sdkCpu = median(sdk.map((reading) => reading.cpu));
  return [
    { name: "client: users read per second", value: speed, unit: "" },
    { name: "client: the same speed of Okta's SDK", value: sdkSpeed, unit: "" },
    { name: "client: the same speed of undici alone", value: bareSpeed, unit: "" },
    { name: "client: users read per second / Okta's SDK", value: speed / sdkSpeed, unit: "times", atLeast: 2 },
    { name: "client: users read per second / undici alone", value: speed / bareSpeed, unit: "times" },
    { name: "client: CPU of a page of 200 users", value: cpu, unit: "ms" },
    { name: "client: CPU of a page of 200 users / Okta's SDK", value: cpu / sdkCpu, unit: "times" },
    { name: "client: most memory while reading", value: most(ours.map(({ peak }) => peak)), unit: "MB", promise: 140 },
    { name: "client: the same memory of Okta's SDK", value: most(sdk.map(({ peak }) => peak)), unit: "MB" },
    { name: "client: memory, last pages / page 10", value: median(ours.map(({ growth }) => growth)), unit: "times" },
    { name: "client: the same growth of Okta's SDK", value: median(sdk.map(({ growth }) => growth)), unit: "times" },
  ];
}

function most(figures: readonly number[]): number {
  return Math.max(...figures);
}

async function read(name: WorkerName, task: Readonly<Record<string, unknown>>): Promise<Reading> {
  const worker = startWorker(name);
  const result = await worker.ask(task);
  const peak = worker.peakMb();
  await worker.end();
  const users = Number(at(result, "users"));
  const memory = listAt(result, "memory").map(Number);
  return {
    users,
    speed: users / Number(at(result, "seconds")),
    cpu: Number(at(result, "cpuMs")),
    peak,
    growth: median(memory.slice(-LAST)) / (memory[0] ?? Number.NaN),
  };
}
