import {
  Feed,
  type Callback,
  type Channel,
  type FeedEvent,
  type FeedStatus,
  type SubscribeOptions,
  type Subscription,
} from "@steadfeed/client";
import { statuses } from "./collect.ts";

export type Sent = FeedEvent<any>;

/** What a source delivers to. */
type Outlet = Parameters<ConstructorParameters<typeof Feed<any>>[2]>[2];

/** A feed whose events come from the test, at once: what a feed does with an event, without what it does with a network. */
export class Fan {
  readonly feed: Feed<any>;
  readonly told: FeedStatus[];
  #stops = 0;
  /** Its source is to stand still. */
  held = false;
  outlet!: Outlet;

  /** `silent`: nobody listens to it but the test. */
  constructor({ lastEventId = "", silent = false } = {}) {
    const source = {
      bytesRead: 0,
      start: () => undefined,
      stop: () => void this.#stops++,
      close: () => undefined,
      pause: () => void (this.held = true),
      resume: () => void (this.held = false),
    };
    this.feed = new Feed<any>("http://fan.test/", { lastEventId }, (_url, _options, outlet) => {
      this.outlet = outlet;
      return source;
    });
    this.told = silent ? [] : statuses(this.feed);
  }

  /** Events with these ids and the same data come, of one type, one after the other. */
  send(type: string, ...ids: (string | number)[]): void {
    const stops = this.#stops;
    for (const data of ids) {
      // A source that was stopped delivers nothing more.
      if (stops !== this.#stops) return;
      const id = String(data);
      this.outlet.moved(id);
      this.outlet.deliver({ type, data: id, lastEventId: id, id });
    }
  }

  subscribe(
    types: string | readonly string[],
    consumer?: Callback<Sent> | Channel<Sent>,
    options: SubscribeOptions<any> = {},
  ): Subscription<Sent> {
    return consumer
      ? this.feed.subscribe(types as "*", consumer as Callback<any>, options)
      : this.feed.subscribe(types as "*", options);
  }
}
