import { createFeed } from "@steadfeed/client/solid";
import { createEffect, createSignal } from "solid-js";
import { render } from "solid-js/web";
import { textOf, type Mount } from "./mounted.ts";

export const mount: Mount = (element, first, options) => {
  const [source, show] = createSignal(first);
  let reconnect!: () => void;
  const unmount = render(() => {
    const feed = createFeed(source as () => string, options);
    ({ reconnect } = feed);
    const { state, events, latest, error } = feed;
    const shown = document.createElement("p");
    createEffect(() => {
      shown.textContent = textOf({
        state: state(),
        events: events(),
        latest: latest(),
        error: error(),
      });
    });
    return shown;
  }, element);
  return { show: (next) => void show(() => next), reconnect: () => reconnect(), unmount };
};
