// A consumer that stops and continues, and a server that sends, ends or errs meanwhile: the same directly and by undici.
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Feed } from "@steadfeed/client";
import { describe, expect, onTestFinished, test } from "vitest";
import { between, chance, pick, randomOf } from "../chaos/random.ts";
import { createAuthority } from "../support/certificates.ts";
import { chunk, head, raw } from "../support/raw.ts";

const authority = createAuthority();
const chunked = head("Transfer-Encoding: chunked");
const padding = "x".repeat(3000);
const count = 600;

/** The body of a seed: numbered events, in chunks that end anywhere, and one of many ends. */
function bodyOf(seed: number): string {
  const random = randomOf(seed, 0);
  let text = "";
  for (let id = 1; id <= count; id++) {
    const data = padding.slice(0, between(random, 0, padding.length));
    text += `id: ${id}\ndata: ${data}\n\n${chance(random, 0.1) ? ": still here\n" : ""}`;
  }
  const most = pick(random, [40, 3000, 100_000]);
  let body = "";
  for (let at = 0; at < text.length;) {
    const part = text.slice(at, (at += between(random, 1, most)));
    const size = part.length.toString(16);
    body += chance(random, 0.001) ? `${size};a=b\r\n${part}\r\n` : chunk(part);
  }
  return (
    body + pick(random, ["0\r\n\r\n", "0\r\n\r\n", "0\r\nX: y\r\n\r\n", "5\r\nda", "", "oops"])
  );
}

/** Writes it in pieces that end anywhere, as fast as the client takes them, and then closes. */
function send(socket: Socket, body: string, seed: number): void {
  const random = randomOf(seed, 1);
  socket.write(chunked);
  let at = 0;
  const write = (): void => {
    while (at < body.length) {
      if (!socket.write(body.slice(at, (at += between(random, 1, 70_000))))) {
        return void socket.once("drain", write);
      }
    }
    socket.end();
  };
  write();
}

/** All that a consumer sees who stops now and then, for longer than the operating system keeps bytes for it. */
async function seen(origin: string, direct: boolean, seed: number) {
  const random = randomOf(seed, 2);
  const node = { direct, tls: { ca: authority.cert } };
  const feed = new Feed(origin, { retry: false, node });
  onTestFinished(() => feed.close());
  const ids: number[] = [];
  const events = feed.subscribe("message", { capacity: between(random, 1, 50) });
  const stops = new Set(Array.from({ length: 5 }, () => between(random, 1, count)));
  try {
    for await (const { id } of events) {
      ids.push(Number(id));
      if (stops.has(ids.length)) await sleep(30);
    }
  } catch {
    // The feed's end says it too.
  }
  const { reason, complete, error } = await feed.closed;
  const { code, cause } = (error ?? {}) as Partial<Error> & { code?: string };
  return { ids, reason, complete, code, cause: (cause as Error | undefined)?.message };
}

describe.each(["http", "https"])("%s", (protocol) => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "a consumer that stops now and then: seed %i",
    async (seed) => {
      const body = bodyOf(seed);
      const tls = protocol === "https" ? authority.issue() : undefined;
      const port = await raw((socket) => send(socket, body, seed), tls);
      const origin = `${protocol}://localhost:${port}/`;
      const [direct, byUndici] = [await seen(origin, true, seed), await seen(origin, false, seed)];
      expect(direct).toEqual(byUndici);
      expect(direct.ids).toEqual(Array.from(direct.ids, (_, index) => index + 1));
      expect(direct.ids.length).toBeGreaterThan(count - 2);
    },
  );
});

test("a new connection that is asked for in the middle of a chunk continues after the event", async () => {
  let connections = 0;
  const port = await raw((socket, request, number) => {
    connections = number;
    const from = Number(/^last-event-id: (\d+)/im.exec(request)?.[1] ?? 0);
    const ids = Array.from({ length: 100 }, (_, index) => from + index + 1);
    const text = ids.map((id) => `id: ${id}\ndata: ${padding}\n\n`).join("");
    // The last chunk is not complete when the connection is given up.
    const [one, two] = [text.slice(0, 100_000), text.slice(100_000)];
    socket.write(`${chunked}${chunk(one)}${(two.length + 100).toString(16)}\r\n${two}`);
  });
  const feed = new Feed(`http://127.0.0.1:${port}/`, { retry: { initialDelayMs: 1 } });
  onTestFinished(() => feed.close());
  const ids: number[] = [];
  for await (const { id } of feed.subscribe("message")) {
    ids.push(Number(id));
    if (ids.length % 70 === 0) feed.reconnect();
    if (ids.length === 350) break;
  }
  expect(ids).toEqual(Array.from(ids, (_, index) => index + 1));
  expect(connections).toBeGreaterThan(3);
});
