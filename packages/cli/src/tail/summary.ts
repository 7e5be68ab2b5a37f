import type { Feed } from "@steadfeed/client";
import type { Output } from "../core/output.ts";
import { count, duration, size } from "../core/units.ts";

/** Reports the number and the rate of events: at the end, and on request now and then. */
export class Summary {
  readonly #feed: Pick<Feed, "stats">;
  readonly #output: Output;
  readonly #start = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #before = { at: performance.now(), events: 0, bytes: 0 };

  constructor(feed: Pick<Feed, "stats">, output: Output) {
    this.#feed = feed;
    this.#output = output;
  }

  /** Reports the rate of events since the last time, every so many milliseconds. */
  every(ms: number): void {
    this.#timer = setInterval(() => this.#rates(), ms);
    this.#timer.unref();
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    const { events, bytes, opened, gaps } = this.#feed.stats;
    const ms = Math.round(performance.now() - this.#start);
    const text = `${count(events, "event")}, ${size(bytes)}, ${count(opened, "connection")}, ${count(gaps, "gap")} in ${duration(ms)}`;
    this.#output.say("summary", { events, bytes, connections: opened, gaps, ms }, text);
    // The last report must be written before the process ends.
    await this.#output.write("");
  }

  #rates(): void {
    const { events, bytes } = this.#feed.stats;
    const at = performance.now();
    const seconds = (at - this.#before.at) / 1000;
    const eventsPerSecond = (events - this.#before.events) / seconds;
    const bytesPerSecond = (bytes - this.#before.bytes) / seconds;
    this.#before = { at, events, bytes };
    const text = `${eventsPerSecond.toFixed(1)} events/s, ${size(bytesPerSecond)}/s`;
    this.#output.say("rates", { eventsPerSecond, bytesPerSecond }, text);
  }
}
