import type { FeedError } from "../core/errors.ts";
import type { FeedEvent } from "../core/event.ts";
import type { Feed } from "../feed/feed.ts";
import type { Types } from "../delivery/subscribers.ts";
import { longestDelayMs } from "../core/sleep.ts";
import type { FeedState, GapInfo } from "../core/status.ts";
import type { Subscription } from "../delivery/subscription.ts";

/** A feed as it looks at one moment. It never changes: another takes its place. */
export interface FeedView<E = FeedEvent> {
  /** The newest event; `undefined` before the first. */
  readonly event: E | undefined;
  /** The newest event's data. */
  readonly data: (E extends { readonly data: infer T } ? T : never) | undefined;
  /** The newest events, oldest first, at most `keep` of them. */
  readonly events: readonly E[];
  readonly state: FeedState;
  /** What ended the last attempt, or the feed; `undefined` while it is open. */
  readonly error: FeedError | undefined;
  /** The newest gap. Events are gone for good: what was made of them is to be loaded again. */
  readonly gap: GapInfo | undefined;
  /** The cursor; empty for none. */
  readonly lastEventId: string;
}

/** What a view needs of a feed, whatever its events are. */
export type AnyFeed = Pick<
  Feed,
  "subscribe" | "on" | "state" | "lastEventId" | "reconnect" | "close"
>;

/** Someone who looks. */
export interface Looker {
  /** After a change; once for all changes of a turn. */
  readonly changed: () => void;
  /** Each event, once. A promise it gives is awaited before the next. */
  readonly event: (event: FeedEvent) => unknown;
}

/** How some events of a feed look, for all who look at them. It stays for a while when nobody does. */
export class View {
  readonly #types: Types<string>;
  readonly #keep: number;
  readonly #left: () => void;
  readonly #lookers = new Map<Looker, Subscription<FeedEvent> | undefined>();
  #feed!: AnyFeed;
  #leave: () => void = () => undefined;
  #lingering: ReturnType<typeof setTimeout> | undefined;
  #event: FeedEvent | undefined;
  #events: readonly FeedEvent[] = [];
  /** Those since someone looked: joined to the others only then, however many come in a turn. */
  #fresh: FeedEvent[] = [];
  #error: FeedError | undefined;
  #gap: GapInfo | undefined;
  #now: FeedView | undefined;
  #telling = false;

  /** `left` is called when it has left its feed. */
  constructor(feed: AnyFeed, types: Types<string>, keep: number, left: () => void) {
    this.#types = types;
    this.#keep = keep;
    this.#left = left;
    this.show(feed);
  }

  /** How it looks now: the same object until something changes. */
  get now(): FeedView {
    return (this.#now ??= this.#look());
  }

  /** The function it gives ends it; when nobody looks any more, the feed is left `lingerMs` later. */
  look(looker: Looker): (lingerMs: number) => void {
    clearTimeout(this.#lingering);
    this.#lookers.set(looker, this.#feed.subscribe(this.#types as "*", looker.event));
    return (lingerMs) => {
      this.#lookers.get(looker)?.close();
      this.#lookers.delete(looker);
      if (this.#lookers.size > 0) return;
      this.#lingering = setTimeout(
        () => {
          this.#leave();
          this.#left();
        },
        Math.min(lingerMs, longestDelayMs),
      );
    };
  }

  /** Turns to this feed; what was seen of the one before stays. */
  show(feed: AnyFeed): void {
    this.#leave();
    this.#feed = feed;
    const changed = (): void => this.#change();
    const offs = [
      feed.on("idle", changed),
      feed.on("connecting", changed),
      feed.on("paused", changed),
      feed.on("open", () => this.#change({ error: undefined })),
      feed.on("waiting", ({ error }) => this.#change({ error })),
      feed.on("closed", ({ error }) => this.#change({ error: error as FeedError | undefined })),
      feed.on("gap", (gap) => {
        this.#gap = gap;
        this.#change();
      }),
    ];
    const subscription = feed.subscribe(this.#types as "*", (event) => this.#add(event));
    for (const looker of this.#lookers.keys()) {
      this.#lookers.set(looker, feed.subscribe(this.#types as "*", looker.event));
    }
    this.#leave = () => {
      for (const off of offs) off();
      subscription.close();
    };
    this.#change();
  }

  #add(event: FeedEvent): void {
    this.#event = event;
    this.#fresh.push(event);
    // A hidden page may not look for long.
    if (this.#fresh.length > 2 * this.#keep) this.#fresh = this.#newest(this.#fresh);
    this.#change();
  }

  #change(what?: { readonly error: FeedError | undefined }): void {
    if (what) this.#error = what.error;
    this.#now = undefined;
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      for (const { changed } of this.#lookers.keys()) changed();
    });
  }

  #look(): FeedView {
    if (this.#fresh.length > 0) {
      this.#events = this.#newest([...this.#events, ...this.#fresh]);
      this.#fresh = [];
    }
    return {
      event: this.#event,
      data: this.#event?.data,
      events: this.#events,
      state: this.#feed.state,
      error: this.#error,
      gap: this.#gap,
      lastEventId: this.#feed.lastEventId,
    };
  }

  #newest(events: readonly FeedEvent[]): FeedEvent[] {
    return events.slice(Math.max(0, events.length - this.#keep));
  }
}
