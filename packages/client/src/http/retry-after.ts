import { single } from "./header-value.ts";
const weekday = "(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?";

/** [spec] A date in today's format, or in that of RFC 850. */
const httpDate = new RegExp(
  `^${weekday}, (\\d\\d)[ -](\\w{3})[ -](\\d\\d(?:\\d\\d)?) (\\d\\d:\\d\\d:\\d\\d) GMT$`,
);

/** [spec] A date in the format of C's asctime(), in which the day may begin with a space. */
const asctime = /^(\w{3}) (\w{3}) ([ \d]\d) (\S+) (\d{4})$/;

/**
 * How long the server asks to wait, in ms, at most `maxMs`: from seconds or a date. A fraction of a second counts as a
 * whole one. `undefined` for any other value.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3
 */
export function retryAfterMs(
  header: string | null,
  maxMs: number,
  now: number = Date.now(),
): number | undefined {
  const value = single((header ?? "").replace(/^[\t ]+|[\t ]+$/g, ""));
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(Math.ceil(Number(value)) * 1000, maxMs);
  const dated = value.replace(asctime, "$1, $3 $2 $5 $4 GMT").replace(",  ", ", 0");
  const [, day, month, year = "", time] = httpDate.exec(dated) ?? [];
  // A leap second is written as second 60.
  const text = `${day} ${month} ${fullYear(year, now)} ${time?.replace(/60$/, "59")} GMT`;
  const date = new Date(text);
  // `Date` would turn a day that the month lacks into one of the next month.
  if (!date.toUTCString().endsWith(text)) return undefined;
  return Math.min(Math.max(0, date.getTime() - now), maxMs);
}

/** [spec] A two-digit year that seems to be more than 50 years in the future belongs to the previous century. */
function fullYear(year: string, now: number): string | number {
  if (year.length !== 2) return year;
  const thisYear = new Date(now).getUTCFullYear();
  const ahead = thisYear - (thisYear % 100) + Number(year);
  return ahead > thisYear + 50 ? ahead - 100 : ahead;
}
