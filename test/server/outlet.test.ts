import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { encode } from "../../packages/server/src/log/frame.ts";
import { Outlet } from "../../packages/server/src/session/outlet.ts";
import { profiles } from "../../packages/server/src/log/profile.ts";
import { MemorySink } from "./support.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const open = (profile: "standard" | "go" = "standard", retryMs: number | false = false) => {
  const sink = new MemorySink();
  const outlet = new Outlet(sink, profiles[profile], { "x-head": "1" }, retryMs);
  const event = (text: string): void => outlet.events(encode(text));
  return { sink, outlet, event };
};

test("the head is sent once, with bytes at once", () => {
  const { sink, outlet } = open("standard", 2000);
  expect(outlet.begun).toBe(false);
  outlet.begin("k-1");
  outlet.begin("k-2");
  expect(sink).toMatchObject({ status: 200, headers: { "x-head": "1" } });
  expect(sink.text).toBe(": \nid: k-1\nretry: 2000\n\n");
});

test("a heartbeat carries the cursor only when it has moved since", () => {
  const { sink, outlet } = open();
  outlet.begin("k-1");
  for (const at of ["k-1", "k-2", "k-2", ""]) outlet.beat(at);
  expect(sink.text).toBe(": \nid: k-1\n\n: \n\nid: k-2\n\n: \n\n: \n\n");
});

test("a Go client's first event carries the retry, in the same write", () => {
  const { sink, outlet, event } = open("go", 2000);
  outlet.begin("");
  event("data: 1\n\n");
  event("data: 2\n\n");
  expect(sink.writes.map((bytes) => new TextDecoder().decode(bytes))).toEqual([
    "\n\n",
    "retry: 2000\ndata: 1\n\n",
    "data: 2\n\n",
  ]);
});

test("a slow reader gets no new reconnection time, and a Go client never one alone", () => {
  const { sink, outlet, event } = open();
  outlet.retry(500);
  sink.room = 1;
  event("data: 1\n\n");
  outlet.retry(700);
  expect(sink.text).toBe("retry: 500\n\ndata: 1\n\n");
  const go = open("go");
  go.outlet.retry(500);
  expect(go.sink.text).toBe("");
});

test("strikes count stalls of a full socket, and any progress resets the count", () => {
  const { sink, outlet, event } = open();
  sink.room = 1;
  const strikes = (): number => outlet.strikes(Date.now(), 100);
  vi.advanceTimersByTime(1000);
  expect(strikes()).toBe(0);
  event("data: 1\n\n");
  expect(outlet.full).toBe(true);
  const seen = [0, 99, 1, 50, 50, 100].map((ms) => (vi.advanceTimersByTime(ms), strikes()));
  expect(seen).toEqual([0, 0, 1, 1, 2, 3]);
  outlet.drain();
  expect([outlet.full, strikes()]).toEqual([false, 0]);
});

test("a response that ends without an event is still an event stream; an aborted one is nothing", () => {
  const ended = open();
  ended.outlet.end("end");
  expect(ended.sink).toMatchObject({ status: 200, over: "end", text: ": \n\n" });
  const broken = open();
  broken.outlet.end("abort");
  expect(broken.sink).toMatchObject({ status: undefined, over: "abort" });
});

test("a response that cannot have a head aborts instead of ending, without an error", () => {
  const { sink, outlet } = open();
  vi.spyOn(sink, "head").mockImplementation(() => {
    throw new TypeError("Invalid character in header content");
  });
  outlet.end("end");
  expect(sink).toMatchObject({ status: undefined, over: "abort" });
});
