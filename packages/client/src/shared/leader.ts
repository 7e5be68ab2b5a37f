import type { Feed } from "../feed/feed.ts";
import type { CursorStore } from "../core/options.ts";
import type { FeedStatus } from "../core/status.ts";
import { print } from "../core/print.ts";
import { packed, type Item, type State } from "./message.ts";
import { endsExactly } from "./progress.ts";
import type { TabChannel, Tabs } from "./tabs.ts";

/** Creates the shared feed. It starts at the store's cursor, and reports its place to the store. */
export type MakeFeed = (place: CursorStore) => Feed;

/**
 * The leading tab's connection, as long as the tab holds the lock: an ordinary feed whose events and statuses go to all
 * tabs. The leading tab receives them like the others, so that a slow consumer in it delays no other tab.
 */
export class Leader {
  readonly #feed: Feed;
  /** Set until it is closed. */
  #channel: TabChannel | undefined;
  /** After all the messages that were posted. */
  readonly #state: State;
  #items: Item[] = [];

  constructor(tabs: Tabs, name: string, makeFeed: MakeFeed, id: string) {
    this.#state = {
      kind: "state",
      leader: crypto.randomUUID(),
      announces: true,
      id,
      exact: true,
      change: 0,
      status: { kind: "connecting", attempt: 1, lastEventId: id },
    };
    this.#channel = tabs.channel(name, ({ kind }) => {
      if (kind === "ask") this.#post();
      else if (kind === "reconnect") this.#feed.reconnect();
    });
    this.#feed = makeFeed({ get: () => id, set: () => this.#add() });
    this.#feed.on("*", (status) => this.#tell(status));
    this.#feed.on("comment", (comment) => this.#add({ comment }));
    this.#post();
    this.#state.announces = false;
    this.#feed.subscribe("*", (event) => this.#add(event));
  }

  /** Posts nothing more, and closes the connection. */
  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
    this.#feed.close();
  }

  #tell(status: FeedStatus): void {
    if (status.kind === "gap") return this.#add({ gap: status, id: this.#feed.lastEventId });
    // As a feed does without a listener: errors of callbacks stay in this tab.
    if (status.kind === "error") print(status.error);
    const news = packed(status);
    if (!news) return;
    this.#flush();
    this.#state.change++;
    this.#state.status = news;
    this.#post();
  }

  /** Adds items, or none if only the cursor moved. Those of one read of the socket are posted as one message. */
  #add(...items: Item[]): void {
    this.#items.push(...items);
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const items = this.#items;
    const state = this.#state;
    const { leader, id: after } = state;
    const id = this.#feed.lastEventId;
    if (items.length === 0 && id === after) return;
    this.#items = [];
    const batch = { kind: "batch", leader, after, id, items } as const;
    this.#channel?.post(batch);
    state.id = id;
    state.exact = endsExactly(batch, state.exact);
  }

  #post(): void {
    this.#channel?.post(this.#state);
  }
}
