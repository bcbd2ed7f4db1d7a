import { isObject } from "./guard.ts";
import { hashOrder } from "./hash-order.ts";

/** The properties of a resource. */
type Item = Readonly<Record<string, unknown>>;

/**
 * What keeps of a resource only what `fields=id,status,profile:(firstName,city)` names; `id` always stays (OpenAPI
 * 2026.06.3). Without `fields` everything stays. Names that do not exist are passed over. unverified: whether Okta
 * refuses them.
 */
export function fieldSelector(fields: string | null): (item: Item) => Item {
  if (fields === null) return (item) => item;
  const wanted = parse(fields);
  return (item) => {
    const out: Record<string, unknown> = { id: item.id };
    for (const [name, value] of Object.entries(item)) {
      const below = wanted.get(name);
      if (below === undefined || name === "id") continue;
      out[name] = below.size === 0 || !isObject(value) ? value : pick(value, below);
    }
    return out;
  };
}

function pick(value: Item, names: ReadonlySet<string>): Item {
  const kept = hashOrder(Object.keys(value).filter((name) => names.has(name)));
  return Object.fromEntries(kept.map((name) => [name, value[name]]));
}

function parse(fields: string): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const [, name = "", below] of fields.matchAll(/([A-Za-z_]\w*)(?::\(([^)]*)\))?/g)) {
    wanted.set(name, new Set((below ?? "").split(",").filter((entry) => entry !== "")));
  }
  return wanted;
}
