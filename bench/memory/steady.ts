// Memory under steady load: node steady.ts PORT MINUTES
import { setTimeout as sleep } from "node:timers/promises";
import { Feed } from "@steadfeed/client";
import { collectGarbage } from "../measure.ts";

const [port, minutes] = process.argv.slice(2);
const feed = new Feed(`http://127.0.0.1:${port}/`);
const events = feed.subscribe("message");
let called = 0;
feed.subscribe("message", () => called++);
let iterated = 0;
void (async () => {
  for await (const { data } of events) iterated += data.length > 0 ? 1 : 0;
})();

const samples: { readonly heap: number; readonly rss: number; readonly events: number }[] = [];
const stepMs = (Number(minutes) * 60_000) / 20;
for (let i = 0; i <= 20; i++) {
  await sleep(stepMs);
  collectGarbage();
  const { heapUsed: heap, rss } = process.memoryUsage();
  samples.push({ heap, rss, events: feed.stats.events });
}
const { events: sent, dropped } = feed.stats;
if (dropped > 0 || called !== sent || sent === 0 || sent - iterated > 1024) {
  throw new Error(
    `${sent} came, ${called} were called for, ${iterated} iterated, ${dropped} dropped`,
  );
}
// The heap finds its size in the first quarter.
const quarters = [samples.slice(5, 10), samples.slice(16)];
const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!;
const grown = (what: "heap" | "rss"): number =>
  middle(quarters[1]!.map((each) => each[what])) - middle(quarters[0]!.map((each) => each[what]));
const figures = {
  "heap, after a quarter": middle(quarters[0]!.map(({ heap }) => heap)),
  "heap, grown since": grown("heap"),
  "RSS, grown since": grown("rss"),
  events: sent,
};
process.stdout.write(JSON.stringify(figures), () => process.exit());
