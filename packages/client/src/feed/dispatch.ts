import { trace } from "#transport";
import type { ServerSentEvent } from "@steadfeed/parser";
import type { FeedError } from "../core/errors.ts";
import type { FeedEvent } from "../core/event.ts";
import type { CloseReason, StatusOf } from "../core/status.ts";
import { decode } from "../delivery/decode.ts";
import { report } from "../delivery/listeners.ts";
import { Subscribers } from "../delivery/subscribers.ts";
import { endType } from "./end.ts";
import { gapOf, gapType } from "./gap.ts";
import type { Outlet, Report, Whole } from "./source.ts";

/** The part of a feed that its source knows: what becomes of an event. Each is a gap, an end, or for the subscriptions that want it. */
export abstract class Dispatch extends Subscribers implements Outlet {
  protected events = 0;
  protected gaps = 0;
  /** What is delivered stops when it changes. */
  #run = 0;
  /** The id that a server which replays inclusively sends again. */
  #seen: string | undefined;
  #printed = false;

  /** The state of the source has changed. */
  protected abstract enter(status: StatusOf<"connecting" | "open" | "waiting">): void;
  abstract held(held: boolean): void;
  abstract ended(reason: CloseReason, error?: FeedError, whole?: Whole): void;

  report(status: Report): void {
    switch (status.kind) {
      case "comment":
        return this.listeners.comment(status.text);
      case "error":
        return this.listeners.threw(status.error);
      case "gap":
        return this.#gap(status);
      case "connecting":
      case "open":
      case "waiting":
        // An id that was given is not sent again.
        this.#seen =
          (status.kind === "open" && this.options.dedupe && status.resumedFrom) || undefined;
        return this.enter(status);
      default:
        this.listeners.tell(status);
    }
  }

  moved(id: string): void {
    this.place.moved(id);
  }

  deliver(event: ServerSentEvent): false | void {
    const {
      place,
      options: { until },
    } = this;
    const run = this.#run;
    const isSeen = this.#seen !== undefined && event.id === this.#seen;
    this.#seen = undefined;
    this.events++;
    trace(this, event);
    const number = place.arrive(event);
    if (event.type === gapType) {
      place.handed();
      return this.#gap(gapOf(event));
    }
    const complete = event.type === endType;
    const isLast = complete || (until !== undefined && this.asks("until", "", until, event));
    // The user's function may have stopped the feed: then the event comes again.
    if (run !== this.#run) return false;
    if (isLast || isSeen) {
      place.handed();
      if (isLast) this.ended("ended", undefined, complete ? { complete } : undefined);
      return;
    }
    let decoded: FeedEvent<unknown>;
    try {
      decoded = decode(event, this.options);
    } catch (error) {
      if (run !== this.#run) return false;
      return this.#invalid(event, error as FeedError);
    }
    if (run !== this.#run) return false;
    // Who gets it is decided before anyone does, so that a filter that stops the feed takes it from nobody.
    const wanting = this.wanting(decoded);
    if (run !== this.#run) return false;
    const before = place.decided();
    const last = wanting.at(-1);
    for (const each of wanting) {
      // One that ends the feed has the event, and those after it have not.
      if (each === last) place.handed();
      each.deliver(decoded, before, number);
    }
    if (!last) place.handed();
    place.save();
  }

  /** Delivers nothing more, also not from the current chunk. An event that nobody has yet comes again. */
  protected interrupt(): number {
    this.place.interrupt();
    return ++this.#run;
  }

  /** Whether `interrupt` gave this number last. */
  protected isAt(run: number): boolean {
    return run === this.#run;
  }

  #gap(status: StatusOf<"gap">): void {
    this.gaps++;
    // What is on its way does not move a cursor back that was refused.
    if (status.reason === "refused") this.place.moveTo("");
    this.listeners.tell(status);
  }

  #invalid({ type, data: raw }: ServerSentEvent, error: FeedError): void {
    this.place.handed();
    if (!this.listeners.hears("invalid", "error") && !this.#printed) {
      this.#printed = true;
      report(error);
    }
    this.listeners.tell({ kind: "invalid", error, type, raw });
  }
}
