import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Operation } from "../../src/operation.ts";
import { operations } from "../../tools/index.ts";
import { at } from "../support/at.ts";
import type { LoggedRequest } from "../support/org.ts";
import type { TestServer } from "../support/server.ts";
import { type Planned, someCalls } from "./anything-calls.ts";
import { openPeople, type People, type Prepared } from "./anything-people.ts";
import { fittingArguments } from "./anything-values.ts";
import { keysOf, lines, world, writes } from "./support.ts";

const w = world();
const LONG = process.env.LONG === "1";
/** Less than a test may take, so that a failure is told while it is made smaller. */
const LIMIT = LONG ? 500_000 : 15_000;
/** Calls that are made together. */
const TOGETHER = 50;
const byName: ReadonlyMap<string, Operation> = new Map(operations.map((one) => [one.name, one]));

let all: Tool[];
let people: People;
beforeAll(async () => {
  all = await w.server.tools();
  people = await openPeople(w.org, () => ({ protected: "nobody", owner: "nobody", change: "none" }));
});

interface Sent extends Prepared {
  readonly reply: unknown;
}

/** Makes calls that a tool with no switch in its way would carry out. */
async function send(server: TestServer, plans: readonly Planned[]): Promise<[Sent[], LoggedRequest[]]> {
  const prepared = await people.prepare(plans, (tool) => byName.get(tool));
  const make = async (call: Prepared): Promise<Sent> => ({
    ...call,
    reply: (await server.call(call.plan.tool, call.args)).reply,
  });
  return w.org.watch(() => Promise.all(prepared.map(make)));
}

/** Calls of these tools that fit their schemas and carry consent: so many of each, the same ones every time. */
function agreed(tools: readonly Tool[], ofOperation = 6, ofJob = ofOperation): Planned[][] {
  const plans = tools.flatMap(({ name, inputSchema }) => {
    const takesUser = keysOf(at(inputSchema, "properties")).includes("userId");
    const numRuns = byName.has(name) ? ofOperation : ofJob;
    const given = fc.sample(fittingArguments(inputSchema, takesUser), { numRuns, seed: 7 });
    return given.map((args, i) => ({
      ...{ tool: name, args: { ...args, confirm: true }, faults: [] },
      status: STATUSES[i % STATUSES.length] ?? "ACTIVE",
    }));
  });
  return together(plans);
}

function together(plans: readonly Planned[]): Planned[][] {
  return Array.from({ length: Math.ceil(plans.length / TOGETHER) }, (_, i) =>
    plans.slice(i * TOGETHER, (i + 1) * TOGETHER),
  );
}

/** In each of these somebody can be, whom some tool does something to. */
const STATUSES = ["ACTIVE", "ACTIVE", "STAGED", "SUSPENDED", "LOCKED_OUT", "PROVISIONED"];

it("without a switch such calls write, by every operation that can", async () => {
  const wrote = new Set<string>();
  for (const plans of agreed(all.filter(({ name }) => byName.has(name)))) {
    const [sent, requests] = await send(w.server, plans);
    const writing = requests.filter(({ method }) => method !== "GET");
    for (const { operation, things } of sent)
      if (operation && writing.some(({ path }) => path.includes(things.id ?? "") || path === operation.template))
        wrote.add(operation.name);
  }
  const writers = operations.filter(({ effect }) => effect !== "read");
  expect(writers.filter(({ name }) => !wrote.has(name)).map(({ name }) => name)).toEqual([]);
});

/** Settings, and for a tool that is off the code it answers with and the setting it names. */
interface Switch {
  readonly env: Readonly<Record<string, string>>;
  off(tool: string): readonly [code: string, setting: string];
}

const SWITCHES: readonly Switch[] = [
  { env: { OKTA_READ_ONLY: "true" }, off: () => ["read_only", "OKTA_READ_ONLY"] },
  { env: { OKTA_TOOLS: "users,role-targets,-delete_user" }, off: () => ["tool_disabled", "OKTA_TOOLS"] },
  {
    env: { OKTA_READ_ONLY: "true", OKTA_TOOLS: "-get_user,-suspend_user" },
    off: (tool) =>
      ["get_user", "suspend_user"].includes(tool) ? ["tool_disabled", "OKTA_TOOLS"] : ["read_only", "OKTA_READ_ONLY"],
  },
];

for (const { env, off } of SWITCHES)
  describe(JSON.stringify(env), () => {
    let server: TestServer;
    let isOn: (tool: string) => boolean;
    beforeAll(async () => {
      server = await w.another(env);
      const on = new Set((await server.tools()).map(({ name }) => name));
      isOn = (tool) => on.has(tool);
    });

    /** Throws when a request left that the settings do not let out. */
    function judge(sent: readonly Sent[], requests: readonly LoggedRequest[]): void {
      const told = sent.map(({ plan }) => `${plan.tool} ${JSON.stringify(plan.args).slice(0, 300)}`).join("\n");
      if (env.OKTA_READ_ONLY === "true") expect(writes(requests), told).toEqual([]);
      if (sent.every(({ plan }) => !isOn(plan.tool))) expect(lines(requests), told).toEqual([]);
    }

    it("every tool that is off, agreed to, says which setting it is, and nothing leaves", async () => {
      const tools = all.filter(({ name }) => !isOn(name));
      const told = new Set<string>();
      // What fits the schema of a job need not fit together: its calls go on until one does.
      const plans = agreed(tools, 6, 60).flat();
      const nth = (plan: Planned): number => plans.filter(({ tool }) => tool === plan.tool).indexOf(plan);
      const [first, more] = [plans.filter((plan) => nth(plan) < 6), plans.filter((plan) => nth(plan) >= 6)];
      for (const group of [...together(first), ...together(more)]) {
        const open = group.filter((plan) => nth(plan) < 6 || !told.has(plan.tool));
        if (open.length === 0) continue;
        const [sent, requests] = await send(server, open);
        judge(sent, requests);
        for (const { plan, reply } of sent) {
          // Whatever does not fit is told so first.
          if (at(reply, "error.code") === "invalid_arguments") continue;
          const [code, setting] = off(plan.tool);
          const named = expect.stringContaining(setting);
          const error = { code, status: null, summary: named, causes: [], requestId: null };
          expect(reply, plan.tool).toEqual({ error, hint: named });
          told.add(plan.tool);
        }
      }
      expect(tools.length).toBeGreaterThan(10);
      expect(tools.filter(({ name }) => !told.has(name))).toEqual([]);
    });

    it("every tool that is on, agreed to, still reads or writes as it may", async () => {
      for (const plans of agreed(
        all.filter(({ name }) => isOn(name)),
        LONG ? 6 : 2,
      )) {
        const [sent, requests] = await send(server, plans);
        judge(sent, requests);
        expect(requests.length).toBeGreaterThan(0);
      }
    });

    const runs = LONG ? 50 : 2;
    it(`${runs * TOGETHER} calls of any tool with anything`, async () => {
      const pick = fc
        .boolean()
        .chain((onlyOff) => someCalls(onlyOff ? all.filter(({ name }) => !isOn(name)) : all, TOGETHER));
      const property = fc.asyncProperty(pick, async (plans) => judge(...(await send(server, plans))));
      await fc.assert(property, { numRuns: runs, interruptAfterTimeLimit: LIMIT, markInterruptAsFailure: true });
    });
  });
