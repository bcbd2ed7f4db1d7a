import { createHash } from "node:crypto";
import { userEntity } from "./log-context.ts";
import type { LogContext, LogFact, LogPlace, UnnumberedRecord } from "./log-events.ts";
import type { Org } from "./org.ts";
import { type Random, seededRandom } from "./random.ts";
import { profileText, type User } from "./user.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How long Okta keeps events (Okta's system log documentation). */
const KEPT_DAYS = 90;
/** A large org gets a history for some of its people only, so that it stays cheap. */
const MOST_PEOPLE = 300;
const MOST_LOCKED = 50;
const ATTEMPTS = 10;

const AGENTS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
  "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
] as const;

/** What is to have happened to the seeded people in the 90 days before `today`, oldest first. */
export function seededHistory(org: Org, today: number): UnnumberedRecord[] {
  const people = new Set([
    ...org.users.all().slice(0, MOST_PEOPLE),
    ...org.users.inStatus("LOCKED_OUT").slice(0, MOST_LOCKED),
  ]);
  const owner = org.users.byId(org.ownerId);
  const events = [...people].flatMap((user) => historyOf(user, owner ?? user));
  const first = today - KEPT_DAYS * DAY;
  return events
    .filter(({ published }) => published >= first && published < today)
    .sort((a, b) => a.published - b.published);
}

function historyOf(user: User, admin: User): UnnumberedRecord[] {
  const random = seededRandom(createHash("sha256").update(user.id).digest().readUInt32BE());
  const events: UnnumberedRecord[] = [];
  const add = (published: number, context: LogContext, ...facts: readonly LogFact[]): void => {
    for (const fact of facts) events.push({ published: published + random.below(1000), context, fact });
  };
  const targets = [userEntity(user)];
  // Addresses kept free for documentation (RFC 5737); each person sits behind the same one.
  const home = `203.0.113.${1 + random.below(250)}`;
  const byAdmin = (uri: string): LogContext => contextOf(admin, random, `/api/v1/users${uri}`, "198.51.100.7");
  const own = (): LogContext => contextOf(user, random, "/idp/idx/challenge/answer", home);

  add(user.created, byAdmin(""), { type: "user.lifecycle.create", targets });
  if (user.activated !== null) {
    add(user.activated, byAdmin(`/${user.id}/lifecycle/activate`), { type: "user.lifecycle.activate", targets });
  }
  const changed = user.statusChanged ?? 0;
  if (user.status === "SUSPENDED") {
    add(changed, byAdmin(`/${user.id}/lifecycle/suspend`), { type: "user.lifecycle.suspend", targets });
  }
  if (user.status === "DEPROVISIONED") {
    add(changed, byAdmin(`/${user.id}/lifecycle/deactivate`), { type: "user.lifecycle.deactivate", targets });
  }
  if (user.status === "LOCKED_OUT") {
    for (let left = ATTEMPTS; left > 0; left--) {
      const failed: LogFact = { type: "user.session.start", targets: [], failure: "INVALID_CREDENTIALS" };
      add(changed - left * MINUTE, own(), failed);
    }
    add(changed + 1000, own(), { type: "user.account.lock", targets, failure: "LOCKED_OUT" });
  }
  // Who cannot sign in any more did so before that came about.
  if (user.lastLogin !== null && (user.status === "ACTIVE" || user.lastLogin < changed)) {
    for (const time of [user.lastLogin, ...earlier(user, random)]) {
      if (random.chance(0.15)) {
        add(time - 2 * MINUTE, own(), { type: "user.session.start", targets: [], failure: "INVALID_CREDENTIALS" });
      }
      const context = own();
      add(time, context, { type: "user.session.start", targets: [] });
      if (random.chance(0.4)) add(time + 8 * HOUR, context, { type: "user.session.end", targets: [] });
    }
  }
  return events;
}

/** Up to three sign-ins before the last one, a few days apart. */
function earlier({ lastLogin, activated }: User, random: Random): number[] {
  const times: number[] = [];
  let time = lastLogin ?? 0;
  for (let left = random.below(4); left > 0; left--) {
    time -= DAY + random.below(3 * 86_400) * 1000;
    if (time > (activated ?? 0)) times.push(time);
  }
  return times;
}

function contextOf(actor: User, random: Random, uri: string, ip: string): LogContext {
  const place = placeOf(actor);
  return {
    actor: userEntity(actor),
    ip,
    userAgent: AGENTS[random.below(AGENTS.length)] ?? AGENTS[0],
    ...(place !== undefined && { place }),
    requestId: Array.from({ length: 4 }, () =>
      random
        .below(2 ** 32)
        .toString(16)
        .padStart(8, "0"),
    ).join(""),
    uri,
    sessionId: `idx${random.below(2 ** 32).toString(36)}${random.below(2 ** 32).toString(36)}`,
  };
}

/** Where the seeded people sit. A table, because Intl.DisplayNames would cost a process 8 MB. */
const COUNTRIES: ReadonlyMap<string, string> = new Map([
  ["BR", "Brazil"],
  ["CA", "Canada"],
  ["IE", "Ireland"],
  ["JP", "Japan"],
  ["KE", "Kenya"],
  ["PL", "Poland"],
  ["PT", "Portugal"],
  ["US", "United States"],
]);

function placeOf(user: User): LogPlace | undefined {
  const code = profileText(user, "countryCode");
  if (!/^[A-Z]{2}$/.test(code)) return undefined;
  return {
    city: profileText(user, "city"),
    state: profileText(user, "state"),
    country: COUNTRIES.get(code) ?? code,
    postalCode: profileText(user, "zipCode"),
  };
}
