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
  test("is called for its kind only, in the order of registration", () => {
    const { feed, outlet } = new Fan({ silent: true });
    const calls: string[] = [];
    feed.on("idle", () => calls.push("first"));
    feed.on("paused", () => calls.push("paused"));
    feed.on("idle", () => calls.push("second"));
    outlet.report(idle);
    expect(calls).toEqual(["first", "second"]);
  });

  test("receives comments", () => {
    const { feed, outlet } = new Fan({ silent: true });
    const heard: string[] = [];
    feed.on("comment", (text) => heard.push(text));
    outlet.report({ kind: "comment", text: "keep-alive" });
    expect(heard).toEqual(["keep-alive"]);
  });

  test("receives every status for `*`, and no comment", () => {
    const { feed, outlet } = new Fan({ silent: true });
    const kinds: string[] = [];
    feed.on("*", ({ kind }) => kinds.push(kind));
    outlet.report({ kind: "comment", text: "keep-alive" });
    for (const status of [idle, paused] as const) outlet.report(status);
    feed.close();
    expect(kinds).toEqual(["idle", "paused", "closed"]);
  });

  test("one function may be registered twice, and removed once", () => {
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

  test("a listener removed during the call is not called any more, the others are", () => {
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

  test("a listener that removes itself does not skip the next one", () => {
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

  test("a listener added during the call gets the next report", () => {
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

  test("a value that is not a function throws a TypeError at once", () => {
    expect(() => new Fan({ silent: true }).feed.on("idle", undefined as never)).toThrow(
      new TypeError('on("idle") needs a function.'),
    );
  });
});

describe("a listener that fails", () => {
  test.each([
    ["throws", fails],
    ["rejects", () => Promise.reject(bug)],
  ])("(%s) is reported as error, and the others are called", async (_, listener) => {
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
      { code: "callback", message: "A listener to idle threw: bug.", cause: bug },
    ]);
    expect(toConsole).not.toHaveBeenCalled();
  });

  test.each([
    ["throws", fails],
    ["rejects", () => Promise.reject(bug)],
  ])(
    "of error itself (%s) is reported as an uncaught error, without a loop",
    async (_, listener) => {
      const { feed, outlet } = new Fan({ silent: true });
      const others = vi.fn<() => void>();
      feed.on("error", listener);
      feed.on("error", others);
      outlet.report({ kind: "error", error: new FeedError("callback", "A callback threw.") });
      await settle();
      expect(others).toHaveBeenCalledOnce();
      expect(toConsole).toHaveBeenCalledExactlyOnceWith(
        expect.objectContaining({ message: "A listener to error threw: bug.", cause: bug }),
      );
    },
  );

  test("of comments is reported too", () => {
    const { feed, outlet } = new Fan({ silent: true });
    const told = vi.fn<() => void>();
    feed.on("error", told);
    feed.on("comment", fails);
    outlet.report({ kind: "comment", text: "x" });
    expect(told).toHaveBeenCalledOnce();
  });
});

describe("an error without a listener", () => {
  const error = new FeedError("callback", "A callback threw.");

  test("is passed to reportError where it exists", () => {
    const reportError = vi.fn<(error: unknown) => void>();
    vi.stubGlobal("reportError", reportError);
    new Fan({ silent: true }).outlet.report({ kind: "error", error });
    expect(reportError).toHaveBeenCalledExactlyOnceWith(error);
    expect(toConsole).not.toHaveBeenCalled();
  });

  test("is printed to the console elsewhere", () => {
    new Fan({ silent: true }).outlet.report({ kind: "error", error });
    expect(toConsole).toHaveBeenCalledExactlyOnceWith(error);
  });

  test("a removed listener does not count", () => {
    const { feed, outlet } = new Fan({ silent: true });
    feed.on("error", () => undefined)();
    outlet.report({ kind: "error", error });
    expect(toConsole).toHaveBeenCalledOnce();
  });

  test("an iterator that is done after `closed` does not count", async () => {
    const { feed, outlet } = new Fan({ silent: true });
    const statuses = feed.status();
    feed.close();
    outlet.report({ kind: "error", error });
    expect(toConsole).toHaveBeenCalledOnce();
    expect(await take(statuses, 1)).toEqual([closed]);
  });
});

describe("stream()", () => {
  test("has every report since the call, in order", async () => {
    const { feed, outlet } = new Fan({ silent: true });
    outlet.report(paused);
    const stream = feed.status();
    outlet.report(idle);
    outlet.report(paused);
    expect(kindsOf(await take(stream, 2))).toEqual(["idle", "paused"]);
  });

  test("ends after `closed`", async () => {
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

  test("each call has its own queue", async () => {
    const { feed, outlet } = new Fan({ silent: true });
    const [one, two] = [feed.status(), feed.status()];
    outlet.report(idle);
    expect(kindsOf([...(await take(one, 1)), ...(await take(two, 1))])).toEqual(["idle", "idle"]);
  });

  test("a report caused by a listener follows the one that the listener received", async () => {
    const { feed, outlet } = new Fan({ silent: true });
    const stream = feed.status();
    feed.on("idle", () => feed.close());
    outlet.report(idle);
    expect(kindsOf(await take(stream, 9))).toEqual(["idle", "closed"]);
  });

  test("return() settles a pending next(), and removes the listener", async () => {
    const { feed, outlet } = new Fan({ silent: true });
    const stream = feed.status();
    const next = stream.next();
    expect(await stream.return!()).toEqual({ done: true, value: undefined });
    expect(await next).toEqual({ done: true, value: undefined });
    outlet.report(idle);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test("an unread stream is bounded, and drops the oldest", async () => {
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
