// One answer, cut at a thousand places of chance, compared byte for byte: by a proxy that is not of our making, in the way.
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, createServer as createProxy, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { steadyFetch, type Resumption } from "@steadfeed/client/fetch";
import { expect, onTestFinished, test } from "vitest";

/** Numbers of chance, the same ones for the same seed. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const lineEnds = ["\n", "\r\n", "\r"] as const;

/** An answer of chance: events with several lines, comments, types, characters of each length, line ends of each kind. */
function answerOf(random: () => number, end: string): string[] {
  const pick = <T>(...all: T[]): T => all[Math.floor(random() * all.length)]!;
  const blocks = Array.from({ length: 30 }, (_, id) => {
    const lines = [`id: ${id}`, `data: ${pick("word", "wört", "言葉", "🜁🜂", "")}${id}`];
    if (random() < 0.3) lines.unshift(pick("event: word", ": within", "unknown: field"));
    if (random() < 0.3) lines.push(`data: ${"x".repeat(random() * 200)}`);
    const between = random() < 0.3 ? `: ping ${pick("", "ping")}${end}${end}` : "";
    return between + lines.map((line) => line + end).join("") + end;
  });
  return [...blocks, `id: 30${end}data: [DONE]${end}${end}`];
}

test.for([
  ["after the cursor", {}],
  ["from the start", { replay: "from-start" }],
] as const)(
  "1 000 random cuts of an answer that is resumed %s",
  { timeout: 600_000 },
  async ([, how]) => {
    const seed = Date.now() % 2 ** 31;
    const random = chance(seed);
    let blocks: string[] = [];
    let left = 0;
    const count = { cuts: 0 };
    let posts = 0;
    const server = createServer((request, response) => {
      if (request.method === "POST") posts++;
      const after = Number(request.headers["last-event-id"] ?? -1);
      const bytes = Buffer.from(blocks.slice(after + 1).join(""));
      response.writeHead(200, { "Content-Type": "text/event-stream", Connection: "close" });
      const isCut = left-- > 0;
      if (isCut) count.cuts++;
      const end = isCut ? Math.floor(random() * (bytes.length + 1)) : bytes.length;
      const isReset = isCut && random() < 0.5;
      response.flushHeaders();
      const write = async (): Promise<void> => {
        for (let from = 0; from < end; from += 1 + Math.floor(random() * 300)) {
          response.write(bytes.subarray(from, end));
          from = end;
        }
        if (!isReset) response.end();
        else {
          // Its head is to arrive before the reset: a request that fails is the caller's to make again.
          await sleep(10);
          response.socket?.resetAndDestroy();
        }
      };
      void write();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const target = (server.address() as AddressInfo).port;
    // It passes on what it gets in pieces of its own.
    const proxy = createProxy((near) => {
      const far = connect(target, "127.0.0.1");
      near.on("error", () => far.destroy()).pipe(far);
      far.on("error", () => near.resetAndDestroy());
      far.on("data", (bytes) => {
        const at = Math.floor(random() * bytes.length);
        near.write(bytes.subarray(0, at));
        setImmediate(() => near.write(bytes.subarray(at)));
      });
      far.on("end", () => setImmediate(() => near.end()));
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    onTestFinished(() => {
      proxy.close();
      server.close();
      server.closeAllConnections();
    });
    const { port } = proxy.address() as AddressInfo;
    const fetch = steadyFetch({
      retry: { initialDelayMs: 0, maxDelayMs: 1, jitter: "none" },
      resume: (): Resumption => ({ url: "/answer", ...how }),
      until: ({ data }) => data === "[DONE]",
    });
    for (let round = 0; count.cuts < 1000; round++) {
      blocks = answerOf(random, lineEnds[round % 3]!);
      left = 1 + Math.floor(random() * 8);
      const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "?" });
      expect(await response.text(), `seed ${seed}, round ${round}`).toBe(blocks.join(""));
      expect(posts).toBe(round + 1);
    }
  },
);
