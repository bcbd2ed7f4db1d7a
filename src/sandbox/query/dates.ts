const ZERO = 48;
const NINE = 57;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The Gregorian calendar repeats after 400 years, to the weekday. */
const CYCLE_YEARS = 400;
const CYCLE = 146_097 * 24 * HOUR;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The decimal number in `count` characters; NaN if one is not a digit or the text is too short. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const code = text.charCodeAt(i);
    if (!(code >= ZERO && code <= NINE)) return Number.NaN;
    value = value * 10 + (code - ZERO);
  }
  return value;
}

function daysIn(year: number, month: number): number {
  if (month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) return 29;
  return DAYS[month - 1] ?? 0;
}

/** Minutes east of UTC for `Z`, `+hh:mm` or `+hhmm` reaching to the end of the text; NaN for anything else. */
function zone(text: string, from: number): number {
  const sign = text[from];
  if (sign === "Z") return text.length === from + 1 ? 0 : Number.NaN;
  if (sign !== "+" && sign !== "-") return Number.NaN;
  const minutesFrom = text[from + 3] === ":" ? from + 4 : from + 3;
  const hours = digits(text, from + 1, 2);
  const minutes = digits(text, minutesFrom, 2);
  if (!(hours <= 23 && minutes <= 59) || text.length !== minutesFrom + 2) return Number.NaN;
  return (sign === "-" ? -1 : 1) * (hours * 60 + minutes);
}

/**
 * Epoch milliseconds of an ISO 8601 date and time with zone, such as `2021-01-01T00:00:00.000Z`; undefined for
 * anything else, including days and hours that do not exist.
 *
 * Okta documents `yyyy-MM-dd'T'HH:mm:ss.SSSZZ`. One to three digits of fraction or none, and an offset with or without
 * colon, are accepted too; how far Okta's own leniency goes is unverified, and a date without time is refused.
 */
export function instant(text: string): number | undefined {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  if (text[4] !== "-" || text[7] !== "-" || text[10] !== "T" || text[13] !== ":" || text[16] !== ":") return undefined;
  // Written so that NaN fails: a comparison with NaN is always false.
  if (!(year >= 0 && day >= 1 && day <= daysIn(year, month))) return undefined;
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return undefined;

  let milliseconds = 0;
  let rest = 19;
  if (text[rest] === ".") {
    let weight = 100;
    for (rest = 20; rest < 23; rest++, weight /= 10) {
      const digit = digits(text, rest, 1);
      if (Number.isNaN(digit)) break;
      milliseconds += digit * weight;
    }
    if (rest === 20) return undefined;
  }
  const offset = zone(text, rest);
  if (Number.isNaN(offset)) return undefined;
  // Date.UTC takes the years 0 to 99 for 1900 to 1999, so it is asked about a later cycle.
  return Date.UTC(year + CYCLE_YEARS, month - 1, day, hour, minute, second, milliseconds) - CYCLE - offset * MINUTE;
}
