import { Feed, FeedError, type GapInfo } from "@steadfeed/client";
import type { Ledger } from "@steadfeed/client/testing";
import { Consumer } from "./consumer.ts";
import { between, chance, pick, type Random } from "./random.ts";

/** What all actors have found out. */
export interface Tally {
  feeds: number;
  opened: number;
  subscriptions: number;
  received: number;
  gone: number;
  dropped: number;
  readonly gaps: Record<string, number>;
  readonly faults: string[];
  /** Everything that must be collectable at the end. */
  readonly made: WeakRef<object>[];
}

const mostConsumers = 4;
/** The number of reports of a feed that are shown with a fault. */
const mostStatuses = 25;
const kinds = ["idle", "connecting", "open", "waiting", "paused", "gap"] as const;

/** One feed after another on one stream, with consumers that come and go. */
export class Actor {
  readonly #url: string;
  readonly #stream: string;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #tally: Tally;
  #consumers: Consumer[] = [];
  #feed: Feed;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the feed told last, and where it stood. */
  #story: string[] = [];
  #gap: GapInfo | undefined;

  constructor(url: string, stream: string, ledger: Ledger, random: Random, tally: Tally) {
    this.#url = `${url}?stream=${stream}`;
    this.#stream = stream;
    this.#ledger = ledger;
    this.#random = random;
    this.#tally = tally;
    this.#feed = this.#open("");
    this.#next();
  }

  /** Does nothing more of its own, and wants everything. */
  rest(): void {
    clearTimeout(this.#timer);
    this.#feed.resume();
    if (this.#consumers.length === 0) this.#come();
    for (const consumer of this.#consumers) consumer.calm = true;
  }

  /** What is not accounted for yet. */
  get missing(): string[] {
    return this.#consumers.flatMap((each) => this.#faultsOf(each, true));
  }

  /** Judges all who are still there, and closes the feed. */
  close(): void {
    clearTimeout(this.#timer);
    for (const consumer of this.#consumers) this.#judge(consumer, true);
    this.#consumers = [];
    this.#close();
  }

  #next(): void {
    this.#timer = setTimeout(
      () => {
        this.#act();
        this.#next();
      },
      between(this.#random, 20, 600),
    );
  }

  #act(): void {
    for (const consumer of this.#consumers) if (consumer.over) this.#judge(consumer, false);
    this.#consumers = this.#consumers.filter((consumer) => !consumer.over);
    // Reads what came so far, so that no recorder holds on to more than a moment's events.
    for (const consumer of this.#consumers) consumer.account(false);
    const roll = this.#random();
    if (roll < 0.35) this.#come();
    else if (roll < 0.6) this.#leave();
    else if (roll < 0.68) this.#feed.reconnect();
    else if (roll < 0.74) this.#feed.pause();
    else if (roll < 0.94) this.#feed.resume();
    else this.#replace();
  }

  #tell(what: string): void {
    this.#story.push(`${this.#ledger.size} published, ${what}`);
    if (this.#story.length > mostStatuses) this.#story.shift();
  }

  #come(): void {
    if (this.#consumers.length >= mostConsumers) return this.#leave();
    const consumer = new Consumer(this.#feed, this.#ledger, this.#stream, this.#random, this.#gap);
    this.#tell(`${consumer.name} came at ${this.#feed.lastEventId}`);
    this.#consumers.push(consumer);
    this.#tally.subscriptions++;
    this.#tally.made.push(new WeakRef(consumer.subscription));
  }

  #leave(): void {
    const consumer = this.#consumers.shift();
    if (!consumer) return;
    consumer.leave();
    this.#tell(`${consumer.name} left at ${this.#feed.lastEventId}`);
    this.#judge(consumer, false);
  }

  /** A process that ends, and one that starts: with the cursor of the first, or with none. */
  #replace(): void {
    const cursor = chance(this.#random, 0.7) ? this.#feed.lastEventId : "";
    for (const consumer of this.#consumers) this.#judge(consumer, false);
    this.#consumers = [];
    this.#close();
    this.#feed = this.#open(cursor);
  }

  #open(lastEventId: string): Feed {
    const feed = new Feed(this.#url, {
      lastEventId,
      retry: {
        initialDelayMs: between(this.#random, 1, 50),
        maxDelayMs: 300,
        stableAfterMs: 100,
        maxServerRetryMs: 300,
      },
      timeouts: { connectMs: 2000, headersMs: 2000, idleMs: 2500 },
      ...(chance(this.#random, 0.3) && { fetch: globalThis.fetch }),
      lingerMs: pick(this.#random, [0, 0, 200]),
    });
    const { gaps, faults } = this.#tally;
    this.#gap = undefined;
    feed.on("gap", (gap) => {
      this.#gap = gap;
      gaps[gap.reason] = (gaps[gap.reason] ?? 0) + 1;
    });
    feed.on("error", ({ error }) => {
      // A callback that is too slow for its policy gets an error, as requested.
      if (error.cause instanceof FeedError && error.cause.code === "overflow") return;
      faults.push(`${this.#stream}: ${String(error)}`);
    });
    feed.on("closed", ({ reason, error }) => {
      if (reason !== "closed") faults.push(`${this.#stream}: ended as ${reason}: ${String(error)}`);
    });
    this.#story = [];
    for (const kind of kinds) {
      feed.on(kind, (status) => {
        const data = "data" in status ? ` ${status.data}` : "";
        const why = "error" in status && status.error ? `: ${String(status.error)}` : "";
        this.#tell(`${kind} at ${feed.lastEventId}${data}${why}`);
      });
    }
    this.#tally.feeds++;
    this.#tally.made.push(new WeakRef(feed));
    return feed;
  }

  #close(): void {
    this.#tally.opened += this.#feed.stats.opened;
    this.#feed.close();
  }

  #judge(consumer: Consumer, complete: boolean): void {
    const { received, gone } = consumer.account(complete);
    this.#tally.received += received;
    this.#tally.gone += gone;
    this.#tally.dropped += consumer.subscription.stats.dropped;
    const faults = this.#faultsOf(consumer, complete);
    if (faults.length > 0) this.#tally.faults.push(...faults, ...this.#story);
  }

  #faultsOf(consumer: Consumer, complete: boolean): string[] {
    const { faults } = consumer.account(complete);
    const where = `${this.#stream} (${this.#feed.state} at ${this.#feed.lastEventId})`;
    const { pending } = consumer.subscription.stats;
    return faults.map((fault) => `${where}, ${consumer.name}, ${pending} pending: ${fault}`);
  }
}
