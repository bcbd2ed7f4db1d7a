import { describe, expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import { complete } from "./covered.ts";
import { refusesArguments, spoil } from "./spoil.ts";
import {
  type Args,
  anId,
  aTime,
  becomes,
  type Given,
  moved,
  NO_GROUP,
  NOBODY,
  named,
  newcomer,
  nothing,
  PASSWORD,
  person,
  read,
  snapshot,
  someone,
  targetOf,
  world,
  writes,
} from "./support.ts";
import { refused, type Success, succeed } from "./tables.ts";

const w = world();

const NEW = { login: "{login}", email: "{login}", firstName: "Nina", lastName: "New" };
const LOST = ["department", "title", "mobilePhone"];
const DESK = { department: "Desk", title: "Clerk", mobilePhone: "+1-555-0100" };
const takeover = /recover the password and take the account over/;
const credentials = /new credentials can sign in as this person/;

/** The reply about a new person: the id is new. */
function made(status: string, more: Record<string, unknown> = {}): unknown {
  return { user: { id: anId, status, login: "{login}", name: "Nina New", ...more } };
}

const inGroup: Given = async (org) => ({ ...(await newcomer(org)), group: await named(org, "groups", "Managers") });
const contractor: Given = async (org) => {
  const inside = await snapshot(org);
  const type = listAt(inside, "types").find((entry) => at(entry, "name") === "contractor");
  return { ...(await newcomer(org)), type: textAt(type, "id"), realm: String(listAt(inside, "realms")[1]) };
};
const userTypes: Given = async (org) => {
  const types = listAt(await snapshot(org), "types");
  const [other, own] = ["contractor", "user"].map((name) => types.find((entry) => at(entry, "name") === name));
  return { ...(await org.person()), other: textAt(other, "id"), own: textAt(own, "id") };
};
const blocked = (status: string): Given => {
  return (org) => someone(org, (user) => at(user, "status") === status && Number(at(user, "blocks")) > 0);
};
const withEtag: Given = async (org) => {
  const { id, login } = await org.person("ACTIVE", DESK);
  const headers = { authorization: `SSWS ${org.token}` };
  const response = await fetch(`${org.url}/api/v1/users/${id}`, { headers });
  return { id, login, etag: response.headers.get("etag") ?? "" };
};

const MADE = "/api/v1/users/{made}";
const USER = "/api/v1/users/{id}";
const makes = ["made", "user.id"] as const;

const created: Success[] = [
  {
    tool: "create_user",
    title: "without a password, which mails",
    given: newcomer,
    args: { profile: NEW },
    wire: "POST /api/v1/users",
    reply: made("PROVISIONED"),
    makes,
    after: [
      [MADE, "status", "PROVISIONED"],
      [MADE, "profile", { ...NEW, mobilePhone: null, secondEmail: null }],
    ],
    proof: async (org, { login }) => {
      expect(listAt(await snapshot(org), "mail").at(-1)).toEqual({ to: login, kind: "activation", sentAt: aTime });
    },
  },
  {
    tool: "create_user",
    title: "not activated, which mails nobody",
    given: newcomer,
    args: { profile: NEW, credentials: { password: { value: PASSWORD } }, activate: false },
    wire: "POST /api/v1/users?activate=false",
    reply: made("STAGED"),
    makes,
    after: [[MADE, "credentials.password", {}]],
    proof: async (org, _, before) => {
      expect(at(await snapshot(org), "mail")).toEqual(at(before, "mail"));
    },
  },
  {
    tool: "create_user",
    title: "with a password and recovery question",
    given: newcomer,
    args: {
      profile: { ...NEW, email: "elsewhere@example.com", ...DESK },
      credentials: {
        password: { value: PASSWORD },
        recovery_question: { question: "First pet?", answer: "Rover the dog" },
      },
      activate: true,
    },
    wire: "POST /api/v1/users?activate=true",
    reply: made("ACTIVE", { email: "elsewhere@example.com", department: "Desk", title: "Clerk" }),
    makes,
    after: [[MADE, "credentials.recovery_question", { question: "First pet?" }]],
  },
  {
    tool: "create_user",
    title: "with a password that must be changed",
    given: newcomer,
    args: { profile: NEW, credentials: { password: { value: PASSWORD } }, nextLogin: "changePassword" },
    wire: "POST /api/v1/users?nextLogin=changePassword",
    reply: made("PASSWORD_EXPIRED"),
    makes,
    after: [[MADE, "status", "PASSWORD_EXPIRED"]],
  },
  {
    tool: "create_user",
    title: "of an external provider",
    given: newcomer,
    args: { profile: NEW, provider: true, credentials: { provider: { type: "SOCIAL", name: "SOCIAL" } } },
    wire: "POST /api/v1/users?provider=true",
    reply: made("ACTIVE"),
    makes,
    after: [[MADE, "credentials.provider", { type: "SOCIAL", name: "SOCIAL" }]],
  },
  {
    tool: "create_user",
    title: "with an imported hash",
    given: newcomer,
    args: {
      profile: NEW,
      credentials: {
        password: { hash: { algorithm: "SHA-256", value: "c2VjcmV0", salt: "c2FsdA", saltOrder: "PREFIX" } },
      },
    },
    wire: "POST /api/v1/users",
    reply: made("ACTIVE"),
    makes,
    after: [[MADE, "credentials.provider.type", "IMPORT"]],
  },
  {
    tool: "create_user",
    title: "with custom attributes",
    given: newcomer,
    args: { profile: { ...NEW, badgeNumber: 77, remote: false, skills: ["go", "chess"], startDate: "2026-01-31" } },
    wire: "POST /api/v1/users",
    reply: made("PROVISIONED"),
    makes,
    after: [
      [MADE, "profile.badgeNumber", 77],
      [MADE, "profile.remote", false],
      [MADE, "profile.skills", ["go", "chess"]],
    ],
  },
  {
    tool: "create_user",
    title: "of another type and realm",
    given: contractor,
    args: { profile: { ...NEW, agency: "Ostra" }, type: { id: "{type}" }, realmId: "{realm}" },
    wire: "POST /api/v1/users",
    reply: made("PROVISIONED"),
    makes,
    after: [
      [MADE, "type", { id: "{type}" }],
      [MADE, "realmId", "{realm}"],
    ],
  },
  {
    tool: "create_user",
    title: "with no groups, which asks nobody",
    given: newcomer,
    args: { profile: NEW, groupIds: [] },
    wire: "POST /api/v1/users",
    reply: made("PROVISIONED"),
  },
  {
    tool: "create_user",
    title: "into groups",
    given: inGroup,
    args: { profile: NEW, groupIds: ["{group}"] },
    wire: "POST /api/v1/users",
    reply: made("PROVISIONED"),
    asks: {
      consequence: /everything these groups carry, admin roles included/,
      target: { id: null, login: "{login}", name: "Nina New", status: null },
    },
    makes,
    after: [[`${MADE}/groups`, "1.id", "{group}"]],
  },
];

const found: Success[] = [
  {
    tool: "get_user",
    given: person("SUSPENDED", { ...DESK, email: "other@example.com" }),
    wire: `GET ${USER}`,
    reply: {
      user: {
        id: "{id}",
        status: "SUSPENDED",
        login: "{login}",
        name: expect.stringMatching(/^Test Person\d+$/),
        email: "other@example.com",
        department: "Desk",
        title: "Clerk",
      },
    },
  },
  {
    tool: "get_user",
    title: "with blocks",
    given: blocked("ACTIVE"),
    args: { expand: "blocks", oktaResponse: ["omitCredentials"] },
    wire: `GET ${USER}?expand=blocks`,
    reply: {
      user: expect.objectContaining({ blocks: [{ type: "DEVICE_BASED", appliesTo: "UNKNOWN_DEVICES" }] }),
    },
  },
  {
    tool: "list_users",
    given: person("PASSWORD_EXPIRED", { department: "Lonely Desk" }),
    args: { userId: undefined, search: 'profile.department eq "Lonely Desk"' },
    wire: "GET /api/v1/users?search=profile.department+eq+%22Lonely+Desk%22&limit=25",
    reply: {
      users: [
        {
          id: "{id}",
          status: "PASSWORD_EXPIRED",
          login: "{login}",
          name: expect.stringMatching(/^Test Person\d+$/),
          department: "Lonely Desk",
        },
      ],
    },
  },
  { tool: "list_user_blocks", given: person(), wire: `GET ${USER}/blocks`, reply: { blocks: [] } },
  {
    tool: "list_user_blocks",
    title: "of somebody blocked",
    given: blocked("LOCKED_OUT"),
    wire: `GET ${USER}/blocks`,
    reply: { blocks: [{ type: "DEVICE_BASED", appliesTo: "ANY_DEVICES" }] },
  },
];

/** The reply about the person of the case. */
function still(status: string, more: Record<string, unknown> = {}): unknown {
  return { user: { id: "{id}", status, login: "{login}", name: expect.stringMatching(/\S/), ...more } };
}

const updated: Success[] = [
  {
    tool: "update_user",
    title: "what is not given stays, null clears",
    given: person("ACTIVE", DESK),
    args: { profile: { department: "Back Office", title: null, badgeNumber: 5 } },
    wire: `POST ${USER}`,
    reply: still("ACTIVE", { department: "Back Office" }),
    after: [
      [USER, "profile.department", "Back Office"],
      [USER, "profile.title", undefined],
      [USER, "profile.mobilePhone", "+1-555-0100"],
      [USER, "profile.badgeNumber", 5],
    ],
  },
  {
    tool: "update_user",
    title: "in the version that was read",
    given: withEtag,
    args: { profile: { department: "Back Office" }, ifMatch: "{etag}", strict: true },
    wire: `POST ${USER}?strict=true`,
    reply: still("ACTIVE", { department: "Back Office", title: "Clerk" }),
  },
  {
    tool: "update_user",
    title: "type and realm as they are",
    given: userTypes,
    args: { type: { id: "{own}" }, profile: { city: "Oslo" } },
    wire: `POST ${USER}`,
    reply: still("ACTIVE"),
    after: [[USER, "profile.city", "Oslo"]],
  },
  {
    tool: "update_user",
    title: "a way in given as it is, which asks nobody",
    given: person("ACTIVE", DESK),
    args: {
      profile: { email: "{login}", login: "{login}", mobilePhone: "+1-555-0100", secondEmail: null, city: "Bern" },
    },
    wire: [`GET ${USER}`, `POST ${USER}`],
    reply: still("ACTIVE", { department: "Desk", title: "Clerk" }),
    after: [[USER, "profile.city", "Bern"]],
  },
  ...["email", "secondEmail", "mobilePhone"].map(
    (name): Success => ({
      tool: "update_user",
      title: `a new ${name}`,
      given: person(),
      args: { profile: { [name]: "new.way@example.com" } },
      wire: `POST ${USER}`,
      reply: still("ACTIVE", name === "email" ? { email: "new.way@example.com" } : {}),
      asks: {
        consequence: takeover,
        changes: { [`profile.${name}`]: { from: name === "email" ? "{login}" : null, to: "new.way@example.com" } },
      },
      after: [[USER, `profile.${name}`, "new.way@example.com"]],
    }),
  ),
  {
    tool: "update_user",
    title: "no mobilePhone any more",
    given: person("ACTIVE", DESK),
    args: { profile: { mobilePhone: null } },
    wire: `POST ${USER}`,
    reply: still("ACTIVE", { department: "Desk", title: "Clerk" }),
    asks: { consequence: takeover, changes: { "profile.mobilePhone": { from: "+1-555-0100", to: null } } },
    after: [[USER, "profile.mobilePhone", null]],
  },
  {
    tool: "update_user",
    title: "a new login",
    given: async (org) => ({ ...(await org.person()), fresh: String((await newcomer(org)).login) }),
    args: { profile: { login: "{fresh}" } },
    wire: `POST ${USER}`,
    reply: still("ACTIVE", { login: "{fresh}", email: "{login}" }),
    asks: { consequence: takeover, changes: { "profile.login": { from: "{login}", to: "{fresh}" } } },
    after: [["/api/v1/users/{fresh}", "id", "{id}"]],
  },
  {
    tool: "update_user",
    title: "a new password",
    given: person(),
    args: { credentials: { password: { value: "Brand-new-77" } } },
    wire: `POST ${USER}`,
    reply: still("ACTIVE"),
    asks: { consequence: credentials },
    proof: async (org, { id }) => {
      const change = { oldPassword: { value: "Brand-new-77" }, newPassword: { value: "Another-one-78" } };
      await org.api("POST", `/api/v1/users/${id}/credentials/change_password`, change);
    },
  },
];

/** How NEW renames a person of the case, whose login and email it keeps, and erases what DESK gave them. */
const renamed = {
  "profile.firstName": { from: "Test", to: "Nina" },
  "profile.lastName": { from: expect.stringMatching(/^Person\d+$/), to: "New" },
};
const erased = Object.fromEntries(Object.entries(DESK).map(([name, from]) => [`profile.${name}`, { from, to: null }]));

const replaced: Success[] = [
  {
    tool: "replace_user",
    title: "what is not given is erased",
    given: person("ACTIVE", DESK),
    args: { profile: { ...NEW, city: "Oslo" } },
    wire: `PUT ${USER}`,
    reply: still("ACTIVE", { name: "Nina New" }),
    asks: {
      consequence: /attribute that is not given is erased/,
      changes: { ...renamed, ...erased, "profile.city": { from: null, to: "Oslo" } },
    },
    after: [[USER, "profile", { ...NEW, city: "Oslo", mobilePhone: null, secondEmail: null }]],
  },
  {
    tool: "replace_user",
    title: "only the credentials",
    given: person("ACTIVE", DESK),
    args: { credentials: { password: { value: "Brand-new-77" } }, strict: false },
    wire: `PUT ${USER}?strict=false`,
    reply: still("ACTIVE", { department: "Desk", title: "Clerk" }),
    asks: { consequence: /replaces the old credentials or user type; the profile stays/ },
    after: LOST.map((name) => [USER, `profile.${name}`, at(DESK, name)]),
  },
  {
    tool: "replace_user",
    title: "the user type",
    given: userTypes,
    args: { type: { id: "{other}" }, profile: { ...NEW, agency: "Ostra" } },
    wire: `PUT ${USER}`,
    reply: still("ACTIVE", { name: "Nina New" }),
    asks: { consequence: /erased/, changes: { ...renamed, "profile.agency": { from: null, to: "Ostra" } } },
    after: [[USER, "type.id", "{other}"]],
  },
  {
    tool: "replace_user",
    title: "in the version that was read",
    given: withEtag,
    args: { profile: NEW, ifMatch: "{etag}" },
    wire: `PUT ${USER}`,
    reply: still("ACTIVE", { name: "Nina New" }),
    asks: { consequence: /erased/, changes: { ...renamed, ...erased } },
  },
];

// Who was shown is read again: the step must still be the one that was shown.
const deleted: Success[] = [
  {
    tool: "delete_user",
    title: "somebody ACTIVE is deactivated",
    given: person(),
    wire: [`GET ${USER}`, `DELETE ${USER}`],
    reply: { done: "delete_user", userId: "{id}", login: "{login}" },
    asks: {
      consequence: /^The person is deactivated: .*second call erases/,
      goesWith: { appLinks: 2 },
      changes: moved("ACTIVE", "DEPROVISIONED"),
    },
    status: "DEPROVISIONED",
  },
  {
    tool: "delete_user",
    title: "mailing the admin, later",
    given: person("STAGED"),
    args: { sendEmail: true, prefer: "respond-async" },
    wire: [`GET ${USER}`, `DELETE ${USER}?sendEmail=true`],
    reply: { done: "delete_user", userId: "{id}", login: "{login}" },
    asks: {
      consequence: /^The person is deactivated/,
      goesWith: { appLinks: 2 },
      changes: moved("STAGED", "DEPROVISIONED"),
    },
    proof: async (org, { id }) => {
      await becomes(org, id, "DEPROVISIONED");
      expect(at(listAt(await snapshot(org), "mail").at(-1), "kind")).toBe("user-deactivated");
    },
  },
  {
    tool: "delete_user",
    title: "somebody DEPROVISIONED is erased",
    given: person("DEPROVISIONED"),
    wire: [`GET ${USER}`, `DELETE ${USER}`],
    reply: { done: "delete_user", userId: "{id}", login: "{login}" },
    asks: { consequence: /already deactivated: this erases it for good/ },
    after: [[USER, "", "404"]],
  },
];

describe("users", () => {
  succeed(w, [...created, ...found, ...updated, ...replaced, ...deleted]);

  const BLANK = "The field cannot be left blank";
  refused(w, [
    {
      tool: "create_user",
      title: "a login that is taken",
      given: async (org) => ({ login: (await org.person()).login }),
      args: { profile: NEW },
      code: "E0000001",
      status: 400,
      causes: ["login: An object with this field already exists in the current organization"],
    },
    {
      tool: "create_user",
      title: "an unknown attribute",
      given: newcomer,
      args: { profile: { ...NEW, shoeSize: 43 } },
      code: "E0000001",
      status: 400,
      causes: ["Property name 'shoeSize' is not defined in profile"],
    },
    {
      tool: "create_user",
      title: "a weak password",
      given: newcomer,
      args: { profile: NEW, credentials: { password: { value: "weak" } } },
      code: "E0000001",
      status: 400,
      causes: [expect.stringMatching(/^password: Password requirements were not met/)],
    },
    {
      tool: "create_user",
      title: "an unknown group",
      given: newcomer,
      args: { profile: NEW, groupIds: [NO_GROUP], confirm: true },
      code: "E0000007",
      status: 404,
    },
    {
      tool: "create_user",
      title: "nextLogin without a password",
      given: newcomer,
      args: { profile: NEW, nextLogin: "changePassword" },
      code: "E0000124",
      status: 400,
      causes: [expect.stringMatching(/a password must be specified/)],
    },
    {
      tool: "create_user",
      title: "nextLogin without activation",
      given: newcomer,
      args: {
        profile: NEW,
        nextLogin: "changePassword",
        activate: false,
        credentials: { password: { value: PASSWORD } },
      },
      code: "E0000125",
      status: 400,
      causes: [expect.stringMatching(/must be true/)],
    },
    {
      tool: "list_users",
      title: "a broken search",
      given: nothing,
      args: { search: "status is ACTIVE" },
      code: "E0000031",
      status: 400,
      causes: expect.arrayContaining(["Invalid search syntax."]),
      hint: /double quotes/,
    },
    {
      tool: "list_users",
      title: "a stale cursor",
      given: nothing,
      args: { after: "stale" },
      code: "E0000029",
      status: 400,
      causes: ["Invalid cursor."],
      hint: /without after/,
    },
    {
      tool: "list_users",
      title: "a stale cursor of a search",
      given: nothing,
      args: { after: "stale", search: 'status eq "ACTIVE"' },
      code: "E0000031",
      status: 400,
      causes: ["Invalid cursor."],
      hint: /without after/,
    },
    { tool: "get_user", code: "E0000007", status: 404, hint: /find_user/ },
    { tool: "get_user", title: "a login", args: { userId: "no.such@example.com" }, code: "E0000007", status: 404 },
    {
      tool: "get_user",
      title: "a feature the org lacks",
      given: person(),
      args: { expand: "classification" },
      code: "E0000015",
      status: 401,
    },
    { tool: "update_user", args: { profile: { city: "Oslo" } }, code: "E0000007", status: 404 },
    {
      tool: "update_user",
      title: "a version that is no more",
      given: person("ACTIVE", DESK),
      args: { profile: { department: "Late" }, ifMatch: 'W/"0000"' },
      code: "E0000231",
      status: 412,
      hint: /get_user with detail full/,
    },
    {
      tool: "update_user",
      title: "somebody DEPROVISIONED",
      given: person("DEPROVISIONED"),
      args: { profile: { city: "Oslo" } },
      code: "E0000038",
      status: 403,
    },
    {
      tool: "update_user",
      title: "another type",
      given: userTypes,
      args: { type: { id: "{other}" } },
      code: "E0000001",
      status: 400,
      causes: [expect.stringMatching(/^type: /)],
    },
    { tool: "replace_user", args: { profile: NEW, confirm: true }, code: "E0000007", status: 404 },
    {
      tool: "replace_user",
      title: "without what is required",
      given: person("ACTIVE", DESK),
      args: { profile: {}, confirm: true },
      code: "E0000001",
      status: 400,
      causes: [
        `login: ${BLANK}`,
        `firstName: ${BLANK}`,
        `lastName: ${BLANK}`,
        `email: ${BLANK}`,
        "login: Username must be in the form of an email address",
      ],
    },
    {
      tool: "replace_user",
      title: "a version that is no more",
      given: person("ACTIVE", DESK),
      args: { profile: { ...NEW, login: "{login}" }, ifMatch: 'W/"0000"', confirm: true },
      code: "E0000231",
      status: 412,
    },
    { tool: "delete_user", args: { confirm: true }, code: "E0000007", status: 404 },
    { tool: "list_user_blocks", code: "E0000007", status: 404 },
  ]);

  spoil(w, {
    create_user: { profile: { login: "spoilt@example.com" }, activate: false },
    list_users: {},
    get_user: { userId: NOBODY },
    update_user: { userId: NOBODY },
    replace_user: { userId: NOBODY },
    delete_user: { userId: NOBODY },
    list_user_blocks: { userId: NOBODY },
  });

  describe("bad input inside", () => {
    const userId = NOBODY;
    const password = (value: unknown): Args => ({ credentials: { password: value } });
    const cases: [tool: string, args: Args, cause: RegExp][] = [
      ["create_user", { profile: { ...NEW, firstName: 7 } }, /^profile\.firstName: must be text/],
      ["create_user", { profile: { ...NEW, badge: { number: 7 } } }, /^profile\.badge: must be text, a number/],
      ["create_user", { profile: { ...NEW, skills: [["go"]] } }, /^profile\.skills/],
      ["create_user", { profile: NEW, groupIds: [7] }, /^groupIds\.0: must be text/],
      ["create_user", { profile: NEW, groupIds: Array(21).fill("g") }, /^groupIds: takes at most 20/],
      ["create_user", { profile: NEW, type: "contractor" }, /^type: must be an object/],
      ["create_user", { profile: NEW, type: {} }, /^type\.id: is required/],
      ["create_user", { profile: NEW, credentials: { pasword: {} } }, /^credentials\.pasword: is not an argument/],
      ["create_user", { profile: NEW, ...password("Secret-word-1") }, /^credentials\.password: must be an obj/],
      ["update_user", { userId, ...password({ value: 7 }) }, /^credentials\.password\.value: must be text/],
      [
        "update_user",
        { userId, ...password({ hash: { algorithm: "ROT13", value: "x" } }) },
        /hash\.algorithm: must be one/,
      ],
      ["update_user", { userId, profile: { email: ["x"] } }, /^profile\.email: must be text/],
      ["update_user", { userId, profile: {}, ifMatch: 'W/"ä\n"' }, /^ifMatch: holds characters a header cannot/],
      [
        "replace_user",
        { userId, credentials: { provider: { type: "FRIEND" } } },
        /provider\.type: must be one of OKTA/,
      ],
      ["delete_user", { userId, prefer: "respond-soon" }, /^prefer: must be one of respond-async/],
      ["get_user", { userId, oktaResponse: ["omitEverything"] }, /^oktaResponse\.0: must be one of omitCredentials/],
      ["get_user", { userId, detail: "terse" }, /^detail: must be one of concise, full/],
      ["list_users", { search: 'status eq "ACTIVE"', filter: 'status eq "ACTIVE"' }, /^filter: .*search/],
      ["list_users", { sortBy: "profile.lastName" }, /^sortBy: .*search/],
      ["list_users", { q: "an", after: "x" }, /^after: .*q/],
      ["list_users", { detail: "full", limit: 26 }, /^limit: must be at most 25/],
    ];
    for (const [tool, args, cause] of cases)
      it(`${tool} ${JSON.stringify(args).slice(0, 90)}`, async () => {
        await refusesArguments(w, tool, args, cause);
      });
  });

  it("delete_user deactivates first and erases only when asked a second time", async () => {
    const { org, server } = w;
    const { id } = await org.person();
    const consequences: unknown[] = [];
    for (const status of ["ACTIVE", "DEPROVISIONED"]) {
      const preview = (await server.call("delete_user", { userId: id })).reply;
      expect(at(preview, "preview.target")).toEqual(await targetOf(org, id));
      expect(at(preview, "preview.target.status")).toBe(status);
      consequences.push(at(preview, "preview.consequence"));
      const [, requests] = await org.watch(() => server.call("delete_user", { userId: id, confirm: true }));
      expect(writes(requests)).toEqual([`DELETE /api/v1/users/${id}`]);
    }
    expect(new Set(consequences).size).toBe(2);
    expect(await read(org, `/api/v1/users/${id}`)).toBe("404");
  });

  complete("users");
});
