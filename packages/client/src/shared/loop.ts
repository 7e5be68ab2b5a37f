import type { ServerSentEvent } from "@steadfeed/parser";
import type { Cursor } from "../delivery/cursor.ts";
import type { Loop, MakeLoop } from "../feed/loop.ts";
import { Page } from "../feed/page.ts";
import { Election } from "./election.ts";
import { Follower } from "./follower.ts";
import type { MakeFeed } from "./leader.ts";
import type { Message, State } from "./message.ts";
import type { TabChannel, Tabs } from "./tabs.ts";

/** How often a shown tab looks whether it heard from the leader. */
const beatMs = 1000;

/** So many beats without a word, and the leader counts as hung. Before that it is asked. */
const maxMissed = 3;

/**
 * What drives a feed that shares its connection: it follows the tab that leads, and stands in line to lead
 * itself.
 */
export class SharedLoop {
  readonly #tabs: Tabs;
  readonly #name: Promise<string>;
  /** The loop of one connection, for the time that this tab is behind the others. */
  readonly #own: Loop;
  readonly #cursor: Cursor;
  readonly #follower: Follower;
  readonly #election: Election;
  readonly #page: Page;
  /** From start to stop. */
  #unwatch: (() => void) | undefined;
  /** While this tab takes part. */
  #run: AbortController | undefined;
  #channel: TabChannel | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  /** Whom it follows. */
  #leader: string | undefined;
  /** Beats since the leader's last word. */
  #missed = 0;

  constructor(
    tabs: Tabs,
    name: Promise<string>,
    makeFeed: MakeFeed,
    own: Loop,
    [, { hidden }, , cursor, intake, owner]: Parameters<MakeLoop>,
  ) {
    this.#tabs = tabs;
    this.#name = name;
    this.#own = own;
    this.#cursor = cursor;
    this.#follower = new Follower(own, cursor, intake, owner);
    this.#election = new Election(tabs, makeFeed, {
      place: () => this.#follower.groupId,
      alone: () => {
        this.#deafen();
        own.start();
      },
    });
    this.#page = new Page(hidden, {
      wake: () => this.#join(),
      hold: (error) => {
        this.#leave();
        owner.enter({ kind: "waiting", delayMs: Infinity, error, attempt: 1 });
      },
    });
  }

  get running(): boolean {
    return this.#unwatch !== undefined;
  }

  /** Takes part; when it does already, all that share connect anew. */
  start(): void {
    if (this.#own.running) return this.#own.start();
    if (this.#run) return this.#channel?.post({ kind: "reconnect" });
    this.#unwatch ??= this.#tabs.watch({
      left: () => this.#leave(),
      back: () => {
        // A page is frozen and thawed while it is hidden, too.
        if (!this.#page.away) this.#join();
      },
    });
    this.#page.start();
    this.#join();
  }

  stop(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#page.stop();
    this.#leave();
  }

  serverRetry(ms: number): void {
    this.#own.serverRetry(ms);
  }

  event(event: ServerSentEvent): void {
    if (!this.#own.running) return;
    this.#own.event();
    this.#follower.event(event);
  }

  #join(): void {
    if (this.#run) return;
    this.#run = new AbortController();
    void this.#takePart(this.#run.signal);
  }

  async #takePart(signal: AbortSignal): Promise<void> {
    await this.#cursor.load();
    const name = await this.#name;
    if (signal.aborted) return;
    this.#follower.start();
    // Who was told may have closed the feed.
    if (signal.aborted) return;
    this.#channel = this.#tabs.channel(name, (message) => this.#heard(message));
    this.#beat = setInterval(() => this.#look(), beatMs);
    this.#channel.post({ kind: "ask" });
    await this.#election.stand(name, signal);
  }

  /** Also while the page is frozen, in the back/forward cache, or hidden and to pause then. */
  #leave(): void {
    const run = this.#run;
    this.#run = undefined;
    this.#deafen();
    run?.abort();
    this.#follower.stop();
    this.#election.leave();
  }

  #deafen(): void {
    clearInterval(this.#beat);
    this.#channel?.close();
    this.#channel = undefined;
    this.#leader = undefined;
    this.#missed = 0;
  }

  #heard(message: Message): void {
    if (message.kind === "state") this.#stated(message);
    else if (message.kind === "batch" && message.leader === this.#leader) {
      this.#missed = 0;
      this.#follower.batch(message);
    }
  }

  #stated(state: State): void {
    const another = this.#leader !== undefined && this.#leader !== state.leader;
    // One that hung answers what it was asked before it was replaced.
    if (another && !state.announces && this.#missed < 2) return;
    this.#leader = state.leader;
    this.#missed = 0;
    this.#follower.state(state, another);
  }

  /** Is the leader there? Timers of hidden tabs are late, so only a shown tab judges. */
  #look(): void {
    if (this.#election.leads || !this.#tabs.shown) this.#missed = 0;
    else if (this.#missed >= maxMissed) {
      this.#missed = 0;
      this.#election.steal();
    } else if (++this.#missed > 1) this.#channel?.post({ kind: "ask" });
    // A leader that is hidden may oversleep its retry by a minute.
    if (this.#tabs.shown && performance.now() > this.#follower.dueAt + beatMs) {
      this.#channel?.post({ kind: "reconnect" });
    }
  }
}
