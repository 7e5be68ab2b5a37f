import type { ServerSentEvent } from "@steadfeed/parser";
import type { Cursor } from "../cursor.ts";
import type { FeedError } from "../errors.ts";
import type { Intake } from "../intake.ts";
import type { Loop, LoopOwner } from "../loop.ts";
import type { OpenInfo } from "../status.ts";
import { Leader, type MakeFeed } from "./leader.ts";
import {
  cursorText,
  errorOf,
  textOf,
  type Batch,
  type Item,
  type LeaderStatus,
  type Message,
} from "./message.ts";
import { Place } from "./place.ts";
import type { TabChannel, Tabs } from "./tabs.ts";

/** How often a shown tab asks a leader from whom it heard nothing. */
export const beatMs = 1000;

/** So many beats without a word, and the leader counts as frozen. Before that it is asked. */
const maxMissed = 3;

/** How much a tab keeps for a consumer that stands still, in characters, before it stops following. */
const maxKept = 1024 * 1024;

type State = Extract<Message, { readonly kind: "state" }>;

/**
 * What drives a feed that shares its connection: it takes what the leading tab says, stands in line to lead
 * itself, and connects for itself when it is further behind than the others.
 */
export class SharedLoop {
  readonly #tabs: Tabs;
  readonly #name: Promise<string>;
  readonly #makeFeed: MakeFeed;
  /** The loop of one connection, for the time that this tab is behind the others. */
  readonly #own: Loop;
  readonly #cursor: Cursor;
  readonly #intake: Intake;
  readonly #owner: LoopOwner;
  readonly #place = new Place();
  readonly #encoder = new TextEncoder();
  /** From start to stop. */
  #unwatch: (() => void) | undefined;
  /** While this tab takes part. */
  #run: AbortController | undefined;
  #channel: TabChannel | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #queue = new AbortController();
  #steals = false;
  /** While it leads: lets go of the connection and the lock. */
  #resign: (() => void) | undefined;
  /** Beats since the leader's last word. */
  #missed = 0;
  /** The leader's last word, and the cursor behind all that it said. */
  #state: State | undefined;
  #group = "";
  /** Which status was told last. */
  #told = "";
  /** When the leader's next attempt is due. */
  #dueAt = Infinity;
  #follows = false;
  /** The stream that the intake reads stands open. */
  #open = false;
  /** Characters taken since the intake was stopped; `undefined` while it runs. */
  #kept: number | undefined;
  /** The intake was stopped for too long: what comes is not taken. */
  #stalled = false;

  constructor(
    tabs: Tabs,
    name: Promise<string>,
    makeFeed: MakeFeed,
    own: Loop,
    cursor: Cursor,
    intake: Intake,
    owner: LoopOwner,
  ) {
    this.#tabs = tabs;
    this.#name = name;
    this.#makeFeed = makeFeed;
    this.#own = own;
    this.#cursor = cursor;
    this.#intake = intake;
    this.#owner = owner;
  }

  get running(): boolean {
    return this.#unwatch !== undefined;
  }

  start(): void {
    if (this.#own.running) return this.#own.start();
    if (this.#run) return this.#channel?.post({ kind: "reconnect" });
    this.#unwatch ??= this.#tabs.watch({
      left: () => this.#leave(),
      back: () => this.#join(),
    });
    this.#join();
  }

  stop(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#leave();
  }

  serverRetry(ms: number): void {
    this.#own.serverRetry(ms);
  }

  event(event: ServerSentEvent): void {
    if (!this.#own.running) return;
    this.#own.event();
    this.#place.pass(event.id);
    if (this.#place.exact && event.id === this.#group) this.#level();
  }

  #join(): void {
    if (this.#run) return;
    this.#run = new AbortController();
    void this.#takePart(this.#run.signal);
  }

  /** Out of the line, and deaf: also while the page is frozen or in the back/forward cache. */
  #leave(): void {
    const run = this.#run;
    this.#run = undefined;
    clearInterval(this.#beat);
    this.#channel?.close();
    this.#channel = undefined;
    this.#state = undefined;
    this.#group = "";
    this.#told = "";
    this.#missed = 0;
    this.#unfollow();
    this.#own.stop();
    run?.abort();
    this.#queue.abort();
    this.#steals = false;
    this.#resign?.();
  }

  async #takePart(signal: AbortSignal): Promise<void> {
    await this.#cursor.load();
    const name = await this.#name;
    if (signal.aborted) return;
    this.#place.reset(this.#cursor.received);
    this.#owner.enter({ kind: "connecting", attempt: 1, lastEventId: this.#place.id });
    // Who was told may have closed the feed.
    if (signal.aborted) return;
    this.#channel = this.#tabs.channel(name, (message) => this.#heard(message));
    this.#beat = setInterval(() => this.#look(), beatMs);
    this.#channel.post({ kind: "ask" });
    await this.#stand(name, signal);
  }

  /** Stands in line for the lock, or steals it; again whenever it was lost. */
  async #stand(name: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#queue = new AbortController();
      const request = this.#steals ? { steal: true as const } : { signal: this.#queue.signal };
      this.#steals = false;
      try {
        await this.#tabs.hold(name, request, () => this.#lead(name, signal));
      } catch (error) {
        this.#resign?.();
        // A sandboxed page has no locks.
        if ((error as Error).name !== "AbortError" && !signal.aborted) return this.#alone();
      }
    }
  }

  #lead(name: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    const place = this.#state ? this.#group : this.#place.id;
    const leader = new Leader(this.#tabs, name, this.#makeFeed, place);
    return new Promise((settle) => {
      this.#resign = () => {
        this.#resign = undefined;
        leader.close();
        settle();
      };
    });
  }

  /** Once per beat: is the leader there? Timers of hidden tabs are late, so only a shown tab judges. */
  #look(): void {
    if (this.#resign || !this.#tabs.shown) this.#missed = 0;
    else if (this.#missed >= maxMissed) {
      this.#missed = 0;
      this.#steals = true;
      this.#queue.abort();
    } else if (++this.#missed > 1) this.#channel?.post({ kind: "ask" });
    // The timers of a leader that is hidden may sleep for a minute.
    if (this.#tabs.shown && performance.now() > this.#dueAt + beatMs) {
      this.#channel?.post({ kind: "reconnect" });
    }
  }

  #heard(message: Message): void {
    if (message.kind === "state") this.#stated(message);
    else if (message.kind === "batch" && message.leader === this.#state?.leader) {
      this.#missed = 0;
      this.#group = message.id;
      this.#batch(message);
    }
  }

  #stated(state: State): void {
    const before = this.#state;
    if (before && before.leader !== state.leader) {
      // One that was frozen answers what it was asked before it was replaced.
      if (!state.announces && this.#missed < 2) return;
      if (this.#open && !this.#place.exact) this.#tellGap("hand-over");
    }
    this.#missed = 0;
    this.#state = state;
    this.#group = state.id;
    const { status } = state;
    if (status.kind === "closed") return this.#owner.end(status.reason, errorOf(status.error));
    if (this.#own.running || !this.#run) return;
    if (!this.#stalled && !this.#isLevel(state.id)) {
      this.#catchUp(state.id);
      return;
    }
    this.#follows = true;
    const wasConnecting = before === undefined || before.status.kind === "connecting";
    if (status.kind !== "connecting" || !wasConnecting) this.#mirror(state);
  }

  /** Whether nothing is missing between this tab and the cursor of the leader. */
  #isLevel(id: string): boolean {
    if (this.#place.knows(id)) return true;
    if (this.#place.id !== "") return false;
    // From now on, which is where a server lets new readers start.
    this.#place.reset(id);
    this.#cursor.move(id);
    return true;
  }

  #mirror({ leader, change, status }: State): void {
    const told = `${leader} ${change}`;
    if (told === this.#told) return;
    this.#told = told;
    this.#dueAt = status.kind === "waiting" ? performance.now() + status.delayMs : Infinity;
    if (status.kind === "waiting") {
      this.#owner.enter({ ...status, because: errorOf(status.because) });
    } else if (status.kind === "connecting") this.#owner.enter(status);
    else if (status.kind === "open") {
      const info = infoOf(status);
      this.#read(info);
      this.#owner.opened(info);
    }
  }

  /** Lets the intake read what the leader says, from this place on. */
  #read(info: OpenInfo): void {
    if (this.#open) return;
    this.#open = true;
    const stream = {
      pause: () => {
        this.#kept = 0;
      },
      resume: () => this.#goOn(),
      finish: (error?: FeedError) => this.#owner.end("failed", error),
    };
    this.#intake.open(info, stream, this.#place.id);
  }

  #batch(batch: Batch): void {
    if (this.#own.running) {
      if (!this.#place.knows(batch.after) || !this.#level()) return;
    }
    if (!this.#follows || this.#stalled) return;
    if (this.#kept !== undefined && this.#kept > maxKept) {
      this.#stalled = true;
      return;
    }
    if (!this.#place.knows(batch.after) && !this.#catchUp(batch.after)) return;
    const { id } = this.#place;
    this.#deliver(this.#place.take(batch), id);
  }

  /** Gives the intake what stands behind the id. */
  #deliver(items: readonly Item[], id: string): void {
    let text = "";
    for (const item of items) {
      // What the leader's feed says of its request is no text of the stream.
      if ("gap" in item && item.gap.data === undefined) this.#owner.gap(item.gap);
      else {
        text += textOf(item);
        if (!("comment" in item)) id = item.id ?? id;
      }
    }
    if (id !== this.#place.id) text += cursorText(this.#place.id);
    // Who was told of a gap may have closed the feed.
    if (text === "" || !this.#follows) return;
    if (this.#kept !== undefined) this.#kept += text.length;
    this.#owner.bytes(this.#encoder.encode(text));
  }

  /** The intake has room again. */
  #goOn(): void {
    this.#kept = undefined;
    if (!this.#stalled) return;
    this.#stalled = false;
    if (!this.#place.knows(this.#group)) this.#catchUp(this.#group);
  }

  /** Something is missing between this tab and the id: goes and gets it. Whether it is level all the same. */
  #catchUp(id: string): boolean {
    if (this.#place.id === "") {
      // Without a cursor the server could not know what.
      this.#tellGap("slow");
      return this.#isLevel(id);
    }
    this.#unfollow();
    this.#place.reset(this.#cursor.received);
    this.#own.start();
    return false;
  }

  /** This tab's own connection has brought it to where the others are. */
  #level(): boolean {
    const state = this.#state;
    if (state?.status.kind !== "open") return false;
    this.#own.stop();
    this.#follows = true;
    this.#told = `${state.leader} ${state.change}`;
    this.#read(infoOf(state.status));
    return true;
  }

  #alone(): void {
    this.#channel?.close();
    this.#channel = undefined;
    clearInterval(this.#beat);
    this.#unfollow();
    this.#own.start();
  }

  #unfollow(): void {
    this.#follows = this.#open = this.#stalled = false;
    this.#kept = undefined;
    this.#dueAt = Infinity;
  }

  #tellGap(because: string): void {
    this.#owner.gap({ because, lastEventId: this.#place.id });
  }
}

function infoOf({ info, headers }: Extract<LeaderStatus, { readonly kind: "open" }>): OpenInfo {
  return { ...info, headers: new Headers(headers as [string, string][]) };
}
