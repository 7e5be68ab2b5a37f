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

/** The channel of the only shared feed there is. */
async function onlyChannel(): Promise<BroadcastChannel> {
  await expect.poll(names).toHaveLength(1);
  return new BroadcastChannel((await names())[0]!);
}

describe("what else is posted on the channel of a shared feed disturbs no tab", () => {
  const state = { kind: "state", leader: "x", announces: true, id: "", exact: true, change: 1 };
  const garbage: unknown[] = [
    ...[null, undefined, 42, "ask", true, [], {}, new Map(), new Date(0)],
    ...[{ kind: null }, { kind: "toString" }, { kind: "state" }, { kind: "batch" }],
    ...[null, {}, { kind: "open" }, { kind: "waiting" }, { kind: "closed" }, { kind: "?" }].map(
      (status) => ({ ...state, status }),
    ),
    { ...state, status: { kind: "open", info: {}, headers: [["", ""]] } },
    { ...state, leader: 7, status: { kind: "connecting", attempt: 1, lastEventId: "" } },
  ];
  const items = [null, 7, {}, { comment: 7 }, { gap: null }, { gap: {}, id: "" }, { data: 7 }];

  test("null, numbers, halves of messages", async () => {
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
    for (const message of garbage) channel.postMessage(message);
    for (const item of items) channel.postMessage({ ...batch, items: [item] });
    channel.postMessage({ ...batch, items: 7 });
    channel.postMessage({ ...batch, after: null });
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

describe("two tabs share where their options mean the same", () => {
  test.each<[what: string, options: SharedFeedOptions]>([
    ["a timeout that is undefined", { timeouts: { idleMs: undefined } }],
    ["nested options without any", { timeouts: {}, retry: {} }],
    ["options that are undefined", { headers: undefined, token: undefined, retry: undefined }],
    ["headers without any", { headers: {} }],
  ])("%s", async (_what, options) => {
    const url = newUrl();
    const [first, second] = [share(url), share(url, options)];
    await Promise.all([first.open(), second.open()]);
    expect(await names()).toHaveLength(1);
  });
});

describe("without what sharing needs, a shared feed is a plain one", () => {
  test("a browser that blocks cookies refuses the channel", async () => {
    vi.stubGlobal(
      "BroadcastChannel",
      class {
        constructor() {
          throw new DOMException("The operation is insecure.", "SecurityError");
        }
      },
    );
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
