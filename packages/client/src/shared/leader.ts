import type { Feed } from "../feed/feed.ts";
import type { CursorStore } from "../core/options.ts";
import type { FeedStatus } from "../core/status.ts";
import { packed, type Item, type LeaderStatus, type Message } from "./message.ts";
import { endsExactly } from "./progress.ts";
import type { TabChannel, Tabs } from "./tabs.ts";

/** Creates the shared feed. It starts at the store's cursor, and reports its place to the store. */
export type MakeFeed = (place: CursorStore) => Feed;

/**
 * The statuses that are sent to the tabs. Errors of callbacks are left out: without a listener, the feed prints them.
 */
const kinds = ["connecting", "still", "open", "waiting", "closed", "gap"] as const;

/**
 * The leading tab's connection, as long as the tab holds the lock: an ordinary feed whose events and statuses go to all
 * tabs. The leading tab receives them like the others, so that a slow consumer in it delays no other tab.
 */
export class Leader {
  readonly #name = crypto.randomUUID();
  readonly #feed: Feed;
  readonly #channel: TabChannel;
  /** The cursor after the items that were posted. */
  #posted: string;
  /** True if the last posted event had an id of its own. */
  #exact = true;
  #items: Item[] = [];
  #scheduled = false;
  #change = 0;
  #status: LeaderStatus;
  #over = false;

  constructor(tabs: Tabs, name: string, makeFeed: MakeFeed, lastEventId: string) {
    this.#posted = lastEventId;
    this.#status = { kind: "connecting", attempt: 1, lastEventId };
    this.#channel = tabs.channel(name, (message) => this.#heard(message));
    this.#feed = makeFeed({ get: () => lastEventId, set: () => this.#schedule() });
    const heard = (status: FeedStatus): void => this.#tell(status);
    for (const kind of kinds) this.#feed.on(kind, heard);
    this.#feed.on("comment", (comment) => this.#add({ comment }));
    this.#post(true);
    this.#feed.subscribe("*", (event) => this.#add(event));
  }

  /** Posts nothing more, and closes the connection. */
  close(): void {
    this.#over = true;
    this.#feed.close();
    this.#channel.close();
  }

  #heard({ kind }: Message): void {
    if (kind === "ask") this.#post(false);
    else if (kind === "reconnect") this.#feed.reconnect();
  }

  #tell(status: FeedStatus): void {
    if (status.kind === "gap") this.#add({ gap: status, id: this.#feed.lastEventId });
    const change = packed(status);
    if (!change || this.#over) return;
    this.#flush();
    this.#status = change;
    this.#change++;
    this.#post(false);
  }

  #add(item: Item): void {
    this.#items.push(item);
    this.#schedule();
  }

  /** The items of one read of the socket are posted as one message. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const id = this.#feed.lastEventId;
    const items = this.#items;
    if (this.#over || (items.length === 0 && id === this.#posted)) return;
    this.#items = [];
    const leader = this.#name;
    const batch = { kind: "batch", leader, after: this.#posted, id, items } as const;
    this.#channel.post(batch);
    this.#posted = id;
    this.#exact = endsExactly(batch, this.#exact);
  }

  #post(announces: boolean): void {
    const [leader, id, exact] = [this.#name, this.#posted, this.#exact];
    const [change, status] = [this.#change, this.#status];
    this.#channel.post({ kind: "state", leader, announces, id, exact, change, status });
  }
}
