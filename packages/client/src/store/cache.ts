import { checkShared } from "#checks";
import { longestDelayMs } from "../core/sleep.ts";
import { FeedStore } from "./feed-store.ts";
import { KeyedFeed } from "./keyed-feed.ts";
import type { Wanted } from "./options.ts";
import { idle, type FeedSnapshot } from "./snapshot.ts";

/** A browser has six connections to an origin over HTTP/1.1: those that nobody uses must not take them all. */
const maxLingering = 2;

/** The stores of a page, by key. The first user of a key opens its feed, and after the last one it is closed. */
export class StoreCache {
  readonly #byKey = new Map<unknown, KeyedFeed<FeedStore>>();
  /** Those that nobody uses, the oldest first, each with the timer that closes it. */
  readonly #lingering = new Map<FeedStore, ReturnType<typeof setTimeout>>();

  /** What there is of what is wanted. It opens nothing. */
  snapshot(wanted: Wanted | undefined): FeedSnapshot {
    return this.#find(wanted)?.getSnapshot() ?? idle;
  }

  /** The store of what is wanted. It opens the feed if its key has none. */
  open(wanted: Wanted): FeedStore {
    const { key, shape, options } = wanted;
    const keyed = this.#byKey.get(key) ?? new KeyedFeed(wanted);
    const store = keyed.displays.get(shape) ?? new FeedStore(keyed, wanted);
    this.#byKey.set(key, keyed);
    keyed.displays.set(shape, store);
    keyed.newest = options;
    checkShared(keyed.wanted, wanted);
    this.#keep(store);
    return store;
  }

  /** Closes a store that nobody uses when the time is up, unless somebody uses it again. */
  linger(store: FeedStore, lingerMs: number): void {
    if (store.isUsed || this.#find(store.wanted) !== store) return;
    this.#keep(store);
    const timer = setTimeout(() => this.#close(store), Math.min(lingerMs, longestDelayMs));
    this.#lingering.set(store, timer);
    // Not now: a framework may take down all of a page, and put up the same again.
    setTimeout(() => {
      for (const oldest of this.#lingering.keys())
        if (this.#lingering.size > maxLingering) this.#close(oldest);
    });
  }

  #find(wanted: Wanted | undefined): FeedStore | undefined {
    return wanted && this.#byKey.get(wanted.key)?.displays.get(wanted.shape);
  }

  #keep(store: FeedStore): void {
    clearTimeout(this.#lingering.get(store));
    this.#lingering.delete(store);
  }

  #close(store: FeedStore): void {
    const { keyed, wanted } = store;
    this.#keep(store);
    store.close();
    keyed.displays.delete(wanted.shape);
    if (keyed.displays.size > 0) return;
    this.#byKey.delete(wanted.key);
    keyed.close();
  }
}

/** All bindings of a page share it. It is empty where nothing is subscribed to, as on a server that renders. */
export const stores: StoreCache = new StoreCache();
