import { define } from "../listing.ts";
import { type Operation, type Target, type Tool, USER_STATUSES, type UserStatus } from "../operation.ts";
import { isJsonObject, type Json, type JsonObject } from "../schema.ts";
import { code } from "./markdown.ts";

/** When a tool asks for consent, and what it then says. */
export interface Consent {
  readonly asks: "always" | "sometimes" | "never";
  /** The consequence of a plain call; nothing when a plain call passes. */
  readonly plainly: string | undefined;
  /** Where the consequence is another one, or consent is asked for only here, or not here. */
  readonly otherwise: readonly { readonly when: readonly string[]; readonly consequence: string | undefined }[];
}

/** A call to try, by the argument it is about and in words. */
interface Probe {
  readonly about: string;
  readonly when: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly target?: Target;
  /** Somebody who has these values already. */
  readonly same?: Target;
}

/** Whether a tool takes consent at all; of a job that says when it asks. */
export function asksForConsent(tool: Tool): boolean {
  return "confirm" in tool.input.shape;
}

/** Learns it by asking the operation's own `confirm`, one argument at a time: nothing here knows a tool. */
export function consentOf(operation: Operation): Consent {
  if (operation.confirm === undefined) return { asks: "never", plainly: undefined, otherwise: [] };
  const ask = ({ args, target }: Pick<Probe, "args" | "target">): string | undefined =>
    operation.confirm?.({ ...args }, target);
  const plainly = ask({ args: {} });
  const otherwise = new Map<string | undefined, string[]>();
  const said: Probe[] = [];
  for (const probe of [...argumentProbes(operation), ...statusProbes()]) {
    const consequence = ask(probe);
    if (consequence === plainly) continue;
    // `profile.login` says nothing new where any `profile` already leads there.
    if (said.some((known) => probe.about.startsWith(`${known.about}.`) && ask(known) === consequence)) continue;
    said.push(probe);
    const unchanged = probe.same && ask({ args: probe.args, target: probe.same }) === plainly;
    const when = unchanged ? `a new ${probe.when}` : probe.when;
    otherwise.set(consequence, [...(otherwise.get(consequence) ?? []), when]);
  }
  const passes = plainly === undefined || otherwise.has(undefined);
  return {
    asks: passes ? "sometimes" : "always",
    plainly,
    otherwise: [...otherwise].map(([consequence, when]) => ({ when, consequence })),
  };
}

function argumentProbes(operation: Operation): Probe[] {
  const { properties } = define(operation).inputSchema;
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, schema]) =>
    name in operation.path || name === "confirm" || name === "preview" ? [] : probesOf(name, schema),
  );
}

function probesOf(name: string, schema: Json): Probe[] {
  if (!isJsonObject(schema)) return [];
  const values = schema.type === "boolean" ? [true, false] : schema.enum;
  if (Array.isArray(values))
    return values.map((value) => ({ about: name, when: code(`${name}: ${value}`), args: { [name]: value } }));
  const plain = { about: name, when: code(name) };
  if (schema.type === "array") return [{ ...plain, args: { [name]: ["x"] } }];
  if (schema.type !== "object") return [{ ...plain, args: { [name]: "x" } }];
  const keys = isJsonObject(schema.properties) ? Object.keys(schema.properties) : [];
  return [
    { ...plain, args: { [name]: {} } },
    ...keys.map((key) => ({
      about: `${name}.${key}`,
      when: code(`${name}.${key}`),
      args: { [name]: { [key]: "x" } },
      same: person("ACTIVE", { [key]: "x" }),
    })),
  ];
}

function statusProbes(): Probe[] {
  return USER_STATUSES.map((status) => ({
    about: "",
    when: `the person is ${status}`,
    args: {},
    target: person(status, {}),
  }));
}

function person(status: UserStatus, profile: JsonObject): Target {
  return { id: "00u00000000000000001", login: "x", name: "x", status, profile };
}
