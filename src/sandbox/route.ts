import type { IncomingHttpHeaders } from "node:http";
import { notFound, OktaError } from "./error.ts";
import { isObject, type Json } from "./guard.ts";
import { isId } from "./id.ts";
import type { OAuthStore } from "./oauth/store.ts";
import type { Org } from "./org.ts";
import type { User } from "./user.ts";

/** One API request on its way to a handler. */
export interface Call {
  readonly org: Org;
  readonly method: string;
  /** Path as sent, without the query and with one leading slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** `http://127.0.0.1:port`, the start of every link in an answer. */
  readonly origin: string;
  readonly params: ReadonlyMap<string, string>;
  /** Who acts; for a service app the org's owner, who gets the mails that are meant for the caller. */
  readonly caller: User;
  /** Whom `me` means: the caller; nobody for a service app. */
  readonly self: User | undefined;
  /** The OAuth client; undefined with an SSWS token. */
  readonly clientId: string | undefined;
  /** Whom the caller may see in lists; undefined when everybody. */
  readonly sees: ((user: User) => boolean) | undefined;
  readonly oauth: OAuthStore;
}

/** What a handler gives back; without `body` the answer is empty. */
export interface Answer {
  readonly status: number;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export interface Route {
  readonly method: string;
  readonly path: string;
  readonly segments: readonly string[];
  readonly handle: (call: Call) => Answer;
}

/** A route from `METHOD /path/{param}`. */
export function route(template: string, handle: (call: Call) => Answer): Route {
  const [method = "", path = ""] = template.split(" ");
  return { method, path, segments: path.slice(1).split("/"), handle };
}

/**
 * A route about one user. `{userId}` takes only an id; `{id}` and `{userIdOrLogin}` also take a login, an unambiguous
 * short name, or `me` (OpenAPI 2026.06.3). Unknown: 404 with the text the caller asked for (behaviour: recorded).
 */
export function userRoute(template: string, handle: (call: Call, user: User) => Answer): Route {
  return route(template, (call) => {
    const user = userInPath(call);
    if (call.method !== "GET" && user.transitioningTo !== undefined) throw new OktaError("E0000112");
    return handle(call, user);
  });
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const noContent: Answer = { status: 204 };

/** A path parameter of the matched route. */
export function param(call: Call, name: string): string {
  const value = call.params.get(name);
  if (value === undefined) throw new Error(`the route has no {${name}}`);
  return value;
}

/** A boolean query parameter, in any case (behaviour: recorded, `activate=True`). */
export function flag(call: Call, name: string, byDefault: boolean): boolean {
  const text = call.query.get(name)?.toLowerCase();
  if (text === undefined) return byDefault;
  if (text === "true") return true;
  if (text === "false") return false;
  // unverified: which error a boolean that is none gets.
  throw new OktaError("E0000037", [], name);
}

/** The JSON object of the body; anything else is 400 E0000003. With `allowed`, so is any other key (behaviour: recorded). */
export function jsonBody(call: Call, allowed?: ReadonlySet<string>): Json {
  let value: unknown;
  try {
    value = JSON.parse(call.body);
  } catch {
    throw new OktaError("E0000003");
  }
  if (!isObject(value)) throw new OktaError("E0000003");
  if (allowed !== undefined && Object.keys(value).some((key) => !allowed.has(key))) throw new OktaError("E0000003");
  return value;
}

function userInPath(call: Call): User {
  const id = call.params.get("userId");
  if (id !== undefined) return byId(call, id);
  const key = call.params.get("id") ?? param(call, "userIdOrLogin");
  const user = key === "me" ? call.self : call.org.users.find(key);
  if (user === undefined) throw notFound(key, "User");
  return user;
}

/** A user by id only. */
export function byId(call: Call, id: string): User {
  const user = isId("user", id) ? call.org.users.byId(id) : undefined;
  if (user === undefined) throw notFound(id, "User");
  return user;
}
