import { EventSource } from "@steadfeed/client/eventsource";
import { describe, expect, inject, onTestFinished, test, vi } from "vitest";

/* oxlint-disable unicorn/prefer-add-event-listener -- handlers are part of what is tested */

const at = (path: string, key: string = crypto.randomUUID()): string =>
  `${inject("serverUrl")}${path}?key=${key}`;
const seen = async (url: string): Promise<{ live: number; requests: number }> =>
  (await fetch(url.replace(/\/\w+\?/, "/seen?"))).json() as never;

/** lib.dom's own type: ours stands where the browser's stands. */
const classes: readonly [string, typeof globalThis.EventSource][] = [
  ["the browser's EventSource", globalThis.EventSource],
  ["ours", EventSource],
];

describe.each(classes)("%s", (_, Class) => {
  /** A source, and what it dispatches, each with the state that a listener saw. */
  function made(url: string) {
    const source = new Class(url);
    onTestFinished(() => source.close());
    const log: string[] = [];
    const events: Event[] = [];
    for (const type of ["open", "message", "tick", "error"]) {
      source.addEventListener(type, (event: Event) => {
        const data = event instanceof MessageEvent ? ` ${String(event.data)}` : "";
        log.push(`${event.type}${data} ${source.readyState}`);
        events.push(event);
      });
    }
    return { source, log, events };
  }

  test("resumes after the last complete event each time a connection breaks", async () => {
    const url = at("/count");
    const { source, log, events } = made(url);
    expect(source.readyState).toBe(0);
    expect(log).toEqual([]);
    await expect.poll(() => log.length, { timeout: 5000 }).toBeGreaterThanOrEqual(10);
    source.close();
    expect(log.slice(0, 10)).toEqual([
      "open 1",
      "tick 1 1",
      "tick 2 1",
      "tick 3 1",
      "error 0",
      "open 1",
      "tick 4 1",
      "tick 5 1",
      "tick 6 1",
      "error 0",
    ]);
    expect(events[2]).toMatchObject({
      data: "2",
      lastEventId: "2",
      origin: new URL(url).origin,
      bubbles: false,
      cancelable: false,
      source: null,
    });
    expect((await seen(url)).requests).toBe(2);
  });

  test("close() closes the connection at the server, and nothing is dispatched after it", async () => {
    const url = at("/live");
    const { source, log } = made(url);
    await expect.poll(() => log).toEqual(["open 1", "message hello 1"]);
    expect((await seen(url)).live).toBe(1);
    source.close();
    expect(source.readyState).toBe(2);
    await expect.poll(async () => (await seen(url)).live).toBe(0);
    expect(log).toEqual(["open 1", "message hello 1"]);
  });

  test("close() in onopen: no event of the same chunk is dispatched", async () => {
    const { source, log } = made(at("/live"));
    source.onopen = () => source.close();
    await expect.poll(() => source.readyState).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(log).toEqual(["open 1"]);
  });

  test.each(["/html", "/nowhere"])("%s gives one error, and closes the source", async (path) => {
    const { source, log, events } = made(at(path));
    await expect.poll(() => source.readyState).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(log).toEqual(["error 2"]);
    expect(events[0]).not.toHaveProperty("data");
    expect(events[0]).toMatchObject({ bubbles: false, cancelable: false });
  });

  // Firefox's own gives up.
  const givesUp = Class !== EventSource && navigator.userAgent.includes("Firefox");
  test.skipIf(givesUp)(
    "a server that is not running gives an error, and the source keeps trying",
    async () => {
      const { log } = made("http://127.0.0.1:61234/");
      await expect.poll(() => log[0]).toBe("error 0");
    },
  );

  test.each(["ftp://example.test/", "about:blank", "mailto:a@example.test"])(
    "a URL that cannot be requested gives an asynchronous error, and closes the source: %s",
    async (url) => {
      const { source, log } = made(url);
      expect(source.readyState).toBe(0);
      await expect.poll(() => log).toEqual(["error 2"]);
      expect(source.url).toBe(url);
    },
  );

  test("a redirect is followed, and url does not change", async () => {
    const url = at("/redirect");
    const { source, log, events } = made(url);
    await expect.poll(() => log.slice(0, 2)).toEqual(["open 1", "tick 1 1"]);
    expect(source.url).toBe(url);
    expect(events[1]).toMatchObject({ origin: new URL(url).origin });
  });

  test("sends the request that the standard describes", async () => {
    const { events } = made(at("/echo"));
    await expect.poll(() => events[1]).toBeInstanceOf(MessageEvent);
    const headers = JSON.parse((events[1] as MessageEvent<string>).data) as Record<string, string>;
    expect(headers).toMatchObject({
      accept: "text/event-stream",
      "cache-control": "no-cache",
      origin: location.origin,
      "sec-fetch-mode": "cors",
      "sec-fetch-dest": "empty",
    });
    expect(headers).not.toHaveProperty("last-event-id");
    expect(headers).not.toHaveProperty("cookie");
  });

  test("resolves the URL against the page, and throws a SyntaxError for an invalid one", () => {
    for (const given of ["", "a?b", "/a", "//other.test/", null, { toString: () => "x" }]) {
      const source = new Class(given as string);
      source.close();
      expect(source.url).toBe(new URL(String(given), location.href).href);
    }
    expect(() => new Class("http://[bad/")).toThrow(
      expect.objectContaining({ name: "SyntaxError" }),
    );
    expect(() => Reflect.construct(Class, [])).toThrow(TypeError);
  });

  test("handlers: the getter returns the assigned handler, which keeps its position", async () => {
    const { source } = made(at("/live"));
    const order: string[] = [];
    const object = { handleEvent: () => order.push("never") };
    expect(source.onmessage).toBeNull();
    for (const [given, kept] of [
      [object, object],
      [1, null],
      ["f", null],
      [undefined, null],
    ]) {
      source.onmessage = given as never;
      expect(source.onmessage).toBe(kept);
    }
    source.onerror = object as never;
    source.dispatchEvent(new Event("error"));
    source.onmessage = () => order.push("first");
    source.addEventListener("message", () => order.push("listener"));
    source.onmessage = function (this: unknown) {
      order.push(this === source ? "second" : "lost");
    };
    await expect.poll(() => order).toEqual(["second", "listener"]);
  });

  test("works in a worker", async () => {
    const ours = new URL("/packages/client/src/eventsource.ts", location.href).href;
    const script = `
      const { EventSource } = ${Class === EventSource ? `await import(${JSON.stringify(ours)})` : "self"};
      const source = new EventSource(${JSON.stringify(at("/live"))});
      source.onmessage = ({ data }) => {
        source.close();
        postMessage([data, source.readyState]);
      };
    `;
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const worker = new Worker(url, { type: "module" });
    onTestFinished(() => worker.terminate());
    const said = await new Promise((resolve, reject) => {
      worker.addEventListener("message", (event) => resolve(event.data));
      worker.addEventListener("error", (event) => reject(new Error(event.message)));
    });
    expect(said).toEqual(["hello", 2]);
  });
});

test("both classes have the same interface", () => {
  /** What can be seen of an object without calling anything, by name. */
  const face = (of: object): Record<string, unknown> =>
    Object.fromEntries(
      Reflect.ownKeys(of).map((key) => {
        const { value, ...rest } = Reflect.getOwnPropertyDescriptor(of, key)!;
        const what: unknown =
          typeof value === "function"
            ? [value.name, value.length]
            : typeof value === "object"
              ? "object"
              : value;
        return [String(key), { ...rest, get: rest.get?.name, set: rest.set?.name, what }];
      }),
    );
  const [native, ours] = classes.map(([, Class]) => {
    const source = new Class("about:blank");
    source.close();
    return {
      class: face(Class),
      prototype: face(Class.prototype),
      own: Object.keys(source),
      name: Object.prototype.toString.call(source),
      parent: Object.getPrototypeOf(Class) === EventTarget,
    };
  });
  expect(ours).toEqual(native);
});

test("our class sends headers, reports its status, and uses the given fetch", async () => {
  const ask = vi.fn<typeof fetch>((...given) => fetch(...given));
  const source = new EventSource(at("/echo"), { headers: { "X-App": "page" }, fetch: ask });
  onTestFinished(() => source.close());
  const { data } = await new Promise<MessageEvent<string>>((resolve) => {
    source.onmessage = resolve;
  });
  expect(JSON.parse(data)).toMatchObject({ "x-app": "page" });
  expect(ask).toHaveBeenCalled();
  const refused = new EventSource(at("/html"));
  const event = await new Promise<{ readonly message?: string }>((resolve) => {
    refused.onerror = resolve;
  });
  expect(event.message).toContain("text/html");
});
