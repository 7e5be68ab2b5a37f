import { Feed, type FeedError, type FeedEvent } from "@steadfeed/client";
import { feedResource } from "@steadfeed/client/angular";
import { observe, type FeedObservable } from "@steadfeed/client/observable";
import { useFeed as useReact, useSuspenseFeed } from "@steadfeed/client/react";
import { createFeed } from "@steadfeed/client/solid";
import { feedStore, useFeed as useSvelte, type FeedSnapshot } from "@steadfeed/client/svelte";
import { useFeed as useVue } from "@steadfeed/client/vue";
import type { Resource, Signal } from "@angular/core";
import { from, type Observable } from "rxjs";
import type { Accessor } from "solid-js";
import type { Readable } from "svelte/store";
import { expectTypeOf, test } from "vitest";
import { ref, type ComputedRef } from "vue";
import { z } from "zod";

interface Price {
  eur: number;
}
type Tick = FeedEvent<Price, "tick">;

const events = { tick: z.object({ eur: z.number() }) };
const options = { types: "tick", events } as const;
const feed = (): Feed<{ tick: Price }> => new Feed<{ tick: Price }>("http://localhost/");

test("each binding types its fields by the events of the options, in its own way", () => {
  const vue = () => useVue(() => "/prices", options);
  expectTypeOf(vue).returns.toHaveProperty("data").toEqualTypeOf<ComputedRef<Price | undefined>>();
  expectTypeOf(vue)
    .returns.toHaveProperty("latest")
    .toEqualTypeOf<ComputedRef<ReadonlyMap<string | number, Tick>>>();

  const solid = () => createFeed(() => "/prices", options);
  expectTypeOf(solid).returns.toHaveProperty("data").toEqualTypeOf<Accessor<Price | undefined>>();
  expectTypeOf(solid)
    .returns.toHaveProperty("error")
    .toEqualTypeOf<Accessor<FeedError | undefined>>();

  const svelte = () => useSvelte(() => "/prices", options);
  expectTypeOf(svelte).returns.toEqualTypeOf<FeedSnapshot<Tick>>();
  const store = () => feedStore("/prices", options);
  expectTypeOf(store).returns.toEqualTypeOf<Readable<FeedSnapshot<Tick>>>();

  const angular = () => feedResource(() => "/prices", options);
  expectTypeOf(angular).returns.toHaveProperty("data").toEqualTypeOf<Signal<Price | undefined>>();
  expectTypeOf(angular).returns.toExtend<Resource<Price | undefined>>();
});

test("a resource that has a value has it in its type", () => {
  const angular = () => {
    const price = feedResource(() => "/prices", options);
    return price.hasValue() ? price.value() : undefined;
  };
  expectTypeOf(angular).returns.toEqualTypeOf<Price | undefined>();
});

test("a feed of your own has its types, and accepts no further options", () => {
  const all = () => [
    useVue(feed, { types: "tick" }).data.value,
    useSvelte(feed(), { types: "tick" }).data,
    createFeed(feed, { types: "tick" }).data(),
    feedResource(feed, { types: "tick" }).data(),
  ];
  expectTypeOf(all).returns.toEqualTypeOf<(Price | undefined)[]>();
  const wrong = () => [
    // @ts-expect-error -- the feed has no such event
    useVue(feed, { types: "quit" }),
    // @ts-expect-error -- the feed has its options already
    createFeed(feed, { headers: {} }),
    // @ts-expect-error -- no binding but React's selects
    feedResource(() => "/prices", { select: () => 1 }),
  ];
  expectTypeOf(wrong).toBeFunction();
});

test("without an event map data is text, or the result of decode", () => {
  const text = () => useVue("/prices").data.value;
  expectTypeOf(text).returns.toEqualTypeOf<string | undefined>();
  const bytes = () => createFeed(() => "/prices", { decode: "base64" }).data();
  expectTypeOf(bytes).returns.toExtend<Uint8Array | undefined>();
});

test("a changing option may be a ref, a getter or undefined", () => {
  const url = ref<string | null>(null);
  const all = () => [useVue(url), useVue(() => url.value && `/rooms/${url.value}`), useVue(null)];
  expectTypeOf(all).toBeFunction();
  const keys = () => useVue(url, () => ({ key: ["prices", { of: url.value }] }));
  expectTypeOf(keys).toBeFunction();
});

test("select is the return type of the hook, and Suspense makes data defined", () => {
  const state = () => useReact("/prices", { ...options, select: ({ data }) => data?.eur });
  expectTypeOf(state).returns.toEqualTypeOf<number | undefined>();
  const row = () => useReact(feed(), { types: "tick", select: ({ latest }) => latest.get("EUR") });
  expectTypeOf(row).returns.toEqualTypeOf<Tick | undefined>();
  const data = () => useSuspenseFeed("/prices", options).data;
  expectTypeOf(data).returns.toEqualTypeOf<Price>();
});

test("an observable is assignable to RxJS's type", () => {
  const ticks = () => observe(feed(), "tick");
  expectTypeOf(ticks).returns.toEqualTypeOf<FeedObservable<Tick>>();
  const rx = () => from(observe(feed(), "tick"));
  expectTypeOf(rx).returns.toEqualTypeOf<Observable<Tick>>();
});
