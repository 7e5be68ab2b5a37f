import type { Sink, Writer } from "@steadfeed/server";
import { expect, test, vi } from "vitest";
import { until } from "../support/collect.ts";

/** One response from both ends. */
export interface Pair {
  readonly sink: Sink;
  /** What has arrived; asks for more. */
  readonly arrived: () => Promise<string>;
  /** Whether it ended in order, once it has ended. */
  readonly over: () => Promise<"end" | "abort">;
  readonly status: () => Promise<number>;
  readonly header: (name: string) => Promise<string | null>;
  /** The reader goes away. */
  readonly leave: () => void;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const writer = (): { [K in keyof Writer]: ReturnType<typeof vi.fn<() => void>> } => ({
  room: vi.fn<(...args: unknown[]) => void>(),
  gone: vi.fn<(...args: unknown[]) => void>(),
});

/** What every door's sink must do. */
export function sinkContract(pair: () => Promise<Pair>): void {
  test("a complete response arrives with its status, headers and text", async () => {
    const { sink, status, header, arrived } = await pair();
    sink.reply(403, { "x-a": "1" }, "no");
    expect([await status(), await header("x-a")]).toEqual([403, "1"]);
    await until(async () => expect(await arrived()).toBe("no"));
  });

  test("only the first of two responses counts", async () => {
    const { sink, status } = await pair();
    sink.reply(403, {}, "no");
    sink.reply(500, {}, "oh");
    expect(await status()).toBe(403);
  });

  test("writes arrive at once, in order, and then the end", async () => {
    const { sink, status, arrived, over } = await pair();
    const told = writer();
    sink.watch(told);
    sink.head(200, { "content-type": "text/event-stream" });
    expect(sink.write(bytes("1"))).toBe(true);
    expect(sink.write(bytes("é"))).toBe(true);
    expect(await status()).toBe(200);
    await until(async () => expect(await arrived()).toBe("1é"));
    sink.end();
    expect(await over()).toBe("end");
    await until(() => expect(told.gone).toHaveBeenCalledTimes(1));
  });

  test("the same bytes can be written to many", async () => {
    const shared = bytes("shared");
    for (const { sink, arrived } of [await pair(), await pair()]) {
      sink.head(200, {});
      sink.write(shared);
      await until(async () => expect(await arrived()).toBe("shared"));
    }
    expect(new TextDecoder().decode(shared)).toBe("shared");
  });

  test("an aborted response looks broken where that matters", async () => {
    const { sink, arrived, over } = await pair();
    const told = writer();
    sink.watch(told);
    sink.head(200, {});
    sink.write(bytes("1"));
    await until(async () => expect(await arrived()).toBe("1"));
    sink.abort();
    expect(await over()).toBe("abort");
    await until(() => expect(told.gone).toHaveBeenCalledTimes(1));
  });

  test("a reader that leaves is noticed once", async () => {
    const { sink, arrived, leave } = await pair();
    const told = writer();
    sink.watch(told);
    sink.head(200, {});
    sink.write(bytes("1"));
    await until(async () => expect(await arrived()).toBe("1"));
    leave();
    await until(() => expect(told.gone).toHaveBeenCalledTimes(1));
    sink.write(bytes("2"));
    sink.end();
    sink.abort();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(told.gone).toHaveBeenCalledTimes(1);
  });

  test("a slow reader's writer is notified when it drains, and knows the waiting bytes", async () => {
    const { sink, arrived } = await pair();
    const told = writer();
    sink.watch(told);
    sink.head(200, {});
    expect(sink.held).toBeLessThan(1000);
    const piece = bytes("x".repeat(50_000));
    let written = 0;
    while (sink.write(piece)) written++;
    expect(sink.held).toBeGreaterThanOrEqual(50_000);
    expect(told.room).not.toHaveBeenCalled();
    await until(async () => expect((await arrived()).length).toBe((written + 1) * 50_000));
    await until(() => expect(told.room).toHaveBeenCalledTimes(1));
    expect(sink.held).toBe(0);
  });
}
