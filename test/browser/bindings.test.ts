// One suite for the bindings of all frameworks: what a component shows, and what it leaves open.
import { Feed } from "@steadfeed/client";
import type { UrlOptions } from "@steadfeed/client/store";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { Stage } from "../suite/stage.ts";
import * as angular from "./bindings/angular.ts";
import type { Mount } from "./bindings/mounted.ts";
import * as react from "./bindings/react.ts";
import * as solid from "./bindings/solid.ts";
import * as svelte from "./bindings/svelte.ts";
import * as vue from "./bindings/vue.ts";

const frameworks: readonly [string, Mount][] = [
  ["React", react.mount],
  ["Vue", vue.mount],
  ["Svelte", svelte.mount],
  ["Svelte's stores", svelte.mountStore],
  ["Solid", solid.mount],
  ["Angular", angular.mount],
];

const stageOf = (): Stage => new Stage(inject("stageUrl"));
const live = async (stage: Stage): Promise<number> =>
  (await stage.seen()).filter(({ open }) => open).length;
const ticks = (...data: (string | number)[]): string =>
  data.map((each) => `id: ${each}\nevent: tick\ndata: ${each}\n\n`).join("");

describe.for(frameworks)("a component in %s", ([, mount]) => {
  /** Puts a component in the page, until the test ends. */
  function shown(source: Parameters<Mount>[1], options: UrlOptions = {}) {
    const element = document.createElement("main");
    document.body.append(element);
    const component = mount(element, source, { types: "tick", lingerMs: 0, ...options });
    let isMounted = true;
    const unmount = (): void => {
      if (isMounted) component.unmount();
      isMounted = false;
    };
    onTestFinished(() => {
      unmount();
      element.remove();
    });
    return { ...component, unmount, text: () => element.textContent };
  }

  test("shows events as they arrive, and the state", async () => {
    const stage = stageOf();
    await stage.script({ body: ticks(1) });
    const { text } = shown(stage.url);
    await expect.poll(text).toBe("open: 1;");
    await stage.send(ticks(2, 3));
    await expect.poll(text).toBe("open: 1 2 3;");
  });

  test("closes its connection when it unmounts", async () => {
    const stage = stageOf();
    await stage.script({ body: ticks(1) });
    const { text, unmount } = shown(stage.url);
    await expect.poll(text).toBe("open: 1;");
    unmount();
    await expect.poll(() => live(stage)).toBe(0);
    expect(await stage.seen()).toHaveLength(1);
  });

  test("switches to another URL, and to none", async () => {
    const [a, b] = [stageOf(), stageOf()];
    await a.script({ body: ticks("a") });
    await b.script({ body: ticks("b") });
    const { text, show } = shown(a.url, { lingerMs: 60_000 });
    await expect.poll(text).toBe("open: a;");
    show(b.url);
    await expect.poll(text).toBe("open: b;");
    await expect.poll(() => live(a)).toBe(0);
    show(null);
    await expect.poll(text).toBe("idle: ;");
    await expect.poll(() => live(b)).toBe(0);
  });

  test("shows the latest of twelve URLs that change quickly, and closes the others", async () => {
    const stages = Array.from({ length: 12 }, stageOf);
    for (const [n, stage] of stages.entries()) await stage.script({ body: ticks(n) });
    const { text, show } = shown(stages[0]!.url, { lingerMs: 60_000 });
    for (const stage of stages.slice(1)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      show(stage.url);
    }
    await expect.poll(text).toBe("open: 11;");
    for (const stage of stages.slice(0, -1)) await expect.poll(() => live(stage)).toBe(0);
    expect(await live(stages.at(-1)!)).toBe(1);
  });

  test("shares another component's connection, and shows the current events at once", async () => {
    const stage = stageOf();
    await stage.script({ body: ticks(1) });
    const first = shown(stage.url);
    await expect.poll(first.text).toBe("open: 1;");
    const second = shown(stage.url, { history: 5, latestBy: ({ data }) => data });
    await expect.poll(second.text).toBe("open: ;");
    await stage.send(ticks(2));
    await expect.poll(first.text).toBe("open: 1 2;");
    await expect.poll(second.text).toBe("open: 2; latest 2");
    first.unmount();
    await stage.send(ticks(3));
    await expect.poll(second.text).toBe("open: 2 3; latest 2 3");
    expect(await stage.seen()).toHaveLength(1);
  });

  test("two without options show their own URLs, and one that unmounts takes nothing from the other", async () => {
    const both = [stageOf(), stageOf()] as const;
    for (const [n, stage] of both.entries()) await stage.script({ body: ticks(n) });
    const bare = ({ url }: Stage) => {
      const element = document.createElement("main");
      const { unmount } = mount(element, url, {});
      return { unmount, text: () => element.textContent };
    };
    const [a, b] = [bare(both[0]), bare(both[1])];
    onTestFinished(() => b.unmount());
    await expect.poll(a.text).toBe("open: 0;");
    await expect.poll(b.text).toBe("open: 1;");
    a.unmount();
    await expect.poll(() => live(both[0])).toBe(0);
    await both[1].send(ticks(2));
    await expect.poll(b.text).toBe("open: 1 2;");
  });

  test("a hundred with one key share one connection, and all show each event", async () => {
    const stage = stageOf();
    await stage.script({ body: ticks(1) });
    const all = Array.from({ length: 100 }, () => shown(stage.url));
    const texts = () => [...new Set(all.map(({ text }) => text()))];
    await expect.poll(texts).toEqual(["open: 1;"]);
    await stage.send(ticks(2, 3));
    await expect.poll(texts).toEqual(["open: 1 2 3;"]);
    expect(await stage.seen()).toHaveLength(1);
    for (const { unmount } of all) unmount();
    await expect.poll(() => live(stage)).toBe(0);
  });

  test("shows the reason its feed failed, and reconnects on request", async () => {
    const stage = stageOf();
    await stage.script({ status: 404 }, { body: ticks(1) });
    const { text, reconnect } = shown(stage.url);
    await expect.poll(text).toBe("closed: ; error 404");
    reconnect();
    await expect.poll(text).toBe("open: 1;");
  });

  test("shows a feed that the user made, and leaves it open", async () => {
    const stage = stageOf();
    await stage.script({ body: ticks(1) });
    const feed = new Feed(stage.url);
    onTestFinished(() => feed.close());
    const { text, unmount } = shown(feed);
    await expect.poll(text).toBe("open: 1;");
    unmount();
    await expect.poll(() => feed.state).toBe("idle");
  });
});
