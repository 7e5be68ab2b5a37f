import { setTimeout as sleep } from "node:timers/promises";
import { Broker } from "@steadfeed/server";
import { createResumableStreamContext } from "assistant-stream/resumable";
import { expect, onTestFinished, test } from "vitest";
import { runStore } from "./store.ts";

const words = Array.from({ length: 12 }, (_, n) => `wörd${n} `);

function contextOf() {
  const broker = new Broker();
  onTestFinished(() => broker.close({ graceMs: 0 }));
  return { broker, context: createResumableStreamContext({ store: runStore(broker) }) };
}

/** It says its last word when it may. */
const model = (asked: () => void, last?: Promise<void>) => (): ReadableStream<Uint8Array> => {
  asked();
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      await sleep(5);
      if (at === words.length - 1) await last;
      const word = words[at++];
      if (word === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(word));
    },
  });
};

const textOf = (stream: ReadableStream<Uint8Array> | null): Promise<string> =>
  new Response(stream).text();

test("the first caller produces, later callers read past and future chunks, and the model runs once", async () => {
  const { context } = contextOf();
  let models = 0;
  let goOn!: () => void;
  const last = new Promise<void>((resolve) => (goOn = resolve));
  const make = model(() => models++, last);
  const first = textOf(await context.run("s", make));
  await sleep(20);
  expect(await context.status("s")).toBe("streaming");
  const joined = [await context.run("s", make), await context.requireResume("s")];
  goOn();
  const texts = await Promise.all([first, ...joined.map(textOf)]);
  expect(texts).toEqual([words.join(""), words.join(""), words.join("")]);
  expect(models).toBe(1);
  expect(await context.status("s")).toBe("done");
  expect(await textOf(await context.resume("s"))).toBe(words.join(""));
  expect(await context.resume("none")).toBeNull();
});

test("a reader that leaves does not end the stream", async () => {
  const { context } = contextOf();
  const first = await context.run(
    "s",
    model(() => undefined),
  );
  const reader = first.getReader();
  await reader.read();
  await reader.cancel();
  expect(await textOf(await context.resume("s"))).toBe(words.join(""));
});

test("a stream that fails gives its readers an error", async () => {
  const { context } = contextOf();
  const broken = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      pull(controller) {
        controller.error(new Error("no model"));
      },
    });
  await context
    .run("s", broken)
    .then(textOf)
    .catch(() => undefined);
  await expect.poll(() => context.status("s")).toBe("error");
});
