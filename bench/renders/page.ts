// In the page: components that show the events, with our binding and with the naive one, which sets state for each
// event.
import { createFeed } from "@steadfeed/client/solid";
import { useFeed } from "@steadfeed/client/react";
import { useFeed as useVueFeed } from "@steadfeed/client/vue";
import { createElement, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { createEffect, createRoot as createSolidRoot, createSignal, onCleanup } from "solid-js";
import { createApp, h, onUnmounted, shallowRef } from "vue";

type Events = readonly { readonly data: string }[];

let renders = 0;

/** The markup of a component: a list of the newest hundred. */
function draw(events: Events): string {
  renders++;
  return events.map(({ data }) => data).join(" ");
}

const newest = (events: Events, event: MessageEvent<string>): Events => [
  ...events.slice(-99),
  event,
];

/** Calls a function for each event, until the returned function is called. */
function listen(url: string, heard: (event: MessageEvent<string>) => void): () => void {
  const source = new EventSource(url);
  source.addEventListener("message", heard);
  return () => source.close();
}

const react = (use: (url: string) => Events) => (element: Element, url: string) => {
  const Shown = () => createElement("p", null, draw(use(url)));
  const root = createRoot(element);
  root.render(createElement(Shown));
  return () => root.unmount();
};

const vue =
  (use: (url: string) => { readonly value: Events }) => (element: Element, url: string) => {
    const app = createApp({
      setup() {
        const events = use(url);
        return () => h("p", draw(events.value));
      },
    });
    app.mount(element);
    return () => app.unmount();
  };

const solid = (use: (url: string) => () => Events) => (element: Element, url: string) =>
  createSolidRoot((dispose) => {
    const events = use(url);
    createEffect(() => (element.textContent = draw(events())));
    return dispose;
  });

const contenders: Readonly<Record<string, (element: Element, url: string) => () => void>> = {
  React: react((url) => useFeed(url).events),
  "React, naive": react((url) => {
    const [events, set] = useState<Events>([]);
    useEffect(() => listen(url, (event) => set((last) => newest(last, event))), [url]);
    return events;
  }),
  Vue: vue((url) => useVueFeed(url).events),
  "Vue, naive": vue((url) => {
    const events = shallowRef<Events>([]);
    onUnmounted(listen(url, (event) => (events.value = newest(events.value, event))));
    return events;
  }),
  Solid: solid((url) => createFeed(() => url).events),
  "Solid, naive": solid((url) => {
    const [events, set] = createSignal<Events>([]);
    onCleanup(listen(url, (event) => set((last) => newest(last, event))));
    return events;
  }),
};

/** Shows events for a while. → the number of renders, and the last event shown. */
async function run(name: string, url: string, ms: number) {
  const element = document.body.appendChild(document.createElement("main"));
  renders = 0;
  const leave = contenders[name]!(element, url);
  await new Promise((resolve) => setTimeout(resolve, ms));
  const last = Number(element.textContent?.split(" ").at(-1));
  leave();
  element.remove();
  return { renders, last };
}

Object.assign(globalThis, { run, names: Object.keys(contenders) });
