import type { SeenEvent } from "./observation.ts";

const iso = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/;
const epoch = /(?<!\d)1\d{12}(?!\d)|(?<!\d)1\d{9}\.\d{1,6}(?!\d)/;
const uuid7 = /([\da-f]{8})-([\da-f]{4})-7[\da-f]{3}-/i;

/** The creation time of an event by its own account: a time in its data or its id, in milliseconds since 1970. */
export function clockOf({ id = "", data }: SeenEvent): number | undefined {
  for (const text of [data, id]) {
    const [written] = iso.exec(text) ?? [];
    if (written !== undefined) return Date.parse(written);
    const [number] = epoch.exec(text) ?? [];
    if (number !== undefined) return number.includes(".") ? Number(number) * 1000 : Number(number);
    const [, high, low] = uuid7.exec(text) ?? [];
    if (high !== undefined) return Number.parseInt(high + low!, 16);
  }
  return undefined;
}
