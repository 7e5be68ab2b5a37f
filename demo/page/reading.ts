import type { FeedStatus } from "@steadfeed/client";
import { SharedFeed } from "@steadfeed/client/shared";
import type { Said } from "../story.ts";
import { Tally } from "../tally.ts";
import { retry } from "../waiting.ts";

const kinds = ["connecting", "open", "waiting", "paused", "gap", "closed"] as const;
const storyUrl = (): URL => new URL("/story?stream=story", location.href);

/** One window's reading of the story, and what can be said about it. */
export class Reading {
  readonly feed: SharedFeed;
  readonly tally: Tally = new Tally();
  readonly counts: Map<string, number> = new Map([
    ["word", 0],
    ["paragraph", 0],
  ]);
  /** How often it went on after what it had. */
  resumed = 0;
  /** When something came last: an event, or a sign of life. */
  heardAt: number = performance.now();
  #hasOpened = false;

  constructor() {
    this.feed = new SharedFeed(storyUrl(), { retry });
  }

  /** Reads until the feed is closed. `isNew` is false for an event that came before. */
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

  /** What this window got: all of it, each event once? */
  get isWhole(): boolean {
    return this.tally.lost + this.tally.repeated + this.feed.stats.gaps === 0;
  }

  #opened(resumedFrom: string): void {
    this.#heard();
    // A window that has just joined has nothing to resume, though the one that leads may have.
    if (this.#hasOpened && resumedFrom !== "") this.resumed++;
    this.#hasOpened = true;
  }

  #heard(): void {
    this.heardAt = performance.now();
  }
}
