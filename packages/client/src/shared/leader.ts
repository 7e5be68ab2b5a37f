import type { Feed } from "../feed/feed.ts";
import type { CursorStore } from "../core/options.ts";
import type { FeedStatus } from "../core/status.ts";
import { packed, type Item, type LeaderStatus, type Message } from "./message.ts";
import { endsExactly } from "./progress.ts";
import type { TabChannel, Tabs } from "./tabs.ts";

/** Makes the feed that is shared: it begins where the store says, and tells the store where it is. */
export type MakeFeed = (place: CursorStore) => Feed;

/** What is sent to the tabs. Errors of functions are not among it: where nobody listens to those, the feed prints them. */
const kinds = ["connecting", "still", "open", "waiting", "closed", "gap"] as const;

/**
 * The one tab's connection, from the grant of the lock until it is lost: an ordinary feed, whose events and
 * statuses go to all tabs. Its own tab hears them as any other does, so that a slow consumer in this tab
 * holds up nobody.
 */
export class Leader {
  readonly #name = crypto.randomUUID();
  readonly #feed: Feed;
  readonly #channel: TabChannel;
  /** The cursor behind what was posted. */
  #posted: string;
  /** Whether that has an id of its own. */
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

  /** Says nothing more, and closes the connection. */
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

  /** What one read of the socket brings goes out as one message. */
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
