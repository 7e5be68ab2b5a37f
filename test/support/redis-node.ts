// One server of several, as a process of its own; its parent asks it things.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@redis/client";
import { Broker } from "../../packages/server/src/index.ts";
import { nodeHandler, runHandler } from "../../packages/server/src/node.ts";
import { redisLog, type RedisLogOptions } from "../../packages/server/src/redis.ts";

const { url, ...options } = JSON.parse(process.argv[2]!) as { url: string } & RedisLogOptions;
const states: string[] = [];
const errors: string[] = [];
const client = createClient({ url });
const broker = new Broker({
  log: await redisLog({ ...options, client }),
  heartbeatMs: 500,
  onState: (state) => void states.push(state),
  onError: (error) => void errors.push(String(error)),
});
const runs = runHandler(broker, { authorize: false, start: () => undefined });
const streams = nodeHandler(broker, {
  admit: ({ query }) => ({
    streams: query.getAll("stream"),
    ...(query.has("client") && { client: query.get("client")! }),
  }),
});
const server = createServer((req, res) =>
  req.url!.startsWith("/runs") ? runs(req, res) : streams(req, res),
);
async function* numbers(
  count: number,
  everyMs: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for (let n = 1; n <= count; n++) {
    signal.throwIfAborted();
    yield String(n);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
const attempt = (n: number): Promise<{ n: number; id?: string; code?: string }> =>
  broker.publish("s", String(n)).then(
    ({ id }) => ({ n, id }),
    (error: { code: string }) => ({ n, code: error.code }),
  );
const asked: Record<string, (...args: never[]) => unknown> = {
  publish: (stream: string, data: string, more?: object) => broker.publish(stream, data, more),
  /** Publishes so many texts at such a rate, and says what became of each. */
  flood: async (from: number, count: number, everyMs: number, perTurn: number) => {
    const results: Promise<{ n: number; id?: string; code?: string }>[] = [];
    for (let next = from; next < from + count;) {
      const end = Math.min(next + perTurn, from + count);
      for (; next < end; next++) results.push(attempt(next));
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    return Promise.all(results);
  },
  /** Publishes the time, so many times. */
  ticks: async (times: number, everyMs: number) => {
    for (let i = 0; i < times; i++) {
      await broker.publish("s", String(performance.timeOrigin + performance.now()));
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  },
  send: (client_: string, data: string) => broker.send(client_, data),
  broadcast: (data: string) => broker.broadcast(data),
  disconnect: (name: string) => broker.disconnect(name),
  /** Begins a run, publishes so many numbers at such a rate, and says how it ended. */
  produce: async (id: string, count: number, everyMs: number, leaseMs?: number) => {
    const run = await broker.run(id, leaseMs === undefined ? {} : { leaseMs });
    await run.from(numbers(count, everyMs, run.signal));
    return run.closed;
  },
  findRun: (id: string) => broker.runs.find(id),
  lastOf: async (id: string) => {
    const ids: string[] = [];
    for await (const { lastEventId } of broker.runs.read(id)) ids.push(lastEventId);
    return { id: ids.at(-1) };
  },
  dropReaders: () => {
    for (const session of broker.sessions()) session.close();
  },
  has: (name: string) => broker.presence.has(name),
  count: (stream?: string) => broker.presence.count(stream),
  clients: () => broker.presence.clients(),
  state: () => broker.state,
  states: () => states,
  errors: () => errors,
  sessions: () => broker.sessions().size,
  cpu: () => process.cpuUsage(),
  close: async () => {
    await broker.close({ graceMs: 2000 });
    server.close();
    server.closeAllConnections();
    process.disconnect();
  },
};
process.on(
  "message",
  async ({ id, method, args }: { id: number; method: string; args: never[] }) => {
    try {
      process.send!({ id, value: await asked[method]!(...args) });
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      process.send!({ id, error: { code, message } });
    }
  },
);
process.on("disconnect", () => setTimeout(() => process.exit(0), 3000).unref());
server.listen(0, "127.0.0.1", () =>
  process.send!({ port: (server.address() as AddressInfo).port }),
);
