import { Pool } from "undici";
import { textAt } from "../support/at.ts";
import { type Figure, median, residentMb, tell, timed } from "./measure.ts";
import { startBenchOrg } from "./org.ts";

const PEOPLE = 100_000;
const STARTS = 3;
const ROUNDS = 20;
/** Rounds before those that count: the first ones wait for the compiler. */
const WARM_UP = 5;
/** Of a walk, the first and the last pages that are compared. */
const ENDS = 50;

/** The sandbox org at its largest, in a process of its own. */
export async function sandboxFigures(): Promise<Figure[]> {
  tell("the sandbox org with 100,000 people");
  const starts: Started[] = [];
  for (let turn = 0; turn < STARTS; turn += 1) {
    await starts.at(-1)?.end();
    starts.push(await start());
  }
  const last = starts.at(-1);
  if (last === undefined) return [];
  try {
    return [
      ms("start with 100,000 people", median(starts.map(({ seeding }) => seeding)), 3000),
      megabytes("resident memory then", median(starts.map(({ memory }) => memory)), 700),
      ...(await lookups(last.org)),
      ...(await scans(last.org)),
      ...(await walks(last.org)),
      megabytes("resident memory after all that", last.residentNow()),
    ];
  } finally {
    await last.end();
  }
}

interface Started {
  /** Milliseconds from spawning to the line that says where it is. */
  readonly seeding: number;
  readonly memory: number;
  readonly org: Caller;
  residentNow(): number;
  end(): Promise<void>;
}

async function start(): Promise<Started> {
  const from = performance.now();
  const started = await startBenchOrg({ users: PEOPLE, "rate-limit": 1_000_000 });
  const seeding = performance.now() - from;
  const org = new Caller(started.url, started.token);
  const residentNow = (): number => residentMb(started.pid);
  return {
    seeding,
    memory: residentNow(),
    org,
    residentNow,
    end: async () => {
      await org.close();
      await started.end();
    },
  };
}

function ms(name: string, value: number, promise?: number): Figure {
  return { name: `sandbox: ${name}`, value, unit: "ms", ...(promise !== undefined && { promise }) };
}

function megabytes(name: string, value: number, promise?: number): Figure {
  return { ...ms(name, value, promise), unit: "MB" };
}

/** What an index answers. The first search by a property builds its index, so it is told apart. */
async function lookups(org: Caller): Promise<Figure[]> {
  const { people } = await org.get("/api/v1/users?limit=200");
  const someone = people[people.length >> 1];
  const id = textAt(someone, "id");
  const login = textAt(someone, "profile.login");
  const figures = [
    await org.figure("GET by id", `/api/v1/users/${id}`, 5),
    await org.figure("GET by login", `/api/v1/users/${login}`, 5),
  ];
  const searches: [property: string, whole: string, start: string][] = [
    ["profile.login", login, login.slice(0, 4)],
    ["profile.email", login, login.slice(0, 4)],
    ["id", id, id.slice(0, 7)],
    ["status", "LOCKED_OUT", "LOCK"],
    ["profile.lastName", textAt(someone, "profile.lastName"), "Ma"],
    ["profile.department", "Sales", "Sa"],
  ];
  let first = 0;
  for (const [property, whole, start] of searches) {
    const path = search(`${property} eq "${whole}"`);
    first = Math.max(first, await timed(() => org.get(path)));
    figures.push(await org.figure(`${property} eq`, path, 20));
    figures.push(await org.figure(`${property} sw`, search(`${property} sw "${start}"`), 20));
  }
  const both = search('profile.department eq "Sales" and profile.title eq "nobody"');
  figures.push(await org.figure("an indexed and another condition", both, 20));
  return [...figures, ms("the slowest first search by a property", first)];
}

/** What no index answers. */
async function scans(org: Caller): Promise<Figure[]> {
  const NOBODY = 'profile.title eq "nobody"';
  const EVERYBODY = 'created gt "2000-01-01T00:00:00.000Z"';
  return [
    await org.figure("scan, nobody matches", search(NOBODY), 250),
    await org.figure("scan by time, nobody matches", search('created gt "2100-01-01T00:00:00.000Z"'), 250),
    await org.figure("scan, a full page", search(EVERYBODY), 250),
    await org.figure("sorted scan, nobody matches", search(NOBODY, "created"), 250),
    await org.figure("sorted scan, a full page, by last name", search(EVERYBODY, "profile.lastName"), 250),
    await org.figure("sorted scan, a full page, by time", search(EVERYBODY, "created"), 250),
  ];
}

/** Everybody in pages of 200. What grows with the place of a page in the walk would show in its last pages. */
async function walks(org: Caller): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, path] of [
    ["the plain list", "/api/v1/users?limit=200"],
    ["a search", search("profile.login pr")],
    ["a sorted search", search("profile.login pr", "profile.lastName")],
  ] as const) {
    const pages: number[] = [];
    for (let next: string | undefined = path; next !== undefined; ) {
      const from = performance.now();
      next = (await org.get(next)).next;
      pages.push(performance.now() - from);
    }
    const whole = pages.reduce((sum, page) => sum + page, 0);
    const slope = median(pages.slice(-ENDS)) / median(pages.slice(0, ENDS));
    figures.push(ms(`${name} in ${pages.length} pages`, whole));
    figures.push({ ...ms(`${name}, last pages / first pages`, slope, 3), unit: "times" });
  }
  return figures;
}

function search(text: string, sortBy?: string): string {
  const query = new URLSearchParams({ limit: "200", search: text, ...(sortBy !== undefined && { sortBy }) });
  return `/api/v1/users?${query}`;
}

/** Asks one request after the other over one connection. */
class Caller {
  readonly #pool: Pool;

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {
    this.#pool = new Pool(url, { connections: 1 });
  }

  async get(path: string): Promise<{ people: readonly unknown[]; next: string | undefined }> {
    const headers = { authorization: `SSWS ${this.token}`, accept: "application/json" };
    const reply = await this.#pool.request({ method: "GET", path, headers });
    const body: unknown = await reply.body.json();
    if (reply.statusCode !== 200) throw new Error(`${path}: ${reply.statusCode} ${JSON.stringify(body)}`);
    const link = /<([^>]+)>; rel="next"/.exec([reply.headers.link].flat().join())?.[1];
    return { people: Array.isArray(body) ? body : [body], next: link?.slice(this.url.length) };
  }

  /** The median of several rounds. */
  async figure(name: string, path: string, promise: number): Promise<Figure> {
    const rounds = [];
    for (let round = -WARM_UP; round < ROUNDS; round += 1) {
      const took = await timed(() => this.get(path));
      if (round >= 0) rounds.push(took);
    }
    return ms(name, median(rounds), promise);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
