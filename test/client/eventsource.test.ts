import { FeedError } from "@steadfeed/client";
import {
  EventSource,
  EventSourceErrorEvent,
  type EventSourceInit,
} from "@steadfeed/client/eventsource";
import { afterEach, describe, expect, expectTypeOf, onTestFinished, test, vi } from "vitest";
import { until } from "../support/collect.ts";
import { collectGarbage } from "../support/gc.ts";
import { fakeClock, pass, settle, Wire, type Serve } from "../support/wire.ts";

/* oxlint-disable unicorn/prefer-add-event-listener -- handlers are part of what is tested */

// Each behaviour here is one that the web-platform-tests or Web IDL ask for, and that a page would miss.
// test/interop/wpt runs those tests themselves, test/browser/eventsource.test.ts runs both classes side by side.

fakeClock();

const url = "http://wire.test/events";
const sources: EventSource[] = [];
afterEach(() => {
  for (const source of sources.splice(0)) source.close();
});

const opens: Serve = (request) => void request.answer();
const hangs: Serve = () => undefined;

/** A source on a wire of its own, and what it dispatches, each with the state that a listener saw. */
function made(serve: Serve = opens, init: EventSourceInit = {}, at: string = url) {
  const wire = new Wire(serve);
  const source = new EventSource(at, { fetch: wire.fetch, ...init });
  sources.push(source);
  const log: string[] = [];
  const events: Event[] = [];
  for (const type of ["open", "message", "error"]) {
    source.addEventListener(type, (event: Event) => {
      const data = event instanceof MessageEvent ? ` ${JSON.stringify(event.data)}` : "";
      log.push(`${event.type}${data} ${source.readyState}`);
      events.push(event);
    });
  }
  return { wire, source, log, events };
}

async function opened(serve?: Serve, init?: EventSourceInit) {
  const all = made(serve, init);
  await settle();
  return all;
}

/** What reaches `uncaughtException` while something runs. */
async function uncaughtDuring(run: () => unknown): Promise<unknown[]> {
  const errors: unknown[] = [];
  const theirs = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => errors.push(error));
  await run();
  await settle();
  process.removeAllListeners("uncaughtException");
  for (const listener of theirs) process.on("uncaughtException", listener);
  return errors;
}

function atPage(href: string): void {
  vi.stubGlobal("location", { href });
  onTestFinished(() => void vi.unstubAllGlobals());
}

describe("constructor", () => {
  test("requires new, and a URL", () => {
    const call = EventSource as unknown as (...given: unknown[]) => unknown;
    expect(() => call(url)).toThrow(TypeError);
    expect(() => Reflect.construct(EventSource, [])).toThrow(TypeError);
  });

  test.each(["http://this is invalid/", "//", "", "/events", "http://"])(
    "an invalid URL throws a SyntaxError at once: %j",
    (bad) => {
      const construct = () => new EventSource(bad);
      expect(construct).toThrow(DOMException);
      expect(construct).toThrow(expect.objectContaining({ name: "SyntaxError", code: 12 }));
    },
  );

  test.each([
    ["/events?a=1", "http://page.test/events?a=1"],
    ["events", "http://page.test/dir/events"],
    ["//other.test", "http://other.test/"],
    ["", "http://page.test/dir/page.html?q"],
    ["#part", "http://page.test/dir/page.html?q#part"],
    ["HTTP://Me@Host.TEST:80/%7e/../ü", "http://Me@host.test/%C3%BC"],
  ])("on a page %j is %j", (given, absolute) => {
    atPage("http://page.test/dir/page.html?q#f");
    expect(made(hangs, {}, given).source.url).toBe(absolute);
  });

  test.each([
    [1, "1"],
    [null, "null"],
    [undefined, "undefined"],
    [{ toString: () => "events" }, "events"],
    [new URL("http://page.test/dir/u"), "u"],
  ])("a value that is not a string is converted: %o", (given, end) => {
    atPage("http://page.test/dir/");
    const source = new EventSource(given as string);
    source.close();
    expect(source.url).toBe(`http://page.test/dir/${end}`);
  });

  test("a value that cannot be converted throws a TypeError, and an error of its toString is passed on", () => {
    expect(() => new EventSource(Symbol("url") as never)).toThrow(TypeError);
    const thrown = new RangeError("mine");
    const bad = {
      toString() {
        throw thrown;
      },
    };
    expect(() => new EventSource(bad as never)).toThrow(thrown);
  });

  test.each([
    [undefined, false],
    [null, false],
    [{}, false],
    [{ withCredentials: undefined }, false],
    [{ withCredentials: 0 }, false],
    [{ withCredentials: true }, true],
    [{ withCredentials: "yes" }, true],
  ])("the second argument %j means withCredentials %j", (init, withCredentials) => {
    const source = new EventSource(url, init as EventSourceInit);
    source.close();
    expect(source.withCredentials).toBe(withCredentials);
  });

  test("conflicting options throw a TypeError, without a request", () => {
    const { fetch, requests } = new Wire(opens);
    expect(() => new EventSource(url, { fetch, node: {} })).toThrow(TypeError);
    expect(requests).toHaveLength(0);
  });

  test.each(["ftp://example.test/", "about:blank", "mailto:a@example.test", "javascript:alert(1)"])(
    "a URL that cannot be requested fires an error event later, and closes: %s",
    async (strange) => {
      const { source, wire, log, events } = made(opens, {}, strange);
      expect(source.readyState).toBe(EventSource.CONNECTING);
      expect(log).toEqual([]);
      await settle();
      expect(log).toEqual(["error 2"]);
      expect(events[0]).toMatchObject({ error: { code: "request" } });
      expect(wire.requests).toHaveLength(0);
    },
  );
});

describe("interface", () => {
  test.each([
    ["CONNECTING", 0],
    ["OPEN", 1],
    ["CLOSED", 2],
  ])("%s is constantly %i, on the class and on its instances", (name, value) => {
    const constant = { value, enumerable: true, writable: false, configurable: false };
    expect(Object.getOwnPropertyDescriptor(EventSource, name)).toEqual(constant);
    expect(Object.getOwnPropertyDescriptor(EventSource.prototype, name)).toEqual(constant);
    const { source } = made(hangs);
    expect(source).toHaveProperty(name, value);
    expect(Object.keys(source)).toEqual([]);
  });

  test.each(["url", "withCredentials", "readyState"])("%s is read-only", (name) => {
    const { source } = made(hangs);
    const accessor = Object.getOwnPropertyDescriptor(EventSource.prototype, name);
    expect(accessor).toMatchObject({ set: undefined, enumerable: true, configurable: true });
    expect(Reflect.set(source, name, "x")).toBe(false);
    expect(() => Reflect.get(EventSource.prototype, name)).toThrow(TypeError);
  });

  test("its members are enumerable, its name is EventSource, its length is 1", () => {
    const members = ["onopen", "onmessage", "onerror", "close"];
    for (const name of members) {
      expect(Object.getOwnPropertyDescriptor(EventSource.prototype, name)?.enumerable).toBe(true);
    }
    expect(Object.keys(EventSource.prototype)).not.toContain("constructor");
    expect(Object.prototype.toString.call(made(hangs).source)).toBe("[object EventSource]");
    expect(EventSource.name).toBe("EventSource");
    expect(EventSource).toHaveLength(1);
    expect(Object.getPrototypeOf(EventSource)).toBe(EventTarget);
  });

  test("a page's additions to its prototype are there", () => {
    Object.assign(EventSource.prototype, { hello: () => "there" });
    expect(made(hangs).source).toHaveProperty("hello");
    Reflect.deleteProperty(EventSource.prototype, "hello");
  });

  test("it can be extended", async () => {
    class Numbers extends EventSource {
      readonly got: number[] = [];
      constructor(wire: Wire) {
        super(url, { fetch: wire.fetch });
        this.addEventListener("message", ({ data }) => this.got.push(Number(data)));
      }
    }
    const source = new Numbers(
      new Wire((request) => request.answer().send("data: 1\n\ndata: 2\n\n")),
    );
    sources.push(source);
    await settle();
    expect(source.got).toEqual([1, 2]);
  });

  test("is assignable to lib.dom's class", () => {
    expectTypeOf<typeof EventSource>().toExtend<typeof globalThis.EventSource>();
    expectTypeOf<EventSource>().toExtend<globalThis.EventSource>();
    const { source } = made(hangs);
    const native: globalThis.EventSource = source;
    native.onerror = (event: Event) => event.type;
    native.onmessage = (event: MessageEvent) => event.data as unknown;
    native.addEventListener("error", (event: Event) => event.type);
    source.onerror = ({ status, message, error }) => {
      expectTypeOf(status).toEqualTypeOf<number | undefined>();
      expectTypeOf(message).toEqualTypeOf<string | undefined>();
      expectTypeOf(error).toEqualTypeOf<FeedError | undefined>();
    };
    source.onmessage = (event) => expectTypeOf(event.data).toEqualTypeOf<string>();
    source.addEventListener("open", (event) => expectTypeOf(event).toEqualTypeOf<Event>());
    source.addEventListener("tick", ({ data }) => expectTypeOf(data).toEqualTypeOf<string>());
    source.addEventListener("tick", (event: Event) => event.type, { once: true });
    source.addEventListener("tick", { handleEvent: ({ data }) => data.length });
    const failed = (event: EventSourceErrorEvent): unknown => event.status;
    source.addEventListener(
      "error",
      (event) => event instanceof EventSourceErrorEvent && failed(event),
    );
    expectTypeOf(() => source.addEventListener("tick", null)).toBeFunction();
    // @ts-expect-error -- the server's data is text
    source.addEventListener("tick", (event: MessageEvent<number>) => event.data);
  });
});

describe("readyState", () => {
  test("0 after the constructor, 1 from open on, 2 after close()", async () => {
    const { source, log } = made();
    expect(source.readyState).toBe(0);
    expect(log).toEqual([]);
    await settle();
    expect(source.readyState).toBe(1);
    expect(log).toEqual(["open 1"]);
    source.close();
    expect(source.readyState).toBe(2);
  });

  test("0 until the server answers", async () => {
    const { source } = await opened(hangs);
    await pass(60_000);
    expect(source.readyState).toBe(0);
  });

  test("open fires with the response head, before there is an event", async () => {
    const { wire, log } = await opened();
    wire.last.send(":\n\n");
    await settle();
    expect(log).toEqual(["open 1"]);
  });

  test("the end of the stream: error at 0, then open again", async () => {
    const { source, log, wire } = await opened();
    wire.last.end();
    await settle();
    expect(log).toEqual(["open 1", "error 0"]);
    await pass(2999);
    expect(source.readyState).toBe(0);
    expect(wire.requests).toHaveLength(1);
    await pass(1);
    expect(log).toEqual(["open 1", "error 0", "open 1"]);
  });
});

describe("handlers", () => {
  test("null before they are set, and after they are set to a value that is not an object", () => {
    const { source } = made(hangs);
    for (const name of ["onopen", "onmessage", "onerror"] as const) {
      expect(source[name]).toBeNull();
      for (const given of [1, "f", undefined, null, Symbol("f")]) {
        source[name] = () => undefined;
        source[name] = given as never;
        expect(source[name]).toBeNull();
      }
    }
  });

  test("called with the source as this, and the event", async () => {
    const { source, wire } = await opened();
    const handler = vi.fn<(this: unknown, event: unknown) => void>();
    source.onmessage = handler;
    expect(source.onmessage).toBe(handler);
    wire.last.send("data: 1\n\n");
    await settle();
    expect(handler.mock.contexts).toEqual([source]);
    expect(handler.mock.calls[0]).toEqual([expect.objectContaining({ data: "1" })]);
  });

  test("an object is kept and not called, also one with a handleEvent", async () => {
    const { source, wire } = await opened();
    const handleEvent = vi.fn<() => void>();
    const object = { handleEvent };
    source.onmessage = object as never;
    expect(source.onmessage).toBe(object);
    wire.last.send("data: 1\n\n");
    await settle();
    expect(handleEvent).not.toHaveBeenCalled();
  });

  test("another function replaces the first, null removes it", async () => {
    const { source, wire } = await opened();
    const order: string[] = [];
    const send = async (): Promise<string[]> => {
      wire.last.send("data: 1\n\n");
      await settle();
      return order.splice(0);
    };
    source.onmessage = () => order.push("first");
    source.addEventListener("message", () => order.push("listener"));
    source.onmessage = () => order.push("second");
    expect(await send()).toEqual(["second", "listener"]);
    source.onmessage = null;
    expect(await send()).toEqual(["listener"]);
    source.onmessage = () => order.push("third");
    expect(await send()).toEqual(["listener", "third"]);
  });

  test("a handler set during the dispatch is called in its own position", async () => {
    const { source, wire } = await opened();
    const got: string[] = [];
    source.onmessage = () => {
      got.push("first");
      source.onmessage = () => got.push("second");
    };
    wire.last.send("data: 1\n\ndata: 2\n\n");
    await settle();
    expect(got).toEqual(["first", "second"]);
  });

  test("they are called once where the platform calls them too, as on Cloudflare", async () => {
    class Eager extends EventTarget {
      override dispatchEvent(event: Event): boolean {
        const handler: unknown = Reflect.get(this, `on${event.type}`);
        if (typeof handler === "function") handler.call(this, event);
        return super.dispatchEvent(event);
      }
    }
    vi.stubGlobal("EventTarget", Eager);
    vi.resetModules();
    onTestFinished(() => void vi.unstubAllGlobals());
    const { EventSource: Fresh } = await import("@steadfeed/client/eventsource");
    const source = new Fresh(url, { fetch: new Wire(opens).fetch });
    sources.push(source);
    const handler = vi.fn<() => void>();
    source.onopen = handler;
    await settle();
    expect(source.readyState).toBe(1);
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test("a subclass that overrides addEventListener does not see them", () => {
    const seen = vi.fn<() => void>();
    class Watched extends EventSource {
      override addEventListener = seen;
    }
    const source = new Watched(url, { fetch: new Wire(hangs).fetch });
    sources.push(source);
    source.onopen = () => undefined;
    expect(seen).not.toHaveBeenCalled();
  });
});

describe("events", () => {
  test("open is a plain event", async () => {
    const { source, events } = await opened();
    const [event] = events;
    expect(Object.getPrototypeOf(event)).toBe(Event.prototype);
    expect(event).toMatchObject({ type: "open", bubbles: false, cancelable: false });
    expect(event?.target).toBe(source);
    expect(event).not.toHaveProperty("data");
  });

  test("error does not bubble, cannot be cancelled, and has no data", async () => {
    const { events } = await opened((request) => request.answer({ status: 404 }));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: "error", bubbles: false, cancelable: false });
    expect(events[0]).not.toHaveProperty("data");
  });

  test("message has data, lastEventId and the origin, and neither bubbles nor can be cancelled", async () => {
    const { events, wire } = await opened();
    wire.last.send("id: 7\ndata: 1\ndata: 2\n\n");
    await settle();
    expect(events[1]).toBeInstanceOf(MessageEvent);
    expect(events[1]).toMatchObject({
      type: "message",
      data: "1\n2",
      lastEventId: "7",
      origin: "http://wire.test",
      bubbles: false,
      cancelable: false,
      source: null,
    });
  });

  test("the origin is that of the URL that answered, and only for that connection", async () => {
    const { wire, events } = await opened((request, number) => {
      const headers = { Location: "https://other.test:8443/moved" };
      if (number === 1) request.answer({ status: 307, headers });
      else request.answer().send(`retry: 250\ndata: ${number}\n\n`).end();
    });
    await pass(250);
    const messages = events.filter((event) => event instanceof MessageEvent);
    expect(messages.map(({ origin }) => origin)).toEqual([
      "https://other.test:8443",
      "http://wire.test",
    ]);
    expect(wire.requests[1]?.url).toBe("https://other.test:8443/moved");
  });

  test.each(["tick", "__proto__", "constructor", "toString", "hasOwnProperty", "✓ ü"])(
    "the server's type reaches its listeners only: %s",
    async (type) => {
      const { source, wire, log } = await opened();
      const listener = vi.fn<(event: MessageEvent) => void>();
      source.addEventListener(type, listener);
      wire.last.send(`event: ${type}\ndata: 1\n\n`);
      await settle();
      expect(listener.mock.calls[0]).toEqual([expect.objectContaining({ type, data: "1" })]);
      expect(log).toEqual(["open 1"]);
    },
  );

  test.each(["open", "error", "message"])(
    "a server's event may be called %s: it is a message, and has no other effect",
    async (type) => {
      const { source, wire, log } = await opened();
      const handler = vi.fn<(event: Event) => void>();
      source[`on${type as "open"}`] = handler;
      wire.last.send(`event: ${type}\ndata: 1\n\n`);
      await settle();
      expect(handler.mock.calls[0]?.[0]).toBeInstanceOf(MessageEvent);
      expect(log).toEqual(["open 1", `${type} "1" 1`]);
    },
  );

  test("listeners may be objects, and may be registered with once", async () => {
    const { source, wire } = await opened();
    const object = { got: 0, handleEvent: () => object.got++ };
    const once = vi.fn<() => void>();
    const gone = vi.fn<() => void>();
    source.addEventListener("message", object);
    source.addEventListener("message", once, { once: true });
    source.addEventListener("message", gone);
    source.removeEventListener("message", gone);
    wire.last.send("data: 1\n\ndata: 2\n\n");
    await settle();
    expect(object.got).toBe(2);
    expect(once).toHaveBeenCalledTimes(1);
    expect(gone).not.toHaveBeenCalled();
  });

  test("a page may dispatch events of its own", () => {
    const { source, log } = made(hangs);
    source.dispatchEvent(new Event("open"));
    expect(log).toEqual(["open 0"]);
    expect(source.readyState).toBe(0);
  });

  test("a listener that throws is reported as uncaught, and stops neither the others nor the stream", async () => {
    const { source, wire, log } = made();
    const errors = await uncaughtDuring(async () => {
      source.onopen = () => {
        throw new Error("open");
      };
      source.onmessage = () => {
        throw new Error("message");
      };
      await settle();
      wire.last.send("data: 1\n\ndata: 2\n\n");
    });
    expect(errors.map(String)).toEqual(["Error: open", "Error: message", "Error: message"]);
    expect(log).toEqual(["open 1", 'message "1" 1', 'message "2" 1']);
  });

  test("the server's gap event is an event like any other", async () => {
    const { source, wire } = await opened();
    const listener = vi.fn<(event: MessageEvent) => void>();
    source.addEventListener("steadfeed.gap", listener);
    wire.last.send('id: 9\nevent: steadfeed.gap\ndata: {"reason":"trimmed","from":"3"}\n\n');
    await settle();
    expect(listener.mock.calls[0]?.[0]).toMatchObject({
      data: '{"reason":"trimmed","from":"3"}',
      lastEventId: "9",
      origin: "http://wire.test",
    });
  });
});

describe("the error event names its cause", () => {
  test("a status", async () => {
    const { events } = await opened((request) => request.answer({ status: 503 }));
    const event = events[0] as EventSourceErrorEvent;
    expect(event).toBeInstanceOf(EventSourceErrorEvent);
    expect(event).toMatchObject({ status: 503, code: 503, error: { code: "status", url } });
    expect(event.message).toContain("503");
  });

  test("a content type", async () => {
    const { events } = await opened((request) =>
      request.answer({ headers: { "Content-Type": "text/html" } }).end(),
    );
    expect(events[0]).toMatchObject({ error: { code: "content-type" } });
    expect((events[0] as EventSourceErrorEvent).message).toContain("text/html");
  });

  test("the network", async () => {
    const { events } = await opened((request) => void request.reset());
    expect(events[0]).toMatchObject({ status: undefined, error: { code: "network" } });
    expect((events[0] as EventSourceErrorEvent).message).toContain("ECONNRESET");
  });

  test("an end in order", async () => {
    const { events, wire } = await opened();
    wire.last.end();
    await settle();
    expect(events[1]).toMatchObject({
      error: { code: "ended" },
      message: "The stream of http://wire.test/events ended.",
    });
  });

  test("204", async () => {
    const { events } = await opened((request) => request.answer({ status: 204 }));
    expect(events[0]).toMatchObject({ status: 204, error: expect.any(FeedError) as FeedError });
    expect((events[0] as EventSourceErrorEvent).message).toContain("204");
  });

  test("a headers function that throws is retried", async () => {
    const headers = vi.fn<() => HeadersInit>().mockImplementationOnce(() => {
      throw new Error("no token yet");
    });
    headers.mockReturnValue({ Authorization: "Bearer 1" });
    const { log, events, wire } = await opened(opens, { headers });
    expect(events[0]).toMatchObject({ error: { code: "callback" } });
    await pass(3000);
    expect(log).toEqual(["error 0", "open 1"]);
    expect(wire.last.headers.get("Authorization")).toBe("Bearer 1");
  });
});

describe("close()", () => {
  test("before the first request: no request, no event", async () => {
    const { source, wire, log } = made();
    source.close();
    expect(source.readyState).toBe(2);
    await pass(60_000);
    expect(wire.requests).toHaveLength(0);
    expect(log).toEqual([]);
  });

  test("while connecting: the request is aborted, without an event", async () => {
    const { source, wire, log } = await opened(hangs);
    source.close();
    await pass(60_000);
    expect(wire.requests.map(({ aborted }) => aborted)).toEqual([true]);
    expect(log).toEqual([]);
  });

  test("while open: the stream is aborted, and later data is not dispatched", async () => {
    const { source, wire, log } = await opened();
    wire.last.send("data: 1\n\n");
    source.close();
    await pass(60_000);
    expect(wire.requests.map(({ aborted }) => aborted)).toEqual([true]);
    expect(log).toEqual(["open 1"]);
  });

  test("while waiting: no further request, no event", async () => {
    const { source, wire, log } = await opened((request) => void request.reset());
    source.close();
    await pass(60_000);
    expect(wire.requests).toHaveLength(1);
    expect(log).toEqual(["error 0"]);
  });

  test("in onopen: no event of the chunk that arrived with the head", async () => {
    const { source, log } = made((request) => request.answer().send("data: 1\n\n"));
    source.onopen = () => source.close();
    await pass(60_000);
    expect(log).toEqual(["open 1"]);
  });

  test("in a listener: the event still reaches the other listeners, the rest of the chunk none", async () => {
    const { source, wire } = await opened();
    const got: string[] = [];
    source.addEventListener("message", ({ data }) => {
      got.push(`first ${data}`);
      source.close();
    });
    source.addEventListener("message", ({ data }) => got.push(`second ${data}`));
    wire.last.send("data: 1\n\ndata: 2\n\ndata: 3\n\n");
    await pass(60_000);
    expect(got).toEqual(["first 1", "second 1"]);
    expect(wire.live).toHaveLength(0);
  });

  test("in the error listener of a retry: no retry", async () => {
    const { source, wire, log } = made((request) => void request.reset());
    source.onerror = () => source.close();
    await pass(60_000);
    expect(wire.requests).toHaveLength(1);
    expect(log).toHaveLength(1);
  });

  test("again, and after the end: no effect", async () => {
    const { source, log } = await opened((request) => request.answer({ status: 404 }));
    source.close();
    source.close();
    await pass(60_000);
    expect(log).toEqual(["error 2"]);
    expect(source.readyState).toBe(2);
  });

  test("then it holds no references, and can be collected", async () => {
    const make = async (): Promise<WeakRef<EventSource>> => {
      const wire = new Wire((request) => request.answer().send("data: 1\n\n"));
      const source = new EventSource(url, { fetch: wire.fetch });
      source.onmessage = () => undefined;
      await settle();
      expect(source.readyState).toBe(1);
      source.close();
      return new WeakRef(source);
    };
    const ref = await make();
    await settle();
    collectGarbage();
    expect(ref.deref()).toBeUndefined();
  });
});

describe("request", () => {
  test("GET, the standard's headers, no cache, no cursor", async () => {
    const { wire } = await opened();
    const { method, headers, init } = wire.last;
    expect(method).toBe("GET");
    expect(headers.get("Accept")).toBe("text/event-stream");
    expect(headers.has("Last-Event-ID")).toBe(false);
    expect(init.cache).toBe("no-store");
    expect(init.body).toBeUndefined();
  });

  test("cookies are sent to other origins only with withCredentials", async () => {
    expect((await opened()).wire.last.init.credentials ?? "same-origin").toBe("same-origin");
    const { wire } = await opened(opens, { withCredentials: true });
    expect(wire.last.init.credentials).toBe("include");
  });

  test("the user's headers are sent, and read again at each attempt", async () => {
    let count = 0;
    const { wire } = await opened(opens, {
      headers: async () => ({
        Authorization: `Bearer ${++count}`,
        Accept: "text/html, text/*;q=0.5",
      }),
    });
    wire.last.end();
    await pass(3000);
    expect(wire.requests.map(({ headers }) => headers.get("Authorization"))).toEqual([
      "Bearer 1",
      "Bearer 2",
    ]);
    expect(wire.last.headers.get("Accept")).toBe("text/html, text/*;q=0.5");
  });

  test.each([301, 302, 303, 307, 308])(
    "%i is followed, and the first URL is requested again next time",
    async (status) => {
      const { wire, log } = await opened((request, number) => {
        if (number % 2 === 1) request.answer({ status, headers: { Location: "/moved" } });
        else request.answer().end();
      });
      await pass(3000);
      expect(wire.requests.map((request) => new URL(request.url).pathname)).toEqual([
        "/events",
        "/moved",
        "/events",
        "/moved",
      ]);
      expect(log).toEqual(["open 1", "error 0", "open 1", "error 0"]);
    },
  );

  test("url stays the first one", async () => {
    const { source } = await opened((request, number) => {
      if (number === 1) request.answer({ status: 302, headers: { Location: "/moved" } });
      else request.answer();
    });
    expect(source.readyState).toBe(1);
    expect(source.url).toBe(url);
  });

  test("Node's options reach Node's transport", async () => {
    const dispatch = vi.fn<(options: never, handler: never) => boolean>(() => true);
    const source = new EventSource(url, { node: { dispatcher: { dispatch } } });
    sources.push(source);
    // undici is loaded by the first connection.
    await until(() => expect(dispatch).toHaveBeenCalled());
    expect(dispatch.mock.calls[0]?.[0]).toMatchObject({
      origin: "http://wire.test",
      path: "/events",
      method: "GET",
      headers: { accept: "text/event-stream" },
    });
  });

  test("a replaced global fetch is used", async () => {
    const { fetch } = new Wire((request) => request.answer().send("event: tick\ndata: mocked\n\n"));
    vi.stubGlobal("fetch", fetch);
    onTestFinished(() => void vi.unstubAllGlobals());
    const source = new EventSource(url, { fetch: (...given) => globalThis.fetch(...given) });
    sources.push(source);
    const tick = new Promise<MessageEvent<string>>((resolve) =>
      source.addEventListener("tick", resolve),
    );
    expect((await tick).data).toBe("mocked");
  });
});

describe("answers", () => {
  test.each([204, 205, 210, 299, 300, 304, 400, 401, 403, 404, 408, 410, 429, 500, 502, 503, 504])(
    "%i gives one error, and closes",
    async (status) => {
      const { wire, log } = await opened((request) =>
        request.answer({
          status,
          headers: { "Content-Type": "text/event-stream", "Retry-After": "1" },
        }),
      );
      await pass(600_000);
      expect(log).toEqual(["error 2"]);
      expect(wire.requests).toHaveLength(1);
      expect(wire.live).toHaveLength(0);
    },
  );

  test.each([undefined, "", "text/html", "x bogus", "text/event-stream-x", "text/x-bogus", "text"])(
    "the type %j gives one error, and closes",
    async (type) => {
      const headers: Record<string, string> = type === undefined ? {} : { "Content-Type": type };
      const { wire, log } = await opened((request) =>
        request.answer({ headers }).send("data: 1\n\n"),
      );
      await pass(600_000);
      expect(log).toEqual(["error 2"]);
      expect(wire.requests).toHaveLength(1);
    },
  );

  test.each([
    "text/event-stream",
    "TEXT/Event-Stream",
    "text/event-stream;",
    "text/event-stream; charset=windows-1252",
    "text/event-stream;charset=utf-8;x=y",
    "text/event-stream ; a",
  ])("the type %j is a stream, in UTF-8", async (type) => {
    const { log } = await opened((request) =>
      request.answer({ headers: { "Content-Type": type } }).send("data: ok…\n\n"),
    );
    expect(log).toEqual(["open 1", 'message "ok…" 1']);
  });

  test("a fatal status after a reconnect closes too", async () => {
    const { log } = await opened((request, number) => {
      if (number === 1) request.answer().send("data: 1\n\n").end();
      else request.answer({ status: 204 });
    });
    await pass(600_000);
    expect(log).toEqual(["open 1", 'message "1" 1', "error 0", "error 2"]);
  });
});

describe("reconnection", () => {
  test("after a network error, indefinitely, and always after the same delay", async () => {
    const { wire, log } = await opened((request) => void request.reset());
    for (let number = 1; number <= 20; number++) {
      expect(wire.requests).toHaveLength(number);
      expect(log).toHaveLength(number);
      await pass(3000);
    }
    expect(new Set(log)).toEqual(new Set(["error 0"]));
  });

  test("after a stream that breaks", async () => {
    const { wire, log } = await opened();
    wire.last.send("data: 1\n\ndata: unfinished\n");
    await settle();
    wire.last.reset();
    await pass(3000);
    expect(log).toEqual(["open 1", 'message "1" 1', "error 0", "open 1"]);
  });

  test.each([
    ["retry: 1000", 1000],
    ["retry:01000", 1000],
    ["retry: 1000\nretry: 2000", 2000],
    ["retry: 1000\nretry: 2000x", 1000],
    ["retry: 1000\nretry", 1000],
    ["retry: 1e3", 3000],
    ["retry: -1", 3000],
    ["retry: 1.5", 3000],
  ])("%j makes it wait %i ms", async (lines, delayMs) => {
    const { wire } = await opened((request) => request.answer().send(`${lines}\n\n`).end());
    await pass(delayMs - 1);
    expect(wire.requests).toHaveLength(1);
    await pass(1);
    expect(wire.requests).toHaveLength(2);
  });

  test("retry: 0 causes no storm", async () => {
    const { wire } = await opened((request) => request.answer().send("retry: 0\n\n").end());
    await pass(1000);
    expect(wire.requests.length).toBeLessThanOrEqual(5);
  });

  test("the delay applies to later connections too", async () => {
    const { wire } = await opened((request, number) => {
      if (number === 1) request.answer().send("retry: 500\n\n").end();
      else request.reset();
    });
    await pass(1000);
    expect(wire.requests).toHaveLength(3);
  });

  test("keeps a Node process alive while it waits", async () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    await opened((request) => void request.reset());
    expect((timers.mock.results.at(-1)!.value as NodeJS.Timeout).hasRef()).toBe(true);
    timers.mockRestore();
  });
});

describe("the last event id", () => {
  /** Connects, gets the text, and gives what the next request sent. */
  async function sentAfter(text: string): Promise<string | undefined> {
    const { wire } = await opened((request) => request.answer().send(text).end());
    await pass(3000);
    return wire.last.lastEventId;
  }

  test.each([
    ["id: 1\ndata\n\n", "1"],
    ["id: …\ndata\n\n", "…"],
    ["id: 1\n\n", "1"],
    ["id: 1\ndata\n\ndata\n\n", "1"],
    ["id: 1\ndata\n\nid\ndata\n\n", undefined],
    ["id: 1\ndata\n\nid:\n\n", undefined],
    ["id: 1\ndata\n\nid: 2\ndata: unfinished", "1"],
    ["id: 1\ndata\n\nid: \0\ndata\n\n", "1"],
    ["id: x\0x\ndata\n\n", undefined],
    ["id:  1\ndata\n\n", undefined],
    ["data\n\n", undefined],
  ])("%j: the next request sends %j", async (text, id) => {
    expect(await sentAfter(text)).toBe(id);
  });

  test("events have the latest one, also those without an id of their own", async () => {
    const { events } = await opened((request) =>
      request.answer().send("data\n\nid: 1\ndata\n\ndata\n\nid\ndata\n\nid: 2\n\ndata\n\n"),
    );
    const ids = events
      .filter((event) => event instanceof MessageEvent)
      .map((event) => event.lastEventId);
    expect(ids).toEqual(["", "1", "1", "", "2"]);
  });

  test("is kept across connections", async () => {
    const { wire, events } = await opened((request, number) => {
      if (number === 1) request.answer().send("id: 1\ndata\n\n").end();
      else if (number === 2) request.reset();
      else request.answer().send("data\n\n");
    });
    await pass(6000);
    expect(wire.requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, "1", "1"]);
    expect((events.at(-1) as MessageEvent).lastEventId).toBe("1");
  });
});

describe("parsing", () => {
  test.each([
    ["\uFEFFdata:1\n\n\uFEFFdata:2\n\ndata:3\n\n", ["1", "3"]],
    ["\uFEFF\uFEFFdata:1\n\ndata:2\n\n", ["2"]],
    ["data:1\r:\0\n:\r\ndata:2\n:x\rdata:3\n:data:fail\r:x\ndata:4\n\n", ["1\n2\n3\n4"]],
    ["data:\n\ndata\ndata\n\ndata:test\n\n", ["", "\n", "test"]],
    [
      "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n",
      ["\0\n 2\n1\n3\n\n4"],
    ],
    ["data:test\n data\ndata\nfoobar:xxx\njustsometext\n:comment\ndata:test\n\n", ["test\n\ntest"]],
    ["data:\ttest\rdata: \ndata:test\n\n", ["\ttest\n\ntest"]],
    ["data:test\r\ndata\ndata:test\r\n\r", ["test\n\ntest"]],
    ["event: \ndata:data\n\n", ["data"]],
    ["event: x\n\ndata: 1\n\n", ["1"]],
    [
      "data:msg\ndata: msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nData:data\n\ndata\n\ndata:end\n\n",
      ["msg\nmsg", "", "end"],
    ],
  ])("%j", async (text, expected) => {
    const { events, wire } = await opened();
    // Byte by byte: no event depends on how the network cuts it.
    const bytes = new TextEncoder().encode(text);
    wire.last.send(bytes, ...bytes.keys());
    await settle();
    for (let turns = 0; turns < bytes.length / 4; turns++) await settle();
    const data = events
      .filter((event) => event instanceof MessageEvent)
      .map((event) => event.data as string);
    expect(data).toEqual(expected);
  });
});
