import type { Types } from "../delivery/subscribers.ts";
import { View, type AnyFeed, type FeedView, type Looker } from "./view.ts";

/** What someone looks at. */
export interface Sight {
  /** Equal for all who share a feed: a text, or the feed itself. */
  readonly key: unknown;
  readonly types: Types<string>;
  readonly keep: number;
}

/** Makes the feed of a key: the first time, or in place of one that ended at this cursor. */
export type MakeFeed = (lastEventId: string | undefined) => AnyFeed;

interface Shown {
  readonly make: MakeFeed;
  feed: AnyFeed;
  readonly views: Map<string, View>;
}

/** How a feed looks that nobody looks at. */
const unseen: FeedView<never> = Object.freeze({
  event: undefined,
  data: undefined,
  events: Object.freeze([]),
  state: "idle",
  error: undefined,
  gap: undefined,
  lastEventId: "",
});

/** The feeds that are looked at, by key: opened for the first who looks, closed behind the last. */
export class Views {
  readonly #byKey = new Map<unknown, Shown>();

  /** How it looks now; the same object until something changes. */
  now(sight: Sight | undefined): FeedView {
    return (sight && this.#byKey.get(sight.key)?.views.get(nameOf(sight))?.now) ?? unseen;
  }

  /** As `View.look`; `make` is asked for the feed if its key has none. */
  look(sight: Sight, make: MakeFeed, looker: Looker): (lingerMs: number) => void {
    const { key, types, keep } = sight;
    const shown = this.#byKey.get(key) ?? { make, feed: make(undefined), views: new Map() };
    this.#byKey.set(key, shown);
    const name = nameOf(sight);
    const left = (): void => {
      shown.views.delete(name);
      if (shown.views.size > 0) return;
      this.#byKey.delete(key);
      if (!isGiven(key, shown)) shown.feed.close();
    };
    const view = shown.views.get(name) ?? new View(shown.feed, types, keep, left);
    shown.views.set(name, view);
    return view.look(looker);
  }

  /** Connects at once, at the cursor; in place of a feed that is over comes another. A feed that was given stays over. */
  reconnect(key: unknown): void {
    const shown = this.#byKey.get(key);
    if (!shown) return;
    if (shown.feed.state !== "closed" || isGiven(key, shown)) return shown.feed.reconnect();
    shown.feed = shown.make(shown.feed.lastEventId);
    for (const view of shown.views.values()) view.show(shown.feed);
  }
}

const nameOf = ({ types, keep }: Sight): string => [keep, types].flat().join("\n");

const isGiven = (key: unknown, { feed }: Shown): boolean => key === feed;
