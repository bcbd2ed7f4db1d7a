import { setTimeout as sleep } from "node:timers/promises";
import { type Dispatcher, Pool } from "undici";
import { at } from "../support/at.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { type Figure, median, peakMb, residentMb, tell, timed } from "./measure.ts";
import { startBenchOrg } from "./org.ts";

const PEOPLE = 100_000;
const PAGE = 200;
const ROUNDS = 41;
const SAMPLE_MS = 200;

const BY = ["status", "profile.department"];
const FIELDS = "id,status,profile:(department)";
const OMIT = "application/json; okta-response=omitCredentials,omitCredentialsLinks,omitTransitioningToStatus";

/** Counting everybody, and a loop that does no more than to fetch and parse the same pages; both in turn. */
export async function countFigures(): Promise<Figure[]> {
  tell("counting 100,000 users");
  const org = await startBenchOrg({ users: PEOPLE, "rate-limit": 1_000_000 });
  const server = await startServer({ OKTA_ORG_URL: org.url, OKTA_API_TOKEN: org.token });
  const ours: number[] = [];
  const plain: number[] = [];
  const ratios: number[] = [];
  const growths: number[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const loop = await timed(() => readPlainly(org.url, org.token));
    const memory = sampled(server);
    const count = await timed(() => countAll(server));
    const growth = await memory();
    // The first round warms both sides up.
    if (round < 0) continue;
    plain.push(loop);
    ours.push(count);
    // One right after the other, so that both see the same noise.
    ratios.push(count / loop);
    growths.push(growth);
  }
  const peak = peakMb(server.pid());
  await server.stop();
  await org.end();
  return [
    { name: "jobs: counting 100,000 users", value: median(ours) / 1000, unit: "s" },
    { name: "jobs: the same pages with undici alone", value: median(plain) / 1000, unit: "s" },
    { name: "jobs: counting / undici alone", value: median(ratios), unit: "times", promise: 1 },
    { name: "jobs: most memory while counting", value: peak, unit: "MB", promise: 140 },
    { name: "jobs: memory while counting, last fifth / first", value: median(growths), unit: "times" },
  ];
}

async function countAll(server: TestServer): Promise<void> {
  const { reply, text } = await server.call("count_users", { by: BY });
  if (at(reply, "total") !== PEOPLE || at(reply, "complete") !== true) throw new Error(`not everybody: ${text}`);
}

async function readPlainly(url: string, token: string): Promise<void> {
  const pool = new Pool(url, { connections: 1 });
  const headers = { authorization: `SSWS ${token}`, accept: "application/json", "content-type": OMIT };
  const query = new URLSearchParams({ search: "id pr", fields: FIELDS, limit: String(PAGE) });
  let users = 0;
  for (let path: string | undefined = `/api/v1/users?${query}`; path !== undefined; ) {
    const answer: Dispatcher.ResponseData = await pool.request({ method: "GET", path, headers });
    const body: unknown = await answer.body.json();
    if (!Array.isArray(body)) throw new Error("what was answered is not a list");
    users += body.length;
    path = /<([^>]+)>; rel="next"/.exec([answer.headers.link].flat().join())?.[1]?.slice(url.length);
  }
  await pool.close();
  if (users !== PEOPLE) throw new Error(`${users} were read`);
}

/** Looks at the memory of the server until the function it gives is called; that gives last fifth / first. */
function sampled(server: TestServer): () => Promise<number> {
  const memory: number[] = [];
  const ended = new AbortController();
  const looking = (async () => {
    while (!ended.signal.aborted) {
      memory.push(residentMb(server.pid()));
      await sleep(SAMPLE_MS);
    }
  })();
  return async () => {
    ended.abort();
    await looking;
    const fifth = Math.ceil(memory.length / 5);
    return median(memory.slice(-fifth)) / median(memory.slice(0, fifth));
  };
}
