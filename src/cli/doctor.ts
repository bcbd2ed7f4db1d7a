import { constants } from "node:fs";
import { access, lstat } from "node:fs/promises";
import { dirname } from "node:path";
import { families, jobs, operations } from "../../tools/index.ts";
import type { Config } from "../config.ts";
import { adviceFor } from "../explain.ts";
import { inertText } from "../inert.ts";
import { JournalError, openJournal } from "../journal/journal.ts";
import { JOBS } from "../listing.ts";
import type { Okta, OktaAnswer } from "../okta/client.ts";
import { OktaError } from "../okta/error.ts";
import type { Operation, Tool } from "../operation.ts";
import type { Org } from "../org.ts";
import { nameOf } from "../person.ts";
import { createProtection } from "../protection.ts";
import { buildRequest } from "../request.ts";
import { isJsonObject } from "../schema.ts";
import { createSecretFiles } from "../secret-files.ts";
import { covers, type Selection } from "../select.ts";
import { failureText } from "./okta-failure.ts";
import { paint, say, table } from "./terminal.ts";

type Verdict = "ok" | "note" | "fail";

export interface DoctorOptions {
  readonly config: Config;
  readonly selection: Selection;
  readonly org: Org;
}

/** Clocks further apart than this are worth a word; sign-in bears it. */
const SKEW_MS = 60_000;

/**
 * Checks the configuration against the org with reads only, and prints what it found. True when everything that is
 * switched on can work as far as reads can tell.
 */
export async function doctor({ config, selection, org }: DoctorOptions): Promise<boolean> {
  let healthy = true;
  const lines: string[][] = [];
  const note = (verdict: Verdict, what: string, text: string): void => {
    if (verdict === "fail") healthy = false;
    lines.push([mark(verdict), what, text]);
  };
  say(paint("bold", `okta-users-mcp against ${config.org?.url ?? "the embedded sandbox org (nothing is configured)"}`));
  say();
  note("ok", "configuration", configurationOf(config, selection));
  for (const warning of config.warnings) note("note", "configuration", warning);
  await safeHands(config, note);

  const me = await owner(org, config, note);
  const scopes = me.answered ? await signedIn(org, config, note) : undefined;
  const rows: string[][] = [];
  if (me.answered) {
    await protection(org, config, selection, note);
    const known = { scopes, someone: me.id, onlyReads: me.onlyReads === true };
    for (const [family, members] of families) {
      const on = members.filter(({ name }) => !selection.off.has(name));
      const found = await familyWorks(on, known, org.okta);
      if (found.verdict === "fail") healthy = false;
      rows.push([mark(found.verdict), family, `${on.length} of ${members.length}`, found.text]);
    }
    const found = jobsWork(selection, known);
    if (found.verdict === "fail") healthy = false;
    rows.push([mark(found.verdict), JOBS, found.on, found.text]);
    for (const { bucket, limit, remaining } of org.okta.buckets())
      note("ok", "rate limit", `${bucket}: ${remaining} of ${limit} left in this window`);
  }
  say(table(lines));
  if (rows.length > 0) {
    say();
    say(table([["    ", "family", "tools on", "will they work?"], ...rows]));
  }
  say();
  say(healthy ? paint("green", "All is well.") : paint("red", "Something needs mending; see the lines marked fail."));
  return healthy;
}

type Note = (verdict: Verdict, what: string, text: string) => void;

function configurationOf({ org, proxy, readOnly }: Config, { on, all }: Selection): string {
  const way = { token: "API token", app: "service app", person: "signed-in person" }[org?.signIn.kind ?? "token"];
  const through = proxy.httpsProxy === undefined ? "" : `, through the proxy ${new URL(proxy.httpsProxy).host}`;
  return `${way}, ${on.length} of ${all} tools${readOnly ? ", read only" : ""}${through}`;
}

/** What stands between a call and Okta, as far as it is a matter of this computer. */
async function safeHands({ confirm, secrets, stateDir, auditLog }: Config, note: Note): Promise<void> {
  if (confirm === "human")
    note(
      "note",
      "confirmation",
      "a person is asked through the host; where the host cannot ask, such calls are refused",
    );
  if (secrets === "file") {
    const files = createSecretFiles(stateDir);
    const folder = inertText(files.folder, 300);
    if (await files.usable()) note("ok", "secrets", `go into files in ${folder}`);
    else note("fail", "secrets", `OKTA_SECRETS=file needs a folder that only this user can open: ${folder}`);
  }
  if (auditLog === undefined) return;
  try {
    note("ok", "journal", `${inertText(auditLog, 300)} ${await journalAt(auditLog)}`);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    note("fail", "journal", `OKTA_AUDIT_LOG: ${error.message} The server does not start like this.`);
  }
}

/** Checks the journal at a path without making it. Throws JournalError. */
async function journalAt(path: string): Promise<string> {
  const folder = dirname(path);
  const [isThere, mayBeMade] = await Promise.all([
    succeeds(lstat(path)),
    succeeds(access(folder, constants.W_OK | constants.X_OK)),
  ]);
  if (!isThere && mayBeMade) return "does not exist yet and will be made";
  if (!isThere) throw new JournalError((await succeeds(lstat(folder))) ? "cannot_open" : "folder_missing");
  const journal = openJournal(path);
  try {
    await journal.check();
    return "can be written to";
  } finally {
    await journal.close();
  }
}

async function succeeds(act: Promise<unknown>): Promise<boolean> {
  return act.then(
    () => true,
    () => false,
  );
}

/** Whether Okta knows everybody the settings protect; while it does not, no tool writes. */
async function protection(
  { okta, identity }: Org,
  { protected: people }: Config,
  { on }: Selection,
  note: Note,
): Promise<void> {
  const settings = [
    ...(people.users.length > 0 ? ["OKTA_PROTECTED_USERS"] : []),
    ...(people.groups.length > 0 ? ["OKTA_PROTECTED_GROUPS"] : []),
  ].join(" and ");
  if (settings === "") return;
  if (on.every(({ readsOnly }) => readsOnly)) return note("ok", "protection", "not tried: no tool that writes is on");
  try {
    const unknown = await createProtection(okta, identity, people).unknown({});
    for (const { place, name } of unknown)
      note(
        "fail",
        "protection",
        `${place}, "${inertText(name, 100)}", is unknown to Okta, so no tool that writes works`,
      );
    if (unknown.length === 0) note("ok", "protection", `Okta knows every entry of ${settings}`);
  } catch (error) {
    if (!(error instanceof OktaError)) throw error;
    note("fail", "protection", `${settings} cannot be looked up: ${withAdvice(error)}`);
  }
}

interface Owner {
  /** Whether the org answered and accepted the sign-in. */
  readonly answered: boolean;
  /** Whom reads can be tried on: the person the sign-in belongs to, or the first of a list where it is nobody's. */
  readonly id?: string;
  /** Whether all admin roles of that person only read. */
  readonly onlyReads?: boolean;
}

/** One read tells whether the org is there, whether it accepts the sign-in, whose that is, and what time it is. */
async function owner({ okta }: Org, config: Config, note: Note): Promise<Owner> {
  const started = performance.now();
  const isApp = config.org?.signIn.kind === "app";
  const [path, query] = isApp ? ["/api/v1/users", { limit: "1" }] : ["/api/v1/users/me", {}];
  try {
    const answer = await okta.send({ method: "GET", template: path, path: {}, query, effect: "read" });
    note("ok", "org", `answers in ${Math.round(performance.now() - started)} ms`);
    clock(okta, note);
    if (isApp) return { answered: true, ...firstOf(answer) };
    return await introduce(okta, answer, note);
  } catch (error) {
    if (!(error instanceof OktaError)) throw error;
    const { code, status } = error.failure;
    // Refused, but by an org that knows who asks: what it lets them do is looked at below.
    const known = code === "insufficient_scope" || code === "E0000006";
    const strange = status === undefined || code === "bad_response";
    note(strange ? "fail" : "ok", "org", strange ? withAdvice(error) : "answers");
    if (strange) return { answered: false };
    clock(okta, note);
    note("fail", "sign-in", withAdvice(error));
    return { answered: known };
  }
}

function firstOf({ body }: OktaAnswer): Pick<Owner, "id"> {
  const first: unknown = Array.isArray(body) ? body[0] : undefined;
  return isJsonObject(first) && typeof first.id === "string" ? { id: first.id } : {};
}

function clock(okta: Okta, note: Note): void {
  const apart = okta.now() - Date.now();
  const seconds = Math.round(Math.abs(apart) / 1000);
  if (Math.abs(apart) < SKEW_MS) note("ok", "clock", `${seconds} s from Okta's`);
  else note("note", "clock", `this computer's is ${seconds} s ${apart > 0 ? "behind" : "ahead of"} Okta's; set it`);
}

/** A failure with what to do about it, where its text does not say that itself. */
function withAdvice(error: OktaError): string {
  const { code, summary } = error.failure;
  const advice = code === "unauthorized" && /[:;]/.test(summary) ? undefined : adviceFor(code);
  return failureText(error) + (advice === undefined ? "" : ` ${advice}`);
}

async function introduce(okta: Okta, { body }: OktaAnswer, note: Note): Promise<Owner> {
  const user = isJsonObject(body) ? body : {};
  const profile = isJsonObject(user.profile) ? user.profile : {};
  if (typeof user.id !== "string") {
    note("fail", "sign-in", "what answered is not an Okta org");
    return { answered: false };
  }
  const roles = await rolesOf(okta, user.id);
  const held = roles === undefined ? "" : `; admin roles: ${roles.join(", ") || "none"}`;
  note("ok", "sign-in", inertText(`${nameOf(profile)}, ${String(profile.login)}${held}`, 300));
  if (roles?.includes("SUPER_ADMIN"))
    note("note", "sign-in", "may do everything in the org; a smaller admin role is safer");
  if (roles?.length === 0)
    note("fail", "sign-in", "holds no admin role, so Okta refuses nearly everything: give it one");
  return { answered: true, id: user.id, onlyReads: roles?.every((role) => READERS.includes(role)) ?? false };
}

/** Admin roles that change nothing. */
const READERS: readonly string[] = ["READ_ONLY_ADMIN", "REPORT_ADMIN"];

async function rolesOf(okta: Okta, userId: string): Promise<string[] | undefined> {
  const template = "/api/v1/users/{userId}/roles";
  try {
    const { body } = await okta.send({ method: "GET", template, path: { userId }, effect: "read" });
    return Array.isArray(body) ? body.map((role: unknown) => String(isJsonObject(role) ? role.type : "")) : undefined;
  } catch (error) {
    if (error instanceof OktaError) return undefined;
    throw error;
  }
}

/** The scopes of the sign-in; undefined where it has none to speak of. */
async function signedIn({ authorizer }: Org, config: Config, note: Note): Promise<readonly string[] | undefined> {
  const scopes = await authorizer.scopes?.();
  if (scopes === undefined) return undefined;
  const clientId = config.org?.signIn.kind === "token" ? "" : (config.org?.signIn.clientId ?? "");
  note("ok", "scopes", `client ${clientId}: ${scopes.map((scope) => inertText(scope, 80)).join(" ")}`);
  return scopes;
}

/** What the sign-in lets tools do. */
interface Known {
  /** Undefined where it has none to speak of. */
  readonly scopes: readonly string[] | undefined;
  /** Whom reads can be tried on. */
  readonly someone: string | undefined;
  /** Whether its admin roles only read. */
  readonly onlyReads: boolean;
}

interface Works {
  readonly verdict: Verdict;
  readonly text: string;
}

/** Tries a read of the family; what only writes cannot be tried, so scopes and admin roles are looked at. */
async function familyWorks(on: readonly Operation[], known: Known, okta: Okta): Promise<Works> {
  if (on.length === 0) return { verdict: "ok", text: "switched off" };
  const kept = keptFrom(on, known);
  if (kept !== undefined) return { verdict: "fail", text: kept };
  const { someone } = known;
  const writes = on.some(({ effect }) => effect !== "read");
  const probe = on.find((operation) => isProbe(operation));
  const rest = writes ? "; changes were not tried, the admin role decides" : "";
  if (probe === undefined || (someone === undefined && "userId" in probe.path))
    return { verdict: "ok", text: `not tried${writes ? ": the admin role decides" : ""}` };
  const request = buildRequest(probe, { userId: someone, ...("limit" in probe.query ? { limit: 1 } : {}) });
  try {
    await okta.send(request);
    return { verdict: "ok", text: `${probe.name} does${rest}` };
  } catch (error) {
    if (!(error instanceof OktaError)) throw error;
    return { verdict: "fail", text: `no: ${probe.name} says ${error.failure.code}, ${failureText(error)}` };
  }
}

/** What keeps these tools from working, by the scopes and admin roles alone; undefined when nothing does. */
function keptFrom(on: readonly Tool[], { scopes, onlyReads }: Known): string | undefined {
  const lacking = scopes === undefined ? [] : on.filter(({ scope }) => !covers(scopes, scope));
  const missing = [...new Set(lacking.map(({ scope }) => scope))].join(" and ");
  if (lacking.length > 0)
    return `${lacking.length === on.length ? "no" : `not ${lacking.length} of them`}: ${missing} was not given; see the app's Okta API Scopes, or narrow OKTA_TOOLS or OKTA_SCOPES`;
  if (onlyReads && on.some(({ effect }) => effect !== "read"))
    return "no changes: the account's admin role only reads; set OKTA_READ_ONLY=true";
  return undefined;
}

/** How many jobs are on, whether they can work, and what others need; they are made of the operations above. */
function jobsWork({ off }: Selection, known: Known): Works & { on: string } {
  const on = jobs.filter(({ name }) => !off.has(name));
  const waiting = jobs.flatMap(({ name, needs }) =>
    needs !== undefined && off.get(name)?.setting === needs ? [`${name} needs ${needs}`] : [],
  );
  const kept =
    on.length > 0 && operations.every(({ name }) => off.has(name))
      ? "no: the tools they are made of are switched off"
      : keptFrom(on, known);
  const said = on.length > 0 ? (kept ?? "as the tools they are made of") : "switched off";
  return {
    verdict: kept === undefined ? "ok" : "fail",
    on: `${on.length} of ${jobs.length}`,
    text: [said, ...waiting].join("; "),
  };
}

/** A read that needs no more than a person. */
function isProbe({ effect, path }: Operation): boolean {
  return effect === "read" && Object.keys(path).every((argument) => argument === "userId");
}

function mark(verdict: Verdict): string {
  return paint(verdict === "ok" ? "green" : verdict === "note" ? "yellow" : "red", verdict.padEnd(4));
}
