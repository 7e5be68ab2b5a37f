import { fault, note, ok, risk, type Finding } from "./finding.ts";
import { isStream, type Observation } from "./observation.ts";

const own = ({ events }: Observation): string[] =>
  events.flatMap(({ id }) => (id === undefined || id === "" ? [] : [id]));

/** The id for the second request: one with known later events, and with earlier ones if there are enough. */
export function cursorFor(seen: Observation): string | undefined {
  const ids = own(seen);
  if (new Set(ids).size < ids.length) return undefined;
  return ids.length > 2 ? ids[1] : ids[0];
}

/** Compares the events of a returning reader with those that followed its cursor the first time. */
export function resume(first: Observation, second: Observation, cursor: string): Finding[] {
  const { status, events, error } = second;
  const fix =
    "Answer Last-Event-ID with the events after it, from a log or your database. Say so if they are gone.";
  if (error)
    return [fault("resume", `Reconnecting failed: ${error.message}.`, "Let readers reconnect.")];
  if (!isStream(second)) {
    return [fault("resume", `A reader that reconnects with its cursor gets ${status}.`, fix)];
  }
  const gap = events.find(({ type }) => type === "steadfeed.gap");
  if (gap)
    return [note("resume", `The server says that events after ${cursor} are gone: ${gap.data}`)];
  const ids = own(first);
  const at = ids.indexOf(cursor);
  const expected = ids[at + 1];
  const got = events.find(({ id }) => id !== undefined && id !== "")?.id;
  const known = got === undefined ? -1 : ids.indexOf(got);
  if (got === undefined) {
    if (expected === undefined)
      return [note("resume", "Nothing came after the only event, so nothing could be compared.")];
    const says = `Asked for what comes after ${cursor}, it sent nothing, though ${expected} had come after it.`;
    return [fault("resume", says, fix)];
  }
  if (got === expected) return [ok("resume", `after ${cursor} came ${got}, as before`)];
  if (known === at) {
    const says = `It sends the event of the cursor again: ${got}. Readers see it twice.`;
    return [risk("resume", says, "Begin after the cursor. Our readers can skip it: dedupe: true.")];
  }
  if (known !== -1 && known < at) {
    const says = `It ignores Last-Event-ID and starts over: after ${cursor} it sent ${got}.`;
    return [fault("resume", says, fix)];
  }
  if (expected === undefined)
    return [note("resume", `After ${cursor} came ${got}; there was nothing to compare it to.`)];
  const says = `It ignores Last-Event-ID: after ${cursor} had come ${expected}, and now comes ${got}. What is between is lost.`;
  return [fault("resume", says, fix)];
}
