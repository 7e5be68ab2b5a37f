// What each framework renders on a server.
import { feedResource } from "@steadfeed/client/angular";
import { useFeed as useReact } from "@steadfeed/client/react";
import { createFeed } from "@steadfeed/client/solid";
import { feedStore, useFeed as useSvelte } from "@steadfeed/client/svelte";
import { useFeed as useVue } from "@steadfeed/client/vue";
import {
  createEnvironmentInjector,
  ApplicationRef,
  PLATFORM_ID,
  provideZonelessChangeDetection,
  runInInjectionContext,
  ɵINJECTOR_SCOPE as INJECTOR_SCOPE,
  type EnvironmentInjector,
} from "@angular/core";
import { createElement } from "react";
import { renderToString as renderReact } from "react-dom/server";
import { renderToString as renderSolid } from "solid-js/web";
import { get } from "svelte/store";
import { createSSRApp } from "vue";
import { renderToString as renderVue } from "vue/server-renderer";

export const url = "https://example.com/prices";

interface Shown {
  readonly state: string;
  readonly data: unknown;
  readonly events: readonly unknown[];
}

export const textOf = ({ state, data, events }: Shown): string =>
  `${state} ${String(data)} ${events.length}`;

type Options = { readonly fetch: () => Promise<Response> };

/** By framework: the text of a component that shows a feed with these options, as its server renders it. */
export const rendered: Readonly<Record<string, (options: Options) => string | Promise<string>>> = {
  React: (options) => renderReact(createElement(() => textOf(useReact(url, options)))),
  Vue: (options) =>
    renderVue(
      createSSRApp({
        setup() {
          const { state, data, events } = useVue(() => url, options);
          return () => textOf({ state: state.value, data: data.value, events: events.value });
        },
      }),
    ),
  Solid: (options) =>
    renderSolid(() => {
      const { state, data, events } = createFeed(() => url, options);
      return textOf({ state: state(), data: data(), events: events() });
    }),
  Svelte: (options) => textOf(useSvelte(() => url, options)),
  "Svelte's stores": (options) => textOf(get(feedStore(() => url, options))),
  Angular: (options) => {
    const injector = createEnvironmentInjector(
      [
        provideZonelessChangeDetection(),
        { provide: INJECTOR_SCOPE, useValue: "root" },
        { provide: PLATFORM_ID, useValue: "server" },
      ],
      null as unknown as EnvironmentInjector,
    );
    const { state, data, events } = runInInjectionContext(injector, () =>
      feedResource(() => url, options),
    );
    injector.get(ApplicationRef).tick();
    const text = textOf({ state: state(), data: data(), events: events() });
    injector.destroy();
    return text;
  },
};
