import { single } from "../core/header.ts";

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const days = "Mon|Tue|Wed|Thu|Fri|Sat|Sun";
const time = "(?<time>\\d\\d:\\d\\d:\\d\\d)";

/** [spec] The three forms of a date: of today, of RFC 850, and of C's asctime(). */
const forms = [
  new RegExp(`^(?:${days}), (?<day>\\d\\d) (?<month>\\w{3}) (?<year>\\d{4}) ${time} GMT$`),
  new RegExp(
    `^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\\d\\d)-(?<month>\\w{3})-(?<year>\\d\\d) ${time} GMT$`,
  ),
  new RegExp(`^(?:${days}) (?<month>\\w{3}) (?<day>[ \\d]\\d) ${time} (?<year>\\d{4})$`),
];

/**
 * How long a server asks us to wait, in ms, at most `maxMs`: seconds, or a date. A fraction of a second counts as a whole one. What is neither
 * is no wish.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3
 */
export function retryAfterMs(
  header: string | null,
  maxMs: number,
  now: number = Date.now(),
): number | undefined {
  const value = single((header ?? "").replaceAll(/^[\t ]+|[\t ]+$/g, ""));
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(Math.ceil(Number(value)) * 1000, maxMs);
  const date = dateOf(value, now);
  return date === undefined ? undefined : Math.min(Math.max(0, date - now), maxMs);
}

function dateOf(value: string, now: number): number | undefined {
  const parts = forms.map((form) => form.exec(value)?.groups).find((groups) => groups);
  if (!parts) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = parts["time"]!.split(":").map(Number);
  const month = months.indexOf(parts["month"]!);
  const day = Number(parts["day"]);
  const date = new Date(Date.UTC(fullYear(parts["year"]!, now), month, day));
  // A day that its month does not have would be one of the next. A leap second is second 60.
  const fits = date.getUTCMonth() === month && date.getUTCDate() === day;
  if (!fits || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  return date.getTime() + ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** [spec] A year of two digits that seems more than 50 years ahead is of the century before. */
function fullYear(year: string, now: number): number {
  if (year.length === 4) return Number(year);
  const thisYear = new Date(now).getUTCFullYear();
  const ahead = thisYear - (thisYear % 100) + Number(year);
  return ahead > thisYear + 50 ? ahead - 100 : ahead;
}
