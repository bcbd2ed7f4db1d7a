import { afterAll, beforeAll, expect, it } from "vitest";
import { families } from "../../tools/index.ts";
import { endStrays } from "../process/host.ts";
import { at } from "../support/at.ts";
import { readServed, type Served } from "./served.ts";

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

it("no family is served without being recorded", () => {
  const recorded = [...families.values()].flat().map(({ name }) => name);
  expect(
    served.tools.map((tool) => at(tool, "name")).filter((name) => !recorded.some((known) => known === name)),
  ).toEqual([]);
});
