import { expect, test, vi } from "vitest";
import { openSingle } from "../../packages/server/src/http/single.ts";
import { MemorySink } from "./support.ts";

test("a single response is open at once, with heartbeats, and leaves no timer", () => {
  vi.useFakeTimers();
  const sink = new MemorySink();
  const session = openSingle(sink, {
    heartbeatMs: 1000,
    retryMs: 2000,
    headers: { "X-A": "1" },
  });
  vi.advanceTimersByTime(2000);
  session.xml(1, (value) => `<a>${value}</a>`);
  expect(sink.headers).toMatchObject({ "content-type": "text/event-stream", "x-a": "1" });
  expect(sink.text).toBe(": \nretry: 2000\n\n: \n\n: \n\ndata: <a>1</a>\n\n");
  expect([session.lastEventId, session.streams]).toEqual(["", []]);
  session.close();
  expect([sink.over, vi.getTimerCount()]).toEqual(["end", 0]);
  vi.useRealTimers();
});

test("may be made for Go clients", () => {
  const sink = new MemorySink();
  const session = openSingle(sink, { profile: "go", retryMs: 5 });
  session.send("a");
  session.close();
  expect([sink.text, sink.over]).toEqual(["\n\nretry: 5\nevent: message\ndata: a\n\n", "abort"]);
});

test("a mistake throws before anything is written", () => {
  const sink = new MemorySink();
  expect(() => openSingle(sink, { heartbeatMs: -1 })).toThrow(TypeError);
  expect(sink.status).toBeUndefined();
});
