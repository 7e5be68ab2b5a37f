import { expect, test, vi } from "vitest";
import { Batch, encode, Frame, joined } from "../../packages/server/src/log/frame.ts";
import { profiles } from "../../packages/server/src/log/profile.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test("however many sessions ask, an event is encoded once per profile in use", () => {
  const encoder = vi.spyOn(TextEncoder.prototype, "encode");
  const frame = new Frame({ id: "1", data: "x" });
  for (let i = 0; i < 100; i++) frame.in(profiles.standard);
  expect(encoder).toHaveBeenCalledTimes(1);
  for (let i = 0; i < 100; i++) frame.in(profiles.go);
  expect(encoder).toHaveBeenCalledTimes(2);
  encoder.mockRestore();
});

test("all sessions share the same bytes", () => {
  const frame = new Frame({ id: "1", type: "t", data: "é" });
  expect(frame.in(profiles.standard)).toBe(frame.bytes);
  expect(frame.in(profiles.go)).toBe(frame.in(profiles.go));
  expect(text(frame.bytes)).toBe("id: 1\nevent: t\ndata: é\n\n");
});

test("a field that would break the wire has no frame", () => {
  expect(() => new Frame({ id: "1\nevent: evil", data: "" })).toThrow(TypeError);
  expect(() => new Frame({ type: "a\rb", data: "" })).toThrow(TypeError);
});

test("several frames become one write, shared by all sessions that get the same", () => {
  const batch = new Batch();
  const [a, b] = [new Frame({ data: "a" }), new Frame({ data: "b" })];
  const size = a.bytes.byteLength + b.bytes.byteLength;
  const both = batch.bytes([a, b], size, profiles.standard);
  expect(text(both)).toBe("data: a\n\ndata: b\n\n");
  expect(batch.bytes([a, b], size, profiles.standard)).toBe(both);
  expect(batch.bytes([a], size, profiles.standard)).toBe(a.bytes);
  expect(text(batch.bytes([b, a], size, profiles.standard))).toBe("data: b\n\ndata: a\n\n");
  const go = [a, b].map((frame) => frame.in(profiles.go));
  expect(batch.bytes([a, b], go[0]!.byteLength * 2, profiles.go)).toEqual(
    joined(go, go[0]!.byteLength * 2),
  );
});

test("a page common to all is one write; a different or oversized one is not shared", () => {
  const batch = new Batch();
  const part = (data: string, more = {}) => ({
    frame: new Frame({ data }),
    minVersion: Number.NEGATIVE_INFINITY,
    expiresAt: undefined,
    ...more,
  });
  const page = [part("a"), part("b")];
  const whole = batch.page(page, profiles.standard, 100);
  expect(text(whole!)).toBe("data: a\n\ndata: b\n\n");
  expect(batch.page(page, profiles.standard, whole!.byteLength)).toBe(whole);
  expect(batch.page(page, profiles.standard, whole!.byteLength - 1)).toBeUndefined();
  expect(text(batch.page(page, profiles.go, 100)!)).toContain("event: message");
  expect(batch.page([part("a", { minVersion: 1 })], profiles.standard, 100)).toBeUndefined();
  expect(batch.page([part("a", { expiresAt: 1 })], profiles.standard, 100)).toBeUndefined();
  expect(batch.page([], profiles.standard, 100)).toBeUndefined();
});

test("text becomes UTF-8", () => {
  expect([...encode("é")]).toEqual([0xc3, 0xa9]);
});
