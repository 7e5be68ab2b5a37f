import { connect } from "node:net";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { expect, onTestFinished, test } from "vitest";
import { listen } from "./servers.ts";

const bytes = 24 << 20;

/** Reads a stream of one large event with a plain socket: a piece, a pause, a piece. */
async function reading(pauseMs: number): Promise<{ taken: number; ended: string[] }> {
  const ended: string[] = [];
  const broker = new Broker({
    limits: { eventBytes: 2 * bytes },
    slow: { timeoutMs: 100, tolerance: 3 },
    onDisconnect: (_, reason) => {
      ended.push(reason);
      socket.destroy();
    },
  });
  onTestFinished(() => broker.close({ graceMs: 0 }));
  const url = new URL(await listen(nodeHandler(broker)));
  const socket = connect(Number(url.port), url.hostname);
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  socket.write("GET /?stream=s HTTP/1.1\r\nHost: x\r\n\r\n");
  let taken = 0;
  const done = new Promise<void>((resolve) => {
    socket.on("data", (piece: Buffer) => {
      taken += piece.byteLength;
      if (taken > bytes) return resolve();
      socket.pause();
      setTimeout(() => socket.resume(), pauseMs);
    });
    socket.on("close", () => resolve());
  });
  while (broker.sessions().size === 0) await new Promise((next) => setTimeout(next, 5));
  await broker.publish("s", "x".repeat(bytes));
  await done;
  return { taken, ended };
}

test(
  "a reader that takes a large event slowly, but takes it, is not ended",
  { timeout: 30_000 },
  async () => {
    const { taken, ended } = await reading(2);
    expect(taken).toBeGreaterThan(bytes);
    expect(ended).toEqual([]);
  },
);

test(
  "a reader that stops in the midst of a large event is ended",
  { timeout: 30_000 },
  async () => {
    const { ended } = await reading(60_000);
    expect(ended).toEqual(["slow"]);
  },
);
