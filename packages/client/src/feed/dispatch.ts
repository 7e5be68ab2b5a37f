import { trace } from "#transport";
import type { ServerSentEvent } from "@steadfeed/parser";
import { answerOf } from "../core/answer.ts";
import type { FeedError } from "../core/errors.ts";
import type { FeedEvent } from "../core/event.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { CloseReason, GapInfo, StatusOf } from "../core/status.ts";
import type { TracedFeed } from "../core/trace.ts";
import { DataDecoder } from "../delivery/decode.ts";
import { report, type Listeners } from "../delivery/listeners.ts";
import type { Subscribers } from "../delivery/subscribers.ts";
import { endType } from "./end.ts";
import { gapOf, gapType } from "./gap.ts";
import type { Outlet, Report, Whole } from "./source.ts";

/** The feed that events are dispatched for. */
export interface Engine extends TracedFeed {
  /** Its source is in another state. */
  enter(status: StatusOf<"connecting" | "open" | "waiting">): void;
  /** Holds a Node process that nothing else holds: the source has stopped the sender. */
  keepAlive(on: boolean): void;
  /** Nothing more comes. */
  ended(reason: CloseReason, error?: FeedError, whole?: Whole): void;
}

/** The outlet of a source: what becomes of its events. Each is a gap, an end, or for the subscribers that want it. */
export class Dispatch implements Outlet {
  events = 0;
  gaps = 0;
  readonly #feed: Engine;
  readonly #options: ResolvedOptions;
  readonly #listeners: Listeners;
  readonly #subscribers: Subscribers;
  readonly #decoder: DataDecoder;
  /** What is delivered stops when it changes. */
  #run = 0;
  /** The id that a server which replays inclusively sends again. */
  #seen: string | undefined;
  #printed = false;

  constructor(
    feed: Engine,
    options: ResolvedOptions,
    listeners: Listeners,
    subscribers: Subscribers,
  ) {
    this.#feed = feed;
    this.#options = options;
    this.#listeners = listeners;
    this.#subscribers = subscribers;
    this.#decoder = new DataDecoder(options.events ?? {}, options.decode);
  }

  /** Delivers nothing more, also not from the current chunk. An event that nobody has yet comes again. */
  interrupt(): number {
    this.#subscribers.place.interrupt();
    return ++this.#run;
  }

  /** Whether `interrupt` gave this number last. */
  isAt(run: number): boolean {
    return run === this.#run;
  }

  report(status: Report): void {
    if (status.kind === "open")
      this.#seen = this.#options.dedupe ? status.resumedFrom || undefined : undefined;
    switch (status.kind) {
      case "comment":
        return this.#listeners.comment(status.text);
      case "error":
        return this.#listeners.threw(status.error);
      case "gap":
        return this.#gap(status);
      case "connecting":
      case "open":
      case "waiting":
        return this.#feed.enter(status);
      default:
        this.#listeners.tell(status);
    }
  }

  held(held: boolean): void {
    this.#feed.keepAlive(held);
    if (held) this.#subscribers.tellSlow();
  }

  ended(reason: CloseReason, error?: FeedError, whole?: Whole): void {
    this.#feed.ended(reason, error, whole);
  }

  moved(id: string): void {
    this.#subscribers.place.moved(id);
  }

  deliver(event: ServerSentEvent): void {
    const { place } = this.#subscribers;
    const run = this.#run;
    const seen = this.#seen;
    this.#seen = undefined;
    this.events++;
    trace(this.#feed, event);
    const number = place.arrive(event);
    if (event.type === gapType) {
      place.handed();
      return this.#gap(gapOf(event));
    }
    const complete = event.type === endType;
    const isLast = complete || (this.#options.until !== undefined && this.#isLast(event));
    // The user's function may have stopped the feed: then the event comes again.
    if (run !== this.#run) return;
    if (isLast || (seen !== undefined && event.id === seen)) {
      place.handed();
      if (isLast) this.ended("ended", undefined, complete ? { complete } : undefined);
      return;
    }
    let decoded: FeedEvent<unknown>;
    try {
      decoded = this.#decoder.decode(event);
    } catch (error) {
      if (run === this.#run) this.#invalid(event, error as FeedError);
      return;
    }
    if (run !== this.#run) return;
    // Who gets it is decided before anyone does, so that a filter that stops the feed takes it from nobody.
    const wanting = this.#subscribers.wanting(decoded);
    if (run !== this.#run) return;
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

  #gap({ reason, lastEventId, data }: GapInfo): void {
    this.gaps++;
    // What is on its way does not move a cursor back that was refused.
    if (reason === "refused") this.#subscribers.place.moveTo("");
    this.#listeners.tell({
      kind: "gap",
      reason,
      lastEventId,
      ...(data !== undefined && { data }),
    });
  }

  #isLast(event: ServerSentEvent): boolean {
    try {
      return answerOf("until", this.#options.until!, event);
    } catch (cause) {
      this.#subscribers.callbackThrew("until-threw", "", cause);
      return false;
    }
  }

  #invalid({ type, data: raw }: ServerSentEvent, error: FeedError): void {
    this.#subscribers.place.handed();
    if (!this.#listeners.hears("invalid", "error") && !this.#printed) {
      this.#printed = true;
      report(error);
    }
    this.#listeners.tell({ kind: "invalid", error, type, raw });
  }
}
