import { Pool } from "undici";
import { textAt } from "../support/at.ts";
import { startOrg, type TestOrg } from "../support/org.ts";
import { startServer } from "../support/server.ts";
import { burstFigures } from "./bursts.ts";
import { countFigures } from "./count.ts";
import { type Figure, median, residentMb, timed } from "./measure.ts";
import { cpuFigures, readingFigures } from "./peer.ts";
import { sandboxFigures } from "./sandbox.ts";
import { signInFigures } from "./sign-in.ts";
import { startBare, startOurs } from "./start.ts";

const STARTS = 15;
const CALLS = 2_000;

async function listing(): Promise<Figure[]> {
  const server = await startServer();
  const tools = await server.tools();
  await server.stop();
  const bytes = Buffer.byteLength(JSON.stringify({ tools }));
  return [
    { name: "tools", value: tools.length, unit: "" },
    { name: "tools/list in all", value: bytes, unit: "bytes" },
    { name: "tools/list per tool", value: bytes / tools.length, unit: "bytes", promise: 750 },
  ];
}

/** Ours and the bare process in turn, so that both see the same noise. */
async function starts(): Promise<Figure[]> {
  const bare = [];
  const ours = [];
  for (let turn = 0; turn < STARTS; turn += 1) {
    bare.push(await startBare());
    ours.push(await startOurs());
  }
  const first = median(ours.map((start) => start.firstAnswer));
  const list = median(ours.map((start) => start.toolsList));
  const bareFirst = median(bare.map((start) => start.firstAnswer));
  const bareList = median(bare.map((start) => start.toolsList));
  return [
    { name: "start to the first answer", value: first, unit: "ms" },
    { name: "the same of a bare Node process", value: bareFirst, unit: "ms" },
    { name: "start to the first answer / bare", value: first / bareFirst, unit: "times", promise: 3 },
    { name: "start to tools/list / bare", value: list / bareList, unit: "times", promise: 3.5 },
  ];
}

async function memory(org: TestOrg): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, env] of [
    ["resident memory after one call", org.env],
    ["the same with the embedded sandbox org", {}],
  ] as const) {
    const server = await startServer(env);
    await server.call("get_user", { userId: "me" });
    figures.push({ name, value: residentMb(server.pid()), unit: "MB", promise: 75 });
    await server.stop();
  }
  return figures;
}

async function calls(org: TestOrg): Promise<Figure[]> {
  const server = await startServer(org.env);
  const [answer, requests] = await org.watch(() => server.call("list_users", { limit: 25 }));
  const { reply } = await server.call("get_user", { userId: "me" });
  const userId = textAt(reply, "user.id");

  const pool = new Pool(org.url);
  const headers = { authorization: `SSWS ${org.token}`, accept: "application/json" };
  const alone = (): Promise<unknown> =>
    pool.request({ method: "GET", path: `/api/v1/users/${userId}`, headers }).then(({ body }) => body.json());
  const through = (): Promise<unknown> => server.call("get_user", { userId });
  const added = [];
  for (let turn = 0; turn < CALLS; turn += 1) {
    const one = await timed(alone);
    const other = await timed(through);
    // The first turns warm both sides up.
    if (turn >= CALLS / 4) added.push(other - one);
  }
  await pool.close();
  await server.stop();
  return [
    { name: "reply for 25 users", value: Buffer.byteLength(answer.text), unit: "bytes", promise: 6_000 },
    { name: "requests for 25 users", value: requests.length, unit: "", promise: 1 },
    { name: "time a tool call adds to undici alone", value: median(added), unit: "ms", promise: 0.7 },
  ];
}

async function serverFigures(): Promise<Figure[]> {
  const org = await startOrg("--rate-limit", "1000000");
  const figures = [...(await listing()), ...(await starts()), ...(await memory(org)), ...(await calls(org))];
  await org.stop();
  return figures;
}

/** Every part, in order. `bench.ts client` runs those of the client, `bench.ts client/cpu` that one alone. */
const PARTS: Readonly<Record<string, () => Promise<Figure[]>>> = {
  server: serverFigures,
  "client/cpu": cpuFigures,
  "client/reading": readingFigures,
  "client/sign-in": signInFigures,
  "client/bursts": burstFigures,
  "jobs/count": countFigures,
  sandbox: sandboxFigures,
};

const words = process.argv.slice(2).filter((word) => word !== "--json");
const isMeant = (part: string, word: string): boolean => part === word || part.startsWith(`${word}/`);
const unknown = words.find((word) => !Object.keys(PARTS).some((part) => isMeant(part, word)));
if (unknown !== undefined) throw new Error(`no part "${unknown}"; there are ${Object.keys(PARTS).join(", ")}`);

const figures: Figure[] = [];
for (const [part, measure] of Object.entries(PARTS))
  if (words.length === 0 || words.some((word) => isMeant(part, word))) figures.push(...(await measure()));

const rounded = figures.map((figure) => ({
  ...figure,
  value: Number(figure.value.toFixed(Math.abs(figure.value) < 10 ? 2 : 0)),
}));
if (process.argv.includes("--json")) {
  process.stdout.write(`${JSON.stringify(Object.fromEntries(rounded.map(({ name, value }) => [name, value])))}\n`);
} else {
  for (const figure of rounded) process.stdout.write(`${line(figure)}\n`);
}

function line({ name, value, unit, promise, atLeast }: Figure): string {
  const promised = promise !== undefined ? `at most ${promise}` : atLeast !== undefined ? `at least ${atLeast}` : "";
  const missed = value > (promise ?? Number.POSITIVE_INFINITY) || value < (atLeast ?? Number.NEGATIVE_INFINITY);
  const columns = [name.padEnd(58), String(value).padStart(8), unit.padEnd(6), promised, missed ? "MISSED" : ""];
  return columns.join(" ").trimEnd();
}
