import type { FeedStatus } from "@steadfeed/client";
import { SharedFeed } from "@steadfeed/client/shared";
import type { Said } from "../story.ts";
import { Tally } from "../tally.ts";
import { retry } from "../waiting.ts";

const kinds = ["connecting", "open", "waiting", "paused", "gap", "closed"] as const;
const storyUrl = (): URL => new URL("/story?stream=story", location.href);

/** One window's copy of the story, and its statistics. */
export class Reading {
  readonly feed: SharedFeed;
  readonly tally: Tally = new Tally();
  readonly counts: Map<string, number> = new Map([
    ["word", 0],
    ["paragraph", 0],
  ]);
  /** The number of times it resumed. */
  resumed = 0;
  /** The time of the last event or heartbeat. */
  heardAt: number = performance.now();
  #hasOpened = false;

  constructor() {
    this.feed = new SharedFeed(storyUrl(), { retry });
  }

  /** Reads until the feed is closed. `isNew` is false for a repeated event. */
  start(
    tell: (status: FeedStatus) => void,
    take: (type: string, said: Said, isNew: boolean) => void,
  ): void {
    for (const kind of kinds) {
      this.feed.on(kind, (status) => {
        if (status.kind === "open") this.#opened(status.resumedFrom);
        tell(status);
      });
    }
    this.feed.on("comment", () => this.#heard());
    this.feed.subscribe("*", ({ type, data }) => {
      this.#heard();
      const said = JSON.parse(data) as Said;
      const isNew = this.tally.count(said.n);
      this.counts.set(type, (this.counts.get(type) ?? 0) + 1);
      take(type, said, isNew);
    });
  }

  /** Whether this window has every event exactly once. */
  get isWhole(): boolean {
    return this.tally.lost + this.tally.repeated + this.feed.stats.gaps === 0;
  }

  #opened(resumedFrom: string): void {
    this.#heard();
    // A window that has just joined has nothing to resume, although the leader may have.
    if (this.#hasOpened && resumedFrom !== "") this.resumed++;
    this.#hasOpened = true;
  }

  #heard(): void {
    this.heardAt = performance.now();
  }
}
