import { setTimeout as sleep } from "node:timers/promises";
import { FaultProxy } from "@steadfeed/client/testing/node";
import { redisLog } from "@steadfeed/server/redis";
import { byId } from "../support/reader.ts";
import { startRedis } from "../support/redis.ts";
import { Faults } from "./faults.ts";
import type { Memory } from "./logs.ts";
import { between, chance, pick, type Random } from "./random.ts";

/** So little is kept that a reader that is away for some seconds gets a gap. */
const retentions = [{ maxEvents: 100 }, { maxAgeMs: 2000 }];
/** Much less of it in the process. Redis answers soon or counts as away. */
const settings = { ringEvents: 40, ringBytes: 4 << 20, timeoutMs: 1000 };

/** A Redis of the run's own: its process is killed, comes back with what it had, stands still; its lines break. */
export async function redisMemory(random: Random): Promise<Memory> {
  const redis = await startRedis({ aof: true });
  const line = await FaultProxy.listen(redis.url);
  const faults = new Faults(line, random, "line to Redis: ");
  /** One thing at a time is done to the process. */
  let doing: Promise<unknown> = Promise.resolve();
  let busy = false;

  const befall = async (): Promise<void> => {
    const how = pick(random, ["restarted", "frozen"]);
    const awayMs = between(random, 0, 1500);
    if (how === "restarted") {
      await redis.kill();
      await sleep(awayMs);
      await redis.start();
    } else {
      redis.freeze();
      await sleep(awayMs);
      redis.thaw();
    }
    faults.count(`Redis ${how}`);
  };

  return {
    async open() {
      for (;;) {
        try {
          return await redisLog({
            ...settings,
            ...pick(random, retentions),
            client: redis.client(line.url),
          });
        } catch (error) {
          if ((error as { code?: unknown }).code !== "unavailable") throw error;
          await sleep(50);
        }
      }
    },
    lose: () => (doing = doing.then(() => redis.call("FLUSHALL"))).then(() => undefined),
    async close() {
      await line.close();
      await redis.remove();
    },
    away: {
      counts: faults.counts,
      compare: byId,
      strike() {
        faults.strike(0.01);
        if (chance(random, 0.003)) faults.refuse(300);
        if (busy || !chance(random, 0.006)) return;
        busy = true;
        doing = doing.then(befall).finally(() => (busy = false));
      },
      async rest() {
        faults.rest();
        await doing;
      },
    },
  };
}
