import { at, textAt } from "../support/at.ts";
import type { TestOrg } from "../support/org.ts";

/** Everybody in the org, DEPROVISIONED too, read from it page by page and not through the product. */
export async function everybody(org: TestOrg, search = 'status lt "DEPROVISIONED" or status ge "DEPROVISIONED"') {
  const people: unknown[] = [];
  for (let path: string | undefined = `/api/v1/users?${new URLSearchParams({ search, limit: "200" })}`; path; ) {
    const answer: Response = await fetch(org.url + path, { headers: { authorization: `SSWS ${org.token}` } });
    const page: unknown = await answer.json();
    if (!Array.isArray(page)) throw new Error(`no list: ${JSON.stringify(page)}`);
    people.push(...page);
    path = /<([^>]+)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1]?.slice(org.url.length);
  }
  return people;
}

/** How many there are of each value at a dotted path; `cut` shortens texts to so many characters. */
export function tallied(people: readonly unknown[], path: string, cut = 1_000): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const person of people) {
    const value = at(person, path) ?? null;
    const key = typeof value === "string" ? value.slice(0, cut) : value;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** The causes of a refusal, as one text. */
export function causesOf(reply: unknown): string {
  return `${textAt(reply, "error.code")}: ${JSON.stringify(at(reply, "error.causes"))}`;
}
