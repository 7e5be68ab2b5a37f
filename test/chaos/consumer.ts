import { setTimeout as sleep } from "node:timers/promises";
import {
  Channel,
  FeedError,
  type ChannelOptions,
  type Feed,
  type FeedEvent,
  type GapInfo,
  type Overflow,
  type Subscription,
} from "@steadfeed/client";
import { Recorder, type Account, type Ledger } from "@steadfeed/client/testing";
import { between, chance, pick, type Random } from "./random.ts";

type Event = FeedEvent;

const forms = ["callback", "asynchronous callback", "iterator", "channel"] as const;
const overflows: readonly Overflow[] = ["pause", "drop-oldest", "drop-newest", "latest", "error"];

/** One subscription of any form and policy, which is sometimes slow, and its recorder. */
export class Consumer {
  readonly name: string;
  readonly subscription: Subscription<Event>;
  /** Whether it left, or was made to. */
  over = false;
  /** From now on it keeps up. */
  calm = false;
  readonly #recorder: Recorder;
  readonly #random: Random;
  /** How often it dawdles: some never do. */
  readonly #laziness: number;

  /** `gap` is the last one that the feed told. */
  constructor(
    feed: Feed,
    ledger: Ledger,
    stream: string,
    random: Random,
    gap: GapInfo | undefined,
  ) {
    const form = pick(random, forms);
    const types = pick(random, [["*"], [`${stream}.a`], [`${stream}.b`, "all"]]);
    const options: Required<ChannelOptions> = {
      capacity: between(random, 1, 40),
      overflow: pick(random, overflows),
    };
    this.#random = random;
    this.#laziness = pick(random, [0, 0.02, 0.2]);
    this.name = `${form} of ${types.join(", ")}, ${options.overflow} at ${options.capacity}`;
    const all = types[0] === "*" ? [`${stream}.a`, `${stream}.b`, "all"] : types;
    this.#recorder = new Recorder(feed, ledger, all);
    if (gap) this.#recorder.gap(gap);
    this.subscription = this.#subscribe(feed, form, types, options);
    void this.subscription.closed.then(() => {
      this.over = true;
      this.#recorder.stop();
    });
  }

  account(complete: boolean): Account {
    const { dropped } = this.subscription.stats;
    return this.#recorder.account({ dropped, complete: complete && !this.over });
  }

  leave(): void {
    this.over = true;
    this.subscription.close();
  }

  #subscribe(
    feed: Feed,
    form: (typeof forms)[number],
    types: readonly string[],
    options: ChannelOptions,
  ): Subscription<Event> {
    const { take } = this.#recorder;
    if (form === "callback") return feed.subscribe(types, take);
    if (form === "asynchronous callback") {
      const taking = async (event: Event): Promise<void> => {
        take(event);
        await this.#dawdle();
      };
      return feed.subscribe(types, taking, options);
    }
    if (form === "iterator") {
      const subscription = feed.subscribe(types, options);
      void this.#consume(subscription);
      return subscription;
    }
    const channel = new Channel<Event>(options);
    const subscription = feed.subscribe(types, channel);
    void this.#consume(channel);
    void subscription.closed.then(() => channel.close());
    return subscription;
  }

  async #consume(events: AsyncIterable<Event>): Promise<void> {
    try {
      for await (const event of events) {
        this.#recorder.take(event);
        await this.#dawdle();
      }
    } catch (error) {
      if (!(error instanceof FeedError) || error.code !== "overflow") throw error;
    }
  }

  async #dawdle(): Promise<void> {
    if (!this.calm && chance(this.#random, this.#laziness)) {
      await sleep(between(this.#random, 1, chance(this.#random, 0.05) ? 1500 : 40));
    }
  }
}
