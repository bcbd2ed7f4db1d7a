import { at, textAt } from "../support/at.ts";

/** What a worker can do; the same of ours and of the peer. */
export interface Worked {
  getUser(userId: string): Promise<void>;
  /** Everybody, page by page. */
  listUsers(limit: number, onUser: (user: unknown) => void): Promise<void>;
}

/** Serves the tasks of the process that forked this one, one after the other. */
export function serve(open: (url: string, token: string) => Worked): void {
  let worked: Worked | undefined;
  process.on("message", (task: unknown) => {
    worked ??= open(textAt(task, "url"), textAt(task, "token"));
    run(worked, task).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
        process.exit(1);
      },
    );
  });
}

async function run(worked: Worked, task: unknown): Promise<object> {
  const userId = at(task, "userId");
  return typeof userId === "string"
    ? getUsers(worked, userId, Number(at(task, "calls")))
    : listUsers(worked, Number(at(task, "limit")));
}

/** CPU milliseconds of the whole process, its helper threads included, for each call. */
async function getUsers(worked: Worked, userId: string, calls: number): Promise<object> {
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call += 1) await worked.getUser(userId);
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000 / calls };
}

/** Looking at the memory takes longer than a page's users do, so it is looked at every so many pages. */
const PAGES_BETWEEN = 10;

/** How many there were, how long it took, CPU milliseconds of each page, resident memory in MB after every tenth page. */
async function listUsers(worked: Worked, limit: number): Promise<object> {
  const started = performance.now();
  const before = process.cpuUsage();
  const memory: number[] = [];
  let users = 0;
  await worked.listUsers(limit, (user) => {
    if (!isUser(user)) throw new Error("what was listed is not a user");
    users += 1;
    if (users % (limit * PAGES_BETWEEN) === 0) memory.push(process.memoryUsage.rss() / 1024 / 1024);
  });
  const { user, system } = process.cpuUsage(before);
  const pages = Math.ceil(users / limit);
  return { users, seconds: (performance.now() - started) / 1000, cpuMs: (user + system) / 1000 / pages, memory };
}

function isUser(user: unknown): boolean {
  return typeof user === "object" && user !== null && "id" in user && typeof user.id === "string";
}
