import type { Feed, FeedState, FeedStatus, Subscription } from "@steadfeed/client";
import * as fc from "fast-check";
import { expect, test, vi } from "vitest";
import { FakePage, sleepFor } from "../support/page.ts";
import { fakeClock, settle, wired, type Wire } from "../support/wire.ts";

fakeClock();

/** The table of states. An attempt that is started over is an arrow from `connecting` to itself. */
const arrows: Readonly<Record<FeedState, readonly FeedState[]>> = {
  idle: ["connecting", "paused", "closed"],
  connecting: ["connecting", "open", "waiting", "idle", "paused", "closed"],
  open: ["connecting", "waiting", "idle", "paused", "closed"],
  // Again, once its time has come and the page is away.
  waiting: ["waiting", "connecting", "idle", "paused", "closed"],
  paused: ["connecting", "idle", "closed"],
  closed: [],
};

const delayMs = 1000;
// Less than idleMs, which counts from the request on too.
const headersMs = 800;
const idleMs = 1000;
const maxAttempts = 3;
/** As long as it takes until a connection counts as healthy: by standing, or, at first, with an event. */
const stableAfterMs = 3000;
const proofMs = 1000;
/** How often the network that is back is followed, and by how much chance makes it later: so little that nothing falls together. */
const minWakeMs = 5000;
const chanceMs = 17;

/** What the feed should be. */
interface Model {
  state: FeedState;
  reason: string | undefined;
  /** Opened by `open()`. */
  pinned: boolean;
  requests: number;
  now: number;
  /** The end of the wait, or of the patience with a silent server. */
  dueAt: number;
  /** Attempts in a row that did not prove healthy, and when the last stream was opened. */
  failures: number;
  openedAt: number;
  /** How long a connection has to stand until an event proves it healthy. */
  proofMs: number;
  /** In the back/forward cache, as far as the feed knows. */
  away: boolean;
  cursor: string;
  /** The cursor that the newest request carried. */
  sent: string;
  lastId: number;
  /** When the network was followed last, and when it is again: it is damped. */
  wokeAt: number;
  wakeAt: number;
  /** What each subscription should have got, oldest first. */
  readonly got: string[][];
}

interface Subscriber {
  readonly got: string[];
  readonly subscription: Subscription<unknown>;
}

/** What it is. */
interface Real {
  readonly feed: Feed;
  readonly wire: Wire;
  readonly told: readonly FeedStatus[];
  readonly subscribers: Subscriber[];
  /** What is done within the next callback. */
  within: (() => void) | undefined;
  readonly signal: AbortController;
  readonly page: FakePage;
}

async function compare(model: Model, { feed, wire, told, subscribers }: Real): Promise<void> {
  expect({
    state: feed.state,
    reason: feed.state === "closed" ? (await feed.closed).reason : undefined,
    requests: wire.requests.length,
    live: wire.live.length,
    cursor: feed.lastEventId,
    sent: wire.requests.at(-1)?.lastEventId ?? "",
    got: subscribers.map(({ got }) => got),
  }).toEqual({
    state: model.state,
    reason: model.reason,
    requests: model.requests,
    live: model.state === "connecting" || model.state === "open" ? 1 : 0,
    cursor: model.cursor,
    sent: model.sent,
    got: model.got,
  });
  expect(wire.mostLive).toBeLessThanOrEqual(1);
  let from: FeedState = "idle";
  for (const { kind } of told) {
    expect(arrows[from], `what comes after ${from}`).toContain(kind);
    from = kind as FeedState;
  }
}

/** A command, which a counterexample shows by its name. */
function command(
  name: string,
  applies: (model: Readonly<Model>) => boolean,
  happens: (model: Model, real: Real) => void | Promise<void>,
): fc.Arbitrary<fc.AsyncCommand<Model, Real>> {
  return fc.constant({
    check: applies,
    toString: () => name,
    async run(model, real) {
      await happens(model, real);
      await settle();
      await compare(model, real);
    },
  });
}

const is =
  (...states: FeedState[]) =>
  ({ state }: Readonly<Model>): boolean =>
    states.includes(state);
const always = (): boolean => true;
const hasSubscribers = ({ got }: Readonly<Model>): boolean => got.length > 0;
const receives = ({ state, got }: Readonly<Model>): boolean => state === "open" && got.length > 0;
const receivesAlone = ({ state, got }: Readonly<Model>): boolean =>
  state === "open" && got.length === 1;

const start = (): Model => ({
  state: "idle",
  reason: undefined,
  pinned: false,
  requests: 0,
  now: 0,
  dueAt: Number.POSITIVE_INFINITY,
  failures: 0,
  openedAt: Number.POSITIVE_INFINITY,
  proofMs,
  away: false,
  cursor: "",
  sent: "",
  lastId: 0,
  wokeAt: Number.NEGATIVE_INFINITY,
  wakeAt: Number.POSITIVE_INFINITY,
  got: [],
});

/** A run of its own: what was about to wake the one before is off. */
function connects(model: Model): void {
  model.wakeAt = Number.POSITIVE_INFINITY;
  attempts(model);
}

function attempts(model: Model): void {
  model.state = "connecting";
  model.away = false;
  model.requests++;
  model.sent = model.cursor;
  model.dueAt = model.now + headersMs;
}

/** The attempt has ended: it waits for the next, if there is one. */
function waits(model: Model): void {
  if (model.now - model.openedAt >= stableAfterMs) {
    model.failures = 0;
    model.proofMs = proofMs;
  }
  model.openedAt = Number.POSITIVE_INFINITY;
  model.failures++;
  if (model.failures > maxAttempts) return closes(model, "exhausted");
  model.state = "waiting";
  model.dueAt = model.now + delayMs;
}

/** What time alone brings about. */
function passes(model: Model, ms: number): void {
  const until = model.now + ms;
  while (runs(model) && Math.min(model.dueAt, model.wakeAt) <= until) {
    model.now = Math.min(model.dueAt, model.wakeAt);
    if (model.wakeAt < model.dueAt) {
      model.wakeAt = Number.POSITIVE_INFINITY;
      wakes(model);
    } else if (model.state !== "waiting") waits(model);
    else if (model.away) model.dueAt = Number.POSITIVE_INFINITY;
    else attempts(model);
  }
  model.now = until;
}

const runs = is("connecting", "open", "waiting");

function wakes(model: Model): void {
  if (!runs(model) || model.away) return;
  const dueAt = model.wokeAt + minWakeMs;
  if (model.now >= dueAt) {
    model.wokeAt = model.now;
    connects(model);
  } else if (model.wakeAt === Number.POSITIVE_INFINITY) model.wakeAt = dueAt + chanceMs;
}

/** Nothing is to be woken any more. */
function rests(model: Model, state: "idle" | "paused" | "closed"): void {
  model.state = state;
  model.away = false;
  model.wakeAt = Number.POSITIVE_INFINITY;
}

function closes(model: Model, reason: string): void {
  rests(model, "closed");
  model.reason = reason;
}

function leaves(model: Model): void {
  model.got.pop();
  if (model.got.length > 0) return;
  model.pinned = false;
  if (is("connecting", "open", "waiting")(model)) rests(model, "idle");
}

function hears(model: Model): void {
  model.dueAt = model.now + idleMs;
  if (model.failures === 0 || model.now - model.openedAt <= model.proofMs) return;
  model.failures = 0;
  model.proofMs *= 2;
}

/** The server sends so many events in one chunk, of which so many arrive. */
function sends(model: Model, { wire }: Real, count: number, arrive = count): void {
  const ids = Array.from({ length: count }, () => String(++model.lastId));
  const arrived = ids.slice(0, arrive);
  for (const got of model.got) got.push(...arrived);
  model.cursor = arrived.at(-1)!;
  hears(model);
  wire.last.events(...ids);
}

/** Without these there is no story. */
const frequent = [
  command("the server answers 500", is("connecting"), (model, { wire }) => {
    wire.last.answer({ status: 500 });
    waits(model);
  }),
  command("the connection breaks", is("open"), (model, { wire }) => {
    wire.last.reset();
    waits(model);
  }),
  command("subscribe", always, (model, real) => {
    const got: string[] = [];
    const subscription = real.feed.subscribe("*", ({ data }) => {
      const { within } = real;
      real.within = undefined;
      got.push(data);
      within?.();
    });
    real.subscribers.push({ got, subscription });
    model.got.push([]);
    if (model.state === "idle") connects(model);
  }),
  command("resume()", always, (model, { feed }) => {
    feed.resume();
    if (model.state !== "paused") return;
    if (model.got.length > 0 || model.pinned) connects(model);
    else rests(model, "idle");
  }),
  command("the server accepts", is("connecting"), (model, { wire }) => {
    wire.last.answer();
    model.state = "open";
    model.openedAt = model.now;
    model.dueAt = model.now + idleMs;
  }),
  command("an event", is("open"), (model, real) => sends(model, real, 1)),
  command("three events at once", is("open"), (model, real) => sends(model, real, 3)),
  ...[400, 900].map((ms) =>
    command(`${ms} ms pass`, always, async (model) => {
      passes(model, ms);
      await vi.advanceTimersByTimeAsync(ms);
    }),
  ),
];

const commands = [
  command("leave", hasSubscribers, (model, { subscribers }) => {
    subscribers.pop()!.subscription.close();
    leaves(model);
  }),
  command("open()", always, (model, { feed }) => {
    void feed.open();
    model.pinned = true;
    if (model.state === "idle") connects(model);
  }),
  command("pause()", always, (model, { feed }) => {
    feed.pause();
    if (model.state !== "closed") rests(model, "paused");
  }),
  command("reconnect()", always, (model, { feed }) => {
    feed.reconnect();
    if (is("connecting", "open", "waiting")(model)) connects(model);
  }),
  command("the connection is refused", is("connecting"), (model, { wire }) => {
    wire.last.reset();
    waits(model);
  }),
  command("the body ends", is("open"), (model, { wire }) => {
    wire.last.end();
    waits(model);
  }),
  command("three events, reconnect() within the first", receives, (model, real) => {
    real.within = () => real.feed.reconnect();
    sends(model, real, 3, 1);
    connects(model);
  }),
  command("three events, pause() within the first", receives, (model, real) => {
    real.within = () => real.feed.pause();
    sends(model, real, 3, 1);
    rests(model, "paused");
  }),
  command("three events, the only one leaves within the first", receivesAlone, (model, real) => {
    const { subscription } = real.subscribers.pop()!;
    real.within = () => subscription.close();
    sends(model, real, 3, 1);
    leaves(model);
  }),
  command("the network is back", always, (model, { page }) => {
    page.online(true);
    wakes(model);
  }),
  command(
    "an hour of sleep, and the page is shown",
    ({ away }) => !away,
    (model, { page }) => {
      sleepFor(3_600_000);
      model.wokeAt = Number.NEGATIVE_INFINITY;
      page.hidden(false);
      wakes(model);
    },
  ),
  command("into the back/forward cache", is("connecting", "open", "waiting"), (model, { page }) => {
    page.leave();
    model.away = true;
    if (model.state === "waiting") return;
    model.state = "waiting";
    model.dueAt = Number.POSITIVE_INFINITY;
  }),
  command(
    "back from the back/forward cache",
    ({ away }) => away,
    (model, { page }) => {
      void page.return();
      connects(model);
    },
  ),
];

const lastData = "the end";
const maxEventBytes = 200;

/** A feed does not survive these. */
const lastWords = [
  command("close()", always, (model, { feed }) => {
    feed.close();
    if (model.state !== "closed") closes(model, "closed");
  }),
  command("drain()", always, (model, { feed }) => {
    void feed.drain();
    if (model.state !== "closed") closes(model, "closed");
  }),
  command("its signal aborts", always, (model, { signal }) => {
    signal.abort();
    if (model.state !== "closed") closes(model, "aborted");
  }),
  command("the last event of all", is("open"), (model, { wire }) => {
    model.cursor = String(++model.lastId);
    wire.last.send(`id: ${model.cursor}\ndata: ${lastData}\n\n`);
    closes(model, "ended");
  }),
  command("an event over the limit", is("open"), (model, { wire }) => {
    wire.last.send(`data: ${"x".repeat(maxEventBytes)}`);
    closes(model, "failed");
  }),
  command("the server answers 404", is("connecting"), (model, { wire }) => {
    wire.last.answer({ status: 404 });
    closes(model, "failed");
  }),
  command("the server answers 204", is("connecting"), (model, { wire }) => {
    wire.last.answer({ status: 204 });
    closes(model, "stopped");
  }),
];

const times = <T>(count: number, some: readonly T[]): T[] =>
  Array.from({ length: count }, () => some).flat();

test("after any sequence of operations, a feed is in the state given by the table, and loses nothing", async () => {
  // Most of the time something happens, and the last words are rare, so that there is much before them.
  const page = new FakePage();
  vi.spyOn(Math, "random").mockReturnValue(chanceMs / minWakeMs);
  const choice = [...times(24, frequent), ...times(6, commands), ...lastWords];
  const property = fc.asyncProperty(
    fc.commands(choice, { maxCommands: 100, size: "max" }),
    async (sequence) => {
      let feed: Feed | undefined;
      try {
        await fc.asyncModelRun(() => {
          const signal = new AbortController();
          const made = wired(undefined, {
            signal: signal.signal,
            retry: { initialDelayMs: delayMs, factor: 1, maxAttempts, stableAfterMs },
            timeouts: { headersMs, idleMs },
            until: ({ data }) => data === lastData,
            maxEventBytes,
          });
          feed = made.feed;
          const real = { ...made, page, subscribers: [], within: undefined, signal };
          return { model: start(), real };
        }, sequence);
      } finally {
        // Also when it failed: the next, shorter sequence is to find a clean table.
        feed?.close();
        await settle();
      }
      expect([vi.getTimerCount(), page.listeners]).toEqual([0, 0]);
    },
  );
  await fc.assert(property, { numRuns: 200 });
}, 60_000);
