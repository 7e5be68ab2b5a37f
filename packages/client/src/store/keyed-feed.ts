import type { FeedStatus } from "../core/status.ts";
import { Feed } from "../feed/feed.ts";
import { defaults, type AnyFeed, type Wanted } from "./options.ts";
import { idle, type FeedSnapshot } from "./snapshot.ts";

/** What shows a feed. */
export interface Display {
  /** There is another feed to show: the last one is closed. */
  show(): void;
  /** The feed has changed its state, or reported a gap. */
  changed(): void;
}

type Status = Pick<FeedSnapshot, "error" | "gap" | "retryAt" | "reconnect">;
type Named = Readonly<Record<string, unknown>>;

const kinds = ["idle", "connecting", "open", "waiting", "paused", "closed", "gap"] as const;

/** The feed of one key, and what it has reported, for all that show it. */
export class KeyedFeed<D extends Display = Display> {
  /** By shape. */
  readonly displays: Map<string, D> = new Map();
  feed!: AnyFeed;
  /** What the component wants that came first: its options hold. */
  readonly wanted: Wanted;
  /** The options that a component gave last: functions among them are called, so that a token is never stale. */
  newest: object;
  /** The part of a snapshot that does not come from events. */
  readonly status: { -readonly [K in keyof Status]: Status[K] };
  readonly #listening = new AbortController();
  /** The feed is the user's. */
  readonly #isGiven: boolean;

  constructor(wanted: Wanted) {
    this.wanted = wanted;
    this.newest = wanted.given;
    this.#isGiven = wanted.id === wanted.source;
    this.status = { ...idle, reconnect: () => this.#reconnect() };
    this.#open();
  }

  /** Nothing shows it any more. */
  close(): void {
    this.#listening.abort();
    if (!this.#isGiven) this.feed.close();
  }

  #reconnect(): void {
    if (this.feed.state !== "closed" || this.#isGiven) this.feed.reconnect();
    else if (this.displays.size > 0) this.#open({ lastEventId: this.feed.lastEventId });
  }

  #open(cursor?: { readonly lastEventId: string }): void {
    const { signal } = this.#listening;
    const feed = (this.feed = this.#isGiven
      ? (this.wanted.source as AnyFeed)
      : new Feed(this.wanted.source as string, { ...this.#options(), ...cursor }));
    const heard = (status: FeedStatus): void => this.#heard(status);
    for (const kind of kinds) feed.on(kind, heard, { signal });
    // One of the user's may have ended before.
    if (feed.state === "closed")
      void feed.closed.then((info) => heard({ kind: "closed", ...info }));
    for (const display of this.displays.values()) display.show();
  }

  #options(): object {
    const options: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(this.wanted.given as Named)) {
      if (Object.hasOwn(defaults, name)) continue;
      const newest = () =>
        ((this.newest as Named)[name] ?? value) as (...args: unknown[]) => unknown;
      options[name] =
        typeof value === "function" ? (...args: unknown[]) => newest()(...args) : value;
    }
    return options;
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
