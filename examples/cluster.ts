// All cores of a machine, one stream: node examples/cluster.ts, with redis-server installed
import { spawn } from "node:child_process";
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { createServer } from "node:http";
import { createClient } from "@redis/client";
import { Feed } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { redisLog } from "@steadfeed/server/redis";

async function main() {
  const redisPort = String(10_000 + (process.pid % 10_000));
  const redis = spawn("redis-server", ["--port", redisPort, "--save", ""]);
  await once(redis.stdout, "data");
  // Both get the same free port.
  const url = `redis://localhost:${redisPort}`;
  const workers = [1, 2].map(() => cluster.fork({ REDIS_URL: url }));
  const ports = await Promise.all(workers.map(listening));

  const feed = new Feed(`http://localhost:${ports[0]}/?stream=words`);
  const words = feed.subscribe("message");
  await feed.open();
  // An event published by any worker reaches every reader, at any worker.
  for (const worker of workers) {
    worker.send("publish");
    console.log((await words.next()).value?.data);
  }
  feed.close();
  for (const worker of workers) worker.send("stop");
  await Promise.all(workers.map((worker) => once(worker, "exit")));
  redis.kill();
}

const listening = async (worker: Worker): Promise<number> =>
  Number((await once(worker, "listening"))[0].port);

async function serve() {
  // #region worker
  const client = createClient({ url: process.env["REDIS_URL"] ?? "" });
  const broker = new Broker({ log: await redisLog({ client }) });
  const server = createServer(nodeHandler(broker)).listen(0);
  // #endregion
  process.on("message", async (what) => {
    if (what === "publish") return broker.publish("words", `from worker ${cluster.worker?.id}`);
    await broker.close();
    return server.close(() => process.exit());
  });
}

await (cluster.isPrimary ? main() : serve());
