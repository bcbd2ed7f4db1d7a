import { randomBytes } from "node:crypto";
import type { Operation } from "../../src/operation.ts";
import { at, listAt, textAt } from "../support/at.ts";
import type { TestOrg } from "../support/org.ts";
import type { Planned } from "./anything-calls.ts";
import { type Args, fillArgs, named, snapshot, type Things } from "./support.ts";

/** A call about a person whom no other call at the same time is about. */
export interface Prepared {
  readonly plan: Planned;
  /** The tool's operation; a job has none. */
  readonly operation: Operation | undefined;
  readonly args: Args;
  readonly things: Things;
}

/** Every password and answer of a test holds one of these, and nothing else does. */
export const A_SECRET = /Mk[0-9a-f]{16}/;

const newSecret = (): string => `Mk${randomBytes(8).toString("hex")}`;

/** Gives every call somebody to be about, as the plan says, with the things its tool needs. */
export interface People {
  prepare(plans: readonly Planned[], operationOf: (tool: string) => Operation | undefined): Promise<Prepared[]>;
}

let people = 0;

/** @param shared what every call can name: whom nothing may touch, and the like */
export async function openPeople(org: TestOrg, shared: () => Things): Promise<People> {
  const inside = await snapshot(org);
  const [group, app] = [await named(org, "groups", "Sales"), await named(org, "apps", "salesforce")];
  const boss = await org.person();
  const consenters = await Promise.all(
    listAt(inside, "users")
      .filter((user) => Number(at(user, "tokens")) > 0 && at(user, "id") !== at(inside, "ownerId"))
      .slice(0, 40)
      .map((user) => consenter(org, user)),
  );
  const always = { boss: boss.id, bossLogin: boss.login, group, app, realm: textAt(inside, "realms.0") };
  let turn = 0;

  return {
    prepare: async (plans, operationOf) => {
      let left = consenters.length;
      const all = plans.map((plan) => {
        people += 1;
        const secret = newSecret();
        const operation = operationOf(plan.tool);
        const about = `any.body${people}.${process.pid}`;
        const needsConsent = /grant|token|client/.test(operation?.template ?? "");
        const holder = needsConsent && left > 0 ? consenters[turn++ % consenters.length] : undefined;
        if (holder !== undefined) left -= 1;
        const fresh = { login: `${about}@example.com`, newLogin: `new.${about}@example.com` };
        const contact = { second: `second.${about}@example.com`, phone: "+1 555 0199" };
        return { plan, operation, holder, things: { ...always, ...shared(), ...fresh, ...contact, secret } };
      });
      const fresh = all.filter(({ holder }) => holder === undefined);
      const made = await org.control("POST", "import", { users: fresh.map(entry) });
      const ids = new Map(fresh.map((one, i) => [one, textAt(made, `users.${i}`)]));
      return Promise.all(
        all.map(async (one) => {
          const { plan, operation, holder } = one;
          const who: Things = { ...one.things, ...(holder ?? { id: ids.get(one) ?? "" }) };
          const { id = "", login = "" } = who;
          const things: Things = {
            ...who,
            ...{ LOGIN: login.toUpperCase(), short: login.split("@")[0] ?? "" },
            ...(operation === undefined ? {} : await possessions(org, operation, id, boss.id)),
          };
          return { plan, operation, things, args: fillArgs(plan.args, things) };
        }),
      );
    },
  };
}

/** Somebody with consents: an org lets nobody make these but the person. */
async function consenter(org: TestOrg, user: unknown): Promise<Things> {
  const [id, login] = [textAt(user, "id"), textAt(user, "login")];
  const first = async (path: string): Promise<unknown> => listAt({ all: await org.api("GET", path) }, "all")[0];
  const client = textAt(await first(`/api/v1/users/${id}/clients`), "client_id");
  const ofClient = `/api/v1/users/${id}/clients/${client}`;
  const [grant, token] = await Promise.all([first(`${ofClient}/grants`), first(`${ofClient}/tokens`)]);
  const idOf = (thing: unknown, otherwise: string): string => String(at(thing, "id") ?? otherwise);
  return { id, login, client, grant: idOf(grant, "none"), token: idOf(token, "none") };
}

/** Passwords are hashed, which takes the org some time: only who needs one has one. */
function entry({ plan, operation, things }: Omit<Prepared, "args">): object {
  const { login, second, phone, secret } = things;
  const { template = "", body = {} } = operation ?? {};
  const needsPassword = /password/.test(`${template} ${Object.keys(body)}`);
  const credentials = {
    ...(["STAGED", "PROVISIONED"].includes(plan.status) ? {} : { password: { value: `Own-${secret}-9a` } }),
    recovery_question: { question: "First pet?", answer: `own ${secret}` },
  };
  return {
    status: plan.status,
    profile: { login, email: login, firstName: "Any", lastName: "Body", secondEmail: second, mobilePhone: phone },
    ...(needsPassword ? { credentials } : {}),
  };
}

/** The role or link that a tool works on. */
async function possessions(org: TestOrg, { path, template }: Operation, id: string, boss: string): Promise<Things> {
  if ("relationshipName" in path) await org.api("PUT", `/api/v1/users/${id}/linkedObjects/manager/${boss}`);
  if (!("roleAssignmentId" in path)) return {};
  const type = template.includes("/apps") ? "APP_ADMIN" : "HELP_DESK_ADMIN";
  return { role: textAt(await org.api("POST", `/api/v1/users/${id}/roles`, { type }), "id") };
}
