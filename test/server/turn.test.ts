import { afterEach, expect, test, vi } from "vitest";
import { nextTurn } from "../../packages/server/src/core/turn.ts";

afterEach(() => vi.unstubAllGlobals());

test("deferred work runs after the awaits of this turn", async () => {
  const order: string[] = [];
  const ran = new Promise<void>((resolve) => nextTurn(() => (order.push("turn"), resolve())));
  for (let i = 0; i < 20; i++) await Promise.resolve();
  order.push("awaits");
  await ran;
  expect(order).toEqual(["awaits", "turn"]);
});

test("a platform without setImmediate is served too", async () => {
  vi.stubGlobal("setImmediate", undefined);
  await expect(new Promise((resolve) => nextTurn(() => resolve("ran")))).resolves.toBe("ran");
});
