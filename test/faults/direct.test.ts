// The body of an event stream over HTTP/1.1 comes directly from the socket, or by undici: nobody can tell which.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { Feed, type FeedOptions } from "@steadfeed/client";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { chunk, head, raw, type Play } from "../support/raw.ts";

const authority = createAuthority();
const chunked = head("Transfer-Encoding: chunked");
const last = "0\r\n\r\n";
const one = chunk("data: one\n\n");
const two = chunk("data: two\n\n");

/** Writes each piece as a packet of its own. */
async function write(socket: Socket, pieces: readonly (string | Uint8Array)[]): Promise<void> {
  socket.setNoDelay(true);
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await sleep(2);
    socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece);
  }
}

/** All that a user sees of one answer, and how many pieces of its body undici reported. */
async function seen(url: string, direct: boolean, options: FeedOptions = {}) {
  let count = 0;
  const found = (): void => void count++;
  subscribe("undici:request:bodyChunkReceived", found);
  const node = { direct, tls: { ca: authority.cert } };
  const feed = new Feed(url, { retry: false, node, ...options });
  onTestFinished(() => feed.close());
  const data: string[] = [];
  feed.subscribe("*", (event) => void data.push(event.data));
  const { reason, complete, leftover, error } = await feed.closed;
  unsubscribe("undici:request:bodyChunkReceived", found);
  const { code, message, cause } = (error ?? {}) as Partial<Error> & { code?: string };
  const why = (cause ?? {}) as Partial<Error> & { code?: string };
  const { href } = new URL(url);
  const said = message?.replaceAll(href, "URL").replaceAll(/\d{5}/g, "PORT");
  const facts = { data, reason, complete, leftover, code, said, cause: [why.code, why.message] };
  return { facts, count };
}

/** Sends the same answer twice, and expects the same of it. */
async function same(play: Play, tls = false, options: FeedOptions = {}) {
  const port = await raw(play, tls ? authority.issue() : undefined);
  const url = `${tls ? "https" : "http"}://localhost:${port}/`;
  const by = await seen(url, false, options);
  const directly = await seen(url, true, options);
  expect(directly.facts).toEqual(by.facts);
  return { ...by.facts, direct: directly.count, undici: by.count };
}

const ends: Record<string, (socket: Socket) => void> = {
  closed: (socket) => void socket.end(),
  // Node can reset only TCP.
  reset: (socket) => void ("encrypted" in socket ? socket.destroy() : socket.resetAndDestroy()),
};

const bodies: Record<string, readonly string[]> = {
  "whole, in one packet": [one + two + last],
  "whole, chunk by chunk": [one, two, last],
  "byte by byte": (one + two + last).split(""),
  "a cut last chunk": [one, "0\r\n"],
  "a cut size": [one, "1"],
  "a size without its LF": [one, "b\r"],
  "a cut chunk": [one, "b\r\ndata: t"],
  "a chunk without its LF": [one, two.slice(0, -1)],
  "no chunk": [""],
  trailers: [one, "0\r\nX: y\r\nZ: 1\r\n\r\n"],
  "bad trailers": [one, "0\r\nX\r\n\r\n"],
  "an extension": [one, two.replace("\r\n", ";a=b\r\n"), last],
  "an extension without an end": [one, `${two.slice(0, 1)};a=b`],
  "a quoted extension": [one, two.replace("\r\n", ';a="\\"b\r\n'), last],
  "an extension of the last chunk": [one, "0;a=b\r\n\r\n"],
  "a size in upper case and with zeros": [two.replace("b", "000B"), last],
  "a size of many zeros": [two.replace("b", "0000000000000b"), last],
  "a last chunk of many zeros": [one, "000000000000\r\n\r\n"],
  "no size": [one, "\r\n\r\n"],
  "a CR in place of a size": [one, "\r"],
  "a size that is no number": [one, "g\r\n"],
  "a size after a space": [one, ` ${two}`],
  "a size before a space": [one, two.replace("\r\n", " \r\n"), last],
  "a negative size": [one, `-${two}`],
  "a size with 0x": [one, `0x${two}`],
  "a huge size": [one, "ffffffff\r\ndata: two\n\n"],
  "a size beyond 64 bits": [one, "fffffffffffffffff\r\ndata: two\n\n"],
  "LF after a size": [one, two.replace("\r\n", "\n"), last],
  "LF after a chunk": [one, two.replace(/\r\n$/, "\n"), last],
  "CR after a size": [one, two.replace("\r\n", "\rx"), last],
  "CR after a chunk": [one, two.replace(/\n$/, "x"), last],
  "nothing after a chunk": [one, two.replace(/\r\n$/, ""), last],
  "more bytes than the size says": [one, two.replace("b", "a"), last],
  "more bytes, in a packet of their own": [one, "4\r\ndata", "X", two, last],
  "fewer bytes than the size says": [one, two.replace("b", "c"), last],
  "bytes after the end": [one, `${last}garbage`],
  "another answer after the end": [one, `${last}${chunked}${two}${last}`],
  "a last chunk that holds data": [one, "0\r\ndata: two\n\n\r\n\r\n"],
};

describe.each([false, true])("over TLS: %s", (tls) => {
  describe.each(Object.entries(ends))("then %s", (_, end) => {
    test.each(Object.entries(bodies))("%s", async (name, pieces) => {
      const { direct, undici, data } = await same(async (socket) => {
        await write(socket, [chunked, ...pieces]);
        await sleep(2);
        end(socket);
      }, tls);
      expect(direct).toBeLessThan(data.includes("one") ? undici : undici + 1);
    });

    test.each(["", "Connection: close"])("until the connection closes: %s", async (header) => {
      const { direct, undici, data } = await same(async (socket) => {
        await write(socket, [head(...[header].filter(Boolean)), "data: one\n\n", "data: two\n\nd"]);
        await sleep(2);
        end(socket);
      }, tls);
      expect(data).toEqual(["one", "two"]);
      expect([direct, undici]).toEqual([0, 2]);
    });
  });
});

const heads: Record<string, string> = {
  "a 103 before it": `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${chunked}`,
  "two 1xx before it": `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n${chunked}`,
  "HTTP/1.0": chunked.replace("1.1", "1.0"),
  "a 101": `HTTP/1.1 101 Switching Protocols\r\n\r\n${chunked}`,
  "LF in place of CRLF": chunked.replaceAll("\r\n", "\n"),
  "only the last CRLF an LF": chunked.replace(/\r\n$/, "\n"),
  "no status text": chunked.replace(" OK", ""),
  "a folded header": head("Transfer-Encoding: chunked", "X: a\r\n b"),
  "a bad header": head("Transfer-Encoding: chunked", "X"),
  "chunked twice": head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
  "in capitals": head("Transfer-Encoding: CHUNKED"),
  "gzip, chunked": head("Transfer-Encoding: gzip, chunked"),
  "chunked, gzip": head("Transfer-Encoding: chunked, gzip"),
  "a length beside it": head("Transfer-Encoding: chunked", "Content-Length: 10"),
  "a length": head("Content-Length: 50"),
  "an unknown encoding": head("Transfer-Encoding: chunked", "Content-Encoding: unknown"),
  "another type": chunked.replace("event-stream", "plain"),
  "a 404": chunked.replace("200 OK", "404 Not Found"),
  "a 204": chunked.replace("200 OK", "204 No Content"),
  "an upgrade": head("Transfer-Encoding: chunked", "Connection: Upgrade", "Upgrade: h2c"),
};

test.each(Object.entries(heads))(
  "a head with %s: apart from its body, in one packet with it, and line by line",
  async (_, first) => {
    const lines = first.split(/(?<=\n)/);
    for (const pieces of [
      [first, one, two, last],
      [first + one + two + last],
      [...lines, one, last],
    ]) {
      const answered = await same(async (socket) => {
        await write(socket, pieces);
        await sleep(2);
        socket.end();
      });
      expect(answered.reason).toMatch(/ended|failed|stopped/);
    }
  },
);

test("a head that is cut at each byte, and a body after it", async () => {
  const text = `HTTP/1.1 103 Hints\r\nA: b\r\n\r\n${chunked}${one}${two}${last}`;
  const port = await raw((socket, first) => {
    const at = Number(/\/(\d+)/.exec(first)![1]);
    return write(socket, [text.slice(0, at), text.slice(at)]);
  });
  for (let at = 1; at < text.length; at++) {
    const { facts } = await seen(`http://127.0.0.1:${port}/${at}`, true);
    expect([facts.data, facts.reason, facts.complete]).toEqual([["one", "two"], "ended", true]);
  }
});

test("an encoded body is decoded, and the answer to HEAD has none", async () => {
  const packed = gzipSync("data: one\n\n");
  const encoded = head("Content-Encoding: gzip", "Transfer-Encoding: chunked");
  const { data } = await same((socket) =>
    write(socket, [encoded, `${packed.length.toString(16)}\r\n`, packed, `\r\n${last}`]),
  );
  expect(data).toEqual(["one"]);
  const asked = await same((socket) => write(socket, [chunked]), false, { method: "HEAD" });
  expect(asked.reason).toBe("ended");
});
