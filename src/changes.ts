import type { Changes, Operation, Target } from "./operation.ts";
import { isJsonObject, type Json, type JsonObject } from "./schema.ts";

/** Whatever can be told of it before the call: the status where it is always the same, and what the operation says. */
export function changesOf(operation: Operation, args: Readonly<Record<string, unknown>>, target: Target): Changes {
  const { status } = target;
  const moved = operation.to !== undefined && status !== null && status !== operation.to;
  return {
    ...(moved ? { status: { from: status, to: operation.to } } : {}),
    ...operation.changes?.({ ...args }, target),
  };
}

/** One side of it. */
export function side(changes: Changes, which: "from" | "to"): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(changes).map(([name, change]) => [name, change[which]]));
}

/** An attribute of a user by its name in changes; null where there is none. */
export function attribute(user: JsonObject, name: string): Json {
  const [holder, key] = name.startsWith("profile.") ? [user.profile, name.slice("profile.".length)] : [user, name];
  // A profile may have attributes that are named like what every object has.
  return (isJsonObject(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined) ?? null;
}
