import type { ServerSentEvent } from "@steadfeed/parser";
import type { ResolvedOptions } from "../core/options.ts";
import type { GapReason } from "../core/status.ts";
import { Brake } from "../feed/brake.ts";
import { gapType } from "../feed/gap.ts";
import { HttpSource } from "../feed/http-source.ts";
import type { Outlet, Report } from "../feed/source.ts";
import type { UrlSource } from "../http/request.ts";
import {
  errorOf,
  infoOf,
  type Batch,
  type Item,
  type LeaderClosed,
  type State,
} from "./message.ts";
import { endsExactly, Progress } from "./progress.ts";

/** A piece that a tab delivers: an item from the leader, or a cursor that moves without an event. */
type Piece = Item | { readonly cursor: string };

/** How much a tab keeps for a consumer that does not read, in characters, before it stops following. */
const maxKept = 1024 * 1024;

/**
 * Delivers the leader's messages to a tab, in the leading tab too. If the tab lacks events that the others have, it
 * gets them over a connection of its own, and follows again once it has caught up.
 */
export class Follower extends Brake<Piece> implements Outlet {
  /** This tab's own connection. */
  readonly own: HttpSource;
  readonly #outlet: Outlet;
  readonly #progress = new Progress();
  #active = false;
  /** The cursor of this tab's feed. */
  cursor = "";
  /** The leader's last state, and the cursor after all its messages. */
  #state: State | undefined;
  #group = "";
  /** True if the last event before that cursor had an id of its own. */
  #groupExact = false;
  /** Identifies the status that was reported last. */
  #told = "";
  /** True while the leader's messages are delivered. */
  #open = false;
  /** The consumer has not read for too long, so incoming items are not kept. */
  #stalled = false;
  /** When the leader's next attempt is due. */
  dueAt: number = Infinity;

  constructor(url: UrlSource, options: ResolvedOptions, outlet: Outlet) {
    super();
    this.own = new HttpSource(url, options, this);
    this.#outlet = outlet;
  }

  /** The cursor to continue from: after the leader's messages, or if there were none, this tab's cursor. */
  get groupId(): string {
    return this.#state ? this.#group : this.#progress.id;
  }

  start(): void {
    this.#active = true;
    this.#progress.reset(this.cursor);
    this.#outlet.report({ kind: "connecting", attempt: 1, lastEventId: this.cursor });
  }

  stop(): void {
    this.#active = false;
    this.#state = undefined;
    this.#told = "";
    this.#unfollow();
    this.own.stop();
  }

  override pause(): void {
    this.own.pause();
    super.pause();
  }

  override resume(): void {
    this.own.resume();
    super.resume();
  }

  /** Starts this tab's own connection, at its cursor. */
  connect(): void {
    this.own.start(this.cursor);
  }

  // The outlet of the tab's own connection.

  report(report: Report): void {
    this.#outlet.report(report);
  }

  moved(id: string): void {
    this.cursor = id;
    this.#outlet.moved(id);
  }

  deliver(event: ServerSentEvent): void {
    this.#progress.pass(event.id);
    if (this.#progress.exact && event.id === this.#group) this.#isLevelAgain(this.#groupExact);
    this.#outlet.deliver(event);
  }

  ended(...end: Parameters<Outlet["ended"]>): void {
    this.#outlet.ended(...end);
  }

  /** Called by its own connection, and for the kept items of the leader. */
  held(held: boolean): void {
    this.#outlet.held(held);
    if (held || !this.#stalled) return;
    this.#stalled = false;
    this.#catchUp(this.#group);
  }

  protected pass(piece: Piece): void {
    // The delivery of an earlier piece may have closed the feed.
    if (!this.#open) return;
    if ("cursor" in piece) return this.#moveTo(piece.cursor);
    if ("comment" in piece) return this.report({ kind: "comment", text: piece.comment });
    const { id } = piece;
    if ("gap" in piece) {
      const { data } = piece.gap;
      this.#moveTo(piece.id);
      // A gap that the leader's feed found in its own request is not an event of the stream.
      if (data === undefined) return this.report({ kind: "gap", ...piece.gap });
      return void this.#outlet.deliver({ type: gapType, data, lastEventId: piece.id });
    }
    if (id !== undefined) this.moved(id);
    const { lastEventId } = piece;
    const isSame = lastEventId === this.cursor;
    this.#outlet.deliver(isSame ? piece : { ...piece, lastEventId: this.cursor });
  }

  protected sizeOf(piece: Piece): number {
    return "data" in piece ? piece.data.length + piece.type.length + 16 : 16;
  }

  /** The leader reports its state. `another`: it is a new leader. */
  state(state: State, another: boolean): void {
    const before = this.#state;
    if (another && this.#open && !this.#progress.exact) this.#tellGap("hand-over");
    this.#state = state;
    this.#group = state.id;
    this.#groupExact = state.exact;
    const { status } = state;
    if (status.kind === "closed") return void this.#leaderClosed(state, status);
    if (this.own.running || !this.#active) return;
    const joins = before === undefined && this.#progress.id !== "";
    if (!this.#stalled && !this.#isLevel(state.id) && !this.#catchUp(state.id)) return;
    if (joins && !state.exact) this.#tellGap("hand-over");
    // A listener may have closed the feed.
    if (!this.#active) return;
    const wasConnecting = before === undefined || before.status.kind === "connecting";
    if (status.kind !== "connecting" || !wasConnecting) this.#mirror(state);
  }

  /** The leader sends new items. */
  batch(batch: Batch): void {
    const exact = this.#groupExact;
    this.#group = batch.id;
    this.#groupExact = endsExactly(batch, exact);
    const known = this.#progress.knows(batch.after);
    if (this.own.running && !(known && this.#isLevelAgain(exact))) return;
    if (this.size > maxKept) this.#stalled = true;
    if (this.#stalled || (!known && !this.#catchUp(batch.after))) return;
    let { id } = this.#progress;
    for (const item of this.#progress.take(batch)) {
      if (!("comment" in item)) id = item.id ?? id;
      this.take(item);
    }
    if (id !== this.#progress.id) this.take({ cursor: this.#progress.id });
  }

  /** Missing events come before the end: over the tab's own connection, which ends by itself, or from the brake. */
  async #leaderClosed({ id }: State, { reason, error, whole }: LeaderClosed): Promise<void> {
    if (!error) {
      if (this.own.running) return;
      if (this.#stalled || !this.#progress.knows(id)) return void this.#catchUp(id);
      if (this.size > 0) await this.emptied();
      if (!this.#active || this.own.running) return;
    }
    this.#outlet.ended(reason, error && errorOf(error), whole);
  }

  #mirror({ leader, change, status }: State): void {
    const told = `${leader} ${change}`;
    if (told === this.#told) return;
    this.#told = told;
    this.dueAt = status.kind === "waiting" ? performance.now() + status.delayMs : Infinity;
    if (status.kind === "connecting" || status.kind === "still") this.report(status);
    else if (status.kind === "waiting") this.report({ ...status, error: errorOf(status.error) });
    else if (status.kind === "open") {
      this.#open = true;
      this.report({ kind: "open", ...infoOf(status) });
    }
  }

  /** True if no event is missing between this tab and the leader's cursor. */
  #isLevel(id: string): boolean {
    if (this.#progress.knows(id)) return true;
    if (this.#progress.id !== "") return false;
    // Starts here, which is also where a server lets new readers start.
    this.#progress.reset(id);
    this.#moveTo(id);
    return true;
  }

  /** Fetches the missing events up to the id. Returns `true` if nothing has to be fetched. */
  #catchUp(id: string): boolean {
    if (this.#progress.id === "") {
      // Without a cursor, a server cannot know which events are missing.
      this.#tellGap("slow");
      return this.#isLevel(id);
    }
    this.#unfollow();
    this.#progress.reset(this.cursor);
    this.connect();
    return false;
  }

  /** Its own connection has caught up. Unless `exact`, an event without an id may be missing in between. */
  #isLevelAgain(exact: boolean): boolean {
    const state = this.#state;
    if (state?.status.kind !== "open") return false;
    this.own.stop();
    this.#told = `${state.leader} ${state.change}`;
    this.#open = true;
    if (!exact) this.#tellGap("hand-over");
    return true;
  }

  #moveTo(id: string): void {
    if (id !== this.cursor) this.moved(id);
  }

  #unfollow(): void {
    this.#open = this.#stalled = false;
    this.drop();
    this.dueAt = Infinity;
  }

  #tellGap(reason: GapReason): void {
    this.report({ kind: "gap", reason, lastEventId: this.#progress.id });
  }
}
