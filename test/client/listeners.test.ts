import { FeedError, type FeedStatus } from "@steadfeed/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { kindsOf, take } from "../support/collect.ts";
import { Fan } from "../support/fan.ts";
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
    const { feed, outlet } = new Fan({ silent: true });
    const calls: string[] = [];
    feed.on("idle", () => calls.push("first"));
    feed.on("paused", () => calls.push("paused"));
    feed.on("idle", () => calls.push("second"));
    outlet.report(idle);
    expect(calls).toEqual(["first", "second"]);
  });

  test("hears comments", () => {
    const { feed, outlet } = new Fan({ silent: true });
    const heard: string[] = [];
    feed.on("comment", (text) => heard.push(text));
    outlet.report({ kind: "comment", text: "keep-alive" });
    expect(heard).toEqual(["keep-alive"]);
  });

  test("one function may listen twice, and leave once", () => {
    const { feed, outlet } = new Fan({ silent: true });
    const listener = vi.fn<() => void>();
    const [off] = [feed.on("idle", listener), feed.on("idle", listener)];
    outlet.report(idle);
    expect(listener).toHaveBeenCalledTimes(2);
    off();
    off();
    outlet.report(idle);
    expect(listener).toHaveBeenCalledTimes(3);
  });

  test("one that was taken off during the call is not called any more, the others are", () => {
    const { feed, outlet } = new Fan({ silent: true });
    const calls: string[] = [];
    feed.on("idle", () => {
      calls.push("first");
      offSecond();
    });
    const offSecond = feed.on("idle", () => calls.push("second"));
    feed.on("idle", () => calls.push("third"));
    outlet.report(idle);
    expect(calls).toEqual(["first", "third"]);
  });

  test("one that takes itself off skips nobody", () => {
    const { feed, outlet } = new Fan({ silent: true });
    const calls: string[] = [];
    const off = feed.on("idle", () => {
      calls.push("once");
      off();
    });
    feed.on("idle", () => calls.push("always"));
    outlet.report(idle);
    outlet.report(idle);
    expect(calls).toEqual(["once", "always", "always"]);
  });

  test("one that comes during the call hears the next", () => {
    const { feed, outlet } = new Fan({ silent: true });
    const late = vi.fn<() => void>();
    const off = feed.on("idle", () => {
      off();
      feed.on("idle", late);
    });
    outlet.report(idle);
    expect(late).not.toHaveBeenCalled();
    outlet.report(idle);
    expect(late).toHaveBeenCalledOnce();
  });

  test("something else than a function is a TypeError, at once", () => {
    expect(() => new Fan({ silent: true }).feed.on("idle", undefined as never)).toThrow(
      new TypeError('on("idle") needs a function.'),
    );
  });
});

describe("a listener that fails", () => {
  test.each([
    ["throws", fails],
    ["rejects", () => Promise.reject(bug)],
  ])("(%s) is told as error, and the others are called", async (_, listener) => {
    const { feed, outlet } = new Fan({ silent: true });
    const others = vi.fn<() => void>();
    const told: FeedError[] = [];
    feed.on("error", ({ error }) => told.push(error));
    feed.on("idle", listener);
    feed.on("idle", others);
    outlet.report(idle);
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
      const { feed, outlet } = new Fan({ silent: true });
      const others = vi.fn<() => void>();
      feed.on("error", listener);
      feed.on("error", others);
      outlet.report({ kind: "error", error: new FeedError("callback", "A callback threw.") });
      await settle();
      expect(others).toHaveBeenCalledOnce();
      expect(toConsole).toHaveBeenCalledExactlyOnceWith(
        expect.objectContaining({ message: "A listener to error threw.", cause: bug }),
      );
    },
  );

  test("to comments is told too", () => {
    const { feed, outlet } = new Fan({ silent: true });
    const told = vi.fn<() => void>();
    feed.on("error", told);
    feed.on("comment", fails);
    outlet.report({ kind: "comment", text: "x" });
    expect(told).toHaveBeenCalledOnce();
  });
});

describe("an error that nobody listens to", () => {
  const error = new FeedError("callback", "A callback threw.");

  test("goes to reportError where there is one", () => {
    const reportError = vi.fn<(error: unknown) => void>();
    vi.stubGlobal("reportError", reportError);
    new Fan({ silent: true }).outlet.report({ kind: "error", error });
    expect(reportError).toHaveBeenCalledExactlyOnceWith(error);
    expect(toConsole).not.toHaveBeenCalled();
  });

  test("goes to the console elsewhere: a bug is never silent", () => {
    new Fan({ silent: true }).outlet.report({ kind: "error", error });
    expect(toConsole).toHaveBeenCalledExactlyOnceWith(error);
  });

  test("who took his listener off does not listen", () => {
    const { feed, outlet } = new Fan({ silent: true });
    feed.on("error", () => undefined)();
    outlet.report({ kind: "error", error });
    expect(toConsole).toHaveBeenCalledOnce();
  });
});

describe("stream()", () => {
  test("has everything from the moment of the call on, in order", async () => {
    const { feed, outlet } = new Fan({ silent: true });
    outlet.report(paused);
    const stream = feed.status();
    outlet.report(idle);
    outlet.report(paused);
    expect(kindsOf(await take(stream, 2))).toEqual(["idle", "paused"]);
  });

  test("ends behind `closed`", async () => {
    const { feed, outlet } = new Fan({ silent: true });
    const stream = feed.status();
    outlet.report(idle);
    feed.close();
    const told: FeedStatus[] = [];
    for await (const status of stream) told.push(status);
    expect(kindsOf(told)).toEqual(["idle", "closed"]);
  });

  test("after `closed` is done at once", async () => {
    const { feed } = new Fan({ silent: true });
    feed.close();
    expect(await feed.status().next()).toEqual({ done: true, value: undefined });
  });

  test("each has its own", async () => {
    const { feed, outlet } = new Fan({ silent: true });
    const [one, two] = [feed.status(), feed.status()];
    outlet.report(idle);
    expect(kindsOf([...(await take(one, 1)), ...(await take(two, 1))])).toEqual(["idle", "idle"]);
  });

  test("what a listener causes comes behind what it was told", async () => {
    const { feed, outlet } = new Fan({ silent: true });
    const stream = feed.status();
    feed.on("idle", () => feed.close());
    outlet.report(idle);
    expect(kindsOf(await take(stream, 9))).toEqual(["idle", "closed"]);
  });

  test("return() settles a next() that waits, and lets go", async () => {
    const { feed, outlet } = new Fan({ silent: true });
    const stream = feed.status();
    const next = stream.next();
    expect(await stream.return!()).toEqual({ done: true, value: undefined });
    expect(await next).toEqual({ done: true, value: undefined });
    outlet.report(idle);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test("one that is not read is bounded, and loses the oldest", async () => {
    const { feed, outlet } = new Fan({ silent: true });
    const stream = feed.status();
    for (let delayMs = 0; delayMs < 1000; delayMs++) {
      outlet.report({
        kind: "waiting",
        delayMs,
        error: new FeedError("ended", "The stream ended."),
        attempt: 1,
      });
    }
    feed.close();
    const told: FeedStatus[] = [];
    for await (const status of stream) told.push(status);
    expect(told).toHaveLength(256);
    expect(told[0]).toMatchObject({ delayMs: 745 });
    expect(told.at(-1)).toEqual(closed);
  });
});
