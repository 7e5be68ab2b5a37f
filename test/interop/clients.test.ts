// Other people's clients at our server: they resume with what the server gave them.
import { Broker, memoryLog } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { EventSource as OurEventSource } from "@steadfeed/client/eventsource";
import { EventSource as NpmEventSource } from "eventsource";
import { createEventSource } from "eventsource-client";
import { EventSource as UndiciEventSource } from "undici";
import { afterEach, expect, test } from "vitest";
import { serve, type TestServer } from "../support/server.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** What the classes have in common. */
interface Source {
  addEventListener(type: string, listener: (event: { data: string }) => void): void;
  close(): void;
}

type Open = (url: string, got: (data: string) => void) => { close(): void };

const byClass =
  (make: new (url: string) => Source): Open =>
  (url, got) => {
    const source = new make(url);
    source.addEventListener("tick", ({ data }) => got(data));
    return source;
  };

const clients: Readonly<Record<string, Open>> = {
  eventsource: byClass(NpmEventSource),
  "undici's EventSource": byClass(UndiciEventSource),
  "eventsource-client": (url, got) =>
    createEventSource({ url, onMessage: ({ event, data }) => event === "tick" && got(data) }),
  "our EventSource": byClass(OurEventSource),
};

test.for(Object.entries(clients))(
  "%s gets every event once although the server's connections die",
  async ([, open]) => {
    const broker = new Broker({ log: memoryLog(), retryMs: 300 });
    closers.push(() => broker.close({ graceMs: 0 }));
    const handler = nodeHandler(broker);
    let server: TestServer = await serve(handler);
    const got: string[] = [];
    const client = open(`${server.url}?stream=prices`, (data) => got.push(data));
    closers.push(() => client.close());
    await expect.poll(() => broker.stream("prices").size).toBe(1);

    const expected: string[] = [];
    const publish = async (): Promise<void> => {
      const data = `line ${expected.length}\nand one more`;
      expected.push(data);
      await broker.publish("prices", { type: "tick", data });
    };
    await publish();
    await publish();
    await expect.poll(() => got.length).toBe(2);
    const { port } = server;
    await server.kill();
    await publish();
    server = await serve(handler, { port });
    await publish();
    await expect.poll(() => got.length, { timeout: 8000 }).toBe(4);
    await publish();
    await expect.poll(() => got).toEqual(expected);
  },
);
