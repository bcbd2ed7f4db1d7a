import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { RECORDED_DEVIATIONS, type RecordedDeviation } from "./deviations.ts";
import { at, profile, sandboxFor, text } from "./harness.ts";
import { pathOf } from "./recorded-compare.ts";
import { judge } from "./recorded-deviations.ts";
import { recordings } from "./recorded-files.ts";
import { replay } from "./recorded-replay.ts";

const org = sandboxFor();
const found = recordings();
/** What each recording needed. */
const used = new Map<string, ReadonlySet<RecordedDeviation>>();

beforeAll(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterAll(() => {
  vi.useRealTimers();
});

it.skipIf(found.length > 0)("nothing is replayed: no recordings are beside the project", (context) => context.skip());

describe.skipIf(found.length === 0)("recordings of Okta", () => {
  it.each(found.map((recording) => [recording.name, recording] as const))("%s", async (_name, recording) => {
    const { unlisted, listed } = judge(recording, await replay(org, recording));
    used.set(recording.name, listed);
    expect(unlisted).toEqual([]);
  });

  it("have no listed deviation that does not happen any more", () => {
    const happened = new Set([...used.values()].flatMap((listed) => [...listed]));
    expect(RECORDED_DEVIATIONS.filter((deviation) => !happened.has(deviation))).toEqual([]);
  });

  it("about people are answered the same, but for what Okta changed since", () => {
    const about = found.filter(({ exchanges: [first] }) => /\/(users|user)\b/.test(pathOf(first?.url ?? "")));
    const exact = about.filter(({ name }) => [...(used.get(name) ?? [])].every(({ of }) => of.before !== undefined));
    expect(exact.length / about.length).toBeGreaterThanOrEqual(0.95);
  });
});

// The steps of the flows, taken for recordings of their own: whether a recording nobody has seen yet would be set up.
describe.skipIf(found.length === 0 || process.env.LONG === undefined)("each step of a flow on its own", () => {
  const steps = found
    .filter(({ exchanges }) => exchanges.length > 1)
    .flatMap(({ name, exchanges }) =>
      exchanges.map((exchange, i) => ({ name: `${name} ${i}`, about: "", exchanges: [exchange] })),
    );
  it.each(steps.map((step) => [step.name, step] as const))("%s", async (_name, step) => {
    expect(judge(step, await replay(org, step)).unlisted).toEqual([]);
  });
});

// Seen in recordings, but by differences of one second that a replay takes for a tick of the clock.
describe("times, as recorded", () => {
  const tick = (): void => {
    vi.setSystemTime(Date.now() + 10_000);
  };

  it("a new password alone changes passwordChanged and leaves lastUpdated", async () => {
    const made = await org.api("POST", "/api/v1/users", {
      profile: profile(),
      credentials: { password: { value: "Sandbox-Person-1" } },
    });
    tick();
    const path = `/api/v1/users/${text(made.body, "id")}`;
    const { body } = await org.api("PUT", path, { credentials: { password: { value: "Sandbox-Person-2" } } });
    expect(text(body, "passwordChanged") > text(body, "lastUpdated")).toBe(true);
    expect(at(body, "lastUpdated")).toBe(at(made.body, "lastUpdated"));
  });

  it("a role is as old as its oldest target and changed with its newest; without one, whenever roles change", async () => {
    const made = await org.api("POST", "/api/v1/users", { profile: profile() });
    const path = `/api/v1/users/${text(made.body, "id")}/roles`;
    const targets = `${path}/IFIFAX2BIRGUSTQ/targets/catalog/apps`;
    const seconds = async (): Promise<number[]> => {
      const { body } = await org.api("GET", `${path}/IFIFAX2BIRGUSTQ`);
      return [text(body, "created"), text(body, "lastUpdated")].map((time) => (Date.parse(time) - start) / 1000);
    };
    const start = Math.floor(Date.now() / 1000) * 1000;
    await org.api("POST", path, { type: "APP_ADMIN" });
    expect(await seconds()).toEqual([0, 0]);
    tick();
    await org.api("POST", path, { type: "USER_ADMIN" });
    expect(await seconds()).toEqual([10, 10]);
    tick();
    await org.api("PUT", `${targets}/facebook`);
    tick();
    await org.api("PUT", `${targets}/oidc_client`);
    expect(await seconds()).toEqual([20, 30]);
    tick();
    await org.api("DELETE", `${targets}/facebook`);
    await org.api("DELETE", `${path}/KVJUKUS7IFCE2SKO`);
    expect(await seconds()).toEqual([30, 30]);
  });
});
