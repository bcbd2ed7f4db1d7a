import { done, firstFitting, inertText, type JobOkta, job, nameOf, OktaError, Refusal } from "../../src/job.ts";
import { isJsonObject, type JsonObject, z } from "../../src/schema.ts";
import { getUser, listUsers } from "../users.ts";
import { type Hint, isEmpty, LONGEST_HINT, readHint, withMailWords } from "./hint.ts";
import { type Fit, fitOf, JUDGED, KINDS } from "./likeness.ts";
import { attributesSearched, narrow, owners, usual, wide } from "./user-search.ts";

const FIELDS = `id,status,profile:(${JUDGED.join(",")})`;
/** The most that Okta puts on a page. */
const PAGE = 200;

/** So many bytes a reply may take for each candidate, and beside them. */
const BYTES_EACH = 220;
const BYTES_BESIDE = 380;
/** How long names and logins may stay, tried in turn until the reply is that short. */
const VALUE_LENGTHS = [100, 60, 30, 15];

const NOBODY = "Nobody fits. Try a login, an e-mail address, an employee number or another spelling.";
const PHONE = "Numbers are found by their start: give the whole one with + and the country's code.";
const SOME = "Nobody fits every word; these fit some. Ask whether one of them is meant.";
const DIFFERENT = "The hint fits different people. Ask which one is meant before changing anything.";
const SEVERAL = "Several people fit. Ask which one is meant before changing anything.";
const OTHERS = "The first is exactly what was asked for; the others fit too.";
const MORE = "More people fit than are shown: give one more word or a larger limit.";
const UNSEEN = "Too many people came into question to look at all of them: give one more word.";

interface Candidate extends Fit {
  readonly user: JsonObject;
}

interface Ranking {
  readonly candidates: readonly Candidate[];
  /** Why the first is not exactly who was asked for, though something unmistakable fits. */
  readonly doubt: string | undefined;
}

export const findUser = job({
  name: "find_user",
  title: "Find user",
  summary: "Find a person by what is known of them, misspelt or in part, DEPROVISIONED ones too.",
  scope: "okta.users.read",
  effect: "read",
  arguments: {
    hint: z.string().describe("name, login, mail, id, phone, employee number; department, title or city beside a name"),
    limit: z.number().int().min(1).max(20).default(5).describe("1 to 20, default 5"),
  },
  check: ({ hint }) => {
    if (hint.length > LONGEST_HINT) return { field: "hint", problem: `must have at most ${LONGEST_HINT} characters` };
    if (isEmpty(readHint(hint)))
      return { field: "hint", problem: "names nobody; give a name, login, e-mail address, id or number" };
    return undefined;
  },
  run: async (okta, { hint, limit }) => {
    const given = readHint(hint);
    const { id } = given;
    const named = id === undefined ? undefined : await oneUser(okta, id);
    const byId = rank(named === undefined ? [] : [named], given);
    if (isEmpty({ ...given, id: undefined }) || byId.candidates.some((one) => missed(one, given).length === 0))
      return done(reply(byId, ["id"], limit, false));
    // With an id before and a second search after them these would be four requests: the search finds logins as well.
    const login = id === undefined ? asLogin(given) : undefined;
    const [current, first] = await Promise.all([byLogin(okta, login), page(okta, usual(given))]);
    const known = [current, named].filter((user) => user !== undefined);
    const users = new Map([...first.users, ...known].map((user) => [user.id, user]));
    let ranking = rank([...users.values()], given);
    let { more } = first;
    const exact = ranking.candidates[0]?.kind === "exact";
    const asked = more || exact ? given : withMailWords(given);
    const search = more ? amongMany(ranking, asked) : amongFew(ranking, asked);
    if (search !== undefined) {
      const second = await page(okta, search);
      for (const user of second.users) users.set(user.id, user);
      more = second.more;
      ranking = rank([...users.values()], asked);
    }
    const searched = [...(id === undefined ? [] : ["id"]), ...attributesSearched(asked)];
    return done(reply(ranking, searched, limit, more));
  },
});

/** What to search for where more people came into question than were seen. */
function amongMany({ candidates: [best] }: Ranking, hint: Hint): string | undefined {
  if (best?.kind !== "exact" || missed(best, hint).length > 0) return narrow(hint);
  return best.lasting ? undefined : owners(hint);
}

/** What to search for where everybody was seen and nobody fits, or somebody else may be meant. */
function amongFew({ candidates: [best], doubt }: Ranking, hint: Hint): string | undefined {
  return best === undefined || best.kind === "some" || doubt === SOME ? wide(hint) : undefined;
}

/** A login Okta takes in a path: one with a slash or question mark is found by search only (documented). */
function asLogin({ mails }: Hint): string | undefined {
  return mails.find((mail) => !/[/?\\]/.test(mail));
}

/** Who has this id or login now; undefined when nobody does. */
async function oneUser(okta: JobOkta, userId: string): Promise<JsonObject | undefined> {
  try {
    const { body } = await okta.read(getUser, { userId });
    return isJsonObject(body) ? body : undefined;
  } catch (error) {
    if (error instanceof OktaError && error.failure.code === "E0000007") return undefined;
    throw error;
  }
}

/** The same by login, which the search finds too, save what changed within the last second (documented). */
async function byLogin(okta: JobOkta, login: string | undefined): Promise<JsonObject | undefined> {
  if (login === undefined) return undefined;
  try {
    return await oneUser(okta, login);
  } catch (error) {
    if (error instanceof Refusal && error.code === "tool_disabled") return undefined;
    throw error;
  }
}

async function page(okta: JobOkta, search: string): Promise<{ users: JsonObject[]; more: boolean }> {
  const { body, next } = await okta.read(listUsers, { search, limit: PAGE, fields: FIELDS });
  const users = Array.isArray(body) ? body.filter(isJsonObject) : [];
  return { users, more: next !== undefined };
}

/** The best first; those of a lesser kind only where nobody fits every word, or where they fit what the first does not. */
function rank(users: readonly JsonObject[], hint: Hint): Ranking {
  const fitting = users
    .flatMap((user) => {
      const fit = fitOf(user, hint);
      return fit === undefined ? [] : [{ ...fit, user }];
    })
    .sort(
      (one, other) =>
        KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind) ||
        Number(other.lasting) - Number(one.lasting) ||
        other.score - one.score ||
        Number(isGone(one)) - Number(isGone(other)) ||
        (String(one.user.id) < String(other.user.id) ? -1 : 1),
    );
  const [first, ...others] = fitting;
  if (first === undefined || first.kind === "some") return { candidates: fitting, doubt: undefined };
  const rivals = first.kind === "exact" ? rivalsOf(first, others, hint) : [];
  const whole = fitting.filter(({ kind }) => kind !== "some");
  return {
    candidates: [...whole, ...rivals.filter(({ kind }) => kind === "some")],
    doubt: rivals.length > 0 ? DIFFERENT : first.doubtful ? SOME : undefined,
  };
}

/** Who fits what the first does not, by something unmistakable or by the words beside; of the latter those who fit most. */
function rivalsOf(first: Candidate, others: readonly Candidate[], hint: Hint): Candidate[] {
  const lacking = missed(first, hint);
  const rivals = others.filter(
    ({ kind, score, fits }) =>
      lacking.some((part) => fits.has(part)) && (kind === "exact" || first.doubtful || score > first.score),
  );
  const most = Math.max(...rivals.map(({ kind, fits }) => (kind === "exact" ? 0 : fits.size)));
  return rivals.filter(({ kind, fits }) => kind === "exact" || fits.size === most);
}

/** What of the hint does not fit somebody. */
function missed({ fits }: Fit, { mails, phone, words }: Hint): string[] {
  const parts = [...mails, ...(phone === undefined ? [] : [phone]), ...words.map(({ plain }) => plain)];
  return parts.filter((part) => !fits.has(part));
}

function isGone({ user }: Candidate): boolean {
  return user.status === "DEPROVISIONED";
}

/** @param more whether people came into question who were not looked at */
function reply({ candidates, doubt }: Ranking, searched: readonly string[], limit: number, more: boolean): JsonObject {
  const [first, second] = candidates;
  const exact = first !== undefined && doubt === undefined && (first.lasting || !more) && isAhead(first, second);
  const partly = first?.kind === "some" ? SOME : doubt;
  const notes = [
    ...(first === undefined ? [searched.includes("mobilePhone") ? `${NOBODY} ${PHONE}` : NOBODY] : []),
    ...(partly === undefined ? [] : [partly]),
    ...(second === undefined || partly !== undefined ? [] : [exact ? OTHERS : SEVERAL]),
    ...(candidates.length > limit ? [MORE] : []),
    ...(more && !exact ? [UNSEEN] : []),
  ];
  const show = (longest: number): JsonObject => ({
    candidates: candidates.slice(0, limit).map((candidate) => shown(candidate, longest)),
    exact,
    searched: [...searched],
    ...(notes.length > 0 ? { note: notes.join(" ") } : {}),
  });
  const most = BYTES_BESIDE + BYTES_EACH * limit;
  const fits = (one: JsonObject): boolean => Buffer.byteLength(JSON.stringify(one)) <= most;
  return firstFitting(VALUE_LENGTHS, show, fits) ?? show(15);
}

/** Whether something unmistakable fits the first, and the next less. */
function isAhead(first: Fit, next: Fit | undefined): boolean {
  if (first.kind !== "exact" || next?.kind !== "exact") return first.kind === "exact";
  return first.lasting !== next.lasting || next.score < first.score;
}

function shown({ user, matched }: Candidate, longest: number): JsonObject {
  const profile = isJsonObject(user.profile) ? user.profile : {};
  return {
    id: inertText(String(user.id), 20),
    login: inertText(String(profile.login ?? ""), longest),
    name: inertText(nameOf(profile), longest),
    status: inertText(String(user.status), 20),
    matched: [...matched],
  };
}
