import { nameOf } from "../../src/job.ts";
import type { UserStatus } from "../../src/operation.ts";
import { isJsonObject, type Json, type JsonObject } from "../../src/schema.ts";
import { EVERYBODY } from "./scan.ts";

/** What makes somebody inactive; who fits all that is given is meant. */
export interface Criteria {
  readonly notSignedInDays?: number | undefined;
  readonly neverSignedIn?: true | undefined;
  readonly passwordOlderThanDays?: number | undefined;
  readonly stuckIn?: readonly UserStatus[] | undefined;
  readonly search?: string | undefined;
}

/** The fields of a user that the criteria look at and a reply shows. */
export const INACTIVE_FIELDS =
  "id,status,created,statusChanged,lastLogin,passwordChanged,profile:(login,firstName,lastName,displayName)";

const DAY_MS = 86_400_000;

/**
 * A search that leaves out who cannot be meant. Sign-ins and passwords cannot be searched for (documented), but neither
 * is older than its account. There is no `not`, so a status is left out by what comes before and behind it (documented).
 */
export function searchFor({ search, stuckIn, ...ages }: Criteria, now: number): string {
  const days = Math.max(ages.notSignedInDays ?? 0, ages.passwordOlderThanDays ?? 0);
  const parts = [
    ...(search === undefined ? [] : [search]),
    ...(days > 0 ? [`created lt "${new Date(Math.max(0, now - days * DAY_MS)).toISOString()}"`] : []),
    ...(stuckIn !== undefined ? [stuckIn.map((status) => `status eq "${status}"`).join(" or ")] : []),
    ...(stuckIn === undefined && !/deprovisioned/i.test(search ?? "")
      ? ['status lt "DEPROVISIONED" or status gt "DEPROVISIONED"']
      : []),
  ];
  if (parts.length === 0) return EVERYBODY;
  return parts.length === 1 ? parts.join() : parts.map((part) => `(${part})`).join(" and ");
}

/**
 * Since when somebody who fits is absent, in epoch milliseconds; undefined for who does not fit. It is the last sign-in,
 * or for who never signed in the account's age, then the password's age, then the time in the status.
 */
export function absentSince(criteria: Criteria, user: JsonObject, now: number): number | undefined {
  const { notSignedInDays, neverSignedIn, passwordOlderThanDays, stuckIn } = criteria;
  const created = timeOf(user.created) ?? now;
  const signedIn = timeOf(user.lastLogin);
  const password = timeOf(user.passwordChanged);
  const before = (time: number, days: number): boolean => time < now - days * DAY_MS;
  if (notSignedInDays !== undefined && !before(signedIn ?? created, notSignedInDays)) return undefined;
  if (neverSignedIn && signedIn !== undefined) return undefined;
  if (passwordOlderThanDays !== undefined && (password === undefined || !before(password, passwordOlderThanDays)))
    return undefined;
  // The index that is searched may be older than the user it shows.
  if (stuckIn !== undefined && !stuckIn.some((status) => status === user.status)) return undefined;
  if (notSignedInDays !== undefined || neverSignedIn !== undefined) return signedIn ?? created;
  if (passwordOlderThanDays !== undefined) return password;
  return timeOf(user.statusChanged) ?? created;
}

/** Somebody as a reply shows them: who they are, and the times the criteria are about. */
export function inactive({ notSignedInDays, neverSignedIn, ...criteria }: Criteria, user: JsonObject): JsonObject {
  const profile = isJsonObject(user.profile) ? user.profile : {};
  const bySignIn = notSignedInDays !== undefined || neverSignedIn !== undefined;
  const given = (name: string): Json => user[name] ?? null;
  return {
    id: given("id"),
    login: profile.login ?? null,
    name: nameOf(profile),
    status: given("status"),
    ...(bySignIn ? { lastLogin: given("lastLogin") } : {}),
    ...(bySignIn && given("lastLogin") === null ? { created: given("created") } : {}),
    ...(criteria.passwordOlderThanDays === undefined ? {} : { passwordChanged: given("passwordChanged") }),
    ...(criteria.stuckIn === undefined ? {} : { statusChanged: given("statusChanged") ?? given("created") }),
  };
}

function timeOf(value: Json | undefined): number | undefined {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
