// An attempt that is given up calls no further function of its request: it would renew a token, or open a file, for
// nothing.
import type { FeedOptions } from "@steadfeed/client";
import { steadyFetch } from "@steadfeed/client/fetch";
import { describe, expect, test, vi } from "vitest";
import { until } from "../support/collect.ts";
import { feedOf } from "../support/feeds.ts";

type Step = "url" | "headers" | "token" | "body";
const steps: Step[] = ["url", "headers", "token", "body"];

/** A feed that is at one function of its request, and the functions that it called. */
async function waitingFor(slow: Step) {
  const calls: string[] = [];
  let answer!: () => void;
  const answered = new Promise<void>((settle) => (answer = settle));
  const step =
    <T>(name: Step, value: T) =>
    async () => {
      calls.push(name);
      if (name === slow) await answered;
      return value;
    };
  const options: FeedOptions = {
    method: "POST",
    headers: step("headers", {}),
    token: step("token", "t"),
    body: step("body", "x"),
    fetch: () => {
      calls.push("fetch");
      return new Promise<never>(() => undefined);
    },
  };
  const feed = feedOf(step("url", "http://wire.test/") as never, options);
  feed.on("*", ({ kind }) => void (kind === "error" && calls.push("error")));
  feed.subscribe("*", () => undefined);
  await until(() => expect(calls.at(-1)).toBe(slow));
  return { feed, calls, answer };
}

/** Time for calls that must not come. */
const pass = () => new Promise((settle) => setTimeout(settle, 20));

describe.each(steps)("while %s() is pending", (slow) => {
  test.each(["close", "pause"] as const)("%s() calls no further function", async (how) => {
    const { feed, calls, answer } = await waitingFor(slow);
    const before = [...calls];
    feed[how]();
    answer();
    await pass();
    expect(calls).toEqual(before);
  });

  test("reconnect() calls them for the new attempt only", async () => {
    const { feed, calls, answer } = await waitingFor(slow);
    const before = [...calls];
    feed.reconnect();
    answer();
    await until(() => expect(calls.at(-1)).toBe("fetch"));
    await pass();
    expect(calls).toEqual([...before, ...steps, "fetch"]);
  });
});

test("steadyFetch asks for no token if its signal has aborted", async () => {
  const token = vi.fn<() => string>(() => "t");
  const steady = steadyFetch({ token });
  const signal = AbortSignal.abort(new Error("left"));
  await expect(steady("http://wire.test/", { signal })).rejects.toThrow("left");
  expect(token).not.toHaveBeenCalled();
});

// React Native's signals have neither `reason` nor `throwIfAborted()`.
test("once() rejects with an error if a signal that has no reason aborts", async () => {
  const signal = Object.assign(new EventTarget(), { aborted: false }) as unknown as AbortSignal;
  const feed = feedOf("http://wire.test/", { fetch: () => new Promise<never>(() => undefined) });
  const next = feed.once("message", { signal });
  Object.assign(signal, { aborted: true });
  signal.dispatchEvent(new Event("abort"));
  await expect(next).rejects.toThrow(/aborted/);
});
