import { Broker, memoryLog } from "@steadfeed/server";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { redisServer, startRedis } from "../support/redis.ts";
import { open, settledWith } from "./support.ts";

describe("unawaited calls", () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  beforeEach(() => void process.on("unhandledRejection", note));
  afterEach(() => {
    process.off("unhandledRejection", note);
    if (unhandled.length > 0) throw new Error("unhandled", { cause: unhandled.splice(0) });
  });
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

  test.skipIf(!redisServer)(
    "Redis restarts: the process survives, and onError gets each failure",
    async () => {
      const redis = await startRedis();
      onTestFinished(() => redis.remove());
      const { broker, errors } = await open(redis);
      const ticking = setInterval(() => void broker.publish("s", "tick"), 5);
      onTestFinished(() => clearInterval(ticking));
      await redis.kill();
      await expect.poll(() => errors.length).toBeGreaterThan(5);
      await redis.start();
      await expect.poll(() => broker.state).toBe("up");
      const before = errors.length;
      await expect.poll(() => settledWith(broker.publish("s", "on"))).toBe("kept");
      await turn();
      expect(errors.length).toBe(before);
      for (const error of errors) expect(error).toMatchObject({ name: "ServerError" });
    },
  );

  test("each call that may fail later: reported once, with its phase", async () => {
    const errors: string[] = [];
    const log = memoryLog();
    const failing = async (): Promise<never> => Promise.reject(new Error("no"));
    const broker = new Broker({
      log: {
        get tail() {
          return log.tail;
        },
        read: (...args) => log.read(...args),
        watch: (call) => log.watch(call),
        append: failing,
        clear: failing,
        peers: {
          state: "up",
          report: () => undefined,
          count: failing,
          clients: failing,
          tell: failing,
          watch: () => () => undefined,
        },
      },
      onError: (error, { phase }) => void errors.push(`${phase}: ${(error as Error).message}`),
    });
    void broker.publish("s", "x");
    void broker.broadcast("x");
    void broker.send("ann", "x");
    void broker.stream("s").publish("x");
    void broker.stream("s").clear();
    void broker.stream("s").remove();
    void broker.disconnect("ann");
    await turn();
    expect(errors).toEqual(Array.from({ length: 7 }, () => "publish: no"));
  });

  test("a misuse is reported too; one that is awaited rejects to its caller only", async () => {
    const errors: unknown[] = [];
    const broker = new Broker({ onError: (error) => void errors.push(error) });
    void broker.publish("", "x");
    await turn();
    expect(errors).toMatchObject([{ name: "TypeError" }]);
    await expect(broker.publish("", "x")).rejects.toThrow(TypeError);
    await broker.publish("", "x").catch(() => undefined);
    await Promise.allSettled([broker.publish("", "x"), broker.broadcast("\r", { ttlMs: 0 })]);
    await turn();
    expect(errors).toHaveLength(1);
    expect(broker.publish("s", "x")).toBeInstanceOf(Promise);
    await broker.close();
    void broker.publish("s", "x");
    await turn();
    expect(errors.at(-1)).toMatchObject({ code: "closed" });
  });
});
