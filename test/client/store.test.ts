// What is under every framework's binding: what a component shows of a feed.
import { getEventListeners } from "node:events";
import { Feed, FeedError } from "@steadfeed/client";
import { FeedBinding, type FeedSource, type UrlOptions } from "@steadfeed/client/store";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { fakeClock, pass, settle, Wire, wired, type Serve } from "../support/wire.ts";

fakeClock();

const opens: Serve = (request) => void request.answer().events(1, 2, 3);

/** A frame, and what came before it. */
async function frame(): Promise<void> {
  await settle();
  await pass(16);
}

const mounted: Component[] = [];

afterEach(async () => {
  for (const each of mounted.splice(0)) each.leave();
  await pass(60_000);
});

/** A component on its page, until the test ends. */
class Component {
  readonly binding: FeedBinding = new FeedBinding();
  updates = 0;
  #leave: (() => void) | undefined;

  constructor(source: FeedSource, options?: UrlOptions) {
    this.show(source, options);
    this.mount();
    mounted.push(this);
  }

  mount(): void {
    this.#leave = this.binding.subscribe(() => this.updates++);
  }

  show(source: FeedSource, options?: UrlOptions): void {
    this.binding.show(source, { lingerMs: 0, retry: { jitter: "none" }, ...options });
  }

  leave(): void {
    this.#leave?.();
    this.#leave = undefined;
  }

  get now() {
    return this.binding.getSnapshot();
  }

  get data(): string[] {
    return this.now.events.map(({ data }) => data);
  }
}

let pages = 0;

/** A server, and components that show what it sends. Each test has a URL of its own. */
function page(serve: Serve = opens) {
  const wire = new Wire(serve);
  const url = `http://wire.test/${++pages}`;
  const add = (options?: UrlOptions, source: FeedSource = url): Component =>
    new Component(source, { fetch: wire.fetch, ...options });
  return { wire, url, add };
}

describe("a snapshot", () => {
  test("has the latest event, those before it, the state and the cursor", async () => {
    const component = page().add();
    await frame();
    expect(component.now).toMatchObject({ data: "3", state: "open", lastEventId: "3" });
    expect(component.now.event).toBe(component.now.events.at(-1));
    expect(component.data).toEqual(["1", "2", "3"]);
  });

  test("is the same object until something changes, so that a component does not render needlessly", async () => {
    const { wire, add } = page();
    const component = add();
    await frame();
    const before = component.now;
    expect(component.now).toBe(before);
    wire.last.events(4);
    await settle();
    expect(component.now).toBe(before);
    await frame();
    expect(component.now).not.toBe(before);
    expect(before.data).toBe("3");
  });

  test("holds no more events than requested", async () => {
    const { wire, add } = page();
    const [two, none] = [add({ history: 2 }), add({ history: 0 })];
    await frame();
    expect(two.data).toEqual(["2", "3"]);
    for (let n = 4; n <= 20; n++) wire.last.events(n);
    await frame();
    expect(two.data).toEqual(["19", "20"]);
    expect(none.now).toMatchObject({ data: "20", events: [] });
  });

  test("has only the requested types", async () => {
    const { add } = page(
      (request) => void request.answer().send("event: a\ndata: 1\n\nevent: b\ndata: 2\n\n"),
    );
    const [a, both] = [add({ types: "a" }), add({ types: ["a", "b"] })];
    await frame();
    expect([a.data, both.data]).toEqual([["1"], ["1", "2"]]);
  });

  test("has the latest event of each key, in the order in which the keys appeared", async () => {
    const { wire, add } = page();
    const component = add({
      latestBy: ({ data }) => (data === "0" ? undefined : Number(data) % 2),
    });
    await frame();
    const latest = () => [...component.now.latest].map(([key, { data }]) => `${key}: ${data}`);
    expect(latest()).toEqual(["1: 3", "0: 2"]);
    const [before, three] = [component.now.latest, component.now.latest.get(1)];
    wire.last.events(0, 4);
    await frame();
    expect(latest()).toEqual(["1: 3", "0: 4"]);
    expect(before.get(0)?.data).toBe("2");
    expect(component.now.latest.get(1)).toBe(three);
  });

  test("has at most 10 000 keys, however many a server invents", async () => {
    const { wire, add } = page();
    const component = add({ latestBy: ({ data }) => data });
    await frame();
    wire.last.events(...Array.from({ length: 10_000 }, (_, n) => n + 4));
    await frame();
    expect(component.now.latest.size).toBe(10_000);
    expect(component.now.latest.has("3")).toBe(false);
    expect(component.now.latest.has("10003")).toBe(true);
  });

  test("has the error and the time of the next attempt, until the feed recovers", async () => {
    const { add } = page((request, number) =>
      number === 1 ? request.answer({ status: 503 }) : request.answer(),
    );
    const component = add();
    await frame();
    const { state, error, retryAt } = component.now;
    expect([state, error?.status]).toEqual(["waiting", 503]);
    expect(retryAt).toBe(Date.now() + 1000 - 16);
    await pass(1100);
    expect(component.now).toMatchObject({ state: "open", error: undefined, retryAt: undefined });
  });

  test("shows the error of the wait to a late component too, whatever it shows", async () => {
    const { add } = page((request) => void request.answer({ status: 503 }));
    add();
    await frame();
    const late = add({ history: 5 });
    expect(late.now).toMatchObject({ state: "waiting", error: { status: 503 } });
    expect(late.now.retryAt).toBeGreaterThan(Date.now());
  });

  test("has the reason of a closed feed, including one of your own that was closed before", async () => {
    const component = page((request) => void request.answer({ status: 404 })).add();
    const { feed } = wired((request) => void request.answer({ status: 404 }));
    await feed.open().catch(() => undefined);
    const own = page().add({}, feed);
    await frame();
    for (const { now } of [component, own]) {
      expect(now.state).toBe("closed");
      expect(now.error).toBeInstanceOf(FeedError);
    }
  });

  test("has the lost events", async () => {
    const component = page(
      (request) =>
        void request
          .answer()
          .send('event: steadfeed.gap\ndata: {"reason":"trimmed","from":"3"}\n\n'),
    ).add();
    await frame();
    expect(component.now.gap).toMatchObject({ reason: "trimmed", lastEventId: "3" });
    expect(component.data).toEqual([]);
  });
});

describe("updates", () => {
  test("happen once a frame, however many events there are", async () => {
    const { wire, add } = page();
    const got: string[] = [];
    const component = add({ onEvent: ({ data }) => got.push(data) });
    await frame();
    component.updates = 0;
    for (let n = 4; n <= 503; n++) {
      wire.last.events(n);
      await settle();
    }
    expect([component.updates, got.length]).toEqual([0, 503]);
    await frame();
    expect([component.updates, component.now.data]).toEqual([1, "503"]);
  });

  test("happen once a turn, on request", async () => {
    const { wire, add } = page();
    const component = add({ update: "turn" });
    await settle();
    component.updates = 0;
    wire.last.events(4, 5, 6);
    await settle();
    expect([component.updates, component.now.data]).toEqual([1, "6"]);
  });

  test("reach a hundred components at once, from one feed and one subscription", async () => {
    const { wire, url } = page();
    const feed = new Feed(url, { fetch: wire.fetch });
    const subscribe = vi.spyOn(feed, "subscribe");
    const all = Array.from({ length: 100 }, () => new Component(feed));
    await frame();
    for (const each of all) each.updates = 0;
    wire.last.events(4);
    await frame();
    expect(new Set(all.map(({ updates, now }) => `${updates} ${now.data}`))).toEqual(
      new Set(["1 4"]),
    );
    expect([wire.requests.length, subscribe.mock.calls.length]).toEqual([1, 1]);
    for (const each of all) each.leave();
    await pass(10);
    feed.close();
  });

  test("a callback that throws is reported as the feed's error, and the rest continues", async () => {
    const { feed } = wired(opens);
    const errors: unknown[] = [];
    feed.on("error", ({ error }) => errors.push(error.code));
    const fails = () => {
      throw new Error("mine");
    };
    const [a, b] = [
      new Component(feed, { onEvent: fails }),
      new Component(feed, { latestBy: fails }),
    ];
    await frame();
    expect([a.data, b.data]).toEqual([
      ["1", "2", "3"],
      ["1", "2", "3"],
    ]);
    expect(new Set(errors)).toEqual(new Set(["callback"]));
  });

  test.each(["onEvent", "latestBy"])(
    "a %s that throws is printed without a listener",
    async (name) => {
      const print = vi.spyOn(console, "error").mockImplementation(() => undefined);
      onTestFinished(() => print.mockRestore());
      const fails = () => {
        throw new Error("mine");
      };
      page((request) => void request.answer().events(1)).add({ [name]: fails });
      await frame();
      expect(print.mock.calls).toMatchObject([[{ code: "callback", cause: { message: "mine" } }]]);
    },
  );

  test("onEvent may be added later, and the latest one is used", async () => {
    const { wire, url, add } = page();
    const got: string[] = [];
    const component = add();
    await frame();
    component.show(url, { fetch: wire.fetch, onEvent: ({ data }) => got.push(`a${data}`) });
    wire.last.events(4);
    await settle();
    component.show(url, { fetch: wire.fetch, onEvent: ({ data }) => got.push(`b${data}`) });
    wire.last.events(5);
    await settle();
    expect(got).toEqual(["a4", "b5"]);
  });
});

describe("components with options of the feed alone", () => {
  test("each shows its own URL, and one that leaves takes nothing from the other", async () => {
    const { wire, url } = page(() => undefined);
    const all = ["a", "b"].map((name) => {
      const binding = new FeedBinding();
      binding.show(`${url}/${name}`, { fetch: wire.fetch });
      return { binding, leave: binding.subscribe(() => undefined) };
    });
    await settle();
    for (const [n, request] of wire.requests.entries()) request.answer().events(n + 1);
    await frame();
    const shown = () => all.map(({ binding }) => binding.getSnapshot().data);
    expect(shown()).toEqual(["1", "2"]);
    all[0]!.leave();
    await pass(1000);
    wire.last.events(3);
    await frame();
    expect(shown()).toEqual([undefined, "3"]);
    expect(wire.live).toEqual([wire.last]);
    all[1]!.leave();
  });
});

describe("components with one key", () => {
  test("share a connection, whatever they show; another key shares nothing", async () => {
    const { wire, add, url } = page();
    const one = [add(), add({ types: "message" }), add({ history: 1 })];
    await frame();
    expect(wire.requests).toHaveLength(1);
    expect(one.map(({ now }) => now.data)).toEqual(["3", "3", "3"]);
    add({}, `${url}/other`);
    await frame();
    expect(wire.requests).toHaveLength(2);
  });

  test("may pass it as an array, in which the order of names makes no difference", async () => {
    const { wire, url, add } = page();
    add({ key: [url, { a: 1, b: { c: 2, d: 3 } }] });
    add({ key: [url, { b: { d: 3, c: 2 }, a: 1 }] });
    await frame();
    expect(wire.requests).toHaveLength(1);
    add({ key: [url, { a: 1, b: { c: 2, d: 4 } }] });
    await frame();
    expect(wire.requests).toHaveLength(2);
  });

  test("get a warning when their options differ, since only the first can apply", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    onTestFinished(() => warn.mockRestore());
    const { url, add } = page();
    add({ key: "prices", headers: { a: "1" }, token: () => "a" });
    add({ key: "prices", headers: { a: "1" }, token: () => "b", history: 7, onEvent: () => 1 });
    expect(warn).not.toHaveBeenCalled();
    add({ key: "prices", headers: { a: "2" }, method: "POST" }, `${url}/other`);
    add({ key: "prices", headers: { a: "3" } });
    expect(warn.mock.calls).toEqual([
      [
        'Two components, or two renders of one, share the feed "prices", and give it different options: ' +
          "URL, headers, token, method. It keeps the first. Put what varies into the URL or the key.",
      ],
    ]);
  });

  test("may pass functions, and the newest component's are called", async () => {
    const { wire, url, add } = page();
    const first = add({ token: () => "first" });
    await frame();
    add({ token: () => "second" });
    first.leave();
    wire.last.end();
    await pass(2000);
    const sent = wire.requests.map(({ headers }) => new Headers(headers).get("authorization"));
    expect(sent).toEqual(["Bearer first", "Bearer second"]);
    expect(url).toContain("wire.test");
  });
});

describe("leaving", () => {
  test("closes the feed after the last component, when the linger time has elapsed", async () => {
    const { wire, add } = page();
    const [first, second] = [add({ lingerMs: 1000 }), add({ lingerMs: 1000, history: 1 })];
    await frame();
    first.leave();
    await pass(2000);
    expect(wire.live).toHaveLength(1);
    second.leave();
    await pass(999);
    expect(wire.live).toHaveLength(1);
    await pass(1);
    expect(wire.live).toHaveLength(0);
    expect(second.now).toMatchObject({ state: "idle", events: [] });
  });

  test("and returning in time finds the connection, and the events since", async () => {
    const { wire, add } = page();
    const component = add({ lingerMs: 1000 });
    await frame();
    component.leave();
    wire.last.events(4);
    await pass(500);
    expect(component.data).toEqual(["1", "2", "3", "4"]);
    component.mount();
    await pass(5000);
    expect([wire.requests.length, wire.live.length]).toEqual([1, 1]);
  });

  test("and returning too late opens another", async () => {
    const { wire, add } = page();
    const component = add({ lingerMs: 1000 });
    await frame();
    component.leave();
    await pass(1000);
    component.mount();
    await frame();
    expect([wire.requests.length, wire.live.length]).toEqual([2, 1]);
    expect(component.data).toEqual(["1", "2", "3"]);
  });

  test("takes nothing from the others", async () => {
    const { wire, add } = page();
    const got: string[] = [];
    const [gone, other] = [add({ onEvent: ({ data }) => got.push(data) }), add()];
    await frame();
    gone.leave();
    other.updates = gone.updates = 0;
    wire.last.events(4);
    await frame();
    expect([gone.updates, other.updates, got]).toEqual([0, 1, ["1", "2", "3"]]);
  });

  test("one key for another is immediate, and after twelve quick changes only the latest is open", async () => {
    const { wire, url, add } = page();
    const component = add({ lingerMs: 30_000 });
    await frame();
    for (let n = 1; n <= 12; n++) {
      component.show(`${url}/${n}`, { fetch: wire.fetch, lingerMs: 30_000 });
      await pass(1);
    }
    await frame();
    expect(wire.live.map((request) => request.url)).toEqual([`${url}/12`]);
    expect(component.now).toMatchObject({ state: "open", data: "3" });
    component.show(null);
    await pass(1);
    expect(wire.live).toEqual([]);
    expect(component.now).toMatchObject({ state: "idle", events: [] });
  });

  test("by twelve components in sequence keeps at most three connections besides the latest", async () => {
    const { wire, url, add } = page();
    for (let n = 1; n <= 12; n++) {
      const component = add({ lingerMs: 30_000 }, `${url}/${n}`);
      await frame();
      if (n < 12) component.leave();
    }
    await pass(10);
    expect(wire.live).toHaveLength(4);
    expect(wire.live.at(-1)?.url).toBe(`${url}/12`);
    await pass(30_000);
  });

  test("for an invalid URL leaves the previous feed, too", async () => {
    const { wire, add } = page();
    const component = add();
    await frame();
    expect(() => component.show("ftp://wire.test/")).toThrow("Not an HTTP URL");
    await pass(1);
    expect([wire.live.length, component.now.state]).toEqual([0, "idle"]);
  });

  test("keeps the data that three components show of one feed, as one connection", async () => {
    const { wire, add } = page();
    const all = [1, 2, 3].map((history) => add({ lingerMs: 1000, history }));
    await frame();
    for (const each of all) each.leave();
    await pass(500);
    expect(all.map(({ data }) => data)).toEqual([["3"], ["2", "3"], ["1", "2", "3"]]);
    expect(wire.live).toHaveLength(1);
  });

  test("by a whole page that mounts again finds every connection", async () => {
    const { wire, url, add } = page();
    const all = [1, 2, 3, 4, 5].map((n) => add({ lingerMs: 1000 }, `${url}/${n}`));
    await frame();
    for (const each of all) each.leave();
    for (const each of all) each.mount();
    await pass(5000);
    expect([wire.requests.length, wire.live.length]).toEqual([5, 5]);
  });
});

describe("cases that open nothing", () => {
  test("a component that is not mounted, as on a server", async () => {
    const { wire, url } = page();
    const binding = new FeedBinding();
    binding.show(url, { fetch: wire.fetch });
    await frame();
    expect(binding.getSnapshot()).toMatchObject({ state: "idle", events: [], data: undefined });
    expect(wire.requests).toEqual([]);
  });

  test("no source, and enabled: false, which closes the open feed", async () => {
    const { wire, url, add } = page();
    const component = add({ enabled: false });
    for (const nothing of [null, false, ""] as const) add({}, nothing);
    expect(new Component(undefined).now.state).toBe("idle");
    await frame();
    expect(wire.requests).toEqual([]);
    component.show(url, { fetch: wire.fetch });
    await frame();
    expect(wire.live).toHaveLength(1);
    component.show(url, { fetch: wire.fetch, enabled: false });
    await frame();
    expect(wire.live).toHaveLength(0);
  });

  test("an invalid option", () => {
    const binding = new FeedBinding();
    const show = (options: object) => () => binding.show("/prices", options);
    expect(show({ history: -1 })).toThrow(new TypeError("history must be an integer ≥ 0, not -1."));
    expect(show({ lingerMs: Number.NaN })).toThrow("lingerMs must be a number ≥ 0, not NaN.");
    expect(show({ update: "now" })).toThrow("update must be 'frame' or 'turn', not now.");
    binding.show("http://wire.test/", { types: "tick", keep: 5 } as object);
    expect(() => binding.subscribe(() => undefined)).toThrow("Feed has no option keep");
  });
});

describe("reconnect()", () => {
  test("does not wait", async () => {
    const { wire, add } = page((request, number) =>
      number === 1 ? request.reset() : request.answer().events(1),
    );
    const component = add();
    await frame();
    expect(component.now.state).toBe("waiting");
    component.now.reconnect();
    await frame();
    expect([wire.requests.length, component.now.state]).toEqual([2, "open"]);
  });

  test("replaces a closed feed by one that continues at its cursor", async () => {
    const { wire, add } = page((request, number) => {
      if (number === 2) request.answer({ status: 404 });
      else request.answer().events(number);
    });
    const got: string[] = [];
    const component = add({ onEvent: ({ data }) => got.push(data) });
    await frame();
    component.now.reconnect();
    await frame();
    expect(component.now).toMatchObject({ state: "closed", error: { status: 404 } });
    component.now.reconnect();
    await frame();
    expect(wire.last.lastEventId).toBe("1");
    expect(component.now).toMatchObject({ state: "open", error: undefined });
    expect([component.data, got]).toEqual([
      ["1", "3"],
      ["1", "3"],
    ]);
  });

  test("opens neither a feed that was left, nor a closed feed of your own", async () => {
    const { wire, add } = page();
    const component = add();
    await frame();
    const { reconnect } = component.now;
    component.leave();
    await pass(10);
    reconnect();
    const { feed } = wired(opens);
    const own = new Component(feed);
    await frame();
    feed.close();
    own.now.reconnect();
    await frame();
    expect([wire.live.length, own.now.state]).toEqual([0, "closed"]);
  });
});

test("a feed of your own is left after the last component, and not closed", async () => {
  const { wire, feed } = wired(opens);
  const component = new Component(feed);
  await frame();
  expect(component.now.data).toBe("3");
  component.leave();
  await pass(10);
  expect([feed.state, wire.live.length]).toEqual(["idle", 0]);
});

test("a feed of your own keeps no listener of a component that left it", async () => {
  const { signal } = new AbortController();
  const { wire, url } = page();
  const feed = new Feed(url, { fetch: wire.fetch, signal });
  const component = new Component(feed);
  await frame();
  // A feed listens to its signal while something listens to the feed.
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  component.leave();
  await pass(10);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});
