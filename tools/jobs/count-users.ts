import { done, job, Refusal } from "../../src/job.ts";
import { z } from "../../src/schema.ts";
import { requireAttributes } from "./columns.ts";
import { EVERYBODY, type Place, START, scan } from "./scan.ts";
import { add, byProblem, copyOf, countedFields, emptyTally, groupsOf, MOST_GROUPS, type Tally } from "./tally.ts";

/** What the groups may take of a reply that stays under 1 KB, in bytes. */
const BYTES_FOR_GROUPS = 850;

/** A count that time cut short. */
interface Paused {
  readonly search: string;
  readonly tally: Tally;
  readonly place: Place;
  readonly requests: number;
}

/** What was counted is too much for a reply, so it waits here for who goes on; the oldest are forgotten. */
const paused = new Map<string, Paused>();
const MOST_PAUSED = 5;

export const countUsers = job({
  name: "count_users",
  title: "Count users",
  summary: "Count all users, DEPROVISIONED too, or those of a search, in groups: largest first, null has no value.",
  scope: "okta.users.read",
  effect: "read",
  arguments: {
    search: z.string().describe("as in list_users").optional(),
    by: z
      .array(z.string())
      .max(2)
      .describe("up to two of status, type.id, profile.<attribute>, created:month, lastLogin:month")
      .optional(),
    resume: z.string().describe("from a reply not complete; goes alone").optional(),
  },
  check: ({ search, by, resume }) => {
    if (resume !== undefined && (search ?? by) !== undefined)
      return { field: "resume", problem: "goes alone: what is counted is known" };
    if (by !== undefined && new Set(by).size < by.length) return { field: "by", problem: "names the same twice" };
    const [problem] = (by ?? []).flatMap((word) => byProblem(word) ?? []);
    return problem === undefined ? undefined : { field: "by", problem };
  },
  run: async (okta, { search, by, resume }, context) => {
    const known = resume === undefined ? undefined : paused.get(resume);
    if (resume !== undefined && known === undefined) throw forgotten();
    if (known === undefined) await requireAttributes(okta, "by", by ?? []);
    const from = known ?? { search: search ?? EVERYBODY, tally: emptyTally(by ?? []), place: START, requests: 0 };
    const tally = copyOf(from.tally);
    const walk = { search: from.search, fields: countedFields(tally.by), from: from.place, doing: "people counted" };
    const { requests, rest } = await scan(okta, context, walk, (users) => {
      for (const user of users) add(tally, user);
      if (tally.counts.size > MOST_GROUPS) throw tooManyGroups();
    });
    const asked = from.requests + requests;
    const next = rest && pause({ search: from.search, tally, place: rest, requests: asked });
    return done({
      total: tally.total,
      groups: groupsOf(tally, BYTES_FOR_GROUPS),
      complete: rest === undefined,
      requests: asked,
      ...(next === undefined ? {} : { resume: next }),
    });
  },
});

function pause(count: Paused): string {
  const id = crypto.randomUUID();
  paused.set(id, count);
  const [oldest] = paused.keys();
  if (paused.size > MOST_PAUSED && oldest !== undefined) paused.delete(oldest);
  return id;
}

function forgotten(): Refusal {
  return new Refusal("invalid_arguments", "Nothing was counted: this count is not known any more.", {
    causes: ["resume: is none of the last replies"],
    hint: "Count anew, with search and by.",
  });
}

function tooManyGroups(): Refusal {
  return new Refusal("invalid_arguments", "The count was given up: there are too many groups.", {
    causes: [`by: gives more than ${MOST_GROUPS} groups; name what people share`],
    hint: "Leave an attribute out, or narrow the count with search; export_users writes a line for each person.",
  });
}
