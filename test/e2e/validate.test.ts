import { gzipSync } from "node:zlib";
import { Feed } from "@steadfeed/client";
import { describe, expect, test } from "vitest";
import { serve } from "../support/server.ts";

const small = "id: 1\ndata: a\n\n";
const large = `id: 1\ndata: ${"a".repeat(100_000)}\n\n`;

describe("with validate, bytes that come while the answer is judged are delivered in order", () => {
  describe.each([
    ["at once", () => true],
    ["by a promise", () => Promise.resolve()],
    ["later", () => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 30))],
  ])("%s", (_, validate) => {
    test.each([
      ["a whole answer", small],
      ["one event and more", small + large + "id: 3\ndata: c\n\n"],
      ["an event larger than the buffers", large],
      ["more than one read", large.repeat(20)],
    ])("%s", async (_name, body) => {
      for (const encoding of ["identity", "gzip"] as const) {
        const server = await serve((_request, response) => {
          response.writeHead(200, {
            "Content-Type": "text/event-stream",
            ...(encoding === "gzip" && { "Content-Encoding": encoding }),
          });
          response.end(encoding === "gzip" ? gzipSync(body) : body);
        });
        const data: string[] = [];
        const feed = new Feed(server.url, { validate, retry: false });
        feed.subscribe("message", (event) => void data.push(event.data));
        const closed = await feed.closed;
        expect(data.map((each) => each.length)).toEqual(
          Array.from(body.matchAll(/data: (\w+)/g), ([, each]) => each!.length),
        );
        expect(closed).toMatchObject({ reason: "ended", complete: true });
      }
    });
  });
});
