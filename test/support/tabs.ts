import { SharedFeed, type SharedFeedOptions } from "@steadfeed/client/shared";
import type { FeedOptions, FeedStatus } from "@steadfeed/client";
import type { Message } from "../../packages/client/src/shared/message.ts";
import type { LockRequest, TabChannel, Tabs } from "../../packages/client/src/shared/tabs.ts";
import { statuses } from "./collect.ts";
import { settle, closing, Wire, type WireRequest } from "./wire.ts";

interface Claim {
  readonly tab: FakeTab;
  grant(): void;
  /** As if another had stolen it. */
  lose(): void;
}

const aborted = (): DOMException => new DOMException("The lock is gone.", "AbortError");

/** Channels and locks of an origin, without a browser. */
export class FakeOrigin {
  readonly ends = new Map<string, Set<{ tab: FakeTab; heard(message: Message): void }>>();
  readonly #queues = new Map<string, Claim[]>();
  /** Everything that was said, in order. */
  readonly said: Message[] = [];

  tab(): FakeTab {
    return new FakeTab(this);
  }

  /** The names in use. */
  get names(): string[] {
    return [...this.ends].filter(([, ends]) => ends.size > 0).map(([name]) => name);
  }

  /** @internal */
  claim(name: string, claim: Claim, steals: boolean): void {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    if (steals) {
      queue.shift()?.lose();
      queue.unshift(claim);
    } else queue.push(claim);
    if (queue[0] === claim) claim.grant();
  }

  /** @internal */
  release(name: string, claim: Claim): void {
    const queue = this.#queues.get(name) ?? [];
    const place = queue.indexOf(claim);
    if (place !== -1) queue.splice(place, 1);
    if (place === 0) queue[0]?.grant();
  }

  /** @internal */
  forget(tab: FakeTab): void {
    for (const ends of this.ends.values()) {
      for (const end of ends) if (end.tab === tab) ends.delete(end);
    }
    for (const [name, queue] of this.#queues) {
      for (const claim of queue.filter((each) => each.tab === tab)) this.release(name, claim);
    }
  }
}

/** One tab. While it hangs nothing happens in it, and what should have happens afterwards, in order. */
export class FakeTab implements Tabs {
  shown = true;
  /** Where there are no locks to be had: what asking for one is answered with. */
  refuses: Error | undefined;
  /** It has a channel, or had one. */
  joined = false;
  readonly requests: WireRequest[] = [];
  readonly #origin: FakeOrigin;
  #hung = false;
  #dead = false;
  #waiting: (() => void)[] = [];
  readonly #watching = new Set<{ readonly left: () => void; readonly back: () => void }>();

  constructor(origin: FakeOrigin) {
    this.#origin = origin;
  }

  get hung(): boolean {
    return this.#hung;
  }

  get dead(): boolean {
    return this.#dead;
  }

  watch(page: { readonly left: () => void; readonly back: () => void }): () => void {
    this.#watching.add(page);
    return () => this.#watching.delete(page);
  }

  /** The browser freezes it, or puts it in the back/forward cache: it is notified. */
  leave(): void {
    for (const page of this.#watching) page.left();
  }

  comeBack(): void {
    for (const page of this.#watching) page.back();
  }

  hang(): void {
    this.#hung = true;
    this.shown = false;
  }

  async goOn(): Promise<void> {
    this.#hung = false;
    for (const task of this.#waiting.splice(0)) {
      task();
      await settle();
    }
  }

  /** It is gone, and its connections with it. */
  crash(): void {
    this.#dead = true;
    for (const request of this.requests) request.abort();
    this.#origin.forget(this);
  }

  /** What happens in this tab: now, after it was frozen, or (it crashed) never. */
  task(task: () => void): void {
    queueMicrotask(() => {
      if (this.#hung) this.#waiting.push(task);
      else if (!this.#dead) task();
    });
  }

  channel(name: string, heard: (message: Message) => void): TabChannel {
    const ends = this.#origin.ends.get(name) ?? new Set();
    this.#origin.ends.set(name, ends);
    const end = { tab: this, heard };
    this.joined = true;
    ends.add(end);
    return {
      post: (message) => {
        if (this.#dead) return;
        this.#origin.said.push(message);
        for (const other of ends) {
          const clone = structuredClone(message);
          if (other !== end) other.tab.task(() => ends.has(other) && other.heard(clone));
        }
      },
      close: () => void ends.delete(end),
    };
  }

  hold(name: string, request: LockRequest, held: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.refuses) return reject(this.refuses);
      let granted = false;
      const claim: Claim = {
        tab: this,
        grant: () => {
          granted = true;
          this.task(() => {
            void held().then(() => {
              this.#origin.release(name, claim);
              resolve();
            });
          });
        },
        lose: () => this.task(() => reject(aborted())),
      };
      if ("signal" in request) {
        request.signal.addEventListener("abort", () => {
          if (granted) return;
          this.#origin.release(name, claim);
          reject(aborted());
        });
      }
      this.#origin.claim(name, claim, "steal" in request);
    });
  }
}

/** A shared feed in a tab of its own. */
export interface Sharing {
  readonly tab: FakeTab;
  readonly feed: SharedFeed;
  readonly told: FeedStatus[];
  readonly data: string[];
}

/** A server with a log, and an origin whose tabs share it: each event is its number, in data and in id. */
export class FakeBrowser {
  readonly origin = new FakeOrigin();
  readonly wire: Wire;
  /** All that were opened. */
  readonly all: Sharing[] = [];
  /** What the server sends for the event with this number. */
  text: (n: number) => string = (n) => `id:${n}\ndata:${n}\n\n`;
  /** The newest event's number. */
  count = 0;
  readonly #backlog = new Map<WireRequest, string[]>();
  readonly #tabOf = new Map<WireRequest, FakeTab>();

  constructor() {
    this.wire = new Wire((request) => {
      request.answer();
      const from = Number(request.lastEventId ?? this.count);
      for (let n = from + 1; n <= this.count; n++) request.send(this.text(n));
    });
  }

  /** Opens a tab that takes all events; idle with `subscribe: false`. */
  async open(
    options: SharedFeedOptions = {},
    { subscribe = true, url = "http://wire.test/events" } = {},
  ): Promise<Sharing> {
    const tab = this.origin.tab();
    const fetch: FeedOptions["fetch"] = (input, init) => {
      if (tab.dead) return new Promise(() => undefined);
      const response = this.wire.fetch(input, init);
      tab.requests.push(this.wire.last);
      this.#tabOf.set(this.wire.last, tab);
      return response;
    };
    const shared = { key: "me", fetch, ...options };
    const feed = closing(new SharedFeed(url, { retry: { jitter: "none" }, ...shared }, tab));
    const data: string[] = [];
    const sharing = { tab, feed, told: statuses(feed), data };
    this.all.push(sharing);
    if (subscribe) feed.subscribe("*", (event) => void data.push(event.data));
    if (subscribe) await joined(sharing);
    return sharing;
  }

  /** The server sends so many events, to all connected readers. */
  publish(events = 1): void {
    for (let sent = 0; sent < events; sent++) {
      this.count++;
      for (const request of this.wire.live) {
        const text = this.text(this.count);
        if (!this.#tabOf.get(request)?.hung) request.send(text);
        else this.#backlog.set(request, [...(this.#backlog.get(request) ?? []), text]);
      }
    }
  }

  /** Nothing was lost on the way to a tab that hung: it comes when the tab goes on, before or after what tabs said. */
  async goOn(tab: FakeTab, first: "socket" | "tabs"): Promise<void> {
    const sockets = async (): Promise<void> => {
      for (const request of tab.requests) {
        for (const text of this.#backlog.get(request) ?? []) request.send(text);
        this.#backlog.delete(request);
      }
      await settle();
    };
    if (first === "tabs") await tab.goOn();
    await sockets();
    await tab.goOn();
  }

  /** Who leads, by what reaches the server. */
  get leader(): Sharing {
    const live = this.wire.live.at(-1);
    const found = this.all.find(({ tab }) => live && tab.requests.includes(live));
    if (!found) throw new Error("No tab has a connection.");
    return found;
  }
}

/** Waits until a tab has heard from the others: the digest that names their channel takes real time. */
export async function joined({ tab }: Sharing): Promise<void> {
  while (!tab.joined) await settle();
  await settle();
}
