// The sentences of the standard over a socket: each stream in several framings, directly from it.
import { setTimeout as sleep } from "node:timers/promises";
import { Feed } from "@steadfeed/client";
import { expect, test } from "vitest";
import { head, raw } from "../support/raw.ts";
import { cases } from "./cases.ts";
import { seededRandom } from "./cuts.ts";

/** The stream in chunks of at most this size, in bytes. */
function chunks(bytes: Uint8Array, most: number, random: () => number): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const data = bytes.subarray(at, at + 1 + Math.floor(random() * most));
    at += data.length;
    parts.push(Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

const framings = {
  "one chunk": 1e9,
  "bytes in chunks of their own": 1,
  "small chunks": 12,
  close: 0,
};

test.each(Object.entries(framings))("%s", { timeout: 60_000 }, async (_, most) => {
  const rows = cases.filter(({ large }) => !large);
  const random = seededRandom(1);
  const port = await raw(async (socket, first) => {
    const { bytes } = rows[Number(/\/(\d+)/.exec(first)![1])]!;
    socket
      .setNoDelay(true)
      .write(head(most > 0 ? "Transfer-Encoding: chunked" : "Connection: close"));
    await sleep(1);
    const sent = most > 0 ? chunks(bytes, most, random) : bytes;
    // In two packets, and so in two reads.
    const cut = Math.floor(random() * sent.length);
    socket.write(sent.subarray(0, cut));
    await sleep(1);
    socket.end(sent.subarray(cut));
  });
  await Promise.all(
    rows.map(async ({ name, expected, resumedFrom: lastEventId }, index) => {
      const feed = new Feed(`http://127.0.0.1:${port}/${index}`, { retry: false, lastEventId });
      const events: unknown[] = [];
      feed.subscribe("*", ({ type, data }) => void events.push({ type, data }));
      await feed.closed;
      expect(events, name).toEqual(expected.events.map(({ type, data }) => ({ type, data })));
    }),
  );
});
