import { checkShared } from "#checks";
import { longestDelayMs } from "../core/sleep.ts";
import { FeedStore } from "./feed-store.ts";
import { KeyedFeed } from "./keyed-feed.ts";
import { defaults, type Wanted } from "./options.ts";

/** A browser has six connections to an origin over HTTP/1.1: those that nobody uses must not take them all. */
const maxLingering = 3;

/** The stores of a page, by key. The first user of a key opens its feed, and after the last one it is closed. */
export class StoreCache {
  readonly #byId = new Map<unknown, KeyedFeed<FeedStore>>();
  /** Those that nobody uses, the oldest first, each with the timer that closes it. */
  readonly #lingering = new Map<FeedStore, ReturnType<typeof setTimeout>>();

  /** The store of what is wanted, if it is open. */
  find(wanted: Wanted | undefined): FeedStore | undefined {
    return wanted && this.#byId.get(wanted.id)?.displays.get(wanted.shape);
  }

  /** The store of what is wanted. It opens the feed if its key has none. */
  open(wanted: Wanted): FeedStore {
    const { id, shape, given } = wanted;
    const keyed = this.#byId.get(id) ?? new KeyedFeed(wanted);
    const store = keyed.displays.get(shape) ?? new FeedStore(keyed, wanted);
    this.#byId.set(id, keyed);
    keyed.displays.set(shape, store);
    keyed.newest = given;
    checkShared(keyed.wanted, wanted, defaults);
    this.#keep(store);
    return store;
  }

  /** Closes a store that nobody uses when the time is up, unless somebody uses it again. */
  linger(store: FeedStore, lingerMs: number): void {
    if (store.users.size > 0 || this.find(store.wanted) !== store) return;
    this.#keep(store);
    const timer = setTimeout(() => this.#close(store), Math.min(lingerMs, longestDelayMs));
    this.#lingering.set(store, timer);
    // Not now: a framework may take down all of a page, and put up the same again.
    setTimeout(() => {
      for (const oldest of this.#lingering.keys())
        if (this.#lingering.size > maxLingering) this.#close(oldest);
    });
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
    this.#byId.delete(wanted.id);
    keyed.close();
  }
}

/** All bindings of a page share it. It is empty where nothing is subscribed to, as on a server that renders. */
export const stores: StoreCache = new StoreCache();
