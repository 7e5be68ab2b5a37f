import { print } from "../core/print.ts";
import { stores } from "./cache.ts";
import type { FeedStore, StoreUser } from "./feed-store.ts";
import { wantedOf, type FeedSource, type AnyUrlOptions, type Wanted } from "./show-options.ts";
import type { FeedSnapshot } from "./snapshot.ts";

/**
 * The data of one component, from a URL or a feed that may change. It is a store with `subscribe` and `getSnapshot`, in
 * the form that frameworks use. Its feed is open while the store has a subscription; without one, as on a server, it
 * opens nothing.
 *
 * After: when it shows another URL or key, or none, it leaves the previous feed at once. When its last subscription
 *        ends, it leaves after `lingerMs`
 */
export class FeedBinding implements StoreUser {
  readonly #listeners = new Set<() => void>();
  #wanted: Wanted | undefined;
  #store: FeedStore | undefined;

  get onEvent(): StoreUser["onEvent"] {
    return this.#wanted?.onEvent;
  }

  /** Shows a source from now on, or none. Throws `TypeError` for an invalid URL or option. */
  show(source: FeedSource, options: AnyUrlOptions = {}): void {
    this.#wanted = wantedOf(source, options);
    if (this.#listeners.size > 0) this.#join();
  }

  /** Calls back after each change, until the returned function is called. The first subscription opens the feed. */
  readonly subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    this.#join();
    return () => {
      this.#listeners.delete(changed);
      if (this.#listeners.size === 0) this.#leave(this.#wanted?.lingerMs);
    };
  };

  /** The same object until something changes. */
  readonly getSnapshot = (): FeedSnapshot => stores.snapshot(this.#wanted);

  changed(): void {
    for (const changed of this.#listeners) {
      try {
        changed();
      } catch (error) {
        // The other components must be updated too.
        print(error as Error);
      }
    }
  }

  #join(): void {
    if (this.#store !== stores.find(this.#wanted)) this.#leave(0);
    this.#store = this.#wanted && stores.open(this.#wanted);
    this.#store?.join(this);
  }

  #leave(lingerMs = 0): void {
    const store = this.#store;
    this.#store = undefined;
    store?.leave(this);
    if (store) stores.linger(store, lingerMs);
  }
}
