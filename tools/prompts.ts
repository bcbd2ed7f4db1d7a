import { given, needed, optional, type Prompt } from "../src/prompt.ts";

/*
 * What people ask for again and again, in the safe order: look, show, ask, act, look again. Tools stand in backticks;
 * what a person typed is "the input" and never part of these texts.
 */

const user = { name: "user", description: "Who: login, e-mail address, name or id", required: true } as const;

const theOne = needed(
  "Find the person with `find_user`, the input's user as hint. If it is not surely one person, show me the candidates and ask.",
  "Read the person with `get_user`, the input's user as userId. If that is nobody, look with `list_users`, the input's user as q, and ask me who is meant.",
  "Read the person with `get_user`, the input's user as userId. If that is nobody, ask me for the login or id.",
);

const theirAccess = [
  "Read with `get_user_access` what they can reach: groups, apps, admin roles, OAuth clients, linked people.",
  "Read what they can reach: `list_user_groups`, `list_app_links` and `list_assigned_roles_for_user`.",
  "Read what they can reach: `list_user_groups` and `list_app_links`.",
] as const;

const offBoard: Prompt = {
  name: "off-board",
  title: "Off-board somebody",
  description: "End a person's access when they leave: what they have first, then a preview, then step by step.",
  arguments: [user, { name: "manager", description: "Who takes over the people they manage" }],
  steps: [
    theOne,
    optional(...theirAccess.map((way) => `${way} Show me that.`)),
    given(
      "manager",
      "Find the input's manager with `find_user` as well; `offboard_user` takes their id as newManagerId.",
      "Find the people they manage with `list_linked_objects_for_user` (relationshipName subordinate) and the input's manager with `get_user`. Show me both. When I agree, link each with `set_linked_object_for_user`, primaryRelationshipName manager.",
    ),
    needed(
      "Call `offboard_user` with the person's id and without confirm: it does nothing and shows every step. Show me all of it and say what cannot be undone. When I agree, call it again with the preview's runId and confirm: true, all else the same. If its reply is not complete, tell me what is left, then call it like that once more.",
      "Call `suspend_user`, then `revoke_user_sessions` with oauthTokens: true, then `deactivate_user`: each first without confirm, with its preview shown to me, and with confirm: true once I agreed. Leave out what their status does not allow. Say before the last that their app assignments are lost for good.",
      "Call `deactivate_user` without confirm and show me its preview: app assignments are lost for good. When I agree, call it with confirm: true.",
    ),
    optional("Look once more with `get_user`, and tell me what was done and what was not."),
  ],
};

const explainLockout: Prompt = {
  name: "explain-lockout",
  title: "Explain a lockout",
  description: "Why somebody cannot sign in, and what gets them back in: unlocking them or another step.",
  arguments: [user],
  steps: [
    theOne,
    optional("Read their status and times with `get_user`, detail full."),
    optional("See with `list_user_blocks` whether devices are blocked: any, or only unknown ones."),
    optional(
      "Read with `list_user_events` what happened to them in the last 7 days: failed sign-ins, locks, password and factor changes; when, from where, how often.",
    ),
    needed(
      "Explain in plain words why they cannot sign in, and what you could not see. Failures from places that are not theirs may be an attack: say so before anything is unlocked.",
    ),
    optional(
      "Only if they are LOCKED_OUT or blocked, and I agree: `unlock_user`. The password stays as it is. For any other status say what would help, and wait.",
    ),
  ],
};

const accessReview: Prompt = {
  name: "access-review",
  title: "Review somebody's access",
  description: "What a person can reach, through what, and what of it looks unusual.",
  arguments: [user],
  steps: [
    theOne,
    needed(...theirAccess),
    optional(
      "For each admin role with assignmentType USER and no targets shown see with `list_group_targets_for_role` or `list_app_targets_for_role` how far it reaches; an empty list means everything, an error that it cannot be told. A role held through a group has its targets there.",
    ),
    needed(
      "Give me a table: what they reach, through which group where a reply says so, and whether it fits their title and department. Recommend for each to keep, question or remove it. Say what you could not see. Change nothing.",
    ),
    optional(
      "Only for what I then name: `remove_user_from_group` for groups, `unassign_role_from_user` for roles. Show me each preview first.",
      "Only for the roles that I then name: `unassign_role_from_user`. Show me each preview first.",
    ),
  ],
};

const inactiveAccounts: Prompt = {
  name: "inactive-accounts",
  title: "Find inactive accounts",
  description: "Who has not signed in for so many days, and what to do about it.",
  arguments: [
    { name: "days", description: "Days without sign-in, 90 if left out", most: 3_650 },
    { name: "department", description: "Only people of this department" },
  ],
  steps: [
    needed(
      "List them with `list_inactive_users`, notSignedInDays as in the input, else 90.",
      'Page through `list_users`, search: status eq "ACTIVE". Keep whose lastLogin is more days ago than the input says, 90 if it does not; Okta cannot search by it. Say whose lastLogin is missing: they never signed in. After 1,000 people stop and tell me.',
    ),
    given(
      "department",
      "Narrow the search with: profile.department eq the input's department, as a string in double quotes. If nobody fits, see with `count_users` by profile.department how it is spelt.",
      "Narrow the search with: profile.department eq the input's department, as a string in double quotes.",
    ),
    needed(
      "Show me how many there are and a table, longest absent first: login, name, status, last sign-in. Mark what looks like an account of a machine, and who is new and never signed in.",
    ),
    optional("If there are more than fit here and I want a file, write it with `export_users`."),
    optional(
      "Only for those I then name: plan with `bulk_user_action`, action `suspend_user`, and show me the plan. Run it with its planId and confirm: true once I agreed.",
      "Only for those I then name: `suspend_user`, one by one. Show me each preview first.",
    ),
  ],
};

const newStarter: Prompt = {
  name: "new-starter",
  title: "Set up a new starter",
  description: "Create a person's account with groups and manager, after making sure that they have none.",
  arguments: [
    { name: "name", description: "First and last name", required: true },
    { name: "email", description: "E-mail address, which becomes the login", required: true },
    { name: "department", description: "Department" },
    { name: "title", description: "Job title" },
    { name: "manager", description: "Manager: login, name or id" },
    { name: "groups", description: "Groups by name, parted by commas" },
  ],
  steps: [
    optional(
      "Look with `find_user` for the input's email, then for its name. If somebody may be the same person, show me and wait.",
      "Look with `list_users` for the input's email as login (search), then for its name (q). If somebody may be the same person, show me and wait.",
    ),
    given(
      "manager",
      "Find the input's manager with `find_user`; it must be surely one person.",
      "Read the input's manager with `get_user`.",
    ),
    given("groups", "Find each group of the input with `list_groups`. If one is not there, show me what is near."),
    needed(
      "Call `onboard_user` without confirm: profile (login and email, firstName, lastName, and what else the input has), groups, managerId. Show me the preview and what the groups give. When I agree, call it again with the preview's runId and confirm: true, all else the same. If its reply is not complete, tell me what is left, then call it like that once more.",
      "Show me the profile and groups you would create them with, and that they get an activation mail. When I agree: `create_user`; if it answers with a preview, show me that too.",
    ),
    given(
      "manager",
      "Make sure that the reply of `onboard_user` has the link to the manager among its steps.",
      "Link them to their manager with `set_linked_object_for_user`, primaryRelationshipName manager.",
    ),
    optional("Look once more with `get_user`, and tell me what was done and what is left."),
  ],
};

const changedToday: Prompt = {
  name: "changed-today",
  title: "What changed today",
  description: "What was done to people and their access since midnight (UTC), and by whom.",
  arguments: [{ name: "user", description: "Only this person: login, e-mail address, name or id" }],
  steps: [
    given("user", ...theOne.ways),
    needed(
      "Read the events since midnight (UTC) with `list_user_events`, page by page; only those about the input's user, if it has one.",
      "Read with `list_users`, search: lastUpdated ge today's midnight (UTC), page by page, whom something changed about; only the input's user, if it has one. Say that this does not show what changed, nor who did it.",
    ),
    needed(
      "Sum it up: who is new, who left, who was suspended or locked, changes of passwords and factors, of groups and of admin roles, and who made them. Name first what is unusual: admin rights handed out, many people at once, many failed sign-ins.",
    ),
    optional("A change that this server made can be taken back by its changeId with `undo_change`: only if I ask."),
  ],
};

/** Every prompt, in the order hosts are shown them. */
export const prompts: readonly Prompt[] = [
  explainLockout,
  offBoard,
  newStarter,
  accessReview,
  inactiveAccounts,
  changedToday,
];
