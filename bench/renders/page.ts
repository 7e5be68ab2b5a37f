// In the page: components that show the events, with our binding and with the naive one, which sets state for each
// event.
import {
  createEnvironmentInjector,
  effect,
  provideZonelessChangeDetection,
  runInInjectionContext,
  signal,
  DestroyRef,
  inject,
  PLATFORM_ID,
  ɵINJECTOR_SCOPE as INJECTOR_SCOPE,
  type EnvironmentInjector,
} from "@angular/core";
import { feedResource } from "@steadfeed/client/angular";
import { createFeed } from "@steadfeed/client/solid";
import { useFeed } from "@steadfeed/client/react";
import { useFeed as useVueFeed } from "@steadfeed/client/vue";
import { createElement, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { createEffect, createRoot as createSolidRoot, createSignal, onCleanup } from "solid-js";
import { mount, unmount, type Component } from "svelte";
import { createApp, h, onUnmounted, shallowRef } from "vue";
import Naive from "./Naive.svelte";
import Ours from "./Ours.svelte";

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

const svelte = (component: Component<any>) => (element: Element, url: string) => {
  const shown = mount(component, { target: element, props: { url, draw, listen, newest } });
  return () => void unmount(shown);
};

/** Components need Angular's compiler. An effect of an application is scheduled as they are. */
const angular = (use: (url: string) => () => Events) => (element: Element, url: string) => {
  const injector = createEnvironmentInjector(
    [
      provideZonelessChangeDetection(),
      { provide: INJECTOR_SCOPE, useValue: "root" },
      { provide: PLATFORM_ID, useValue: "browser" },
    ],
    null as unknown as EnvironmentInjector,
  );
  runInInjectionContext(injector, () => {
    const events = use(url);
    effect(() => void (element.textContent = draw(events())));
  });
  return () => injector.destroy();
};

/** A connection that lingers would count for the next one. */
const ours = { lingerMs: 0 };

const contenders: Readonly<Record<string, (element: Element, url: string) => () => void>> = {
  React: react((url) => useFeed(url, ours).events),
  "React, naive": react((url) => {
    const [events, set] = useState<Events>([]);
    useEffect(() => listen(url, (event) => set((last) => newest(last, event))), [url]);
    return events;
  }),
  Vue: vue((url) => useVueFeed(url, ours).events),
  "Vue, naive": vue((url) => {
    const events = shallowRef<Events>([]);
    onUnmounted(listen(url, (event) => (events.value = newest(events.value, event))));
    return events;
  }),
  Solid: solid((url) => createFeed(() => url, ours).events),
  "Solid, naive": solid((url) => {
    const [events, set] = createSignal<Events>([]);
    onCleanup(listen(url, (event) => set((last) => newest(last, event))));
    return events;
  }),
  Svelte: svelte(Ours),
  "Svelte, naive": svelte(Naive),
  Angular: angular((url) => feedResource(() => url, ours).events),
  "Angular, naive": angular((url) => {
    const events = signal<Events>([]);
    inject(DestroyRef).onDestroy(
      listen(url, (event) => events.update((last) => newest(last, event))),
    );
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
