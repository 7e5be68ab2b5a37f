import { count, duration } from "../core/units.ts";
import { fault, note, ok, risk, type Finding } from "./finding.ts";
import type { Observation } from "./observation.ts";

/** Whether a parser finds events in the bytes. */
export function format({
  pieces,
  events,
  strange,
  garbled,
  leftover,
  end,
  retryMs,
  comments,
}: Observation): Finding[] {
  if (pieces.length === 0) return [];
  const findings: Finding[] = [];
  if (garbled)
    findings.push(fault("format", "The bytes are not valid UTF-8.", "Encode the stream as UTF-8."));
  if (strange !== undefined) {
    const line = JSON.stringify(strange.slice(0, 60));
    const fix =
      'Each line of data begins with "data: ". Line ends within data need one for each line.';
    const says = `A line is not a field, and every reader drops it: ${line}.`;
    findings.push(events.length === 0 ? fault("format", says, fix) : risk("format", says, fix));
  } else if (events.length === 0 && leftover && !end) {
    const fix = "End each event with an empty line: two line ends in a row.";
    findings.push(
      fault("format", "Fields came, and no empty line: no event is ever complete.", fix),
    );
  }
  if (findings.length === 0 && events.length > 0)
    findings.push(ok("format", `${count(events.length, "event")} read`));
  if (
    events.length === 0 &&
    findings.length === 0 &&
    (comments.length > 0 || retryMs !== undefined)
  ) {
    findings.push(note("format", "No event came, only comments or fields without data."));
  }
  return findings;
}

/** `retry:`, which sets how often readers reconnect. */
export function retry({ retryMs }: Observation): Finding[] {
  if (retryMs === undefined) return [];
  if (retryMs < 100) {
    const says = `retry: ${retryMs} makes browsers reconnect without a pause: one restart, and all readers storm the server.`;
    return [
      fault("retry", says, "Send at least retry: 1000, or none: browsers then wait 3 s or more."),
    ];
  }
  if (retryMs > 300_000) {
    const says = `retry: ${retryMs} lets readers wait ${duration(retryMs)} after each cut.`;
    return [risk("retry", says, "Send a few seconds.")];
  }
  return [ok("retry", `readers reconnect after ${duration(retryMs)}`)];
}

/** Whether events have ids, which are required to resume. */
export function ids({ events, end }: Observation): Finding[] {
  if (events.length === 0) return [];
  const own = events.filter(({ id }) => id !== undefined && id !== "");
  const fix = "Give each event an id, and answer Last-Event-ID with the events after it.";
  if (own.length === 0) {
    const says = "Events have no id: a reader that reconnects loses the events sent in between.";
    // A single response may be read without ids.
    return [end?.complete ? risk("ids", says, fix) : fault("ids", says, fix)];
  }
  const different = new Set(own.map(({ id }) => id)).size;
  if (different < own.length) {
    const says = `${own.length} events have ${different} different ids: a reader cannot say where it was.`;
    return [fault("ids", says, fix)];
  }
  const without = events.filter(({ id }) => id === undefined || id === "");
  const types = new Set(own.map(({ type }) => type));
  if (without.some(({ type }) => types.has(type))) {
    const says = `${without.length} of ${events.length} events have no id: they are lost, or come twice, around a reconnect.`;
    return [risk("ids", says, fix)];
  }
  if (without.length > 0) {
    const names = [...new Set(without.map(({ type }) => type))].join(", ");
    return [note("ids", `Each event has an id, but those of the type ${names}.`)];
  }
  return [ok("ids", `each event has its own, such as ${own[0]!.id}`)];
}
