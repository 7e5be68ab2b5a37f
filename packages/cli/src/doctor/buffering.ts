import { duration, size } from "../core/units.ts";
import { clockOf } from "./clock.ts";
import { fault, note, ok, risk, type Finding } from "./finding.ts";
import { isStream, lateMs, type Observation, type SeenEvent } from "./observation.ts";

/** Events that arrive within so many milliseconds arrived together. */
const together = 50;

/** Events this far apart by their own clock were held back, if they arrived together more than once. */
const heldMs = 200;

/** The same, if it is seen only once: with the first bytes. */
const heldOnceMs = 1000;

/** Whether something between the server and here buffers events. `plain`: the same stream without compression. */
export function buffering(seen: Observation, plain: Observation | undefined): Finding[] {
  if (seen.pieces.length === 0 && !seen.end) return silent(seen, plain);
  const found = held(seen) ?? inPieces(seen) ?? atTheEnd(seen);
  if (found) return [fault("buffering", `${found}${via(seen)}`, fixFor(seen)), ...advice(seen)];
  const first = seen.pieces[0]?.at ?? 0;
  const late = seen.headAt !== undefined && seen.headAt > 1000 && first - seen.headAt < together;
  if (late) {
    const says = `The head came after ${duration(seen.headAt)}, together with the first bytes.`;
    const fix =
      "Flush the head at once (res.flushHeaders()), and send a comment: readers and proxies wait for it.";
    return [risk("buffering", says, fix), ...advice(seen)];
  }
  if (seen.pieces.length === 0) return advice(seen);
  return [
    ok("buffering", `the first bytes came ${duration(first)} after the request`),
    ...advice(seen),
  ];
}

/** Nothing arrived. */
function silent(seen: Observation, plain: Observation | undefined): Finding[] {
  const coding = seen.headers.get("content-encoding") ?? "gzip";
  const forMs = duration(seen.forMs);
  if (plain && plain.pieces.length > 0) {
    const says = `Compressed (${coding}) not one event came within ${forMs}; uncompressed the first came after ${duration(plain.pieces[0]!.at)}. The compression is not flushed.`;
    const fix =
      "Answer with Cache-Control: no-transform, leave text/event-stream out of the compressing middleware, or flush after each event (res.flush()).";
    return [fault("compression", says, fix)];
  }
  if (seen.status === undefined) {
    const says = `No answer within ${forMs}, not even a head.`;
    const fix = `The server sends no head before its first event, or a proxy holds it back. Flush the head at once (res.flushHeaders()). ${proxyFix}`;
    return [fault("buffering", says, fix)];
  }
  const proxy = proxyOf(seen);
  const says = `The head came after ${duration(seen.headAt!)}, and then not one byte within ${forMs}`;
  if (proxy !== undefined) {
    return [
      fault(
        "buffering",
        `${says}, through ${proxy}: it holds events back, or there are none, and no heartbeat.`,
        fixFor(seen),
      ),
    ];
  }
  const fix = `If there were events, something holds them back. ${proxyFix} If there were none, send a comment at once and every 15 s.`;
  return [risk("buffering", `${says}: no event and no heartbeat.`, fix), ...advice(seen)];
}

/** Events that arrived together, although they were created one after the other since the request. */
function held(seen: Observation): string | undefined {
  const heaps = groupsOf(seen.events)
    .map((group) => ({ at: group[0]!.at, size: group.length, apart: apartOf(group, seen) }))
    .filter(({ at, apart }) => {
      const late = lateMs(seen.stalls, at - apart, at);
      return apart >= Math.max(heldMs, 2 * late);
    });
  const [heap] = heaps;
  const first = seen.events[0]?.at;
  if (!heap || (heaps.length < 2 && (heap.at !== first || heap.apart < heldOnceMs)))
    return undefined;
  const again = heaps.length > 1 ? `, and so it went on` : "";
  return `${heap.size} events came at once after ${duration(heap.at)}; by their own clock they are ${duration(heap.apart)} apart${again}.`;
}

/** How far apart events are by their own clock. Events created before the request are a replay. */
function apartOf(group: readonly SeenEvent[], { startedAt, headers }: Observation): number {
  // The server's clock in the Date header, which has full seconds only.
  const date = Date.parse(headers.get("date") ?? "");
  const skew = Number.isNaN(date) ? 0 : date - startedAt;
  const made = group
    .map(clockOf)
    .filter((clock) => clock !== undefined && clock > startedAt + Math.min(skew, 0) - 1000);
  if (made.length < 2 || made.length < group.length / 2) return 0;
  const apart = Math.max(...(made as number[])) - Math.min(...(made as number[]));
  return apart > group[0]!.at + 1500 ? 0 : apart;
}

/** Chunks that end within an event, long before the rest of it: a buffer that was full. */
function inPieces({ pieces, stalls }: Observation): string | undefined {
  const full = pieces.flatMap(({ within, at }, index) => {
    const next = pieces[index + 1]?.at ?? 0;
    const pause = Math.max(300, 2 * lateMs(stalls, at, next));
    return within && next - at > pause ? [index] : [];
  });
  const [end] = full;
  if (end === undefined) return undefined;
  const { at } = pieces[end]!;
  const heap = pieces.slice(0, end + 1).filter((piece) => at - piece.at <= together);
  const isFirst = heap.length === end + 1 && at > 1000;
  if ((full.length < 2 && !isFirst) || !heap.some(({ events }) => events > 1)) return undefined;
  const bytes = heap.reduce((sum, piece) => sum + piece.bytes, 0);
  return `${size(bytes)} came at once and end within an event: a buffer of that size was full.`;
}

/** The whole response arrived when it was complete. */
function atTheEnd({ pieces, events, end }: Observation): string | undefined {
  const first = pieces[0]?.at ?? 0;
  if (!end || events.length < 2 || first < 1000 || end.at - first > 200) return undefined;
  return `All ${events.length} events came at once after ${duration(first)}, when the answer was complete.`;
}

function groupsOf(events: readonly SeenEvent[]): SeenEvent[][] {
  const groups: SeenEvent[][] = [];
  for (const event of events) {
    const group = groups.at(-1);
    if (group && event.at - group[0]!.at < together) group.push(event);
    else groups.push([event]);
  }
  return groups;
}

/** Missing headers that would keep others from buffering. */
function advice(seen: Observation): Finding[] {
  if (!isStream(seen)) return [];
  const { headers } = seen;
  const findings: Finding[] = [];
  const coding = headers.get("content-encoding");
  if (coding !== null && !/^(x-)?gzip$|^deflate$|^br$|^zstd$/i.test(coding.trim())) {
    const says = `Content-Encoding: ${coding} is not an encoding: some readers and proxies refuse it.`;
    findings.push(
      risk(
        "compression",
        says,
        "Leave it out. What keeps middleware from compressing is Cache-Control: no-transform.",
      ),
    );
  } else if (coding !== null) {
    findings.push(ok("compression", `${coding}, and each event is flushed`));
  } else if (!/no-transform/i.test(headers.get("cache-control") ?? "")) {
    const says =
      "Nothing keeps a middleware or a proxy from compressing it, and so from holding it back.";
    findings.push(note("compression", says, "Answer with Cache-Control: no-store, no-transform."));
  }
  // nginx removes the header from its responses.
  if (headers.get("x-accel-buffering") !== "no" && !/nginx/i.test(proxyOf(seen) ?? "")) {
    const says = "An nginx in front of it would hold events back by default.";
    findings.push(note("buffering", says, "Answer with X-Accel-Buffering: no."));
  }
  return findings;
}

const proxyFix = "nginx: proxy_buffering off, or X-Accel-Buffering: no from the server.";

function proxyOf({ headers }: Observation): string | undefined {
  const server = headers.get("server") ?? "";
  if (/nginx|openresty|cloudflare|envoy|apache|varnish|haproxy|caddy|awselb|vercel/i.test(server))
    return server;
  return headers.get("via") ?? undefined;
}

const via = (seen: Observation): string => {
  const proxy = proxyOf(seen);
  return proxy === undefined ? "" : ` It came through ${proxy}.`;
};

function fixFor(seen: Observation): string {
  const proxy = proxyOf(seen) ?? "";
  if (/nginx|openresty/i.test(proxy)) {
    return "Set proxy_buffering off (and gzip off) in that location, or answer with X-Accel-Buffering: no.";
  }
  if (/apache/i.test(proxy))
    return "Use flushpackets=on for that ProxyPass, and no mod_deflate for text/event-stream.";
  if (seen.headers.has("content-encoding")) {
    return "Answer with Cache-Control: no-transform, or flush the compression after each event (res.flush()).";
  }
  return `Write each event as it happens, from a stream and not from a handler that returns when it is done. ${proxyFix}`;
}
