import { randomBytes } from "node:crypto";
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createDeflateRaw,
  createGzip,
  createZstdCompress,
  gzipSync,
} from "node:zlib";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Decompressor, encodingsOf } from "../../packages/client/src/http/node/decompress.ts";

const coders = {
  gzip: () => createGzip(),
  deflate: () => createDeflate(),
  "deflate, as some servers send it": () => createDeflateRaw(),
  br: () => createBrotliCompress(),
  zstd: () => createZstdCompress(),
};
const nameOf = (label: string): string => label.split(",")[0]!;

function collect() {
  const seen = { text: "", ended: false, error: undefined as unknown, full: [] as boolean[] };
  return {
    seen,
    to: {
      bytes: (chunk: Uint8Array) => void (seen.text += Buffer.from(chunk).toString()),
      ended: () => void (seen.ended = true),
      failed: (error: unknown) => {
        seen.ended = true;
        seen.error = error;
      },
      full: (full: boolean) => void seen.full.push(full),
    },
  };
}

describe.each(Object.entries(coders))("%s", (label, make) => {
  test("delivers an event as soon as the server has flushed it, before the body ends", async () => {
    const coder = make();
    const { seen, to } = collect();
    const decoder = new Decompressor([nameOf(label)], to);
    coder.on("data", (chunk: Uint8Array) => {
      // Byte by byte: no cut may matter.
      for (const byte of chunk) decoder.push(Uint8Array.of(byte));
    });
    const flush = () => new Promise<void>((done) => coder.flush(done));
    coder.write("data: one\n\n");
    await flush();
    await expect.poll(() => seen.text).toBe("data: one\n\n");
    coder.write("data: two\n\n");
    await flush();
    await expect.poll(() => seen.text).toBe("data: one\n\ndata: two\n\n");
    expect(seen.ended).toBe(false);
    coder.end();
    await new Promise((done) => coder.once("end", done));
    decoder.finish(true);
    await expect.poll(() => seen.ended).toBe(true);
    expect(seen.error).toBeUndefined();
  });

  test("a body that does not match its header is reported as an error, once", async () => {
    const { seen, to } = collect();
    const decoder = new Decompressor([nameOf(label)], to);
    decoder.push(Buffer.from([0x78, 0xff, 0xff, 0x00, 0x12, 0x34, 0xff, 0xff, 0xff, 0xff, 0xff]));
    decoder.finish(true);
    await expect.poll(() => seen.ended).toBe(true);
  });
});

test("two encodings are decoded in the reverse order of their names", async () => {
  const { seen, to } = collect();
  const decoder = new Decompressor(["gzip", "br"], to);
  decoder.push(brotliCompressSync(gzipSync("data: x\n\n")));
  decoder.finish(true);
  await expect.poll(() => seen.ended).toBe(true);
  expect(seen.text).toBe("data: x\n\n");
});

test("backpressure keeps a small body from decompressing into all memory", async () => {
  const { seen, to } = collect();
  const decoder = new Decompressor(["gzip"], to);
  decoder.pause();
  decoder.push(gzipSync(Buffer.alloc(50 << 20, "x"), { level: constants.Z_BEST_COMPRESSION }));
  await sleep(100);
  expect(seen.text).toBe("");
  decoder.destroy();
});

test("a full decoder reports it, and reports when it has space again", async () => {
  const { seen, to } = collect();
  const decoder = new Decompressor(["gzip"], to);
  decoder.pause();
  const dense = gzipSync(randomBytes(400_000));
  for (let at = 0; at < dense.length; at += 16_384) decoder.push(dense.subarray(at, at + 16_384));
  await expect.poll(() => seen.full.at(-1)).toBe(true);
  decoder.resume();
  await expect.poll(() => seen.full.at(-1)).toBe(false);
  decoder.destroy();
});

test("nothing arrives after destroy", async () => {
  const { seen, to } = collect();
  const decoder = new Decompressor(["gzip"], to);
  decoder.push(gzipSync("data: x\n\n"));
  decoder.destroy();
  await sleep(20);
  expect(seen).toMatchObject({ text: "", ended: false });
});

test("reads the header as HTTP defines it, and leaves an unknown encoding to the reader, as fetch does", () => {
  expect(encodingsOf(null)).toEqual([]);
  expect(encodingsOf("identity")).toEqual([]);
  expect(encodingsOf(" GZIP , br")).toEqual(["gzip", "br"]);
  expect(encodingsOf("none")).toEqual([]);
  expect(encodingsOf("gzip, compress")).toEqual([]);
  expect(encodingsOf("__proto__")).toEqual([]);
  expect(encodingsOf(Array(2000).fill("gzip").join())).toBeUndefined();
});
