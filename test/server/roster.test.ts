import { memoryLog } from "@steadfeed/server";
import { expect, test } from "vitest";
import { Guard } from "../../packages/server/src/broker/hooks.ts";
import { SessionCore } from "../../packages/server/src/session/session-core.ts";
import { Outlet } from "../../packages/server/src/session/outlet.ts";
import { profiles } from "../../packages/server/src/log/profile.ts";
import { addressesOf, Roster } from "../../packages/server/src/broker/presence.ts";
import { MemorySink } from "./support.ts";

const home = {
  watcher: { ended: () => undefined, released: () => undefined, failed: () => undefined },
  slow: { timeoutMs: 1, tolerance: 1, policy: "resume" as const },
  beatEvery: 1,
};

const session = (streams: string[], client?: string): SessionCore<unknown> =>
  new SessionCore<unknown>({
    outlet: new Outlet(new MemorySink(), profiles.standard, {}, false),
    shared: home,
    state: undefined,
    streams,
    places: addressesOf(streams, client),
    client,
  });

test("a session is found by each of its streams, by its client, and among all", () => {
  const roster = new Roster<unknown>(memoryLog(), new Guard({}));
  const both = session(["a", "b"], "me");
  const one = session(["a"]);
  roster.add(both);
  roster.add(one);
  expect([...roster.at("stream:a")]).toEqual([both, one]);
  expect([...roster.at("stream:b")]).toEqual([both]);
  expect([...roster.at("client:me")]).toEqual([both]);
  expect(roster.at("all").size).toBe(2);
  expect([...roster.streams()]).toEqual(["a", "b"]);
});

test("removing one session keeps its client's other one", () => {
  const roster = new Roster<unknown>(memoryLog(), new Guard({}));
  const [first, second] = [session(["a"], "me"), session(["a"], "me")];
  roster.add(first);
  roster.add(second);
  roster.delete(first);
  roster.delete(first);
  expect([...roster.at("client:me")]).toEqual([second]);
  roster.delete(second);
  expect([[...roster.streams()], roster.at("all").size]).toEqual([[], 0]);
});

test("a client, a stream and a broadcast of the same name are three addresses", () => {
  expect(addressesOf(["x", "all"], "x")).toEqual(["stream:x", "stream:all", "client:x", "all"]);
  expect(addressesOf(["x"], undefined)).toEqual(["stream:x", "all"]);
});
