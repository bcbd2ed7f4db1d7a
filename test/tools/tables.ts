import { describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import type { TestOrg } from "../support/org.ts";
import { covered } from "./covered.ts";
import { refuseAll } from "./spoil.ts";
import {
  type Args,
  fieldsOf,
  fill,
  fillArgs,
  type Given,
  lines,
  NO_CLIENT,
  NO_FACTOR,
  NO_GRANT,
  NO_GROUP,
  NO_ROLE,
  NO_TOKEN,
  NOBODY,
  nobodyYet,
  PASSWORD,
  previewed,
  previewReads,
  read,
  snapshot,
  type Things,
  targetOf,
  undoing,
  type World,
  withOf,
} from "./support.ts";

const value = PASSWORD;
const recovery = { password: { value }, recovery_question: { question: "Why?", answer: "because" } };
const role = { roleAssignmentId: NO_ROLE };
const app = { ...role, appName: "slack" };

/** Every tool that asks about somebody who is there, with arguments beside `userId` for which it does. */
export const ASKING: Readonly<Record<string, Args>> = {
  update_user: { credentials: { password: { value } } },
  replace_user: { credentials: { password: { value } } },
  delete_user: {},
  activate_user: { sendEmail: false },
  deactivate_user: {},
  reactivate_user: {},
  suspend_user: {},
  reset_factors: {},
  expire_password: {},
  expire_password_with_temp_password: {},
  reset_password: { sendEmail: true },
  forgot_password: { sendEmail: false },
  forgot_password_set_new_password: { ...recovery, recovery_question: { answer: "because" } },
  change_password: { oldPassword: { value }, newPassword: { value } },
  change_recovery_question: recovery,
  revoke_user_sessions: {},
  revoke_user_grants: {},
  revoke_user_grant: { grantId: NO_GRANT },
  revoke_grants_for_user_and_client: { clientId: NO_CLIENT },
  revoke_tokens_for_user_and_client: { clientId: NO_CLIENT },
  revoke_token_for_user_and_client: { clientId: NO_CLIENT, tokenId: NO_TOKEN },
  delete_linked_object_for_user: { relationshipName: "manager" },
  assign_role_to_user: { type: "APP_ADMIN" },
  unassign_role_from_user: role,
  assign_all_apps_target_to_role: role,
  assign_app_target_to_role: app,
  unassign_app_target_from_role: app,
  assign_app_instance_target_to_role: { ...app, appId: NO_CLIENT },
  unassign_app_instance_target_from_role: { ...app, appId: NO_CLIENT },
  assign_group_target_to_role: { ...role, groupId: NO_GROUP },
  unassign_group_target_from_role: { ...role, groupId: NO_GROUP },
  add_user_to_group: { groupId: NO_GROUP },
  remove_user_from_group: { groupId: NO_GROUP },
  unenroll_factor: { factorId: NO_FACTOR },
};

export interface Asks {
  /** What the preview must say happens. */
  readonly consequence: RegExp;
  /** The tool that brings back what was; left out: nothing does. */
  readonly undoneBy?: string;
  /** What changes, each from what to what, and what goes with it; left out: the preview says nothing of it. */
  readonly changes?: unknown;
  readonly goesWith?: unknown;
  readonly warning?: RegExp;
  /** Whom the preview names, where it is not the person the case made. */
  readonly target?: unknown;
}

export interface Success {
  readonly tool: string;
  /** What tells this case from the tool's others. */
  readonly title?: string;
  readonly given: Given;
  /** Beside `userId`, and beside `confirm` where the case asks. */
  readonly args?: Args;
  /** The requests that go out, in order. */
  readonly wire: string | readonly string[];
  /** The whole reply; left out: `done` and the user's id. */
  readonly reply?: unknown;
  /** The gate: the call is refused with this preview first, whatever is no consent. */
  readonly asks?: Asks;
  /** A new thing from the reply, for what follows: name and dotted path. */
  readonly makes?: readonly [name: string, dotted: string];
  /** The person's status in the org afterwards. */
  readonly status?: string;
  /** What the org says afterwards. */
  readonly after?: readonly (readonly [path: string, dotted: string, expected: unknown])[];
  /** What cannot be read by the API. */
  readonly proof?: (org: TestOrg, things: Things, before: unknown) => Promise<void>;
}

/** The successes of a family: reply, wire and the org afterwards, behind the gate where there is one. */
export function succeed(w: World, cases: readonly Success[]): void {
  for (const { tool, asks } of cases) {
    covered().successes.add(tool);
    if (asks) covered().previews.add(tool);
  }
  describe("success", () => {
    for (const entry of cases)
      it(titled(entry), async () => {
        const { org, server } = w;
        const things: Things = { org: org.url, ...(await entry.given(org)) };
        const args = argsOf(entry, things);
        const before = await snapshot(org);
        if (entry.asks) await asksFirst(w, entry.tool, args, things, entry.asks);
        const consent = entry.asks ? { confirm: true } : {};
        const [answer, requests] = await org.watch(() => server.call(entry.tool, { ...args, ...consent }));
        const reply = entry.reply ?? { done: entry.tool, userId: "{id}" };
        expect(answer.reply).toEqual(fill(reply, things));
        expect(answer.failed).toBe(false);
        expect(lines(requests)).toEqual(fill([entry.wire].flat(), things));
        if (entry.makes) things[entry.makes[0]] = textAt(answer.reply, entry.makes[1]);
        if (entry.status !== undefined)
          expect(await read(org, `/api/v1/users/${things.id}`, "status")).toBe(entry.status);
        for (const [path, dotted, expected] of entry.after ?? [])
          expect(await read(org, String(fill(path, things)), dotted)).toEqual(fill(expected, things));
        await entry.proof?.(org, things, before);
      });
  });
}

/** Nothing is written without the boolean `confirm: true`, and the refusal says exactly what would happen. */
async function asksFirst({ org, server }: World, tool: string, args: Args, things: Things, asks: Asks): Promise<void> {
  const before = await wholeState(org, things.id);
  const target = asks.target === undefined ? await targetOf(org, things.id ?? "") : fill(asks.target, things);
  const refusal = {
    error: {
      code: "confirmation_required",
      status: null,
      summary: expect.stringMatching(/^Nothing was done/),
      causes: [],
      requestId: null,
    },
    preview: {
      action: tool,
      consequence: expect.stringMatching(asks.consequence),
      ...undoing(tool, asks.undoneBy),
      target,
      ...withOf(tool, args),
      ...(asks.changes === undefined ? {} : { changes: fill(asks.changes, things) }),
      ...(asks.goesWith === undefined ? {} : { goesWith: fill(asks.goesWith, things) }),
      ...(asks.warning === undefined ? {} : { warning: expect.stringMatching(asks.warning) }),
    },
    hint: expect.stringContaining("confirm: true"),
  };
  for (const consent of [{}, { confirm: false }, { confirm: null }]) {
    const [answer, requests] = await org.watch(() => server.call(tool, { ...args, ...consent }));
    expect(answer.reply).toEqual(refusal);
    expect(answer.failed).toBe(true);
    // Of who is not there yet nothing can be read.
    const { id } = things;
    if (id === undefined) expect(lines(requests)).toEqual([]);
    else expect(previewed(requests)).toEqual(previewReads(tool, args, id, at(target, "status")));
  }
  const noConsent = ["true", 1, "yes", [true]].map((confirm) => ({ ...args, confirm }));
  const says = /^confirm: must be the boolean true/;
  await refuseAll(
    { org, server },
    tool,
    noConsent.map((given) => [given, says]),
  );
  if (things.id !== undefined) {
    const [answer, requests] = await org.watch(() => server.call(tool, { ...args, userId: NOBODY }));
    expect(at(answer.reply, "error.code")).toBe("E0000007");
    expect(lines(requests)).toEqual([`GET /api/v1/users/${NOBODY}`]);
  }
  expect(await wholeState(org, things.id)).toEqual(before);
}

export interface Refusal {
  readonly tool: string;
  readonly title?: string;
  /** Left out: nobody, an id in Okta's form that does not exist. */
  readonly given?: Given;
  readonly args?: Args;
  readonly code: string;
  readonly status: number;
  /** Whole list, in order; left out: none. */
  readonly causes?: readonly unknown[];
  readonly hint?: RegExp;
}

/** What Okta refuses: passed on as a failure one can act on, and the org stays as it was. */
export function refused(w: World, cases: readonly Refusal[]): void {
  for (const { tool } of cases) covered().refusals.add(tool);
  describe("refused by Okta", () => {
    for (const entry of cases)
      it(`${titled(entry)}: ${entry.code}`, async () => {
        const { org, server } = w;
        const things = await (entry.given ?? nobodyYet)(org);
        const before = await wholeState(org, things.id === NOBODY ? undefined : things.id);
        const answer = await server.call(entry.tool, argsOf(entry, things));
        expect(answer.reply).toEqual({
          error: {
            code: entry.code,
            status: entry.status,
            summary: expect.stringMatching(/\S/),
            causes: fill(entry.causes ?? [], things),
            requestId: expect.stringMatching(/^[\w-]{16,}$/),
          },
          hint: expect.stringMatching(entry.hint ?? /\S+ \S+/),
        });
        expect(answer.failed).toBe(true);
        expect(await wholeState(org, things.id === NOBODY ? undefined : things.id)).toEqual(before);
      });
  });
}

function titled({ tool, title }: { readonly tool: string; readonly title?: string }): string {
  return title === undefined ? tool : `${tool}, ${title}`;
}

/** The arguments of a case: about the person it made, unless it made none. */
function argsOf({ args = {} }: { readonly args?: Args | undefined }, things: Things): Args {
  return fillArgs({ ...(things.id === undefined ? {} : { userId: "{id}" }), ...args }, things);
}

/** Everything that could have changed: the org from inside, and the person as the API shows them. */
async function wholeState(org: TestOrg, id: string | undefined): Promise<unknown> {
  const inside = await snapshot(org);
  // A wrong password is counted by the org itself.
  const users = listAt(inside, "users").map((user) => ({ ...fieldsOf(user), failedChecks: undefined }));
  return [{ ...fieldsOf(inside), users }, id === undefined ? undefined : await read(org, `/api/v1/users/${id}`)];
}
