import { expect } from "vitest";
import type { Operation, Target } from "../../src/operation.ts";
import { USER_STATUSES } from "../../src/operation.ts";
import { asJsonObject } from "../../src/schema.ts";
import { at, listAt, textAt } from "../support/at.ts";
import type { LoggedRequest, TestOrg } from "../support/org.ts";
import type { Prepared } from "./anything-people.ts";
import { type Args, line } from "./support.ts";

/** How people stand in the org, by id or, who is new, by login. */
export type Standing = ReadonlyMap<string, unknown>;

/** What the server was told that decides whether a call may write. */
export interface Rules {
  /** Calls whose answer would hold a one-time secret are refused. */
  readonly refusesSecrets: boolean;
  /** What needs consent needs a person's as well, and nobody can be asked. */
  readonly nobodyToAsk: boolean;
}

/** Reads the people of these calls in one request. */
export async function standing(org: TestOrg, calls: readonly Prepared[]): Promise<Standing> {
  const of = ({ things }: Prepared): string => `id eq "${things.id}" or profile.login eq "${things.newLogin}"`;
  const filter = encodeURIComponent(calls.map(of).join(" or "));
  const people = await org.api("GET", `/api/v1/users?limit=200&filter=${filter}`);
  return new Map(
    listAt({ people }, "people").flatMap((person): [string, unknown][] => [
      [textAt(person, "id"), person],
      [textAt(person, "profile.login"), person],
    ]),
  );
}

/** Why a call may not write, or undefined when it may. Says so from the catalogue, not from what the server did. */
export function whyNoWrite({ operation, args, things }: Prepared, before: Standing, rules: Rules): string | undefined {
  if (operation === undefined) return undefined;
  if (operation.effect === "read") return "it reads";
  const fits = parsed(operation, args);
  if (fits === undefined) return "its arguments do not fit";
  if (rules.refusesSecrets && operation.secret && (operation.secretWhen?.(fits) ?? true)) return "it brings a secret";
  const asks = operation.effect === "destructive" || operation.confirm?.(fits, target(before.get(things.id ?? "")));
  if (asks && !(Object.hasOwn(args, "confirm") && args.confirm === true)) return "nobody agreed";
  return asks && rules.nobodyToAsk ? "no person agreed" : undefined;
}

/** Arguments that never arrive: what a host adds, and a name that the SDK leaves out of what it reads. */
const DROPPED = ["wait_for_previous", "__proto__"];

function parsed(operation: Operation, args: Args): Record<string, unknown> | undefined {
  const kept = Object.entries(args).filter(
    ([key, value]) =>
      value !== null && !DROPPED.includes(key) && (key !== "confirm" || operation.confirm !== undefined),
  );
  const fits = operation.input.safeParse(Object.fromEntries(kept));
  return fits.success && operation.check?.(fits.data) === undefined ? fits.data : undefined;
}

function target(person: unknown): Target | undefined {
  if (person === undefined) return undefined;
  const profile = asJsonObject(at(person, "profile"));
  const status = USER_STATUSES.find((one) => one === at(person, "status")) ?? null;
  return { id: textAt(person, "id"), login: String(profile.login), name: "", status, profile };
}

/** What reached the org, judged by the calls that were made. */
export interface Judge {
  /** Takes down what these calls may do, before they are made. */
  expects(calls: readonly Prepared[], before: Standing): void;
  /** Throws when a write came that no call may make, or came twice. */
  judge(requests: readonly LoggedRequest[]): void;
  /** Throws when somebody changed whom no call may change. */
  unchanged(calls: readonly Prepared[], before: Standing, now: Standing): void;
  /** How many writes each tool made. */
  readonly writes: ReadonlyMap<string, number>;
}

interface Expected {
  readonly call: Prepared;
  readonly why: string | undefined;
  /** Writes that came and were not sent away with a 429. */
  taken: number;
}

/** Whom a call creates has no id: at one time there is only one such call. */
const NEW = "new";

export function createJudge(rules: Rules): Judge {
  // By person. An answer that came too late leaves a request that shows up later: everybody is remembered.
  const expected = new Map<string, Expected[]>();
  const writes = new Map<string, number>();
  const keyOf = ({ operation, things }: Prepared): string =>
    operation?.effect !== "read" && !("userId" in (operation?.path ?? {})) ? NEW : (things.id ?? "");

  function judgeOne(request: LoggedRequest): void {
    const path = decodeURIComponent(request.path);
    const [, id = NEW] = /^\/api\/v1\/(?:groups\/[^/]+\/)?users\/([^/]+)/.exec(path) ?? [];
    const about = expected.get(id) ?? [];
    const found = about.filter(({ call, why }) => why === undefined && isOf(call, request));
    const [first] = found.sort((one, other) => one.taken - other.taken);
    const told = about.slice(-3).map(({ call, why }) => `${describeCall(call)}, which may not since ${why}`);
    if (first === undefined) throw new Error(`${line(request)} reached the org; about them: ${told.join("; ")}`);
    writes.set(first.call.plan.tool, (writes.get(first.call.plan.tool) ?? 0) + 1);
    if (request.status === 429) return;
    first.taken += 1;
    if (first.taken > 1)
      throw new Error(`${line(request)} was sent ${first.taken} times by ${describeCall(first.call)}`);
  }

  return {
    writes,
    expects: (calls, before) => {
      for (const call of calls) {
        const one = { call, why: whyNoWrite(call, before, rules), taken: 0 };
        const late = (expected.get(keyOf(call)) ?? []).filter((other) => mayComeLate(other.call));
        expected.set(keyOf(call), [one, ...late]);
      }
    },
    judge: (requests) => {
      for (const request of requests) if (request.method !== "GET") judgeOne(request);
    },
    unchanged: (calls, before, now) => {
      for (const call of calls) {
        if (whyNoWrite(call, before, rules) === undefined) continue;
        const { id = "", newLogin = "" } = call.things;
        for (const who of [id, newLogin])
          if (JSON.stringify(now.get(who)) !== JSON.stringify(before.get(who)))
            expect(now.get(who), describeCall(call)).toEqual(before.get(who));
      }
    },
  };
}

/** Whether its request may show up when the call is over already. */
function mayComeLate({ plan }: Prepared): boolean {
  return plan.faults.some(({ delayMs = 0 }) => delayMs >= 1_000);
}

/** Whether the request is the one that the call's operation makes of its person. */
function isOf({ operation, things }: Prepared, { method, path }: LoggedRequest): boolean {
  if (operation === undefined || method !== operation.method) return false;
  const parts = path.split("/");
  const template = operation.template.split("/");
  const fits = (part: string, i: number): boolean =>
    part === "{userId}" ? parts[i] === things.id : part.startsWith("{") ? parts[i] !== "" : parts[i] === part;
  return parts.length === template.length && template.every(fits);
}

export function describeCall({ plan, args, things }: Prepared): string {
  const text = JSON.stringify(args);
  const shown = text.length > 1_500 ? `${text.slice(0, 1_500)}…` : text;
  return `${plan.tool} ${shown} about ${things.id}, ${plan.status}, faults ${JSON.stringify(plan.faults)}`;
}
