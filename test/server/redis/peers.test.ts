import { expect, test, vi } from "vitest";
import { RedisPeers } from "../../../packages/server/src/redis/peers.ts";

test("a state is reported when it changes, and only then; a stopped watcher gets nothing", () => {
  const peers = new RedisPeers({} as never, {} as never);
  const watcher = {
    told: vi.fn<(note: string) => void>(),
    changed: vi.fn<(...args: unknown[]) => void>(),
    failed: vi.fn<(error: unknown) => void>(),
  };
  const stop = peers.watch(watcher);
  peers.become("up", undefined);
  peers.become("degraded", "why");
  peers.become("degraded", "why");
  peers.told("note");
  peers.failed("oh");
  stop();
  peers.become("up", undefined);
  peers.told("later");
  expect(watcher.changed.mock.calls).toEqual([["degraded", "why"]]);
  expect([watcher.told.mock.calls, watcher.failed.mock.calls]).toEqual([[["note"]], [["oh"]]]);
  expect(peers.state).toBe("up");
});

test("a note is an entry of the log, so that it has its position among the events", async () => {
  const note = vi.fn<(fields: readonly string[]) => Promise<string>>().mockResolvedValue("1-0");
  await new RedisPeers({ note } as never, {} as never).tell("hi");
  expect(note).toHaveBeenCalledWith(["kind", "note", "data", "hi"]);
});
