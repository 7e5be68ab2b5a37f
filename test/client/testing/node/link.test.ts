import { connect, type Socket } from "node:net";
import { FaultProxy, SseServer, type Cut, type Link } from "@steadfeed/client/testing/node";
import { expect, onTestFinished, test } from "vitest";

/** What a client behind a link saw. */
interface Seen {
  bytes: string;
  pieces: number;
  end: string | undefined;
  readonly socket: Socket;
}

const events = "id: 1\ndata: €\n\nid: 2\ndata: two\n\n";

/** A client that asked, through a link to which this was done first, a server that sends two events and waits. */
async function behind(
  befall: (link: Link) => void,
): Promise<{ seen: Seen; link: Link; server: SseServer; proxy: FaultProxy }> {
  const server = await SseServer.listen((script) => script.answer().send(events));
  const proxy = await FaultProxy.listen(server.url);
  onTestFinished(async () => {
    await proxy.close();
    await server.close();
  });
  let link!: Link;
  proxy.onLink = (made) => befall((link = made));
  const socket = connect(Number(new URL(proxy.url).port), "127.0.0.1").setEncoding("latin1");
  const seen: Seen = { bytes: "", pieces: 0, end: undefined, socket };
  socket.on("data", (text: string) => {
    seen.bytes += text;
    seen.pieces++;
  });
  socket.on("end", () => (seen.end ??= "end"));
  socket.on("error", (error) => (seen.end ??= (error as NodeJS.ErrnoException).code));
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await expect.poll(() => link).toBeDefined();
  return { seen, link, server, proxy };
}

const whole = Buffer.from(events).toString("latin1");

test("by default, it forwards everything and stays up", async () => {
  const { seen, link } = await behind(() => undefined);
  await expect.poll(() => seen.bytes).toContain(whole);
  expect([seen.end, link.live]).toEqual([undefined, true]);
});

test("dropped, the client sees an end; reset, it sees a reset", async () => {
  const dropped = await behind(() => undefined);
  dropped.link.drop();
  await expect.poll(() => dropped.seen.end).toBe("end");
  const reset = await behind(() => undefined);
  reset.link.reset();
  await expect.poll(() => reset.seen.end).toBe("ECONNRESET");
  await expect.poll(() => reset.link.live).toBe(false);
});

test("dropped and reset in one turn, it still closes both sides", async () => {
  const { seen, link, proxy } = await behind(() => undefined);
  await expect.poll(() => seen.bytes).toContain(whole);
  link.drop();
  link.reset();
  await expect.poll(() => proxy.links.size).toBe(0);
  expect(seen.end).toBe("end");
});

test("stalled, nothing passes until it resumes, and then nothing is missing", async () => {
  const { seen, link, server } = await behind((made) => made.stall());
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([server.requests.length, seen.bytes]).toEqual([0, ""]);
  link.resume();
  await expect.poll(() => seen.bytes).toContain(whole);
});

test.each<[string, Cut, RegExp]>([
  ["mid-event", "mid-event", /\nid: 1\n$/],
  ["mid-character", "mid-character", /data: \xe2$/],
  ["after so many bytes", 20, /^[^]{20}$/],
])("cut %s, the client has the data before the cut and an end", async (_, cut, last) => {
  const { seen } = await behind((link) => link.truncate(cut));
  await expect.poll(() => seen.end).toBe("end");
  expect(seen.bytes).toMatch(last);
});

test("cut by a reset", async () => {
  const { seen } = await behind((link) => link.truncate("mid-character", { reset: true }));
  await expect.poll(() => seen.end).toBe("ECONNRESET");
  expect(seen.bytes).not.toContain("two");
});

test("split, each byte arrives separately, and in order; also up to a cut", async () => {
  const { seen } = await behind((link) => link.split());
  await expect.poll(() => seen.bytes).toContain(whole);
  // The kernel may join some.
  expect(seen.pieces).toBeGreaterThan(whole.length / 4);
  const some = await behind((link) => link.split(300));
  await expect.poll(() => some.seen.bytes).toContain(whole);
  const cut = await behind((link) => {
    link.split();
    link.truncate("mid-character");
  });
  await expect.poll(() => cut.seen.end).toBe("end");
  expect(cut.seen.bytes).toMatch(/data: \xe2$/);
});

test("it waits for a client that does not read", async () => {
  const megabytes = "x".repeat(50_000_000);
  const server = await SseServer.listen((script) => script.send(megabytes).end());
  const proxy = await FaultProxy.listen(server.url);
  onTestFinished(async () => {
    await proxy.close();
    await server.close();
  });
  const { body } = await fetch(proxy.url);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(server.last.live).toBe(true);
  let length = 0;
  for await (const chunk of body!) length += chunk.length;
  expect(length).toBe(megabytes.length);
});
