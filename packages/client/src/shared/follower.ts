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
  unpacked,
  type Batch,
  type Item,
  type LeaderClosed,
  type State,
} from "./message.ts";
import { endsExactly, Progress } from "./progress.ts";

/** A piece that a tab delivers: an item from the leader, or a cursor that moves without an event. */
type Piece = Item | { readonly id: string };

/** How much a tab keeps for a consumer that does not read, in characters, before it stops following. */
const maxKept = 1024 * 1024;

/**
 * Delivers the leader's messages to a tab, in the leading tab too. If the tab lacks events that the others have, it
 * gets them over a connection of its own, and follows again once it has caught up.
 */
export abstract class Follower extends Brake<Piece> implements Outlet {
  /** This tab's own connection. */
  protected readonly own: HttpSource;
  protected readonly outlet: Outlet;
  /** The cursor of this tab's feed. */
  protected cursor = "";
  /** The leader's state after all its messages; `undefined` until it has posted one. */
  protected state: State | undefined;
  /** When the leader's next attempt is due. */
  protected dueAt: number = Infinity;
  readonly #progress = new Progress();
  /** True if the leader's stream was open since this tab follows it. */
  #open = false;
  /** The consumer has not read for too long, so incoming items are not kept. */
  #stalled = false;

  constructor(url: UrlSource, options: ResolvedOptions, outlet: Outlet) {
    super();
    this.own = new HttpSource(url, options, this);
    this.outlet = outlet;
  }

  /** The cursor to continue from: after the leader's messages, or if there were none, this tab's cursor. */
  place(): string {
    return this.state?.id ?? this.#progress.id;
  }

  override pause(): void {
    this.own.pause();
    super.pause();
  }

  override resume(): void {
    this.own.resume();
    super.resume();
  }

  // The outlet of the tab's own connection.

  report(report: Report): void {
    this.outlet.report(report);
  }

  moved(id: string): void {
    this.cursor = id;
    this.outlet.moved(id);
  }

  deliver(event: ServerSentEvent): void {
    this.#progress.pass(event.id);
    const { state } = this;
    if (state?.id && state.id === event.id) this.#isLevelAgain(state.exact);
    this.outlet.deliver(event);
  }

  ended(...end: Parameters<Outlet["ended"]>): void {
    this.outlet.ended(...end);
  }

  /** Called by its own connection, and for the kept items of the leader. */
  held(held: boolean): void {
    this.outlet.held(held);
    if (held || !this.#stalled) return;
    this.#stalled = false;
    this.#catchUp(this.place());
  }

  protected pass(piece: Piece): void {
    // The delivery of an earlier piece may have closed the feed.
    if (!this.state || this.own.running) return;
    if (piece.id !== undefined) this.moved(piece.id);
    if ("comment" in piece) this.report({ kind: "comment", text: piece.comment });
    else if ("gap" in piece) {
      const { data } = piece.gap;
      // A gap that the leader's feed found in its own request is not an event of the stream.
      if (data === undefined) this.report({ kind: "gap", ...piece.gap });
      else this.outlet.deliver({ type: gapType, data, lastEventId: piece.id });
    } else if ("data" in piece) this.outlet.deliver({ ...piece, lastEventId: this.cursor });
  }

  protected sizeOf(piece: Piece): number {
    return 16 + ("data" in piece ? piece.data.length : 0);
  }

  /** The leader reports its state. */
  protected stated(state: State): void {
    const before = this.state;
    const { leader, id, exact, change, status } = state;
    const isSame = before?.leader === leader;
    const known = this.#progress.knows(id);
    this.state = state;
    // An event without an id may be missing in between.
    const isLost = before
      ? !isSame && this.#open && !this.#progress.exact
      : !exact && known && this.#progress.id !== "";
    if (isLost) this.#tellGap("hand-over");
    if (status.kind === "closed") return void this.#leaderClosed(id, status);
    // A listener may have closed the feed.
    if (this.own.running || !this.state) return;
    if (!known && !this.#stalled) this.#catchUp(id);
    if (this.own.running || (isSame && before.change === change)) return;
    // This tab has already reported that it connects.
    if (status.kind === "connecting" && (!before || before.status.kind === "connecting")) return;
    this.dueAt = status.kind === "waiting" ? performance.now() + status.delayMs : Infinity;
    if (status.kind === "open") this.#open = true;
    this.report(unpacked(status));
  }

  /** The leader sends new items. */
  protected batch(batch: Batch): void {
    const state = this.state!;
    const { exact } = state;
    state.id = batch.id;
    state.exact = endsExactly(batch, exact);
    const known = this.#progress.knows(batch.after);
    if (this.own.running && known) this.#isLevelAgain(exact);
    if (this.size > maxKept) this.#stalled = true;
    if (this.own.running || this.#stalled) return;
    if (!known) this.#catchUp(batch.after);
    if (this.own.running) return;
    for (const item of this.#progress.take(batch)) this.take(item);
    this.take({ id: this.#progress.id });
  }

  /** Missing events come before the end: over the tab's own connection, which ends by itself, or from the brake. */
  async #leaderClosed(id: string, { reason, error, facts }: LeaderClosed): Promise<void> {
    if (!error) {
      if (this.own.running) return;
      if (this.#stalled || !this.#progress.knows(id)) return this.#catchUp(id);
      await this.emptied();
      if (!this.state || this.own.running) return;
    }
    this.outlet.ended(reason, error && errorOf(error), facts);
  }

  /**
   * Fetches the missing events up to the id. Without a cursor a server cannot know which events are missing, so the tab
   * starts at the id, which is also where a server lets new readers start.
   */
  #catchUp(id: string): void {
    if (this.#progress.id !== "") {
      this.unfollow();
      this.own.start(this.cursor);
    } else {
      if (this.#open) this.#tellGap("slow");
      this.#progress.reset(id);
      this.moved(id);
    }
  }

  /** Its own connection has caught up. Unless `exact`, an event without an id may be missing in between. */
  #isLevelAgain(exact: boolean): void {
    if (this.state?.status.kind !== "open") return;
    this.own.stop();
    this.#open = true;
    if (!exact) this.#tellGap("hand-over");
  }

  /** Drops the leader's items that were not delivered: the next event is the one after the cursor. */
  protected unfollow(): void {
    this.#open = this.#stalled = false;
    this.empty();
    this.dueAt = Infinity;
    this.#progress.reset(this.cursor);
  }

  #tellGap(reason: GapReason): void {
    this.report({ kind: "gap", reason, lastEventId: this.#progress.id });
  }
}
