import { checkSameOptions } from "#checks";
import { longestDelayMs } from "#timers";
import { FeedStore } from "./feed-store.ts";
import { KeyedFeed } from "./keyed-feed.ts";
import type { Wanted } from "./show-options.ts";
import { idle, type FeedSnapshot } from "./snapshot.ts";

/**
 * The number of unused feeds that stay open. Over HTTP/1.1, a browser has six connections to an origin, and unused
 * feeds must not take them all.
 */
const maxLingering = 3;

/**
 * The stores of a page, by key. The first user of a key opens its feed, which is closed after the last one has left.
 */
export class StoreCache {
  readonly #feeds = new Map<unknown, KeyedFeed<FeedStore>>();
  /** The unused stores, oldest first, each with the timer that closes it. */
  readonly #lingering = new Map<FeedStore, ReturnType<typeof setTimeout>>();

  /** Finds the wanted store, if it is open. */
  find(wanted: Wanted | undefined): FeedStore | undefined {
    return wanted && this.#feeds.get(wanted.id)?.stores.get(wanted.shape);
  }

  /** The snapshot of the wanted store. */
  snapshot(wanted: Wanted | undefined): FeedSnapshot {
    return this.find(wanted)?.snapshot ?? idle;
  }

  /** Returns the wanted store. Opens the feed if its key has none. */
  open(wanted: Wanted): FeedStore {
    const { id, shape, options } = wanted;
    const keyed = this.#feeds.get(id) ?? new KeyedFeed(wanted);
    const store = keyed.stores.get(shape) ?? new FeedStore(keyed, wanted);
    this.#feeds.set(id, keyed);
    keyed.stores.set(shape, store);
    keyed.newest = options as typeof keyed.newest;
    checkSameOptions(keyed.wanted, wanted);
    this.#keep(store);
    return store;
  }

  /** Closes an unused store after this time, unless it is used again before then. */
  linger(store: FeedStore, lingerMs: number): void {
    if (store.users.size > 0) return;
    this.#keep(store);
    const timer = setTimeout(() => this.#close(store), Math.min(lingerMs, longestDelayMs));
    this.#lingering.set(store, timer);
    const [oldest] = this.#lingering.keys();
    // Closed by a timer rather than at once: a framework may unmount a whole page, and mount the same one again.
    if (this.#lingering.size > maxLingering && lingerMs > 0) this.linger(oldest!, 0);
  }

  #keep(store: FeedStore): void {
    clearTimeout(this.#lingering.get(store));
    this.#lingering.delete(store);
  }

  #close(store: FeedStore): void {
    const { keyed, wanted } = store;
    this.#keep(store);
    store.close();
    keyed.stores.delete(wanted.shape);
    if (keyed.stores.size > 0) return;
    this.#feeds.delete(wanted.id);
    keyed.close();
  }
}

/**
 * The store cache that all bindings of a page share. It stays empty without subscriptions, as on a server that renders.
 */
export const stores: StoreCache = new StoreCache();
