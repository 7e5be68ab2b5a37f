// What a feed shows to those who watch a process, or a page, from outside.
import { channel, hasSubscribers, subscribe, unsubscribe } from "node:diagnostics_channel";
import { fileURLToPath } from "node:url";
import { Feed } from "@steadfeed/client";
import { Wire } from "@steadfeed/client/testing";
import { SseServer } from "@steadfeed/client/testing/node";
import { expect, onTestFinished, test } from "vitest";

type Message = Record<string, unknown> & { readonly name: string };

/** What comes on the channels of the client while the test runs. */
function listen(...names: string[]): Message[] {
  const messages: Message[] = [];
  for (const name of names) {
    const hear = (message: unknown): void =>
      void messages.push({ name, ...(message as Record<string, unknown>) });
    subscribe(`steadfeed:client:${name}`, hear);
    onTestFinished(() => void unsubscribe(`steadfeed:client:${name}`, hear));
  }
  return messages;
}

const all = ["connecting", "open", "event", "waiting", "gap", "dropped", "error", "closed"];

test("in Node each attempt, event, wait, gap and end is published, and no secrets", async () => {
  const server = await SseServer.listen((script, number) => {
    if (number === 1) script.send("id: secret-1\nevent: tick\ndata: secret-data\n\n").truncate();
    else
      script
        .send('event: steadfeed.gap\ndata: {"reason":"trimmed","from":"secret-1"}\n\ndata: x\n\n')
        .end();
  });
  onTestFinished(() => server.close());
  const messages = listen(...all);
  const feed = new Feed(`${server.url}path?key=secret-key`, {
    token: "secret-token",
    headers: { "X-Secret": "secret-header" },
    retry: { initialDelayMs: 1 },
  });
  await feed.once("tick");
  await feed.once("message");
  feed.close();
  const url = `${server.url}path`;
  expect(messages.map((message) => ({ ...message, feed: undefined, stats: undefined }))).toEqual([
    { name: "connecting", url, attempt: 1, resumes: false },
    { name: "open", url, attempt: 1, status: 200, resumed: false },
    { name: "event", url, type: "tick" },
    { name: "connecting", url, attempt: 1, resumes: true },
    { name: "open", url, attempt: 1, status: 200, resumed: true },
    { name: "event", url, type: "steadfeed.gap" },
    { name: "gap", url, reason: "trimmed" },
    { name: "event", url, type: "message" },
    { name: "closed", url, reason: "closed" },
  ]);
  // One object for each feed, which distinguishes the messages of several.
  const { feed: token } = messages[0]!;
  expect(messages.every((message) => message["feed"] === token)).toBe(true);
  const stats = { attempts: 2, opened: 2, events: 3, gaps: 1, dropped: 0 };
  expect(messages.at(-1)).toMatchObject({ stats });
  expect(JSON.stringify(messages)).not.toContain("secret");
});

test("a wait names the kind of the previous error, not its message", async () => {
  const messages = listen("waiting", "closed");
  const server = await SseServer.listen((script, number) =>
    number === 1
      ? script.answer({ status: 503 }).send("secret").end()
      : script.answer({ status: 403 }).end(),
  );
  onTestFinished(() => server.close());
  const feed = new Feed(server.url, { retry: { initialDelayMs: 1, jitter: "none" } });
  await expect(feed.once("message")).rejects.toMatchObject({ status: 403 });
  expect(messages).toMatchObject([
    { name: "waiting", attempt: 1, delayMs: 1, code: "status", status: 503 },
    { name: "closed", reason: "failed", code: "status", status: 403 },
  ]);
  expect(JSON.stringify(messages)).not.toContain("secret");
});

test("without listeners a channel has no subscribers, and that check is the only cost of an event", async () => {
  const { prototype } = channel("steadfeed:client:event").constructor as { prototype: object };
  expect(hasSubscribers("steadfeed:client:event")).toBe(false);
  expect(Object.hasOwn(prototype, "publish")).toBe(true);
  const wire = new Wire((request) => request.answer().send("data: 1\n\ndata: 2\n\n"));
  const feed = new Feed("https://api.example.com", { fetch: wire.fetch });
  onTestFinished(() => feed.close());
  await feed.once("message");
  expect(hasSubscribers("steadfeed:client:event")).toBe(false);
});

test("in a page a tool receives each status and each event, with the feed", async () => {
  const built = fileURLToPath(new URL("../../packages/client/dist/browser.js", import.meta.url));
  const page = (await import(built)) as { Feed: typeof Feed };
  const seen: [string, string][] = [];
  const root = globalThis as { steadfeedHook?: unknown };
  root.steadfeedHook = (feed: { url: string }, what: { kind?: string; type?: string }) =>
    seen.push([feed.url, what.kind ?? `event ${what.type}`]);
  onTestFinished(() => void delete root.steadfeedHook);
  const wire = new Wire((request) => request.answer().send("id: 1\nevent: tick\ndata: a\n\n"));
  const feed = new page.Feed("https://api.example.com/prices", { fetch: wire.fetch });
  await feed.once("tick");
  feed.close();
  const url = "https://api.example.com/prices";
  expect(seen).toEqual([
    [url, "connecting"],
    [url, "open"],
    [url, "event tick"],
    [url, "idle"],
    [url, "closed"],
  ]);
});

test("in a page a tool that comes later sees the events from then on, until it leaves", async () => {
  const built = fileURLToPath(new URL("../../packages/client/dist/browser.js", import.meta.url));
  const page = (await import(built)) as { Feed: typeof Feed };
  const seen: string[] = [];
  const root = globalThis as { steadfeedHook?: unknown };
  onTestFinished(() => void delete root.steadfeedHook);
  const wire = new Wire((request) => request.answer());
  const feed = new page.Feed("https://api.example.com/prices", { fetch: wire.fetch });
  onTestFinished(() => feed.close());
  const events = feed.subscribe("message");
  await feed.open();
  const request = wire.requests[0]!;
  request.send("data: 1\n\n");
  await events.next();
  root.steadfeedHook = (_feed: unknown, { data }: { data?: string }) => data && seen.push(data);
  request.send("data: 2\n\ndata: 3\n\n");
  await events.next();
  await events.next();
  delete root.steadfeedHook;
  request.send("data: 4\n\n");
  await events.next();
  expect(seen).toEqual(["2", "3"]);
});
