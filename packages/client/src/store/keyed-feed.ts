import type { FeedStatus, StatusOf } from "../core/status.ts";
import { Feed } from "../feed/feed.ts";
import type { AnyFeed, Wanted } from "./show-options.ts";
import { idle, type FeedSnapshot } from "./snapshot.ts";

/** A store that shows a feed. */
export interface Display {
  /** The feed was replaced, since the previous one is closed. */
  show(): void;
  /** The feed has changed its state, or reported a gap. */
  changed(): void;
}

type Status = Pick<FeedSnapshot, "error" | "gap" | "retryAt" | "reconnect">;
type Named = Readonly<Record<string, unknown>>;
type Call = (...args: readonly unknown[]) => unknown;

/** The statuses that a snapshot shows. Errors of callbacks are left out: without a listener, the feed prints them. */
const kinds = ["idle", "connecting", "open", "waiting", "paused", "closed", "gap"] as const;

/** The feed of one key, and its reported status, for all stores that show it. */
export class KeyedFeed<D extends Display = Display> {
  /** The stores, by shape. */
  readonly stores: Map<string, D> = new Map();
  /** The request of the first component, whose options apply. */
  readonly wanted: Wanted;
  /**
   * The options that a component gave last. The functions among them are the ones that are called, so that a token is
   * never stale.
   */
  newest: Named = {};
  feed!: AnyFeed;
  /** The part of a snapshot that does not come from events. */
  readonly status: { -readonly [K in keyof Status]: Status[K] };
  readonly #listening = new AbortController();

  constructor(wanted: Wanted) {
    this.wanted = wanted;
    this.status = { ...idle, reconnect: () => this.#reconnect() };
    this.#open();
  }

  /** Called when no store shows it any more. */
  close(): void {
    this.#listening.abort();
    if (!this.#isGiven) this.feed.close();
  }

  /** True if the feed belongs to the user. */
  get #isGiven(): boolean {
    return this.wanted.id === this.wanted.source;
  }

  #reconnect(): void {
    const { state, lastEventId } = this.feed;
    if (state !== "closed" || this.#isGiven) this.feed.reconnect();
    else if (this.stores.size > 0) this.#open({ lastEventId });
  }

  #open(cursor?: Pick<AnyFeed, "lastEventId">): void {
    const { source } = this.wanted;
    const feed = (this.feed = this.#isGiven
      ? (source as AnyFeed)
      : new Feed(source as string, { ...this.#options(), ...cursor }));
    const heard = (status: FeedStatus): void => this.#heard(status);
    const { signal } = this.#listening;
    for (const kind of kinds) feed.on(kind, heard, { signal });
    // The user's own feed may already be closed.
    if (feed.state === "closed")
      void feed.closed.then((info) => heard({ kind: "closed", ...info }));
    for (const store of this.stores.values()) store.show();
  }

  #options(): object {
    const { options } = this.wanted;
    return Object.fromEntries(
      Object.entries(options).map(([name, value]) => [
        name,
        typeof value === "function"
          ? (...args: unknown[]) => ((this.newest[name] ?? value) as Call)(...args)
          : value,
      ]),
    );
  }

  #heard(heard: FeedStatus): void {
    const { status } = this;
    if (heard.kind === "gap") status.gap = heard;
    else if (heard.kind !== this.feed.state) return;
    else {
      const { error, delayMs = Infinity } = heard as Partial<StatusOf<"waiting">>;
      // The error stays while the next attempt is made.
      if (heard.kind !== "connecting") status.error = error;
      status.retryAt = delayMs < Infinity ? Date.now() + delayMs : undefined;
    }
    for (const store of this.stores.values()) store.changed();
  }
}
