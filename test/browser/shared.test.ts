import { SharedFeed, type SharedFeedOptions } from "@steadfeed/client/shared";
import { afterEach, describe, expect, inject, test, vi } from "vitest";

const feeds: SharedFeed[] = [];
afterEach(() => {
  vi.unstubAllGlobals();
  for (const feed of feeds.splice(0)) feed.close();
});

const newUrl = (): string =>
  `${inject("serverUrl")}/broker?stream=${crypto.randomUUID()}&key=${crypto.randomUUID()}`;

function share(url: string, options?: SharedFeedOptions): SharedFeed {
  const feed = new SharedFeed(url, options);
  feeds.push(feed);
  return feed;
}

async function publish(url: string, data: string): Promise<void> {
  await fetch(`${url.replace("/broker", "/publish")}&data=${data}`);
}

/** The names under which the tabs of this origin share: of the channel, and of the lock of its leader. */
async function names(): Promise<string[]> {
  const { held = [] } = await navigator.locks.query();
  return held.map(({ name = "" }) => name).filter((name) => name.startsWith("steadfeed "));
}

function post(channel: BroadcastChannel, message: unknown): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other
  channel.postMessage(message);
}

/** The channel of the only shared feed there is. */
async function onlyChannel(): Promise<BroadcastChannel> {
  await expect.poll(names).toHaveLength(1);
  return new BroadcastChannel((await names())[0]!);
}

describe("foreign messages on the channel of a shared feed disturb no tab", () => {
  const state = { kind: "state", leader: "x", announces: true, id: "", exact: true, change: 1 };
  const others = [null, undefined, 42, "ask", true, [], {}, new Map(), new Date(0)];
  const halves = [{ kind: null }, { kind: "toString" }, { kind: "state" }, { kind: "batch" }];
  const statuses = [
    null,
    ...["open", "waiting", "closed", "?", 7].map((kind) => ({ kind })),
    { kind: "open", info: {}, headers: [["", ""]] },
    { kind: "open", info: { url: "" }, headers: [["", ""]] },
  ];
  const items = [null, 7, {}, { comment: 7 }, { gap: null }, { gap: {}, id: "" }, { data: 7 }];

  test("null, numbers, truncated messages", async () => {
    const url = newUrl();
    const errors: unknown[] = [];
    const note = ({ message }: ErrorEvent): unknown => errors.push(message);
    addEventListener("error", note);
    const [first, second] = [share(url), share(url)];
    const received = [first, second].map((feed) => {
      const data: string[] = [];
      feed.subscribe("tick", (event) => data.push(event.data));
      return data;
    });
    await Promise.all([first.open(), second.open()]);
    await publish(url, "1");
    await expect.poll(() => received).toEqual([["1"], ["1"]]);

    const channel = await onlyChannel();
    const batches: unknown[] = [];
    channel.addEventListener("message", ({ data }) => batches.push(data));
    await publish(url, "2");
    await expect.poll(() => batches.length).toBeGreaterThan(0);
    const batch = batches.find(
      (message) => (message as { kind: string }).kind === "batch",
    ) as object;
    for (const message of [...others, ...halves]) post(channel, message);
    for (const status of statuses) post(channel, { ...state, status });
    post(channel, {
      ...state,
      leader: 7,
      status: { kind: "connecting", attempt: 1, lastEventId: "" },
    });
    for (const item of items) post(channel, { ...batch, items: [item] });
    post(channel, { ...batch, items: 7 });
    post(channel, { ...batch, after: null });
    await publish(url, "3");
    await expect
      .poll(() => received)
      .toEqual([
        ["1", "2", "3"],
        ["1", "2", "3"],
      ]);
    channel.close();
    removeEventListener("error", note);
    expect(errors).toEqual([]);
    expect([first.state, second.state]).toEqual(["open", "open"]);
  });
});

/** A message as the types of its parts. */
function formOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(formOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, formOf(part)]));
}

test("messages have the format of the version number in the channel's name", async () => {
  const url = newUrl();
  const feed = share(url, { retry: { initialDelayMs: 200 } });
  await feed.open();
  const { name } = await onlyChannel();
  const channel = new BroadcastChannel(name);
  const forms: Record<string, unknown> = {};
  channel.addEventListener("message", ({ data }) => {
    const { status, items = [] } = data as { status?: { kind: string }; items?: object[] };
    if (status) forms[status.kind] ??= formOf(data);
    for (const item of items) {
      forms["comment" in item ? "comment" : "event"] ??= formOf({ ...data, items: [item] });
    }
  });
  post(channel, { kind: "ask" });
  await expect.poll(() => Object.keys(forms)).toContain("open");
  await fetch(`${url.replace("/broker", "/publish")}&data=1&cut`);
  const kinds = ["comment", "connecting", "event", "open", "waiting"];
  await expect.poll(() => Object.keys(forms).toSorted()).toEqual(kinds);
  channel.close();

  // Another form needs another number (`protocol` in shared/message.ts): tabs with the old code stay open.
  expect(name.split(" ")[1]).toBe("2");
  const [text, number, flag] = ["string", "number", "boolean"];
  const state = {
    kind: text,
    leader: text,
    announces: flag,
    id: text,
    exact: flag,
    change: number,
  };
  const error = {
    code: text,
    message: text,
    url: text,
    status: "undefined",
    headers: "undefined",
    body: "undefined",
    attempt: number,
  };
  const batch = { kind: text, leader: text, after: text, id: text };
  expect(forms).toEqual({
    connecting: { ...state, status: { kind: text, attempt: number, lastEventId: text } },
    open: {
      ...state,
      status: {
        kind: text,
        info: { url: text, status: number, attempt: number, resumedFrom: text },
        headers: [[text]],
      },
    },
    waiting: { ...state, status: { kind: text, delayMs: number, attempt: number, error } },
    event: {
      ...batch,
      items: [{ type: text, data: text, lastEventId: text, id: text }],
    },
    comment: { ...batch, items: [{ comment: text }] },
  });
});

test("tabs of two versions do not mix: another version uses another channel and another lock", async () => {
  const url = newUrl();
  const mine = share(url);
  await mine.open();
  const [current] = await names();
  const older = current!.replace(/^steadfeed \d+ /, "steadfeed 1 ");
  expect(older).not.toBe(current);
  mine.close();
  await expect.poll(names).toEqual([]);

  // A tab with the old code leads its own, and speaks as it always did.
  const channel = new BroadcastChannel(older);
  let release!: () => void;
  void navigator.locks.request(older, () => new Promise<void>((done) => (release = done)));
  await expect.poll(names).toEqual([older]);
  const heard: unknown[] = [];
  channel.addEventListener("message", ({ data }) => heard.push(data));
  const feed = share(url);
  const data: string[] = [];
  feed.subscribe("tick", (event) => data.push(event.data));
  await feed.open();
  expect(await names()).toEqual(expect.arrayContaining([older, current]));
  const status = { kind: "closed", reason: "failed", error: undefined };
  const state = { leader: "old", announces: true, id: "9", exact: true, change: 9, status };
  post(channel, { kind: "state", ...state });
  const items = [{ type: "tick", data: "old", lastEventId: "9", id: "9" }];
  post(channel, { kind: "batch", leader: "old", after: "", id: "9", items });
  post(channel, { kind: "reconnect" });
  await publish(url, "1");
  await expect.poll(() => data).toEqual(["1"]);
  expect([feed.state, feed.stats.attempts, heard]).toEqual(["open", 1, []]);
  release();
  channel.close();
});

describe("two tabs share a connection when their options are equivalent", () => {
  test.each<[what: string, options: SharedFeedOptions]>([
    ["a timeout that is undefined", { timeouts: { idleMs: undefined } }],
    ["nested options without any", { timeouts: {}, retry: {} }],
    ["options that are undefined", { headers: undefined, token: undefined, retry: undefined }],
    ["headers without any", { headers: {} }],
    ["an explicit default", { method: "get", redirect: "follow", dedupe: false }],
    ["explicit default limits", { retry: { jitter: "equal" }, timeouts: { idleMs: false } }],
    ["the cookies of its own origin", { credentials: "same-origin" }],
  ])("%s", async (_what, options) => {
    const url = newUrl();
    const [first, second] = [share(url), share(url, options)];
    await Promise.all([first.open(), second.open()]);
    expect(await names()).toHaveLength(1);
  });
});

describe("without the APIs that sharing needs, a shared feed is a plain feed", () => {
  test("a browser that blocks cookies refuses the channel", async () => {
    vi.stubGlobal("BroadcastChannel", function refuse() {
      throw new DOMException("The operation is insecure.", "SecurityError");
    });
    const url = newUrl();
    const feed = share(url);
    const event = feed.once("tick");
    await feed.open();
    await publish(url, "1");
    expect((await event).data).toBe("1");
    expect(await names()).toEqual([]);
  });

  test("a browser that blocks cookies refuses the locks", async () => {
    vi.spyOn(navigator.locks, "request").mockRejectedValue(
      new DOMException("No.", "SecurityError"),
    );
    const feed = share(newUrl());
    await feed.open();
    vi.restoreAllMocks();
    expect(feed.state).toBe("open");
  });
});
