import { feedStore, useFeed } from "@steadfeed/client/svelte";
import { fromStore, toStore, writable } from "svelte/store";
import type { FeedSource } from "@steadfeed/client/store";
import { textOf, type Mount } from "./mounted.ts";

// Components need Svelte's compiler. `toStore` makes the same effect of what it reads, and test/apps has components.

/** `useFeed`, as a template reads it. */
export const mount: Mount = (element, first, options) => {
  const state = writable<FeedSource>(first);
  const source = fromStore(state);
  const feed = useFeed(() => source.current as string, options);
  const unmount = toStore(() => textOf(feed)).subscribe((text) => (element.textContent = text));
  return { show: (next) => state.set(next), reconnect: () => feed.reconnect(), unmount };
};

/** `feedStore`, as `$feed` reads it. */
export const mountStore: Mount = (element, first, options) => {
  const state = writable<FeedSource>(first);
  const source = fromStore(state);
  let reconnect!: () => void;
  const feed = feedStore(() => source.current as string, options);
  const unmount = feed.subscribe((snapshot) => {
    ({ reconnect } = snapshot);
    element.textContent = textOf(snapshot);
  });
  return { show: (next) => state.set(next), reconnect: () => reconnect(), unmount };
};
