import { Broker, memoryLog, type Log, type PeersWatcher } from "@steadfeed/server";
import { expect, test, vi } from "vitest";
import { read, settled } from "./support.ts";

test("disconnecting a client ends all its sessions after their pending events, and no others", async () => {
  const broker = new Broker();
  const tabs = [
    await read(broker, { streams: "s", client: "ann" }),
    await read(broker, { streams: "t", client: "ann" }),
  ];
  const bob = await read(broker, { streams: "s", client: "bob" });
  void broker.send("ann", "bye");
  await broker.disconnect("ann");
  for (const tab of tabs) expect([tab.got, tab.over]).toEqual([["bye"], "end"]);
  expect(bob.over).toBeUndefined();
  await expect(broker.disconnect("")).rejects.toThrow(TypeError);
});

/** A log whose peers can be spoken for. */
function shared(): { log: Log; told: string[]; watcher: () => PeersWatcher } {
  const told: string[] = [];
  const watchers: PeersWatcher[] = [];
  const peers: Log["peers"] = {
    state: "degraded",
    report: () => undefined,
    count: () => Promise.resolve(7),
    clients: () => Promise.resolve(["ann"]),
    tell: async (note) => void told.push(note),
    watch: (watcher) => {
      watchers.push(watcher);
      return () => undefined;
    },
  };
  return { log: Object.assign(memoryLog(), { peers }), told, watcher: () => watchers[0]! };
}

test("with a shared log all processes are notified, and each ends its own sessions", async () => {
  const { log, told, watcher } = shared();
  const onError = vi.fn<(error: unknown) => void>();
  const broker = new Broker({ log, onError });
  const sink = await read(broker, { streams: "s", client: "ann" });
  await broker.disconnect("ann");
  await settled();
  expect([sink.over, told.length]).toEqual([undefined, 1]);
  for (const foreign of ["{", "null", '{"of":"a later version"}']) watcher().told(foreign);
  expect(sink.over).toBeUndefined();
  expect(onError).toHaveBeenCalledTimes(2);
  watcher().told(told[0]!);
  expect(sink.over).toBe("end");
});

test("the state of a log's engine is in the broker's state and hooks, and a hook that throws is harmless", () => {
  const { log, watcher } = shared();
  const onState = vi.fn<(...args: unknown[]) => void>(() => {
    throw new Error("mine");
  });
  const onError = vi.fn<(error: unknown, where: object) => void>();
  const broker = new Broker({ log, onState, onError });
  expect([broker.state, new Broker().state]).toEqual(["degraded", "up"]);
  watcher().changed("degraded", "why");
  watcher().failed("odd");
  expect(onState).toHaveBeenCalledWith("degraded", "why");
  expect(onError.mock.calls).toEqual([
    [new Error("mine"), { phase: "log" }],
    ["odd", { phase: "log" }],
  ]);
});

test("a closed broker rejects with that reason", async () => {
  const broker = new Broker();
  await broker.close();
  expect(broker.state).toBe("closed");
  await expect(broker.disconnect("ann")).rejects.toMatchObject({ code: "closed" });
});
