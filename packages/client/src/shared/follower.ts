import type { ServerSentEvent } from "@steadfeed/parser";
import type { Cursor } from "../delivery/cursor.ts";
import type { FeedError } from "../core/errors.ts";
import type { Intake } from "../feed/intake.ts";
import type { Loop, LoopOwner } from "../feed/loop.ts";
import type { GapReason, OpenInfo } from "../core/status.ts";
import {
  cursorText,
  errorOf,
  textOf,
  type Batch,
  type Item,
  type LeaderStatus,
  type State,
  headersOf,
} from "./message.ts";
import { endsExactly, Place } from "./place.ts";

/** How much a tab keeps for a consumer that stands still, in characters, before it stops following. */
const maxKept = 1024 * 1024;

/**
 * Feeds a tab with what the leader says, its own tab too. One that lacks what the others have had gets it by
 * a connection of its own, and follows again when it is level.
 */
export class Follower {
  /** The loop of one connection. */
  readonly #own: Loop;
  readonly #cursor: Cursor;
  readonly #intake: Intake;
  readonly #owner: LoopOwner;
  readonly #place = new Place();
  readonly #encoder = new TextEncoder();
  #active = false;
  /** The leader's last word, and the cursor behind all that it said. */
  #state: State | undefined;
  #group = "";
  /** Whether that has an id of its own. */
  #groupExact = false;
  /** Which status was told last. */
  #told = "";
  /** The stream that the intake reads stands open. */
  #open = false;
  /** Characters taken since the intake was stopped; `undefined` while it runs. */
  #kept: number | undefined;
  /** The intake was stopped for too long: what comes is not taken. */
  #stalled = false;
  /** When the leader's next attempt is due. */
  dueAt: number = Infinity;

  constructor(own: Loop, cursor: Cursor, intake: Intake, owner: LoopOwner) {
    this.#own = own;
    this.#cursor = cursor;
    this.#intake = intake;
    this.#owner = owner;
  }

  /** Where to go on: behind what the leader has said, or, if there was none, where this tab is. */
  get groupId(): string {
    return this.#state ? this.#group : this.#place.id;
  }

  start(): void {
    this.#active = true;
    this.#place.reset(this.#cursor.received);
    this.#owner.enter({ kind: "connecting", attempt: 1, lastEventId: this.#place.id });
  }

  stop(): void {
    this.#active = false;
    this.#state = undefined;
    this.#told = "";
    this.#unfollow();
    this.#own.stop();
  }

  /** The tab's own connection brought an event. */
  event(event: ServerSentEvent): void {
    this.#place.pass(event.id);
    if (this.#place.exact && event.id === this.#group) {
      this.#isLevelAgain(this.#groupExact);
    }
  }

  /** The leader says how things are; `another` than the one before. */
  state(state: State, another: boolean): void {
    const before = this.#state;
    if (another && this.#open && !this.#place.exact) this.#tellGap("hand-over");
    this.#state = state;
    this.#group = state.id;
    this.#groupExact = state.exact;
    const { status } = state;
    if (status.kind === "closed")
      return this.#owner.end(status.reason, status.error && errorOf(status.error));
    if (this.#own.running || !this.#active) return;
    const joins = before === undefined && this.#place.id !== "";
    if (!this.#stalled && !this.#isLevel(state.id) && !this.#catchUp(state.id)) return;
    if (joins && !state.exact) this.#tellGap("hand-over");
    // Who was told may have closed the feed.
    if (!this.#active) return;
    const wasConnecting = before === undefined || before.status.kind === "connecting";
    if (status.kind !== "connecting" || !wasConnecting) this.#mirror(state);
  }

  /** The leader says what came. */
  batch(batch: Batch): void {
    const exact = this.#groupExact;
    this.#group = batch.id;
    this.#groupExact = endsExactly(batch, exact);
    const known = this.#place.knows(batch.after);
    if (this.#own.running && !(known && this.#isLevelAgain(exact))) return;
    if (this.#kept !== undefined && this.#kept > maxKept) this.#stalled = true;
    if (this.#stalled || (!known && !this.#catchUp(batch.after))) return;
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
    if (text === "" || !this.#active) return;
    if (this.#kept !== undefined) this.#kept += text.length;
    this.#owner.bytes(this.#encoder.encode(text));
  }

  #mirror({ leader, change, status }: State): void {
    const told = `${leader} ${change}`;
    if (told === this.#told) return;
    this.#told = told;
    this.dueAt = status.kind === "waiting" ? performance.now() + status.delayMs : Infinity;
    if (status.kind === "connecting") this.#owner.enter(status);
    else if (status.kind === "waiting") {
      this.#owner.enter({ ...status, error: errorOf(status.error) });
    } else if (status.kind === "open") {
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

  /** The intake has room again. */
  #goOn(): void {
    this.#kept = undefined;
    if (!this.#stalled) return;
    this.#stalled = false;
    this.#catchUp(this.#group);
  }

  /** Whether nothing is missing between this tab and the leader's cursor. */
  #isLevel(id: string): boolean {
    if (this.#place.knows(id)) return true;
    if (this.#place.id !== "") return false;
    // From now on, which is where a server lets new readers start.
    this.#place.reset(id);
    this.#cursor.move(id);
    return true;
  }

  /** Goes and gets what is missing up to the id. Whether it is level all the same. */
  #catchUp(id: string): boolean {
    if (this.#place.id === "") {
      // Without a cursor no server could know what.
      this.#tellGap("slow");
      return this.#isLevel(id);
    }
    this.#unfollow();
    this.#place.reset(this.#cursor.received);
    this.#own.start();
    return false;
  }

  /** The tab's own connection has brought it to where the others are: exactly, or something without an id may lie between. */
  #isLevelAgain(exact: boolean): boolean {
    const state = this.#state;
    if (state?.status.kind !== "open") return false;
    this.#own.stop();
    this.#told = `${state.leader} ${state.change}`;
    this.#read(infoOf(state.status));
    if (!exact) this.#tellGap("hand-over");
    return true;
  }

  #unfollow(): void {
    this.#open = this.#stalled = false;
    this.#kept = undefined;
    this.dueAt = Infinity;
  }

  #tellGap(reason: GapReason): void {
    this.#owner.gap({ reason, lastEventId: this.#place.id });
  }
}

function infoOf({ info, headers }: Extract<LeaderStatus, { readonly kind: "open" }>): OpenInfo {
  return { ...info, headers: headersOf(headers) };
}
