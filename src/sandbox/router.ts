import type { ScopedRoute } from "./oauth/scopes.ts";

export type Match =
  | { readonly kind: "found"; readonly route: ScopedRoute; readonly params: ReadonlyMap<string, string> }
  | { readonly kind: "wrong-method" }
  | { readonly kind: "unknown" };

/** Finds the route for a method and the raw path segments; literal segments win over parameters. */
export type Router = (method: string, segments: readonly string[]) => Match;

interface Node {
  readonly literal: Map<string, Node>;
  param: Node | undefined;
  readonly routes: Map<string, ScopedRoute>;
}

/** Builds a prefix tree over the routes, so that finding one does not depend on how many there are. */
export function router(routes: readonly ScopedRoute[]): Router {
  const root = node();
  for (const entry of routes) {
    let at = root;
    for (const segment of entry.segments) at = step(at, segment);
    at.routes.set(entry.method, entry);
  }
  return (method, path) => {
    // A slash at the end makes no difference (behaviour: recorded, `POST /api/v1/users/`).
    const segments = path.at(-1) === "" ? path.slice(0, -1) : path;
    const end = walk(root, segments, 0);
    if (end === undefined) return { kind: "unknown" };
    const found = end.routes.get(method);
    if (found === undefined) return { kind: "wrong-method" };
    const params = new Map<string, string>();
    found.segments.forEach((segment, i) => {
      if (segment.startsWith("{")) params.set(segment.slice(1, -1), segments[i] ?? "");
    });
    return { kind: "found", route: found, params };
  };
}

function node(): Node {
  return { literal: new Map(), param: undefined, routes: new Map() };
}

function step(at: Node, segment: string): Node {
  if (segment.startsWith("{")) {
    at.param ??= node();
    return at.param;
  }
  const known = at.literal.get(segment);
  if (known !== undefined) return known;
  const fresh = node();
  at.literal.set(segment, fresh);
  return fresh;
}

function walk(at: Node, segments: readonly string[], depth: number): Node | undefined {
  const segment = segments[depth];
  if (segment === undefined) return at.routes.size > 0 ? at : undefined;
  const literal = at.literal.get(segment);
  const viaLiteral = literal === undefined ? undefined : walk(literal, segments, depth + 1);
  if (viaLiteral !== undefined) return viaLiteral;
  return at.param === undefined || segment === "" ? undefined : walk(at.param, segments, depth + 1);
}
