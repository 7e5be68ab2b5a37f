import { duration } from "../core/units.ts";
import { note, ok, risk, type Finding } from "./finding.ts";
import type { Observation } from "./observation.ts";

const fix =
  "Send a comment (a line with a colon, and an empty one) every 15 s: it keeps proxies from cutting, and tells readers that the line lives.";

/** Whether a silent stream sends heartbeats. */
export function heartbeat(
  { pieces, comments, headAt, forMs, end }: Observation,
  watchMs: number,
): Finding[] {
  if (pieces.length === 0) return [];
  const times = [headAt ?? 0, ...pieces.map(({ at }) => at), end?.at ?? forMs];
  const silences = times.slice(1).map((at, index) => at - times[index]!);
  const longest = Math.max(...silences);
  const [first, second] = [comments.at(-2), comments.at(-1)];
  if (first !== undefined && second !== undefined && second - first > 500) {
    return [ok("heartbeat", `a comment every ${duration(second - first)} or so`)];
  }
  if (longest >= 15_500) {
    return [risk("heartbeat", `${duration(longest)} without a sign of life.`, fix)];
  }
  const says =
    longest > watchMs / 2
      ? `Silent for ${duration(longest)}, which is too short to judge.`
      : `Never silent for more than ${duration(longest)}, so none was to be expected.`;
  return [note("heartbeat", `${says} --long looks longer.`)];
}
