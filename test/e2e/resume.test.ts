import { setTimeout as sleep } from "node:timers/promises";
import { Feed, type FeedOptions } from "@steadfeed/client";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../support/collect.ts";
import { openStream, serve, type Handler, type TestServer } from "../support/server.ts";

/** A log that outlives its servers: a reader with a cursor gets the events after it, and then new ones. */
class Log {
  count = 0;
  stopped = false;
  readonly #readers = new Set<() => void>();
  readonly #timer = setInterval(() => this.#publish(), 1);

  constructor() {
    onTestFinished(() => this.stop());
  }

  stop(): void {
    clearInterval(this.#timer);
    this.stopped = true;
    for (const write of this.#readers) write();
  }

  readonly serve: Handler = (request, response) => {
    let sent = Number(request.headers["last-event-id"] ?? 0);
    let rest: Buffer = Buffer.alloc(0);
    // Always but for a few bytes: a server that is killed has often sent half an event, or half a character.
    const write = (): void => {
      let text = "";
      while (sent < this.count) text += `id: ${++sent}\ndata: event ${sent} ✓\n\n`;
      const bytes = Buffer.concat([rest, Buffer.from(text)]);
      const cut = this.stopped ? bytes.length : Math.max(0, bytes.length - 4);
      response.write(bytes.subarray(0, cut));
      rest = bytes.subarray(cut);
    };
    openStream(response);
    write();
    this.#readers.add(write);
    response.on("close", () => this.#readers.delete(write));
  };

  #publish(): void {
    this.count++;
    for (const write of this.#readers) write();
  }
}

const transports: [string, FeedOptions][] = [
  ["undici", {}],
  ["fetch", { fetch: globalThis.fetch }],
];

const quick = { retry: { initialDelayMs: 5, maxDelayMs: 10 } };

const upTo = (last: number): string[] => Array.from({ length: last }, (_, at) => String(at + 1));

test.each(transports)(
  "%s: a server that is killed and restarted repeatedly loses no event and repeats none",
  async (_, options) => {
    const log = new Log();
    let server: TestServer = await serve(log.serve);
    const { url, port } = server;
    const feed = new Feed(url, { ...quick, ...options });
    onTestFinished(() => feed.close());
    const called: string[] = [];
    const iterated: string[] = [];
    feed.subscribe("message", ({ id }) => void called.push(id!));
    const iterator = feed.subscribe("message");
    const loop = (async () => {
      for await (const { id } of iterator) iterated.push(id!);
    })();
    for (let death = 0; death < 6; death++) {
      const before = called.length;
      await until(() => expect(called.length).toBeGreaterThan(before + 20));
      await server.kill();
      await sleep(death % 2 === 0 ? 0 : 30);
      server = await serve(log.serve, { port });
    }
    log.stop();
    await until(() => expect(called).toHaveLength(log.count));
    feed.close();
    await loop;
    expect(called).toEqual(upTo(log.count));
    expect(iterated).toEqual(upTo(log.count));
    expect(feed.stats.opened).toBeGreaterThan(6);
    expect(feed.stats.gaps).toBe(0);
  },
);

test.each(transports)(
  "%s: a process that dies with events in its queue: the next one gets them",
  async (_, options) => {
    const log = new Log();
    const { url } = await serve(log.serve);
    let stored: string | undefined;
    const got = new Set<number>();
    for (let process = 0; process < 4; process++) {
      let dead = false;
      const set = (id: string): void => {
        if (!dead) stored = id;
      };
      const feed = new Feed(url, { ...quick, ...options, store: { get: () => stored, set } });
      onTestFinished(() => feed.close());
      const subscription = feed.subscribe("message");
      const enough = got.size + 20;
      await until(() => expect(subscription.stats.pending).toBeGreaterThan(30));
      while (got.size < enough) got.add(Number((await subscription.next()).value!.id));
      dead = true;
      feed.close();
      expect(Number(stored), "all but the one in hand").toBe(got.size - 1);
    }
    expect([...got]).toEqual(upTo(got.size).map(Number));
  },
);

test.each(transports)(
  "%s: one process after another, with a store: each resumes where the last one stopped",
  async (_, options) => {
    const log = new Log();
    const { url } = await serve(log.serve);
    let stored: string | undefined;
    const store = { get: () => stored, set: (id: string) => void (stored = id) };
    const got: string[] = [];
    for (let process = 0; process < 4; process++) {
      const feed = new Feed(url, { ...quick, ...options, store: store });
      onTestFinished(() => feed.close());
      const enough = got.length + 30;
      for await (const { id } of feed.subscribe("message")) {
        got.push(id!);
        if (got.length === enough) break;
      }
      feed.close();
    }
    expect(got).toEqual(upTo(120));
    expect(stored).toBe("120");
  },
);
