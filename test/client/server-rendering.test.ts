// What each framework renders on a server: an idle feed, and no request. Pages are in test/browser.
import { feedResource } from "@steadfeed/client/angular";
import { useFeed as useReact, useSuspenseFeed } from "@steadfeed/client/react";
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
import { createElement, Suspense } from "react";
import { renderToString as renderReact } from "react-dom/server";
import { renderToString as renderSolid } from "solid-js/web";
import { get } from "svelte/store";
import { expect, test, vi } from "vitest";
import { createSSRApp } from "vue";
import { renderToString as renderVue } from "vue/server-renderer";

const url = "https://example.com/prices";

interface Shown {
  readonly state: string;
  readonly data: unknown;
  readonly events: readonly unknown[];
}

const textOf = ({ state, data, events }: Shown): string =>
  `${state} ${String(data)} ${events.length}`;

type Options = { readonly fetch: () => Promise<Response> };

const frameworks: Readonly<Record<string, (options: Options) => string | Promise<string>>> = {
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

test.for(Object.entries(frameworks))(
  "%s renders an idle feed on a server, without a request",
  async ([, render]) => {
    const fetch = vi.fn<() => Promise<Response>>();
    const text = await render({ fetch });
    // Whoever opens it later, too.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(text).toContain("idle undefined 0");
    expect(fetch).not.toHaveBeenCalled();
  },
);

test("a component that suspends renders its fallback on a server, without a request", async () => {
  const fetch = vi.fn<() => Promise<Response>>();
  const Price = () => createElement("p", null, useSuspenseFeed(url, { fetch }).data);
  const page = createElement(Suspense, { fallback: "waits" }, createElement(Price));
  expect(renderReact(page)).toContain("waits");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(fetch).not.toHaveBeenCalled();
});

test("an invalid option is reported while rendering", () => {
  const wrong = () => createElement(() => textOf(useReact(url, { history: -1 })));
  expect(() => renderReact(wrong())).toThrow(
    new TypeError("history must be an integer ≥ 0, not -1."),
  );
});
