import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createBrotliCompress, createDeflate, createGzip, createZstdCompress } from "node:zlib";
import { Feed } from "@steadfeed/client";
import { afterEach, expect, test } from "vitest";

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  closers.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const coders = {
  gzip: createGzip,
  deflate: createDeflate,
  br: createBrotliCompress,
  zstd: createZstdCompress,
};

test.for(Object.entries(coders))(
  "events in a %s body arrive as the server flushes them",
  async ([name, make]) => {
    let offered = "";
    let next = (): void => undefined;
    const url = await serve((request, response) => {
      offered = String(request.headers["accept-encoding"]);
      const coder = make();
      response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": name });
      coder.pipe(response);
      let n = 0;
      next = () => {
        coder.write(`id: ${++n}\ndata: ${n}\n\n`);
        coder.flush();
      };
      next();
    });
    const feed = new Feed(url);
    closers.push(() => feed.close());
    const numbers = feed.subscribe("message");
    for (const n of ["1", "2", "3"]) {
      expect((await numbers.next()).value?.data).toBe(n);
      next();
    }
    expect(offered).toContain(name);
  },
);

test("a form sent by POST has its type, and a stalled reader stops a compressed body too", async () => {
  let written = 0;
  let request = "";
  const url = await serve(async (incoming, response) => {
    request = `${incoming.method} ${incoming.headers["content-type"]}`;
    const coder = createGzip({ level: 0 });
    response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" });
    coder.pipe(response);
    const line = `data: ${"x".repeat(60_000)}\n\n`;
    while (!response.destroyed && written < 400) {
      if (!coder.write(line)) await new Promise((resolve) => coder.once("drain", resolve));
      written++;
    }
    coder.end();
  });
  const feed = new Feed(url, {
    method: "POST",
    body: new URLSearchParams({ a: "1" }),
    retry: false,
  });
  closers.push(() => feed.close());
  const events = feed.subscribe("message", { capacity: 4 });
  await events.next();
  await expect
    .poll(async () => {
      const before = written;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return written - before;
    })
    .toBe(0);
  expect(written).toBeLessThan(400);
  let count = 1;
  for await (const { data } of events) {
    expect(data).toHaveLength(60_000);
    count++;
  }
  expect(count).toBe(400);
  expect(request).toBe("POST application/x-www-form-urlencoded;charset=UTF-8");
});
