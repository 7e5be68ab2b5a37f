import { expect, test, vi } from "vitest";
import { encode, Frame, join } from "../../packages/server/src/frame.ts";
import { profiles } from "../../packages/server/src/profile.ts";

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

test("several frames become one write, one stays as it is", () => {
  const [a, b] = [encode("a"), encode("bc")];
  expect(join([a], 1)).toBe(a);
  expect(text(join([a, b], 3))).toBe("abc");
});
