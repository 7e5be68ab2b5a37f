// Two servers behind a balancer, and one is killed: node examples/two-nodes.ts, with redis-server installed
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, createServer as createBalancer } from "node:net";
import { createClient } from "@redis/client";
import { Feed } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { redisLog } from "@steadfeed/server/redis";
import { portOf } from "./port.ts";

async function serve(url: string) {
  // #region redis
  const client = createClient({ url });
  const broker = new Broker({ log: await redisLog({ client }) });
  // #endregion
  const server = createServer(nodeHandler(broker)).listen(0);
  await once(server, "listening");
  process.on("message", (data) => broker.publish("numbers", { data }));
  process.on("disconnect", () => process.exit());
  process.send?.(portOf(server));
}

async function main() {
  const redisPort = String(20_000 + (process.pid % 10_000));
  const redis = spawn("redis-server", ["--port", redisPort, "--save", ""]);
  await once(redis.stdout, "data");
  const startNode = () => fork(import.meta.filename, [`redis://localhost:${redisPort}`]);
  const nodes = [startNode(), startNode()] as const;
  const ports = await Promise.all(nodes.map(async (node) => (await once(node, "message"))[0]));

  let turn = 0;
  const balancer = createBalancer((reader) => {
    const node = connect(Number(ports[turn++ % ports.length]));
    reader.pipe(node).pipe(reader);
    reader.on("error", () => node.destroy()).on("close", () => node.destroy());
    node.on("error", () => reader.destroy()).on("close", () => reader.destroy());
  }).listen(0);

  const feed = new Feed(`http://localhost:${portOf(balancer)}/?stream=numbers`);
  feed.on("waiting", ({ delayMs }) => console.log("the line is gone; again in", delayMs, "ms"));
  const numbers = feed.subscribe("message");
  await feed.open();
  for (let n = 1; n <= 30; n++) setTimeout(() => nodes[1].send(n), n * 50);
  for await (const { data } of numbers) {
    console.log("got", data);
    if (data === "10") nodes[0].kill("SIGKILL"); // the one that it reads from
    if (data === "30") break;
  }
  feed.close();
  balancer.close();
  for (const child of [...nodes, redis]) child.kill();
}

const [redisUrl] = process.argv.slice(2);
if (redisUrl) await serve(redisUrl);
else await main();
