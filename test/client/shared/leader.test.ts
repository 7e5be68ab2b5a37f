import { Feed, type FeedOptions } from "@steadfeed/client";
import { expect, test } from "vitest";
import { Leader } from "../../../packages/client/src/shared/leader.ts";
import type { Message } from "../../../packages/client/src/shared/message.ts";
import { FakeOrigin } from "../../support/tabs.ts";
import { fakeClock, settle, Wire, type Serve } from "../../support/wire.ts";

fakeClock();

async function lead(
  lastEventId = "",
  serve: Serve = (request) => void request.answer(),
  options: FeedOptions = {},
) {
  const origin = new FakeOrigin();
  const wire = new Wire(serve);
  const heard: Message[] = [];
  const channel = origin.tab().channel("feed", (message) => void heard.push(message));
  const leader = new Leader(
    origin.tab(),
    "feed",
    (store) => new Feed("http://wire.test/", { fetch: wire.fetch, store, ...options }),
    lastEventId,
  );
  await settle();
  const since = (): Message[] => heard.splice(0);
  return { wire, heard, channel, leader, since };
}

test("announces first that it leads, and from where, then its connection's status", async () => {
  const { heard, leader, wire } = await lead("5");
  expect(heard[0]).toMatchObject({
    kind: "state",
    announces: true,
    id: "5",
    status: { kind: "connecting" },
  });
  expect(heard.slice(1)).toMatchObject([
    { kind: "state", announces: false, status: { kind: "connecting" } },
    { kind: "state", status: { kind: "open", info: { resumedFrom: "5", status: 200 } } },
  ]);
  expect(wire.last.lastEventId).toBe("5");
  leader.close();
});

test("one read of the socket is one message, chained to the previous one by its id", async () => {
  const { leader, wire, since } = await lead();
  since();
  wire.last.events(1, 2, 3);
  await settle();
  wire.last.send(": beat\n\n");
  await settle();
  wire.last.send("id: 9\n\n");
  await settle();
  expect(since()).toMatchObject([
    { kind: "batch", after: "", id: "3", items: [{ id: "1" }, { id: "2" }, { id: "3" }] },
    { kind: "batch", after: "3", id: "3", items: [{ comment: "beat" }] },
    { kind: "batch", after: "3", id: "9", items: [] },
  ]);
  leader.close();
});

test("events that arrived with the end are sent before it", async () => {
  const until: FeedOptions["until"] = ({ data }) => data === "3";
  const { leader, wire, since } = await lead("", undefined, { until });
  since();
  wire.last.events(1, 2, 3);
  await settle();
  expect(since()).toMatchObject([
    { kind: "batch", items: [{ id: "1" }, { id: "2" }] },
    { kind: "state", status: { kind: "closed", reason: "ended" } },
  ]);
  leader.close();
});

test("answers requests, and reconnects at the cursor on request", async () => {
  const { leader, wire, channel, since } = await lead();
  wire.last.events(1);
  await settle();
  since();
  channel.post({ kind: "ask" });
  await settle();
  expect(since()).toMatchObject([{ kind: "state", announces: false, id: "1" }]);
  channel.post({ kind: "reconnect" });
  await settle();
  expect(wire.last.lastEventId).toBe("1");
  expect(wire.live).toHaveLength(1);
  leader.close();
});

test("gives the reason when the server ends it, and none when it was closed", async () => {
  const ended = await lead("", (request) => void request.answer({ status: 204 }));
  expect(ended.since().at(-1)).toMatchObject({ status: { kind: "closed", reason: "stopped" } });
  const { leader, wire, channel, since } = await lead();
  since();
  wire.last.events(1);
  leader.close();
  channel.post({ kind: "ask" });
  await settle();
  expect(since()).toEqual([]);
  expect(wire.live).toHaveLength(0);
});
