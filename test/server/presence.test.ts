import { Broker } from "@steadfeed/server";
import { expect, test } from "vitest";
import { read } from "./support.ts";

test("with a log of this process, presence is that of this process", async () => {
  const broker = new Broker();
  const ann = await read(broker, { streams: "s", client: "ann" });
  await read(broker, { streams: ["s", "t"], client: "ann" });
  await read(broker, "t");
  const { presence } = broker;
  expect([await presence.count(), await presence.count("s"), await presence.count("none")]).toEqual(
    [3, 2, 0],
  );
  expect([await presence.has("ann"), await presence.has("bob")]).toEqual([true, false]);
  expect(await presence.clients()).toEqual(["ann"]);
  ann.leave();
  expect(await presence.count("s")).toBe(1);
});
