import type { FeedOptions } from "../core/options.ts";
import type { FeedStatus } from "../core/status.ts";
import { Feed } from "../feed/feed.ts";
import type { AnyFeed, Wanted } from "./options.ts";
import { idle, type FeedSnapshot } from "./snapshot.ts";

/** What shows a feed. */
export interface Display {
  /** There is another feed to show: the last one is closed. */
  show(): void;
  /** The feed has changed its state, or reported a gap. */
  changed(): void;
}

type Status = Pick<FeedSnapshot, "error" | "gap" | "retryAt" | "reconnect">;

/** The feed of one key, and what it has reported, for all that show it. */
export class KeyedFeed<D extends Display = Display> {
  /** By shape. */
  readonly displays: Map<string, D> = new Map();
  feed!: AnyFeed;
  /** What the component wants that came first: its options hold. */
  readonly wanted: Wanted;
  /** The options that a component gave last: functions among them are called, so that a token is never stale. */
  newest: FeedOptions;
  /** The part of a snapshot that does not come from events. */
  readonly status: { -readonly [K in keyof Status]: Status[K] };
  readonly #listening = new AbortController();

  constructor(wanted: Wanted) {
    this.wanted = wanted;
    this.newest = wanted.options;
    this.status = { ...idle, reconnect: () => this.#reconnect() };
    this.#open();
  }

  /** Nothing shows it any more. */
  close(): void {
    this.#listening.abort();
    if (!this.#isOwn) this.feed.close();
  }

  /** The feed is the user's own: it is its own key. */
  get #isOwn(): boolean {
    return this.wanted.key === this.wanted.source;
  }

  #reconnect(): void {
    if (this.feed.state !== "closed" || this.#isOwn) this.feed.reconnect();
    else if (this.displays.size > 0) this.#open({ lastEventId: this.feed.lastEventId });
  }

  #open(cursor?: FeedOptions): void {
    const { signal } = this.#listening;
    const feed = this.#make(cursor);
    this.feed = feed;
    for (const kind of [
      "idle",
      "connecting",
      "open",
      "waiting",
      "paused",
      "closed",
      "gap",
    ] as const)
      feed.on(kind, (status) => this.#heard(status), { signal });
    // One of the user's own may have ended before.
    if (feed.state === "closed")
      void feed.closed.then((info) => this.#heard({ kind: "closed", ...info }));
    for (const display of this.displays.values()) display.show();
  }

  #make(cursor?: FeedOptions): AnyFeed {
    const { source, options } = this.wanted;
    if (this.#isOwn) return source as AnyFeed;
    const given = { ...options, ...cursor } as Record<string, unknown>;
    for (const [name, value] of Object.entries(given)) {
      const newest = () => (this.newest as typeof given)[name] ?? value;
      if (typeof value === "function")
        given[name] = (...args: unknown[]) => (newest() as typeof value)(...args);
    }
    return new Feed(source as string, given);
  }

  #heard(heard: FeedStatus): void {
    const { error, delayMs = Infinity } = heard as { error?: Status["error"]; delayMs?: number };
    const { status } = this;
    if (heard.kind === "gap") status.gap = heard;
    // The next attempt does not make good what ended the last one.
    else if (heard.kind !== "connecting") status.error = error;
    status.retryAt = delayMs < Infinity ? Date.now() + delayMs : undefined;
    for (const display of this.displays.values()) display.changed();
  }
}
