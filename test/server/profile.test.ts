import { expect, test } from "vitest";
import { profiles } from "../../packages/server/src/log/profile.ts";
import { parse } from "./support.ts";

const { standard, go } = profiles;

test("a standard response starts with bytes for proxies, the retry and a cursor, and dispatches nothing", () => {
  expect(standard.opening(2000, "k-7")).toBe(": \nid: k-7\nretry: 2000\n\n");
  expect(standard.opening(false, undefined)).toBe(": \n\n");
  expect(parse(standard.opening(2000, "k-7"))).toEqual([]);
});

test("a heartbeat carries the cursor when that moved without an event", () => {
  expect(standard.heartbeat(undefined)).toBe(": \n\n");
  expect(standard.heartbeat("k-9")).toBe("id: k-9\n\n");
  expect(standard.comment("a\nb")).toBe(": a\n: b\n\n");
  expect(standard.retry(0)).toBe("retry: 0\n\n");
});

test("Go clients see the response open at once, and no empty event", () => {
  expect(go.opening(2000, "k-7")).toBe("\n\n");
  // A single line end would be a block of its own for r3labs' client when the connection breaks.
  expect(go.heartbeat("k-9")).toBe("\n\n");
  expect(go.comment("a\nb")).toBe(": a\n: b\n");
  expect(go.retry(1000)).toBe("");
});

test("Go clients get the retry inside the first event, never alone", () => {
  expect(go.lead(2000) + go.event({ id: "k-1", data: "x" })).toBe(
    "retry: 2000\nid: k-1\nevent: message\ndata: x\n\n",
  );
  expect(go.lead(false)).toBe("");
  expect(standard.lead(2000)).toBe("");
});

test("Go clients get each event by name, with its data on one line", () => {
  expect(go.event({ id: "k-1", type: "tick", data: "{}", retryMs: 5 })).toBe(
    "id: k-1\nevent: tick\nretry: 5\ndata: {}\n\n",
  );
  expect(go.event({ type: "", data: "a\nb\r" })).toBe('event: message\ndata: "a\\nb\\r"\n\n');
});

test("Go clients reconnect after a restart, since their response is aborted", () => {
  expect([go.ending, standard.ending]).toEqual(["abort", "end"]);
});
