import { Channel, FeedError, type FeedStatus } from "@steadfeed/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Listeners } from "../../packages/client/src/delivery/listeners.ts";
import { kindsOf, take } from "../support/collect.ts";
import { settle } from "../support/wire.ts";

const idle: FeedStatus = { kind: "idle" };
const paused: FeedStatus = { kind: "paused" };
const closed: FeedStatus = { kind: "closed", reason: "closed", lastEventId: "" };
const bug = new Error("bug");
const fails = (): never => {
  throw bug;
};

const toConsole = vi.spyOn(console, "error");
beforeEach(() => void toConsole.mockReset().mockReturnValue());
afterEach(() => void vi.unstubAllGlobals());

describe("on()", () => {
  test("is called for its kind only, in the order of on()", () => {
    const listeners = new Listeners();
    const calls: string[] = [];
    listeners.on("idle", () => calls.push("first"));
    listeners.on("paused", () => calls.push("paused"));
    listeners.on("idle", () => calls.push("second"));
    listeners.tell(idle);
    expect(calls).toEqual(["first", "second"]);
  });

  test("hears comments", () => {
    const listeners = new Listeners();
    const heard: string[] = [];
    listeners.on("comment", (text) => heard.push(text));
    listeners.comment("keep-alive");
    expect(heard).toEqual(["keep-alive"]);
  });

  test("one function may listen twice, and leave once", () => {
    const listeners = new Listeners();
    const listener = vi.fn<() => void>();
    const [off] = [listeners.on("idle", listener), listeners.on("idle", listener)];
    listeners.tell(idle);
    expect(listener).toHaveBeenCalledTimes(2);
    off();
    off();
    listeners.tell(idle);
    expect(listener).toHaveBeenCalledTimes(3);
  });

  test("one that was taken off during the call is not called any more, the others are", () => {
    const listeners = new Listeners();
    const calls: string[] = [];
    listeners.on("idle", () => {
      calls.push("first");
      offSecond();
    });
    const offSecond = listeners.on("idle", () => calls.push("second"));
    listeners.on("idle", () => calls.push("third"));
    listeners.tell(idle);
    expect(calls).toEqual(["first", "third"]);
  });

  test("one that takes itself off skips nobody", () => {
    const listeners = new Listeners();
    const calls: string[] = [];
    const off = listeners.on("idle", () => {
      calls.push("once");
      off();
    });
    listeners.on("idle", () => calls.push("always"));
    listeners.tell(idle);
    listeners.tell(idle);
    expect(calls).toEqual(["once", "always", "always"]);
  });

  test("one that comes during the call hears the next", () => {
    const listeners = new Listeners();
    const late = vi.fn<() => void>();
    const off = listeners.on("idle", () => {
      off();
      listeners.on("idle", late);
    });
    listeners.tell(idle);
    expect(late).not.toHaveBeenCalled();
    listeners.tell(idle);
    expect(late).toHaveBeenCalledOnce();
  });

  test("something else than a function is a TypeError, at once", () => {
    expect(() => new Listeners().on("idle", undefined as never)).toThrow(
      new TypeError('on("idle") needs a function.'),
    );
  });
});

describe("a listener that fails", () => {
  test.each([
    ["throws", fails],
    ["rejects", () => Promise.reject(bug)],
  ])("(%s) is told as error, and the others are called", async (_, listener) => {
    const listeners = new Listeners();
    const others = vi.fn<() => void>();
    const told: FeedError[] = [];
    listeners.on("error", ({ error }) => told.push(error));
    listeners.on("idle", listener);
    listeners.on("idle", others);
    listeners.tell(idle);
    await settle();
    expect(others).toHaveBeenCalledOnce();
    expect(told).toMatchObject([
      { code: "callback", message: "A listener to idle threw.", cause: bug },
    ]);
    expect(toConsole).not.toHaveBeenCalled();
  });

  test.each([
    ["throws", fails],
    ["rejects", () => Promise.reject(bug)],
  ])(
    "to error itself (%s) goes where uncaught errors go, and not round in a circle",
    async (_, listener) => {
      const listeners = new Listeners();
      const others = vi.fn<() => void>();
      listeners.on("error", listener);
      listeners.on("error", others);
      listeners.threw(new FeedError("callback", "A callback threw."));
      await settle();
      expect(others).toHaveBeenCalledOnce();
      expect(toConsole).toHaveBeenCalledExactlyOnceWith(
        expect.objectContaining({ message: "A listener to error threw.", cause: bug }),
      );
    },
  );

  test("to comments is told too", () => {
    const listeners = new Listeners();
    const told = vi.fn<() => void>();
    listeners.on("error", told);
    listeners.on("comment", fails);
    listeners.comment("x");
    expect(told).toHaveBeenCalledOnce();
  });
});

describe("an error that nobody listens to", () => {
  const error = new FeedError("callback", "A callback threw.");

  test("goes to reportError where there is one", () => {
    const reportError = vi.fn<(error: unknown) => void>();
    vi.stubGlobal("reportError", reportError);
    new Listeners().threw(error);
    expect(reportError).toHaveBeenCalledExactlyOnceWith(error);
    expect(toConsole).not.toHaveBeenCalled();
  });

  test("goes to the console elsewhere: a bug is never silent", () => {
    new Listeners().threw(error);
    expect(toConsole).toHaveBeenCalledExactlyOnceWith(error);
  });

  test("who took his listener off does not listen", () => {
    const listeners = new Listeners();
    listeners.on("error", () => undefined)();
    listeners.threw(error);
    expect(toConsole).toHaveBeenCalledOnce();
  });
});

describe("stream()", () => {
  test("has everything from the moment of the call on, in order", async () => {
    const listeners = new Listeners();
    listeners.tell(paused);
    const stream = listeners.stream();
    listeners.tell(idle);
    listeners.tell(paused);
    expect(kindsOf(await take(stream, 2))).toEqual(["idle", "paused"]);
  });

  test("ends behind `closed`", async () => {
    const listeners = new Listeners();
    const stream = listeners.stream();
    listeners.tell(idle);
    listeners.tell(closed);
    const told: FeedStatus[] = [];
    for await (const status of stream) told.push(status);
    expect(kindsOf(told)).toEqual(["idle", "closed"]);
  });

  test("after `closed` is done at once", async () => {
    const listeners = new Listeners();
    listeners.tell(closed);
    expect(await listeners.stream().next()).toEqual({ done: true, value: undefined });
  });

  test("each has its own", async () => {
    const listeners = new Listeners();
    const [one, two] = [listeners.stream(), listeners.stream()];
    listeners.tell(idle);
    expect(kindsOf([...(await take(one, 1)), ...(await take(two, 1))])).toEqual(["idle", "idle"]);
  });

  test("what a listener causes comes behind what it was told", async () => {
    const listeners = new Listeners();
    const stream = listeners.stream();
    listeners.on("idle", () => listeners.tell(closed));
    listeners.tell(idle);
    expect(kindsOf(await take(stream, 9))).toEqual(["idle", "closed"]);
  });

  test("return() settles a next() that waits, and lets go", async () => {
    const listeners = new Listeners();
    const stream = listeners.stream();
    const next = stream.next();
    expect(await stream.return!()).toEqual({ done: true, value: undefined });
    expect(await next).toEqual({ done: true, value: undefined });
    listeners.tell(idle);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test("leaving the loop leaves nothing behind that collects", async () => {
    const listeners = new Listeners();
    const send = vi.spyOn(Channel.prototype, "send");
    const stream = listeners.stream();
    listeners.tell(idle);
    for await (const _ of stream) break;
    listeners.tell(idle);
    expect(send).toHaveBeenCalledOnce();
    send.mockRestore();
  });

  test("one that is not read is bounded, and loses the oldest", async () => {
    const listeners = new Listeners();
    const stream = listeners.stream();
    for (let delayMs = 0; delayMs < 1000; delayMs++) {
      listeners.tell({
        kind: "waiting",
        delayMs,
        error: new FeedError("ended", "The stream ended."),
        attempt: 1,
      });
    }
    listeners.tell(closed);
    const told: FeedStatus[] = [];
    for await (const status of stream) told.push(status);
    expect(told).toHaveLength(256);
    expect(told[0]).toMatchObject({ delayMs: 745 });
    expect(told.at(-1)).toEqual(closed);
  });
});
