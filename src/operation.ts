import { type Json, type JsonObject, z } from "./schema.ts";

/** What a call does to the org; drives hints, read-only mode, the gate and what may be sent again. */
export type Effect = "read" | "additive" | "update" | "destructive";

/** The statuses an Okta user can have (OpenAPI 2026.06.3, UserStatus). */
export const USER_STATUSES = [
  "STAGED",
  "PROVISIONED",
  "ACTIVE",
  "RECOVERY",
  "LOCKED_OUT",
  "PASSWORD_EXPIRED",
  "SUSPENDED",
  "DEPROVISIONED",
] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

export type Scope =
  | "okta.users.read"
  | "okta.users.manage"
  | "okta.roles.read"
  | "okta.roles.manage"
  | "okta.groups.read"
  | "okta.groups.manage"
  | "okta.schemas.read"
  | "okta.userTypes.read"
  | "okta.logs.read";

/** The resources Okta answers with, by the name they have in a result; a list takes a plural `s`. */
export type Resource =
  | "user"
  | "group"
  | "appLink"
  | "client"
  | "grant"
  | "token"
  | "identityProvider"
  | "linkedObject"
  | "role"
  | "target"
  | "block"
  | "credentials"
  | "userSchema"
  | "userType"
  | "factor"
  | "event";

/** The person a call is about, as Okta knows them at the moment of the call. */
export interface Target {
  readonly id: string | null;
  readonly login: string;
  readonly name: string;
  readonly status: UserStatus | null;
  /** The profile as Okta holds it, unescaped: for comparing, never for showing. */
  readonly profile: JsonObject;
}

/** What a call changes about a person: each attribute, from what to what. */
export type Changes = Readonly<Record<string, { readonly from: Json; readonly to: Json }>>;

/** A request header an operation takes as an argument. */
export interface HeaderArgument<T extends z.ZodTypeAny = z.ZodTypeAny> {
  readonly header: string;
  readonly schema: T;
  format(value: unknown): string;
  /** The value sent when the argument is left out; nothing sends no header. */
  whenAbsent?(args: Readonly<Record<string, unknown>>): unknown;
}

/** What one read showed after a write whose answer was lost. */
export interface Look {
  /** The person's status before the write, where it was read. */
  readonly was: UserStatus | undefined;
  /** Okta says that what was looked for does not exist (404 E0000007). */
  readonly gone: boolean;
  /** The parsed answer. */
  readonly body: unknown;
  /** Whether a list goes on after this page. */
  readonly more: boolean;
  /**
   * Whether a time of Okta's is not before the write was sent, by the org's clock. Okta's times have whole seconds
   * (recorded), so what happened earlier in the same second passes too.
   */
  since(time: unknown): boolean;
  /** Whether it is surely after that. */
  after(time: unknown): boolean;
}

/** What a look proves: the write was done. */
export interface Shown {
  /** What was found: the resource that the lost answer held, where it held one. */
  readonly found?: JsonObject;
  /** What must be told beside it, as a constant sentence. */
  readonly note?: string | undefined;
}

/** How the read named by `seenWith` can show that a write with a lost answer was done. */
export interface Proof {
  /** Arguments of the read that the write has under another name; undefined when this call cannot be looked for. */
  arguments?(args: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined;
  /** What the look shows; undefined when it does not prove that the write was done. */
  shows(look: Look, args: Readonly<Record<string, unknown>>): Shown | undefined;
}

/** Reads for an `undo` what a tool that reads shows: Okta's whole answer, undefined when there is no such thing. */
export type See = (tool: string, args: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** A change that is done, as the journal holds it. */
export interface Past {
  readonly args: JsonObject;
  /** How stood what it changed, and how it left that. */
  readonly before: JsonObject;
  readonly after: JsonObject;
}

/** A call that takes a change back. */
export interface Inverse {
  readonly tool: string;
  readonly arguments: JsonObject;
}

/** How a change of this tool is taken back, from what the journal holds of it. */
export interface Undo {
  /** How stands what the call changes, where `changes` names no attributes of the person; undefined: nobody can tell. */
  state?(see: See, args: Readonly<Record<string, unknown>>): Promise<JsonObject | undefined>;
  /** Why calls with these arguments are never taken back, as a constant sentence. */
  never?(args: Readonly<Record<string, unknown>>): string | undefined;
  /** The call that brings back what was, or why there is none, as a constant sentence. */
  inverse(past: Past): Inverse | string;
}

/** What is wrong with arguments that are each fine but not together. */
export interface Complaint {
  readonly field: string;
  readonly problem: string;
}

export type Method = "GET" | "POST" | "PUT" | "DELETE";
type Route = `${Method} /api/v1/${string}`;
type Placeholder<R extends string> = R extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never;
/** Without placeholders a mapped type would take any entry. */
type PathEntries<R extends string> = [Placeholder<R>] extends [never]
  ? Readonly<Record<string, never>>
  : { readonly [K in Placeholder<R>]: z.ZodString };
export type Shape = Record<string, z.ZodTypeAny>;
type Headers = Record<string, HeaderArgument>;
type Given<S extends Shape> = z.infer<z.ZodObject<S>>;
type Arguments<R extends string, Q extends Shape, B extends Shape, U extends Shape> = {
  [K in Placeholder<R>]: string;
} & Given<Q> &
  Given<B> &
  Given<U> & { readonly detail?: "concise" | "full" | undefined };

/** What is written down of every tool, whether one operation or a job of several. */
export interface ToolFacts {
  /** Tool name: of an operation Okta's operationId in snake_case. */
  readonly name: string;
  readonly title: string;
  /** First sentence: what it does and the one surprising fact. Limits and defaults in words. */
  readonly summary: string;
  readonly scope: Scope;
  /** Whether a second identical call leaves things as the first did. Reads are. */
  readonly idempotent?: true;
  /** Nothing in Okta brings back what the call took away. */
  readonly irreversible?: true;
  /** The call may send mail: the one way in which an org is not a closed world. */
  readonly sendsEmail?: true;
  /** The tool that shows whether a call with a lost answer was done: `get_user` unless said, null if none does. */
  readonly seenWith?: string | null;
}

interface Facts extends ToolFacts {
  /** Statuses Okta is known to refuse this from, and those where nobody could verify what it does. */
  readonly refusedFrom?: readonly UserStatus[];
  readonly uncertainFrom?: readonly UserStatus[];
  /** Status afterwards, where it is always the same. */
  readonly to?: UserStatus;
  /** A second call erases whom the first one deactivated. */
  readonly erases?: true;
  /** The tool that reads what goes with the call, by its same-named arguments: a preview counts or shows it. */
  readonly alongside?: string;
  /** The tool that brings back the state before. */
  readonly undoneBy?: string;
  /** How undo_change brings it back; nothing where it cannot. */
  readonly undo?: Undo;
  /** Takes `preview: true`, which shows the change and makes none. */
  readonly previews?: true;
  /** How that read tells by itself that such a call was done; without it only a person can judge. */
  readonly proof?: Proof;
  /** Path or unsent arguments that must be a user id: logins and short names given there are looked up first. */
  readonly lookUp?: readonly string[];
  /** What Okta answers with, one or a list of them; neither where it answers with an empty body. */
  readonly returns?: Resource;
  readonly listOf?: Exclude<Resource, "credentials">;
  /** Keys of the answer that are one-time secrets. */
  readonly secret?: readonly string[];
  /** Whether the answer to these arguments holds them; always, where not said. */
  secretWhen?(args: Readonly<Record<string, unknown>>): boolean;
}

interface Definition<
  R extends Route,
  E extends Effect,
  Q extends Shape,
  B extends Shape,
  H extends Headers,
  U extends Shape,
> extends Facts {
  readonly route: R;
  readonly effect: E;
  readonly path: PathEntries<R>;
  readonly query?: Q;
  readonly body?: B;
  readonly headers?: H;
  /** Arguments that are not sent as they are: `queryFrom` makes query parameters of them. */
  readonly unsent?: U;
  /** Query parameters made of the arguments, in place of those of the same name. */
  queryFrom?(args: Arguments<R, Q, B, U>): Readonly<Record<string, string>>;
  /** What arguments may not be given together, and the like; nothing when they are fine. */
  check?(args: Arguments<R, Q, B, U>): Complaint | undefined;
  /**
   * The consequence, as a constant sentence, when this call needs consent; nothing when it does not. Called without
   * the target when the person was not read yet: a sentence then means "may need consent, read the person".
   */
  confirm?(args: Arguments<R, Q, B, U>, target?: Target): string | undefined;
  /** Attributes of the person that the call changes, from what to what. */
  changes?(args: Arguments<R, Q, B, U>, target: Target): Changes;
}

/** What operations and jobs have in common: all that the checks, the listing and the errors need to know of a tool. */
export interface Tool extends ToolFacts {
  readonly effect: Effect;
  /** The profile's schema is looked at for the names of its attributes. */
  readonly body?: Readonly<Shape>;
  readonly input: z.ZodObject<Shape, "strict">;
  check?(args: Record<string, unknown>): Complaint | undefined;
}

/** One operation of Okta's API: the exported constant is the tool. */
export interface Operation extends Facts, Tool {
  readonly method: Method;
  /** Path template with `{placeholders}`. */
  readonly template: string;
  readonly effect: Effect;
  readonly path: Readonly<Shape>;
  readonly query: Readonly<Shape>;
  readonly body: Readonly<Shape>;
  readonly headers: Readonly<Headers>;
  readonly unsent: Readonly<Shape>;
  readonly input: z.ZodObject<Shape, "strict">;
  queryFrom?(args: Record<string, unknown>): Readonly<Record<string, string>>;
  check?(args: Record<string, unknown>): Complaint | undefined;
  confirm?(args: Record<string, unknown>, target?: Target): string | undefined;
  changes?(args: Record<string, unknown>, target: Target): Changes;
}

/** A destructive operation without its sentence does not compile. */
type Gated<E extends Effect> = E extends "destructive" ? { confirm(...args: never[]): string | undefined } : unknown;

export const consent = z.boolean().describe("the person agreed");
const detail = z.enum(["concise", "full"]);

interface Parts extends Facts {
  readonly route: string;
  readonly effect: Effect;
  readonly path: Readonly<Shape>;
  readonly query?: Readonly<Shape>;
  readonly body?: Readonly<Shape>;
  readonly headers?: Readonly<Headers>;
  readonly unsent?: Readonly<Shape>;
  queryFrom?(args: Record<string, unknown>): Readonly<Record<string, string>>;
  check?(args: Record<string, unknown>): Complaint | undefined;
  confirm?(args: Record<string, unknown>, target?: Target): string | undefined;
  changes?(args: Record<string, unknown>, target: Target): Changes;
}

/**
 * Turns the data of an operation into a tool. The types refuse a `{placeholder}` without its `path` entry, an entry
 * without its placeholder, and a destructive operation without `confirm`.
 */
export function operation<
  const R extends Route,
  const E extends Effect,
  Q extends Shape = Record<never, never>,
  B extends Shape = Record<never, never>,
  H extends Headers = Record<never, never>,
  U extends Shape = Record<never, never>,
>(definition: Definition<R, E, Q, B, H, U> & Gated<E>): Operation;
export function operation({
  route,
  path,
  query = {},
  body = {},
  headers = {},
  unsent = {},
  ...facts
}: Parts): Operation {
  const [, method, template] = /^(GET|POST|PUT|DELETE) (.+)$/.exec(route) ?? [];
  if (!isMethod(method) || template === undefined) throw new TypeError(`${facts.name}: ${route} is not a route`);
  const readsUsers = facts.effect === "read" && (facts.returns ?? facts.listOf) === "user";
  const input = z
    .object({
      ...path,
      ...unsent,
      ...query,
      ...Object.fromEntries(Object.entries(headers).map(([name, { schema }]) => [name, schema])),
      ...body,
      ...(readsUsers ? { detail: detail.optional() } : {}),
      ...(facts.previews ? { preview: z.boolean().optional() } : {}),
      ...(facts.confirm ? { confirm: consent.optional() } : {}),
    })
    .strict();
  return { ...facts, method, template, path, query, body, headers, unsent, input };
}

function isMethod(value: string | undefined): value is Method {
  return value === "GET" || value === "POST" || value === "PUT" || value === "DELETE";
}
