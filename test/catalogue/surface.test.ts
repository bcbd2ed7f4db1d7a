import { afterAll, beforeAll, expect, it } from "vitest";
import { families, jobs } from "../../tools/index.ts";
import { endStrays } from "../process/host.ts";
import { at } from "../support/at.ts";
import { toolsByDefault } from "../support/catalogue.ts";
import { definitions, readServed, type Served } from "./served.ts";

/*
 * The surface hosts see, as files that stand under version control: whoever changes a name, a word or an argument sees
 * it here. `vitest -u` rewrites them.
 */
let served: Served;
beforeAll(async () => {
  served = await readServed();
});
afterAll(endStrays);

it.each([...families])("the tools of the family %s are as recorded", async (family, operations) => {
  const names = operations.map(({ name }) => name);
  const tools = served.tools.filter((tool) => names.some((name) => name === at(tool, "name")));
  expect(tools).toHaveLength(names.length);
  await expect(`${JSON.stringify(tools, null, 2)}\n`).toMatchFileSnapshot(`../snapshots/${family}.json`);
});

it("the jobs are as recorded, those that need a setting too, and no other tool is there", async () => {
  const tools = definitions.filter(({ name }) => jobs.some((job) => job.name === name));
  await expect(`${JSON.stringify(tools, null, 2)}\n`).toMatchFileSnapshot("../snapshots/jobs.json");
  expect(served.tools.map((tool) => at(tool, "name"))).toEqual(toolsByDefault.map(({ name }) => name));
});
