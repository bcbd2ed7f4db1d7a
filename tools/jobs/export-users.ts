import { done, job, OktaError } from "../../src/job.ts";
import type { Complaint } from "../../src/operation.ts";
import { type JsonObject, z } from "../../src/schema.ts";
import { columnProblem, fieldsFor, type Reader, readerOf, requireAttributes } from "./columns.ts";
import { csvLine } from "./csv.ts";
import { EVERYBODY, scan } from "./scan.ts";

const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** What Windows takes for a device, whatever comes behind a dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

export const exportUsers = job({
  name: "export_users",
  title: "Export users",
  summary:
    "Write all users, DEPROVISIONED too, or those of a search, to a local file. Raw values; csv puts ' before formulas.",
  scope: "okta.users.read",
  effect: "read",
  needs: "OKTA_EXPORT_DIR",
  arguments: {
    search: z.string().describe("as in list_users").optional(),
    columns: z.array(z.string()).min(1).max(100).describe("e.g. id, lastLogin, profile.login"),
    format: z.enum(["csv", "jsonl"]),
    name: z.string().describe("of a new file; default: the time").optional(),
  },
  check: ({ columns, name }) => columnsComplaint(columns) ?? nameComplaint(name),
  run: async (okta, { search = EVERYBODY, columns, format, name }, context) => {
    const { exports } = context;
    if (exports === undefined) throw new TypeError("there is no export folder");
    await requireAttributes(okta, "columns", columns);
    const file = await exports.begin(fileName(name, format));
    try {
      if (format === "csv") await file.write(csvLine(columns));
      const line = lineWriter(format, columns);
      let rows = 0;
      const walk = { search, fields: fieldsFor(columns), doing: "people written" };
      const { rest, why } = await scan(okta, context, walk, async (users) => {
        await file.write(users.map(line).join(""));
        rows += users.length;
      });
      if (rest !== undefined) throw why ?? outOfTime();
      const { path, bytes } = await file.finish();
      return done({ path, rows, bytes, columns });
    } catch (error) {
      await file.discard();
      throw error;
    }
  },
});

function columnsComplaint(columns: readonly string[]): Complaint | undefined {
  if (new Set(columns).size < columns.length) return { field: "columns", problem: "names the same twice" };
  const [problem] = columns.flatMap((column) => columnProblem(column) ?? []);
  return problem === undefined ? undefined : { field: "columns", problem };
}

function nameComplaint(name: string | undefined): Complaint | undefined {
  if (name === undefined || (PLAIN_NAME.test(name) && !DEVICE.test(name))) return undefined;
  return { field: "name", problem: "must be a plain file name: letters, digits, . _ -, not beginning with a dot" };
}

/** The name with the ending of its format, so that no other kind of file can come about. */
function fileName(name: string | undefined, format: string): string {
  const plain = name ?? `users-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  return plain.endsWith(`.${format}`) ? plain : `${plain}.${format}`;
}

/** Writes a person as a line of the format. */
function lineWriter(format: "csv" | "jsonl", columns: readonly string[]): (user: JsonObject) => string {
  const readers = columns.map((column) => [column, readerOf(column)] satisfies [string, Reader]);
  if (format === "csv") return (user) => csvLine(readers.map(([, read]) => read(user)));
  return (user) => `${JSON.stringify(Object.fromEntries(readers.map(([column, read]) => [column, read(user)])))}\n`;
}

function outOfTime(): OktaError {
  return new OktaError({
    code: "timeout",
    summary: "Time was over before everybody was written; no file was left. Narrow it with search, file by file.",
  });
}
