// A cut never looks like an end: for every transport, and every way to say where a body ends.
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { Feed, type CloseInfo, type FeedOptions } from "@steadfeed/client";
import { Agent, RetryAgent } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { chunk, frame, head, raw } from "../support/raw.ts";

const authority = createAuthority();
const event = "data: one\n\n";

/** A one-shot feed: what it got, and how it ended. */
async function read(url: string, options: FeedOptions = {}) {
  const feed = new Feed(url, { retry: false, ...options });
  onTestFinished(() => feed.close());
  const data: string[] = [];
  feed.subscribe("*", (each) => void data.push(each.data));
  const info: CloseInfo = await feed.closed;
  return { data, info, code: (info.error as { code?: string } | undefined)?.code };
}

type Cut = (socket: Socket) => void;

const cuts: Record<string, Cut> = {
  "closed in order": (socket) => void socket.end(),
  reset: (socket) => socket.resetAndDestroy(),
};

interface Framing {
  readonly whole: string;
  readonly part: string;
}

const framings: Record<string, Framing> = {
  "a length": {
    whole: `${head(`Content-Length: ${event.length}`)}${event}`,
    part: `${head("Content-Length: 100")}${event}`,
  },
  "a length, and close": {
    whole: `${head(`Content-Length: ${event.length}`, "Connection: close")}${event}`,
    part: `${head("Content-Length: 100", "Connection: close")}${event}`,
  },
  chunks: {
    whole: `${head("Transfer-Encoding: chunked")}${chunk(event)}0\r\n\r\n`,
    part: `${head("Transfer-Encoding: chunked")}${chunk(event)}`,
  },
  "chunks, and close": {
    whole: `${head("Transfer-Encoding: chunked", "Connection: close")}${chunk(event)}0\r\n\r\n`,
    part: `${head("Transfer-Encoding: chunked", "Connection: close")}${chunk(event)}`,
  },
  "chunks, cut within one": {
    whole: `${head("Transfer-Encoding: chunked")}${chunk(event)}0\r\n\r\n`,
    part: `${head("Transfer-Encoding: chunked")}40\r\n${event}`,
  },
  "chunks, cut within the last": {
    whole: `${head("Transfer-Encoding: chunked")}${chunk(event)}0\r\nX-Trailer: 1\r\n\r\n`,
    part: `${head("Transfer-Encoding: chunked")}${chunk(event)}0\r\n`,
  },
};

const dispatcher = (): Agent => {
  const agent = new Agent({ connect: { ca: authority.cert } });
  onTestFinished(() => agent.destroy());
  return agent;
};

const dispatchers: Record<string, () => FeedOptions> = {
  "our dispatcher": () => ({ node: { tls: { ca: authority.cert } } }),
  "the user's dispatcher": () => ({ node: { dispatcher: dispatcher() } }),
};

const transports: Record<string, () => FeedOptions> = {
  ...dispatchers,
  fetch: () => ({ fetch: globalThis.fetch }),
};

describe.each(Object.entries(transports))("by %s", (name, options) => {
  const vouched = name === "fetch" ? undefined : true;

  describe.each(Object.entries(framings))("%s", (_, { whole, part }) => {
    test("a complete body has ended", async () => {
      const port = await raw((socket) => socket.write(whole));
      const { data, info } = await read(`http://127.0.0.1:${port}/`, options());
      expect([info.reason, info.complete, data]).toEqual(["ended", vouched, ["one"]]);
    });

    test.each(Object.entries(cuts))("%s: the feed has failed", async (__, cut) => {
      const port = await raw(async (socket) => {
        socket.write(part);
        await sleep(50);
        cut(socket);
      });
      const { data, info, code } = await read(`http://127.0.0.1:${port}/`, options());
      expect([info.reason, code, data]).toEqual(["failed", "network", ["one"]]);
    });
  });

  test("without a length, a close may be a cut", async () => {
    const port = await raw((socket) => socket.end(`${head()}${event}`));
    const { data, info } = await read(`http://127.0.0.1:${port}/`, options());
    expect([info.reason, info.complete, data]).toEqual(["ended", undefined, ["one"]]);
  });

  test("an empty body with a head that announces it is complete", async () => {
    const port = await raw((socket) => socket.write(head("Content-Length: 0")));
    const { data, info } = await read(`http://127.0.0.1:${port}/`, options());
    expect([info.reason, info.complete, data]).toEqual(["ended", vouched, []]);
  });
});

describe.each(Object.entries(dispatchers))("delimited by close, by %s", (_, options) => {
  test.each([
    ["TCP", undefined],
    ["TLS", authority.issue()],
  ])("over %s, a reset is a cut", async (__, tls) => {
    const port = await raw(async (socket) => {
      socket.write(`${head("Connection: close")}${event}`);
      await sleep(50);
      // Beneath TLS, which would say goodbye.
      const bare = Reflect.get(socket, "_parent") as Socket | undefined;
      (bare ?? socket).resetAndDestroy();
    }, tls);
    const url = `${tls ? "https" : "http"}://127.0.0.1:${port}/`;
    const { data, info, code } = await read(url, options());
    expect([info.reason, code, data]).toEqual(["failed", "network", ["one"]]);
  });

  test("of many parallel connections, each knows its own end", async () => {
    const port = await raw(async (socket, first) => {
      socket.write(`${head("Connection: close")}${event}`);
      await sleep(50);
      if (first.startsWith("GET /cut")) socket.resetAndDestroy();
      else socket.end();
    });
    const given = options();
    const paths = Array.from({ length: 20 }, (__, n) => (n % 2 === 0 ? "cut" : "whole"));
    const reasons = paths.map(async (path) => {
      const { info } = await read(`http://127.0.0.1:${port}/${path}`, given);
      return info.reason;
    });
    const expected = paths.map((path) => (path === "cut" ? "failed" : "ended"));
    expect(await Promise.all(reasons)).toEqual(expected);
  });
});

test("a connection that a RetryAgent replaced does not affect the new one", async () => {
  const port = await raw((socket, _, number) => {
    if (number === 1) socket.resetAndDestroy();
    else socket.end(`${head()}${event}`);
  });
  const agent = new RetryAgent(dispatcher(), { minTimeout: 10 });
  const { data, info } = await read(`http://127.0.0.1:${port}/`, { node: { dispatcher: agent } });
  expect([info.reason, info.complete, data]).toEqual(["ended", undefined, ["one"]]);
});

test("over TLS an unmet length is a cut, however the connection closes", async () => {
  const port = await raw(
    (socket) => socket.end(`${head("Content-Length: 100")}${event}`),
    authority.issue(),
  );
  const { info, code } = await read(`https://127.0.0.1:${port}/`, {
    node: { tls: { ca: authority.cert } },
  });
  expect([info.reason, code]).toEqual(["failed", "network"]);
});

describe("HTTP/2", () => {
  const settings = frame(4, 0);
  const headers = frame(1, 4, Buffer.from([0x88, 0x5f, 0x11, ...Buffer.from("text/event-stream")]));
  const data = (flags: number, text = event): Buffer => frame(0, flags, Buffer.from(text));
  const reset = (code: number): Buffer => frame(3, 0, Buffer.from([0, 0, 0, code]));

  const serve = (...writes: (Buffer[] | "kill")[]): Promise<number> =>
    raw(
      async (socket) => {
        socket.write(settings);
        for (const write of writes) {
          await sleep(30);
          if (write === "kill") socket.destroy();
          else socket.write(Buffer.concat(write));
        }
      },
      { ...authority.issue(), ALPNProtocols: ["h2"] },
    );

  describe.each(Object.entries(dispatchers))("by %s", (_, options) => {
    test.each<[string, Buffer[][]]>([
      ["with the data", [[headers, data(1)]]],
      ["after the data", [[headers, data(0)], [data(1, "")]]],
      ["in the same write", [[headers, data(0), data(1, "")]]],
      ["before a reset without an error", [[headers, data(1), reset(0)]]],
      ["by trailers", [[headers, data(0)], [frame(1, 5, Buffer.from([0x40, 1, 97, 1, 98]))]]],
    ])("END_STREAM %s is a complete end", async (__, writes) => {
      const port = await serve(...writes);
      const { data: got, info } = await read(`https://127.0.0.1:${port}/`, options());
      expect([info.reason, info.complete, got]).toEqual(["ended", true, ["one"]]);
    });

    test.each<[string, (Buffer[] | "kill")[]]>([
      ["CANCEL", [[headers, data(0)], [reset(8)]]],
      ["CANCEL in the same write", [[headers, data(0), reset(8)]]],
      ["NO_ERROR", [[headers, data(0)], [reset(0)]]],
      ["NO_ERROR in the same write", [[headers, data(0), reset(0)]]],
      ["INTERNAL_ERROR", [[headers, data(0)], [reset(2)]]],
      ["the end of the connection", [[headers, data(0)], "kill"]],
    ])("%s is a cut", async (__, writes) => {
      const port = await serve(...writes);
      const { info, code } = await read(`https://127.0.0.1:${port}/`, options());
      expect([info.reason, code]).toEqual(["failed", "network"]);
    });

    test.each<[string, Buffer[][], unknown[]]>([
      ["END_STREAM", [[data(1)]], ["ended", true]],
      ["END_STREAM and NO_ERROR", [[data(1), reset(0)]], ["ended", true]],
      ["END_STREAM alone", [[data(0)], [data(1, "")]], ["ended", true]],
      ["NO_ERROR", [[data(0)], [reset(0)]], ["failed", undefined]],
      ["NO_ERROR in the same write", [[data(0), reset(0)]], ["failed", undefined]],
      ["CANCEL", [[data(0)], [reset(8)]], ["failed", undefined]],
    ])("%s while the consumer stalls is reported correctly", async (__, writes, expected) => {
      const many = Array.from({ length: 6 }, () => data(0, event.repeat(1000)));
      const port = await serve([headers, ...many.slice(0, 3)], ...writes);
      const feed = new Feed(`https://127.0.0.1:${port}/`, { retry: false, ...options() });
      onTestFinished(() => feed.close());
      const consumer = feed.subscribe("*", { capacity: 1 });
      await consumer.next();
      await sleep(200);
      let count = 1;
      try {
        for await (const { data: text } of consumer) count += text === "one" ? 1 : 0;
      } catch {
        // The cut is thrown after the events that came before.
      }
      const { reason, complete } = await feed.closed;
      const lost = reason === "ended" && count !== 3001;
      expect([reason, complete, lost]).toEqual([...expected, false]);
    });

    test("a compressed body that is complete before it is decompressed is complete", async () => {
      // It fills the decoder, which stops the connection, and the end comes meanwhile.
      const noise = randomBytes(60_000).toString("base64");
      const bytes = gzipSync(`data: ${noise}\n\n`);
      const encoded = frame(
        1,
        4,
        Buffer.concat([headers.subarray(9), Buffer.from([0x5a, 0x04]), Buffer.from("gzip")]),
      );
      const pieces = Array.from({ length: Math.ceil(bytes.length / 16_000) }, (__, n) =>
        bytes.subarray(n * 16_000, (n + 1) * 16_000),
      );
      const port = await serve([
        encoded,
        ...pieces.map((piece, n) => frame(0, n === pieces.length - 1 ? 1 : 0, piece)),
      ]);
      const { data: got, info } = await read(`https://127.0.0.1:${port}/`, options());
      expect([info.reason, info.complete, got[0]?.length]).toEqual(["ended", true, noise.length]);
    });
  });
});

describe("compressed", () => {
  const long = event.repeat(2000);
  const coders = {
    gzip: gzipSync(long),
    deflate: deflateSync(long),
    br: brotliCompressSync(long),
    zstd: zstdCompressSync(long),
  };

  /** Node 22 takes zstd data that is cut off for whole. */
  const isBlind = (name: string): boolean =>
    name === "zstd" && Number(process.versions.node.split(".")[0]) < 24;

  test.each(Object.entries(coders))("%s that is cut off has failed", async (name, bytes) => {
    const port = await raw((socket) => {
      socket.write(head(`Content-Encoding: ${name}`));
      socket.end(bytes.subarray(0, bytes.length - 6));
    });
    const { info, code } = await read(`http://127.0.0.1:${port}/`);
    expect(info.complete).toBeUndefined();
    const seen = isBlind(name) ? ["ended", undefined] : ["failed", "network"];
    expect([info.reason, code]).toEqual(seen);
  });

  test.each(Object.entries(coders))("%s that is whole has ended", async (name, bytes) => {
    const port = await raw((socket) => {
      socket.write(head(`Content-Encoding: ${name}`, `Content-Length: ${bytes.length}`));
      for (const byte of [bytes.subarray(0, 5), bytes.subarray(5)]) socket.write(byte);
    });
    const { data, info } = await read(`http://127.0.0.1:${port}/`);
    const vouched = isBlind(name) ? undefined : true;
    expect([info.reason, info.complete, data.length]).toEqual(["ended", vouched, 2000]);
  });

  test("several gzip members are one body", async () => {
    const bytes = Buffer.concat([gzipSync(event), gzipSync("data: two\n\n")]);
    const port = await raw((socket) => {
      socket.end(Buffer.concat([Buffer.from(head("Content-Encoding: gzip")), bytes]));
    });
    const { data, info } = await read(`http://127.0.0.1:${port}/`);
    expect([info.reason, data]).toEqual(["ended", ["one", "two"]]);
  });

  test.each(["other bytes", "\0\0\0\0", "\x1f\x8b", "\x1f"])(
    "an event in a gzip member is not lost for %j after it",
    async (rest) => {
      const bytes = Buffer.concat([gzipSync(event), Buffer.from(rest, "latin1")]);
      const port = await raw((socket) => {
        socket.end(Buffer.concat([Buffer.from(head("Content-Encoding: gzip")), bytes]));
      });
      const { data } = await read(`http://127.0.0.1:${port}/`);
      expect(data).toEqual(["one"]);
    },
  );

  test("a body that claims to be gzip and is not has failed", async () => {
    const port = await raw((socket) => socket.end(`${head("Content-Encoding: gzip")}${event}`));
    const { info, code } = await read(`http://127.0.0.1:${port}/`);
    expect([info.reason, code]).toEqual(["failed", "network"]);
  });

  test.each(["none", "utf-8", "chunked", "aws-chunked", "gzip, none"])(
    "Content-Encoding: %s is read unchanged, as by fetch",
    async (encoding) => {
      const port = await raw((socket) =>
        socket.end(`${head(`Content-Encoding: ${encoding}`)}${event}`),
      );
      const { data, info } = await read(`http://127.0.0.1:${port}/`);
      expect([info.reason, data]).toEqual(["ended", ["one"]]);
    },
  );
});

test.each([
  ["between two chunks", chunk(event)],
  ["within a chunk", chunk(event).slice(0, -5)],
  ["within the last chunk", `${chunk(event)}0\r\n`],
])("a cut %s is reported as one, in this client's words", async (_, body) => {
  const port = await raw((socket) => {
    socket.write(`${head("Transfer-Encoding: chunked")}${body}`, () => socket.end());
  });
  const { info } = await read(`http://127.0.0.1:${port}/`);
  expect((info.error as Error).message).toMatch(/failed: The server closed the connection/);
});
