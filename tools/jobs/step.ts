import { isJsonObject, type JsonObject, z } from "../../src/schema.ts";

const object = z.custom<JsonObject>(isJsonObject);

/** `state`: the call is not needed any more where what it would change is not so. */
const call = z.object({ tool: z.string(), arguments: object, state: object.optional() });

/**
 * A step of a job: calls of the catalogue's tools, none where nothing is to be done. `after`: not while one of these is
 * not done. `mayBeRefused`: Okta may not have this for the person's status, and that holds nothing up.
 */
export const step = z.object({
  step: z.string(),
  calls: z.array(call),
  after: z.array(z.string()),
  mayBeRefused: z.boolean(),
});

export type PlannedCall = z.infer<typeof call>;
export type Step = z.infer<typeof step>;
