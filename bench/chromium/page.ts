// The code of the page: a bundle for browsers.
import { createEventSource } from "eventsource-client";
import { EventSource as Ponyfill } from "eventsource";
import { Feed } from "@steadfeed/client";
import { Tally } from "../fixtures.ts";
import { workloads } from "../client/workloads.ts";

type Close = () => void;
type Open = (url: string, take: (data: string) => void, fail: (why: unknown) => void) => Close;

const standard =
  (Source: typeof EventSource): Open =>
  (url, take, fail) => {
    const source = new Source(url);
    source.addEventListener("message", ({ data }) => take(data as string));
    source.addEventListener("error", fail);
    return () => source.close();
  };

const feed: Open = (url, take, fail) => {
  const opened = new Feed(url);
  opened.on("waiting", ({ error }) => error.code !== "ended" && fail(error));
  opened.subscribe("message", ({ data }) => take(data));
  return () => opened.close();
};

const contenders: Readonly<Record<string, Open>> = {
  Steadfeed: feed,
  "Steadfeed, again": feed,
  "EventSource of the browser": standard(EventSource),
  "eventsource-client": (url, take, fail) => {
    const source = createEventSource({
      url,
      onMessage: ({ data }) => take(data),
      onScheduleReconnect: () => fail("it reconnects"),
    });
    return () => source.close();
  },
  eventsource: standard(Ponyfill),
};

/** Reads events of a stream for a time; resolves with their number and the time. */
async function run(
  name: string,
  workload: string,
  url: string,
  size: number,
  timedMs: number,
): Promise<{ readonly events: number; readonly ms: number }> {
  const samples = workloads[workload]!.samples(size);
  const tally = new Tally(samples.length);
  let close: Close = () => {};
  const ms = await new Promise<number>((done, fail) => {
    let start = 0;
    let over = false;
    const take = (data: string): void => {
      if (over) return;
      start ||= performance.now();
      tally.take(data);
      if (tally.events % samples.length > 0 || performance.now() - start < timedMs) return;
      over = true;
      done(performance.now() - start);
    };
    close = contenders[name]!(url, take, (why) => over || fail(new Error(String(why))));
  }).finally(() => close());
  tally.expect(samples, tally.events / samples.length);
  return { events: tally.events, ms };
}

async function say(what: object): Promise<void> {
  await fetch("/", { method: "POST", body: JSON.stringify(what) });
}

const [name, workload, url, size, timedMs] = JSON.parse(
  decodeURIComponent(location.search.slice(1)),
) as [string, string, string, number, number];
try {
  await say(await run(name, workload, url, size, timedMs / 2));
  // The CPU time is read in between.
  await new Promise((later) => setTimeout(later, 50));
  await say(await run(name, workload, url, size, timedMs));
} catch (error) {
  await say({ error: `${name}, ${workload}: ${String(error)}` });
}
