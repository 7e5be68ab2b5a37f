import { Feed, type FeedOptions, type Subscription } from "@steadfeed/client";
import type { WireRequest } from "@steadfeed/client/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { closing, fakeClock, pass, settle, Wire, work } from "../support/wire.ts";

fakeClock();

type Leave = "close" | "return" | "dispose" | "drain";
type Command =
  | { readonly do: "publish"; readonly count: number; readonly cut: number }
  | { readonly do: "break"; readonly how: "end" | "reset" | "half" }
  | { readonly do: "take"; readonly count: number }
  | { readonly do: "leave"; readonly how: Leave; readonly next: "iterator" | "callback" }
  | { readonly do: "pause" | "resume" | "reconnect" | "restart" }
  | { readonly do: "pass"; readonly ms: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    do: fc.constant("publish" as const),
    count: fc.integer({ min: 1, max: 6 }),
    cut: fc.integer({ min: 1, max: 60 }),
  }),
  fc.record({
    do: fc.constant("break" as const),
    how: fc.constantFrom("end" as const, "reset" as const, "half" as const),
  }),
  fc.record({ do: fc.constant("take" as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    do: fc.constant("leave" as const),
    how: fc.constantFrom<Leave>("close", "return", "dispose", "drain"),
    next: fc.constantFrom("iterator" as const, "callback" as const),
  }),
  fc.record({
    do: fc.constantFrom(
      "pause" as const,
      "resume" as const,
      "reconnect" as const,
      "restart" as const,
    ),
  }),
  fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 3000 }) }),
);

/** A log, the feeds that read it one after the other, and their consumers, one after the other. */
class Stage {
  /** What all consumers took, in order. */
  readonly taken: number[] = [];
  size = 0;
  readonly #wire = new Wire((request) => {
    request.answer();
    this.#send(request, Number(request.lastEventId ?? 0), 60);
  });
  readonly #sent = new Map<WireRequest, number>();
  readonly #capacity: number;
  #feed: Feed;
  #subscription!: Subscription<{ readonly data: string }>;
  #isIterator = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#feed = this.#open("");
    this.#consume("iterator");
  }

  #open(lastEventId: string): Feed {
    const options: FeedOptions = {
      fetch: this.#wire.fetch,
      lastEventId,
      retry: { maxDelayMs: 1000 },
    };
    return closing(new Feed("http://wire.test/events", options));
  }

  #consume(kind: "iterator" | "callback"): void {
    const options = { capacity: this.#capacity };
    this.#isIterator = kind === "iterator";
    this.#subscription = this.#isIterator
      ? this.#feed.subscribe("message", options)
      : this.#feed.subscribe(
          "message",
          async ({ data }) => {
            this.taken.push(Number(data));
            await work(7);
          },
          options,
        );
  }

  /** Sends a request what it lacks, in pieces that are cut anywhere. */
  #send(request: WireRequest, from: number, cut: number): void {
    this.#sent.set(request, this.size);
    let text = "";
    for (let id = from + 1; id <= this.size; id++) text += `id: ${id}\ndata: ${id}\n\n`;
    const cuts = Array.from(
      { length: Math.floor(text.length / cut) },
      (_, index) => (index + 1) * cut,
    );
    if (text !== "") request.send(text, ...cuts.filter((at) => at < text.length));
  }

  async do(next: Command): Promise<void> {
    switch (next.do) {
      case "publish":
        this.size += next.count;
        for (const request of this.#wire.live)
          this.#send(request, this.#sent.get(request)!, next.cut);
        break;
      case "break":
        for (const request of this.#wire.live) {
          if (next.how === "half") request.send(`id: ${this.size + 1}\ndata: ha`);
          if (next.how === "end") request.end();
          else request.reset();
        }
        break;
      case "take":
        if (this.#isIterator)
          await this.#take(Math.min(next.count, this.#subscription.stats.pending));
        break;
      case "leave":
        await this.#leave(next.how);
        this.#consume(next.next);
        break;
      case "restart": {
        // The process ends; what a reader still has in its queue it reads first.
        this.#feed.close();
        if (this.#isIterator) await this.#rest();
        const { lastEventId } = await this.#feed.closed;
        await pass(100);
        this.#feed = this.#open(lastEventId);
        this.#consume("iterator");
        break;
      }
      case "pass":
        await pass(next.ms);
        break;
      default:
        this.#feed[next.do]();
    }
    await settle();
  }

  async #take(count: number): Promise<void> {
    // One that is in hand counts as pending, and is not there to be taken again.
    for (let left = count; left > 0; left--) {
      const result = await Promise.race([
        this.#subscription.next(),
        settle().then(() => undefined),
      ]);
      if (result?.done !== false) return this.#replaceWaiting();
      this.taken.push(Number(result.value.data));
    }
  }

  /** A `next()` that waits would take an event that nobody looks at. */
  async #replaceWaiting(): Promise<void> {
    await this.#subscription.return();
    this.#consume("iterator");
  }

  async #leave(how: Leave): Promise<void> {
    if (how === "dispose") this.#subscription[Symbol.dispose]();
    else if (how === "drain") {
      const drained = this.#subscription.drain();
      if (this.#isIterator) await this.#rest();
      else await pass(2000);
      await drained;
    } else await this.#subscription[how]();
    // The call under way has its event.
    await pass(20);
  }

  async #rest(): Promise<void> {
    for await (const { data } of this.#subscription) this.taken.push(Number(data));
  }

  /** Everything that is published arrives, once there is time. */
  async finish(): Promise<void> {
    this.#feed.resume();
    await this.#leave("return");
    this.#consume("callback");
    for (let turn = 0; turn < 30 && this.taken.length < this.size; turn++) await pass(1000);
    this.#feed.close();
  }
}

test("consumers and feeds that join and leave at random get every event once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { minLength: 1, maxLength: 40 }),
      fc.constantFrom(1, 2, 256),
      async (commands, capacity) => {
        const stage = new Stage(capacity);
        for (const each of commands) await stage.do(each);
        await stage.finish();
        expect(stage.taken).toEqual(Array.from({ length: stage.size }, (_, index) => index + 1));
      },
    ),
    { numRuns: 150 },
  );
});
