import { settle } from "@steadfeed/client/testing";
import { expect, onTestFinished, test, vi } from "vitest";

test("under a fake clock, immediate work happens, and delayed work does not", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const happened: string[] = [];
  const stream = new ReadableStream<string>({
    start(controller) {
      controller.enqueue("read");
      controller.close();
    },
  });
  void (async () => {
    for await (const text of stream) happened.push(text);
  })();
  setTimeout(() => happened.push("timer"), 0);
  await settle();
  expect(happened).toEqual(["read"]);
});
