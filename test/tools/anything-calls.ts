import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import fc from "fast-check";
import { at } from "../support/at.ts";
import { type Fault, fault } from "./anything-faults.ts";
import { fittingArguments, hostileArguments, spoiledArguments, withKey } from "./anything-values.ts";
import { type Args, keysOf } from "./support.ts";

/** A call as it was thought out: names of things stand for them. */
export interface Planned {
  readonly tool: string;
  readonly args: Args;
  /** What goes wrong with requests about its person. */
  readonly faults: readonly Fault[];
  /** The status the person is in. */
  readonly status: string;
}

/** What may stand under `confirm`; only one of them is consent. */
const CONFIRM: fc.Arbitrary<{ readonly value?: unknown }> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  { weight: 8, arbitrary: fc.constant({ value: true }) },
  { weight: 5, arbitrary: fc.record({ value: fc.constantFrom("true", 1, false, null, [true], {}, "yes") }) },
);

const STATUSES = [
  ...["ACTIVE", "ACTIVE", "ACTIVE", "STAGED", "PROVISIONED", "RECOVERY", "LOCKED_OUT"],
  ...["PASSWORD_EXPIRED", "SUSPENDED", "DEPROVISIONED"],
];

/** Any call of one of these tools. */
export function anyCall(tools: readonly Tool[]): fc.Arbitrary<Omit<Planned, "faults">> {
  return fc.oneof(...tools.map(anyCallOf));
}

function anyCallOf({ name, inputSchema }: Tool): fc.Arbitrary<Omit<Planned, "faults">> {
  const takesUser = keysOf(at(inputSchema, "properties")).includes("userId");
  const args = fc.oneof(
    { weight: 9, arbitrary: fittingArguments(inputSchema, takesUser) },
    { weight: 3, arbitrary: spoiledArguments(inputSchema, takesUser) },
    { weight: 1, arbitrary: hostileArguments(inputSchema) },
  );
  return fc.tuple(args, CONFIRM, fc.constantFrom(...STATUSES)).map(([given, confirm, status]) => ({
    tool: name,
    args: "value" in confirm ? withKey(given, "confirm", confirm.value) : given,
    status,
  }));
}

/** So many calls, made together; every fifth time with an org that is unwell. Shrinking leaves calls out. */
export function someCalls(tools: readonly Tool[], many: number): fc.Arbitrary<Planned[]> {
  const call = anyCall(tools);
  const well = call.map((one): Planned => ({ ...one, faults: [] }));
  const unwell = fc
    .tuple(call, fc.oneof(fc.constant([]), fc.array(fault, { minLength: 1, maxLength: 2 })))
    .map(([one, faults]): Planned => ({ ...one, faults }));
  const several = (one: fc.Arbitrary<Planned>): fc.Arbitrary<Planned[]> =>
    fc
      .array(fc.option(one, { freq: 500, nil: undefined }), { minLength: many, maxLength: many })
      .map((calls) => calls.filter((planned) => planned !== undefined));
  return fc.oneof({ weight: 4, arbitrary: several(well) }, { weight: 1, arbitrary: several(unwell) });
}
