import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Pool } from "undici";
import { textAt } from "../support/at.ts";
import { COMMAND } from "../support/org.ts";
import { median, residentMb, timed } from "./measure.ts";

/** One figure, how it is written, and what we promise at most. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly promise?: number;
}

const PEOPLE = 100_000;
const ROUNDS = 20;
/** Of a walk, the first and the last pages that are compared. */
const ENDS = 50;

/** The sandbox org at its largest, in a process of its own. */
export async function sandboxFigures(): Promise<Figure[]> {
  const started = performance.now();
  const child = spawn(process.execPath, [COMMAND, "sandbox", "--users", String(PEOPLE), "--rate-limit", "1000000"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const seeding = performance.now() - started;
  const memory = residentMb(child.pid ?? 0);
  const said: unknown = JSON.parse(String(line));
  const org = new Caller(textAt(said, "url"), textAt(said, "token"));
  try {
    return [
      { name: "sandbox: start with 100,000 people", value: seeding, unit: "ms", promise: 3000 },
      { name: "sandbox: resident memory then", value: memory, unit: "MB", promise: 700 },
      ...(await lookups(org)),
      ...(await scans(org)),
      ...(await walks(org)),
      { name: "sandbox: resident memory after all that", value: residentMb(child.pid ?? 0), unit: "MB" },
    ];
  } finally {
    await org.close();
    child.kill();
    await once(child, "exit");
  }
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
  return [...figures, { name: "sandbox: the slowest first search by a property", value: first, unit: "ms" }];
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

/** Everybody in pages of 200. A walk that sorted anew for each page would not be slow at its end, but from its start. */
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
    figures.push({ name: `sandbox: ${name} in ${pages.length} pages`, value: whole, unit: "ms" });
    figures.push({ name: "sandbox: its last pages / its first", value: slope, unit: "times", promise: 3 });
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
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await timed(() => this.get(path)));
    return { name: `sandbox: ${name}`, value: median(rounds), unit: "ms", promise };
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
