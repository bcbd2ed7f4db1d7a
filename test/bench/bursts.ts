import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { openByToken } from "./client.ts";
import { type Figure, tell } from "./measure.ts";
import { type BenchOrg, startBenchOrg } from "./org.ts";

const LIMIT = 500;
const WINDOW_SECONDS = 10;
const WRITES = 2_500;
/** What the reserve of 10 % leaves of a window. */
const USABLE = LIMIT * 0.9;
/** When in a second a burst begins, in milliseconds: the header that tells of a window's end rounds it to the second. */
const PHASES = [50, 400, 750];
/** What the other client takes of each window. */
const HALF = LIMIT / 2;
const LONGEST_MS = 3_600_000;

/** How the second client sends: so many at once, and so long between two. */
interface Manner {
  readonly connections: number;
  readonly betweenMs: number;
}

const AT_ONCE: Manner = { connections: 12, betweenMs: 0 };
const SPREAD: Manner = { connections: 1, betweenMs: (WINDOW_SECONDS * 1000) / HALF };

interface Burst {
  readonly seconds: number;
  readonly done: number;
  /** Our answers, and those that were 429. */
  readonly answers: number;
  readonly refused: number;
  readonly other: Counts;
}

interface Counts {
  answers: number;
  refused: number;
}

/** Bursts of writes to one bucket, alone and beside another client; all at the same time, each on an org of its own. */
export async function burstFigures(): Promise<Figure[]> {
  tell(`bursts of ${WRITES} writes, about two minutes`);
  const [alone, atOnce, spread] = await Promise.all([
    Promise.all(PHASES.map((phase) => burst(phase))),
    burst(150, AT_ONCE),
    burst(600, SPREAD),
  ]);
  const least = Math.floor((WRITES - 1) / USABLE) * WINDOW_SECONDS;
  const worst = Math.max(...alone.map(({ seconds }) => seconds));
  const beside = [atOnce, spread];
  const lost = [...alone, ...beside].reduce((sum, { done }) => sum + WRITES - done, 0);
  return [
    figure(`${WRITES} writes, ${LIMIT} a window of ${WINDOW_SECONDS} s`, worst, "s"),
    figure("seconds a window above the least", (worst - least) / (least / WINDOW_SECONDS), "s", 1),
    figure("429 among them", Math.max(...alone.map(({ refused }) => refused)), "", 0),
    figure("the same beside a client that takes half at once", atOnce.seconds, "s"),
    figure("our answers that were 429 then", share(atOnce), "%", 1),
    figure("answers of the other that were 429 then", share(atOnce.other), "%"),
    figure("writes a window of the other then", perWindow(atOnce), ""),
    figure("the same beside a client that takes half spread", spread.seconds, "s"),
    figure("our answers that were 429 so", share(spread), "%", 1),
    figure("answers of the other that were 429 so", share(spread.other), "%"),
    figure("writes a window of the other so", perWindow(spread), ""),
    figure("writes of all these bursts not done", lost, "", 0),
  ];
}

function figure(name: string, value: number, unit: string, promise?: number): Figure {
  return { name: `client: ${name}`, value, unit, ...(promise !== undefined && { promise }) };
}

function share({ refused, answers }: Counts): number {
  return (100 * refused) / answers;
}

/** What the other client, which wants half of each window, had done in one. */
function perWindow({ other, seconds }: Burst): number {
  return (other.answers - other.refused) / (seconds / WINDOW_SECONDS);
}

async function burst(phase: number, manner?: Manner): Promise<Burst> {
  const org = await startBenchOrg({ "rate-limit": LIMIT, window: WINDOW_SECONDS });
  const userId = await org.somebody();
  const ours: Counts = { answers: 0, refused: 0 };
  const count = ({ status }: { status: number | string }): void => {
    ours.answers += 1;
    if (status === 429) ours.refused += 1;
  };
  const { okta } = openByToken(org, { maxWaitMs: LONGEST_MS, onExchange: count });
  const write = (turn: number): Promise<unknown> =>
    okta.send({
      method: "POST",
      template: "/api/v1/users/{userId}",
      path: { userId },
      body: { profile: { nickName: `n${turn}` } },
      effect: "write",
    });
  const ending = new AbortController();
  await sleep(1000 - (Date.now() % 1000) + phase);
  const second = manner && takeHalf(org, userId, manner, ending.signal);
  // The other is there first.
  if (second) await sleep(100);
  const started = performance.now();
  const results = await Promise.allSettled(Array.from({ length: WRITES }, (_, turn) => write(turn)));
  const seconds = (performance.now() - started) / 1000;
  ending.abort();
  const other = (await second) ?? { answers: 0, refused: 0 };
  await okta.close();
  await org.end();
  const done = results.filter(({ status }) => status === "fulfilled").length;
  return { seconds, done, ...ours, other };
}

/** The second client: takes half of each window if it can, and stops until the next, without looking at what is left. */
async function takeHalf(
  org: BenchOrg,
  userId: string,
  { connections, betweenMs }: Manner,
  signal: AbortSignal,
): Promise<Counts> {
  const pool = new Pool(org.url, { connections });
  const headers = { authorization: `SSWS ${org.token}`, "content-type": "application/json" };
  const counts: Counts = { answers: 0, refused: 0 };
  let reset = 0;
  let end = 0;
  let begun = 0;

  async function write(): Promise<void> {
    const body = JSON.stringify({ profile: { nickName: "other" } });
    const answer = await pool.request({ method: "POST", path: `/api/v1/users/${userId}`, headers, body });
    await answer.body.dump();
    counts.answers += 1;
    if (answer.statusCode === 429) counts.refused += 1;
    const told = Number(answer.headers["x-rate-limit-reset"]) * 1000;
    if (told > reset) {
      reset = told;
      // It knows how long a window is, so it is back before the end that was told, which is rounded.
      end = Math.min(told, Date.now() + WINDOW_SECONDS * 1000);
      begun = 1;
    }
    // Refused is refused until the window is over.
    if (answer.statusCode === 429) begun = HALF;
  }

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      if (begun >= HALF && Date.now() < end) {
        await sleep(5);
        continue;
      }
      begun += 1;
      await write();
      await sleep(betweenMs);
    }
  }

  await Promise.all(Array.from({ length: connections }, loop));
  await pool.close();
  return counts;
}
