import { duration } from "../core/units.ts";
import { fault, note, ok, risk, type Finding } from "./finding.ts";
import type { Observation } from "./observation.ts";

/** Well-known time limits of proxies, in seconds. */
const limits: readonly (readonly [seconds: number, whose: string])[] = [
  [10, "Vercel's functions (hobby)"],
  [15, "Vercel's functions (pro)"],
  [25, "Vercel's edge functions, until the first byte"],
  [30, "API Gateway, Azure's and Google's gateways"],
  [55, "Heroku's router"],
  [60, "nginx (proxy_read_timeout), AWS load balancers"],
  [100, "Cloudflare"],
  [120, "Apache, HAProxy in many set-ups"],
];

/** How the stream ended, if it did, and whether a cut can be distinguished from an end. */
export function ending(seen: Observation): Finding[] {
  const { end, events, headers, tls, leftover } = seen;
  const isFramed =
    tls?.protocol === "h2" || headers.has("transfer-encoding") || headers.has("content-length");
  const findings: Finding[] = [];
  if (!isFramed) {
    const says =
      "A cut looks like an end: the answer has neither chunks nor a length, so it ends with its connection.";
    findings.push(
      risk(
        "end",
        says,
        "Send it chunked: answer in HTTP/1.1 or 2, and let proxies speak it too (nginx: proxy_http_version 1.1).",
      ),
    );
  }
  if (!end) return isFramed ? [ok("end", "a cut can be distinguished from an end")] : findings;
  const after = duration(end.at);
  const newest = Math.max(seen.headAt ?? 0, ...seen.pieces.map(({ at }) => at));
  const [, whose] = limits.find(([s]) => Math.abs(end.at - newest - s * 1000) < 1000) ?? [];
  const [, total] = limits.find(([s]) => Math.abs(end.at - s * 1000) < 1000) ?? [];
  if (whose !== undefined) {
    const says = `It ended after ${duration(end.at - newest)} of silence: that is the limit of ${whose}.`;
    findings.push(fault("end", says, "Send a comment every 15 s, or raise the limit."));
  } else if (!end.complete) {
    const hint = total === undefined ? "" : ` That is the limit of ${total}.`;
    const fix =
      "Look for a time limit of the platform or a proxy, and for an error in the handler.";
    findings.push(fault("end", `It was cut off after ${after}.${hint}`, fix));
  } else if (leftover) {
    const fix = "End the last event with an empty line.";
    findings.push(
      fault("end", `It ended after ${after} within an event, which every reader drops.`, fix),
    );
  } else {
    const one = events.some(({ data }) => data === "[DONE]") ? ", after [DONE]" : "";
    const says = `It ended in order after ${after}${one}: an EventSource requests it again and again.`;
    const fix =
      "If it is one answer, read it once (Feed with retry: false); to stop readers, answer 204 afterwards.";
    findings.push(note("end", says, fix));
  }
  return findings;
}
