import type { ResolvedOptions } from "../core/options.ts";
import type { FeedError } from "../core/errors.ts";
import { Page, type PageListener } from "../feed/page.ts";
import type { Outlet, Source } from "../feed/source.ts";
import type { UrlSource } from "../http/request.ts";
import { Election, type Candidate } from "./election.ts";
import { Follower } from "./follower.ts";
import type { MakeFeed } from "./leader.ts";
import type { Batch, Message, State } from "./message.ts";
import type { TabChannel, Tabs } from "./tabs.ts";

/** How often a visible tab checks that the leader is alive, in ms. */
const beatMs = 1000;

/** After this many checks without a message, the leader counts as hung. Before that, it is asked for its state. */
const maxMissed = 3;

/**
 * Gets its events from the leading tab (a `Leader` there sends batches, the `Follower` here takes them), while this tab
 * also queues for the lock to become the leader itself. A leader that is gone is followed by the next tab in the queue,
 * from the place of its `Follower`; one that is silent for three beats loses the lock.
 */
export class SharedSource extends Follower implements Source, Candidate, PageListener {
  readonly #tabs: Tabs;
  readonly #name: Promise<string>;
  readonly #election: Election;
  readonly #page: Page;
  /** Stops watching the page; set between start and stop. */
  #unwatch: (() => void) | undefined;
  /** Set while this tab takes part. */
  #run: AbortController | undefined;
  #channel: TabChannel | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  /** The number of checks since the leader's last message. */
  #missed = 0;

  constructor(
    tabs: Tabs,
    name: Promise<string>,
    makeFeed: MakeFeed,
    url: UrlSource,
    options: ResolvedOptions,
    outlet: Outlet,
  ) {
    super(url, options, outlet);
    this.#tabs = tabs;
    this.#name = name;
    this.#election = new Election(tabs, makeFeed, this);
    this.#page = new Page(options.hidden, this);
  }

  get bytesRead(): number {
    return this.own.bytesRead;
  }

  /** Joins the other tabs. If it has already joined, makes all of them reconnect. */
  start(from: string): void {
    if (this.own.running) return this.own.start(from);
    if (this.#run) return this.#channel?.post({ kind: "reconnect" });
    this.cursor = from;
    this.unfollow();
    this.#unwatch ??= this.#tabs.watch(this);
    this.#page.start();
    this.wake();
  }

  stop(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#page.stop();
    this.left();
  }

  close(): void {
    this.own.close();
  }

  /** The page reports that it is back. Joins the other tabs. */
  wake(): void {
    if (this.#run) return;
    this.#run = new AbortController();
    void this.#takePart(this.#run.signal);
  }

  /** The page was frozen. Also called when it enters the back/forward cache, or is hidden with `hidden: 'pause'`. */
  left(): void {
    this.#run?.abort();
    this.#run = this.state = undefined;
    this.#closeChannel();
    this.unfollow();
    this.own.stop();
    this.#election.leave();
  }

  /** The page is no longer frozen. It may still be hidden. */
  back(): void {
    if (!this.#page.away) this.wake();
  }

  /** The page reports that no connection may be held until `wake`. */
  suspend(error: FeedError): void {
    this.left();
    this.report({ kind: "waiting", delayMs: Infinity, error, attempt: 1 });
  }

  /** Locks are unavailable, as in a sandboxed page. */
  alone(): void {
    this.#closeChannel();
    this.own.start(this.cursor);
  }

  async #takePart(signal: AbortSignal): Promise<void> {
    const name = await this.#name;
    if (signal.aborted) return;
    this.report({ kind: "connecting", attempt: 1, lastEventId: this.cursor });
    // A listener may have closed the feed.
    if (signal.aborted) return;
    this.#channel = this.#tabs.channel(name, (message) => this.#heard(message));
    this.#beat = setInterval(() => this.#checkLeader(), beatMs);
    this.#channel.post({ kind: "ask" });
    await this.#election.stand(name, signal);
  }

  #closeChannel(): void {
    clearInterval(this.#beat);
    this.#channel?.close();
    this.#channel = undefined;
    this.#missed = 0;
  }

  #heard(message: Message): void {
    const { state } = this;
    const isSame = state !== undefined && state.leader === (message as Batch | State).leader;
    const isState = message.kind === "state";
    // A leader that hung may answer an old question after it was replaced.
    const isNext = isState && (!state || message.announces || this.#missed > 1);
    if (!isSame && !isNext) return;
    this.#missed = 0;
    if (isState) this.stated(message);
    else this.batch(message as Batch);
  }

  /** Checks that the leader is alive. The timers of hidden tabs are late, so only a visible tab judges. */
  #checkLeader(): void {
    if (this.#election.leads || !this.#tabs.shown) this.#missed = 0;
    else if (this.#missed >= maxMissed) {
      this.#missed = 0;
      this.#election.steal();
    } else if (++this.#missed > 1) this.#channel?.post({ kind: "ask" });
    // The timer of a hidden leader may be late by a minute, and so may its retry.
    if (this.#tabs.shown && performance.now() > this.dueAt + beatMs) {
      this.#channel?.post({ kind: "reconnect" });
    }
  }
}
