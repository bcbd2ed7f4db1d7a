import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Operation } from "../../src/operation.ts";
import { operations } from "../../tools/index.ts";
import { at, listAt } from "../support/at.ts";
import { MOODS, type Mood, startHostileOrg, victim } from "./hostile-answers.ts";
import { ATTACKS, type Attack, attacksFor, MARK, shows } from "./hostile-attacks.ts";
import { type Host, type Message, startHost } from "./hostile-host.ts";
import { consenter, plant } from "./hostile-org.ts";
import { TOOLS, type ToolCase } from "./hostile-tools.ts";
import { type Args, fieldsOf, fillArgs, keysOf, type Things, world } from "./support.ts";

const w = world({}, 60);
const DEBUG = { OKTA_LOG_LEVEL: "debug" };
let about: Things;
let host: Host;
let hostileOrg: Awaited<ReturnType<typeof startHostileOrg>>;
let attacked: Host;

beforeAll(async () => {
  host = await startHost({ ...w.org.env, ...DEBUG });
  about = await consenter(w.org);
  const genuine = { name: "nothing", planted: "Harmless", shown: "Harmless" };
  hostileOrg = await startHostileOrg(w.org, await plant(w.org, genuine, about, ATTACKS.length));
  attacked = await startHost({ ...w.org.env, ...DEBUG, OKTA_ORG_URL: hostileOrg.url });
});
afterAll(async () => {
  await Promise.all([host?.stop(), attacked?.stop()]);
  await hostileOrg?.stop();
});

/** No text of a reply, no key and no line of the protocol may hold any of these. */
const HIDES = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const LONG = process.env.LONG === "1";
/** Twice the 1,000 characters that values are cut to, as what is made visible grows, and the note. */
const LONGEST = 2_080;
const LONGEST_KEY = 280;
const ERROR_KEYS = ["code", "status", "summary", "causes", "requestId", "retryAt"];
const PREVIEW_KEYS = [
  ...[
    "action",
    "consequence",
    "undoneBy",
    "irreversible",
    "target",
    "changes",
    "goesWith",
    "warning",
    "with",
    "undoes",
  ],
];
const TARGET_KEYS = ["id", "login", "name", "status"];

interface Found {
  readonly path: string;
  readonly text: string;
  readonly isKey: boolean;
}

/** Every text in a JSON value with where it stands, keys included. */
function texts(value: unknown, path: readonly string[] = []): Found[] {
  if (typeof value === "string") return [{ path: path.join("."), text: value, isKey: false }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    ...(Array.isArray(value) ? [] : [{ path: [...path, key].join("."), text: key, isKey: true }]),
    ...texts(item, [...path, key]),
  ]);
}

/** The keys a reply of this tool may have, and under which of them there may be texts that others wrote. */
function placesOf({ path, returns, listOf }: Operation): { keys: string[]; open: RegExp } {
  const resource = listOf ? `${listOf}s` : (returns ?? "");
  const ids = Object.keys(path);
  const keys = [resource, "next", "etag", "shown", "total", "done", "login", "secret", "verified", "note", ...ids];
  const failure = ["error", "hint", "preview"];
  const open = [
    ...(resource === "" ? [] : [listOf ? `${resource}\\.\\d+\\.` : `${resource}\\.`]),
    ...ids.map((id) => `${id}$`),
    ...["login$", "next$", "error\\.summary$", "error\\.causes\\.\\d+$", "error\\.requestId$"],
    ...[
      "preview\\.target\\.(id|login|name)$",
      "preview\\.changes\\.",
      "preview\\.with\\.",
      "preview\\.goesWith\\.\\w+\\.",
    ],
  ];
  return { keys: [...keys, ...failure], open: new RegExp(`^(${open.join("|")})`) };
}

interface Reply {
  readonly reply: unknown;
  readonly failed: boolean;
}

/** Checks a whole message of the server, and gives the reply in it. */
function inspect(operation: Operation, { line, parsed }: Message): Reply {
  const result = at(parsed, "result");
  const reply = at(result, "structuredContent");
  const failed = at(result, "isError") === true;
  expect(line).not.toMatch(HIDES);
  expect(keysOf(parsed).sort()).toEqual(["id", "jsonrpc", "result"]);
  expect(keysOf(result)).toEqual(["content", "structuredContent", ...(failed ? ["isError"] : [])]);
  expect(at(result, "content")).toEqual([{ type: "text", text: JSON.stringify(reply) }]);
  expect(JSON.stringify(reply).length).toBeLessThanOrEqual(60_000);

  const { keys, open } = placesOf(operation);
  expect(keys).toEqual(expect.arrayContaining(keysOf(reply)));
  expect("error" in fieldsOf(reply)).toBe(failed);
  expect(ERROR_KEYS).toEqual(expect.arrayContaining(keysOf(at(reply, "error"))));
  expect(PREVIEW_KEYS).toEqual(expect.arrayContaining(keysOf(at(reply, "preview"))));
  expect(TARGET_KEYS).toEqual(expect.arrayContaining(keysOf(at(reply, "preview.target"))));
  expect(operation.secret ?? []).toEqual(expect.arrayContaining(keysOf(at(reply, "secret"))));
  const wrong = texts(reply).filter(
    ({ path, text, isKey }) =>
      HIDES.test(text) || text.length > (isKey ? LONGEST_KEY : LONGEST) || (text.includes(MARK) && !open.test(path)),
  );
  expect(wrong).toEqual([]);
  return { reply, failed };
}

/** Whether a value somewhere in the reply shows the whole attack, visibly. */
function showsIt(reply: unknown, attack: Attack): boolean {
  return texts(reply).some(({ text, isKey }) => !isKey && shows(text, attack));
}

/** Failures are told by code that all tools share; these two meet every attack in every part. */
const THOROUGH = ["get_user", "suspend_user"];

function meets(place: number): readonly Attack[] {
  return THOROUGH.includes(operations[place]?.name ?? "") ? ATTACKS : attacksFor(place);
}

/** The tools that meet an attack. */
function met(attack: Attack): readonly Operation[] {
  return operations.filter((_, place) => meets(place).includes(attack));
}

function caseOf({ name }: Operation): ToolCase {
  const found = TOOLS[name];
  if (found === undefined) throw new Error(`${name} has no case`);
  return found;
}

/** Calls a few at a time: an org takes only so many requests at once. */
async function each<T>(all: readonly T[], act: (one: T) => Promise<void>, atOnce = 8): Promise<void> {
  const left = [...all];
  const worker = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await act(one);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

it("every tool of the catalogue has its case, and no other", () => {
  expect(Object.keys(TOOLS).sort()).toEqual(operations.map(({ name }) => name).sort());
});

describe("planted in the org", () => {
  ATTACKS.forEach((attack, n) => {
    // Each of them is met by every tool; most of those that differ in the character alone are left to the long run.
    it.skipIf(!LONG && n % 3 !== 0)(attack.name, async () => {
      const things = await plant(w.org, attack, about, n);
      await each(met(attack), async (operation) => {
        const { args, inOrg = [], nobody } = caseOf(operation);
        for (const [i, given] of args.entries()) {
          const userId = nobody ? {} : { userId: things.id };
          const answer = await host.call(operation.name, fillArgs({ ...userId, ...given }, things));
          const { reply, failed } = inspect(operation, answer);
          const about = `${operation.name} ${JSON.stringify(given)}: ${JSON.stringify(reply).slice(0, 1_000)}`;
          for (const path of inOrg[i] ?? []) {
            const value = at(reply, path);
            expect(typeof value === "string" && shows(value, attack), `${path} of ${about}`).toBe(true);
          }
          if (operation.confirm === undefined) continue;
          expect(failed, about).toBe(true);
          expect(at(reply, "error.code"), about).toBe("confirmation_required");
          for (const key of ["login", "name"])
            expect(shows(String(at(reply, `preview.target.${key}`)), attack), `${key} of ${about}`).toBe(true);
        }
      });
    });
  });
});

describe("typed by whoever calls", () => {
  for (const attack of ATTACKS)
    it(attack.name, async () => {
      const { planted } = attack;
      await each(met(attack), async (operation) => {
        const { args, nobody } = caseOf(operation);
        const given = {
          ...fillArgs(args[0] ?? {}, { ...about, planted }),
          ...(operation.confirm ? { confirm: true } : {}),
          ...(nobody ? { search: planted, profile: { [planted]: planted } } : { userId: planted }),
        };
        for (const more of [{}, { [planted]: { [planted]: planted } }]) {
          const { reply, failed } = inspect(operation, await host.call(operation.name, { ...given, ...more }));
          expect(failed, JSON.stringify(reply).slice(0, 1_000)).toBe(true);
        }
      });
    });

  it.each(ATTACKS)("as the name of a tool: $name", async ({ planted }) => {
    const { line, parsed } = await host.call(planted, {});
    expect(line).not.toMatch(HIDES);
    expect(at(parsed, "error.code")).toBe(-32602);
    expect(texts(at(parsed, "error")).filter(({ text }) => HIDES.test(text) || text.length > 400)).toEqual([]);
  });
});

/** Whether the attack can be an id in a path, so that the call goes on with it. */
function fitsPath({ planted }: Attack): boolean {
  return planted.length <= 300 && !/[\p{Cc}\p{Cs}/?\\]/u.test(planted);
}

describe("in every text that Okta answers with", () => {
  operations.forEach((operation, place) => {
    const { name, returns, listOf } = operation;
    const { args, nobody, tail, mute } = caseOf(operation);
    const atOnce = mute ? 1 : 8;
    const some = (turn: number): Attack[] =>
      ATTACKS.filter((_, i) => THOROUGH.includes(name) || i === (place + turn) % ATTACKS.length);

    async function calling(
      attack: Attack,
      mood: Mood,
      given: Args,
      how: "id" | "login",
      consent = true,
    ): Promise<Reply> {
      const { id, [how]: userId } = victim(attack, mood);
      if (mute) hostileOrg.unasked(attack, mood);
      const search = `id eq "${id}"`;
      const named = { search, groupSearch: search, consenter: id, theGroup: id, theSchema: id };
      const things = { ...THINGS, ...named, planted: victim(attack, mood).login };
      const filled = fillArgs({ ...(nobody ? {} : { userId }), ...given }, things);
      const confirm = consent && operation.confirm ? { confirm: true } : {};
      return inspect(operation, await attacked.call(name, { ...filled, ...confirm }));
    }

    it(name, async () => {
      const answers = meets(place).flatMap((attack) => args.map((given) => ({ attack, given })));
      await each(
        answers,
        async ({ attack, given }) => {
          const { reply, failed } = await calling(attack, "answer", given, "id");
          const about = `${attack.name}: ${JSON.stringify(reply).slice(0, 1_000)}`;
          if (returns === undefined && listOf === undefined) return;
          expect(failed, about).toBe(false);
          // Of what is cut out of a link only the end may be there.
          expect(tail ? JSON.stringify(reply).includes(MARK) : showsIt(reply, attack), about).toBe(true);
        },
        atOnce,
      );
    });

    it(`${name}, failing`, async () => {
      const moods = MOODS.slice(1);
      const failures = moods.flatMap((mood, turn) => some(turn).map((attack) => ({ attack, mood })));
      await each(
        failures,
        async ({ attack, mood }) => {
          const { reply } = await calling(attack, mood, args[0] ?? {}, "id");
          if (mood !== "refuse") return;
          expect(at(reply, "error.code")).toBe("E0000001");
          const causes = listAt(reply, "error.causes").map(String);
          expect(causes).toHaveLength(2);
          expect(causes.every((cause) => shows(cause, attack))).toBe(true);
        },
        atOnce,
      );
    });

    if (!nobody)
      it(`${name}, looking somebody up`, async () => {
        const { lookUp = [], secret, effect } = operation;
        const looksUp = lookUp.length > 0 || effect !== "read";
        for (const attack of looksUp ? meets(place) : some(0)) {
          const found = await calling(attack, "answer", args[0] ?? {}, "login");
          // Where a second person stands in the path, the answer to the request itself attacks.
          const tells = !lookUp.includes("primaryUserId") && (returns ?? listOf ?? secret) === undefined;
          if (tells && fitsPath(attack))
            for (const key of ["userId", "login"])
              expect(shows(String(at(found.reply, key)), attack), `${key} ${JSON.stringify(found.reply)}`).toBe(true);
          if (operation.confirm === undefined) continue;
          const { reply, failed } = await calling(attack, "answer", args[0] ?? {}, "login", false);
          // Who has an id that cannot be asked about cannot be changed either.
          const canBeAsked = fitsPath({ ...attack, planted: attack.planted.slice(0, 300) });
          expect(failed).toBe(true);
          if (!canBeAsked) expect(found.failed, attack.name).toBe(true);
          if (!canBeAsked && at(reply, "preview") === undefined) continue;
          for (const key of ["login", "name"])
            expect(shows(String(at(reply, `preview.target.${key}`)), attack), `${key} ${attack.name}`).toBe(true);
        }
      });
  });
});

/** Ids in Okta's form for what the answers are about. */
const THINGS: Things = {
  client: "0oazzzzzzzzzzzzzzzzz",
  grant: "oagzzzzzzzzzzzzzzzzz",
  token: "oarzzzzzzzzzzzzzzzzz",
  appRole: "IFIFAX2BIRGUSTQ",
  groupRole: "JBCUYUC7IRCVGS27IFCE2SKO",
  group: "00gzzzzzzzzzzzzzzzzz",
  factor: "ufszzzzzzzzzzzzzzzzz",
  app: "0oazzzzzzzzzzzzzzzzz",
};

it("nothing planted reaches stderr", async () => {
  for (const server of [host, attacked]) {
    await server.stop();
    const log = server.stderr();
    expect(log).toContain("debug");
    expect(
      log
        .split("\n")
        .filter((line) => line.includes(MARK))
        .slice(0, 3),
    ).toEqual([]);
    expect(
      log
        .split("\n")
        .filter((line) => HIDES.test(line))
        .slice(0, 3),
    ).toEqual([]);
    expect(log).not.toContain("failed inside");
  }
});
