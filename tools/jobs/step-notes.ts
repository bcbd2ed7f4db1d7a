import type { UserStatus } from "../../src/operation.ts";
import { type JsonObject, z } from "../../src/schema.ts";

/** What the notes of a run say of its calls, each by the places of its step and of itself. */
export interface Past {
  readonly settled: ReadonlyMap<string, "done" | "not needed" | "refused">;
  /** Sent, and nobody knows how it ended. */
  readonly sent: ReadonlyMap<string, { readonly at: number; readonly was: UserStatus | undefined }>;
  /** Surely not done. */
  readonly failed: ReadonlySet<string>;
  readonly newcomer: string | undefined;
}

const noted = z.object({
  call: z.string(),
  fate: z.enum(["done", "not needed", "refused", "failed"]).optional(),
  at: z.number().optional(),
  was: z.custom<UserStatus>((status) => typeof status === "string").optional(),
  newcomer: z.string().optional(),
});

/** What an earlier attempt left; what failed was not done and may be tried again. */
export function pastOf(notes: readonly JsonObject[]): Past {
  const settled = new Map<string, "done" | "not needed" | "refused">();
  const sent = new Map<string, { at: number; was: UserStatus | undefined }>();
  const failed = new Set<string>();
  let newcomer: string | undefined;
  for (const note of notes) {
    const { success, data } = noted.safeParse(note);
    if (!success) continue;
    const { call: key, fate, at, was } = data;
    newcomer ??= data.newcomer;
    if (at !== undefined) sent.set(key, { at, was });
    if (fate === undefined) continue;
    sent.delete(key);
    if (fate === "failed") failed.add(key);
    else settled.set(key, fate);
  }
  return { settled, sent, failed, newcomer };
}
