import { keepAlive } from "#timers";
import { trace } from "#transport";
import type { ServerSentEvent } from "@steadfeed/parser";
import { FeedError } from "../core/errors.ts";
import type { ResolvedOptions } from "../core/options.ts";
import { print } from "../core/print.ts";
import type { CloseReason, OpenInfo, StatusOf } from "../core/status.ts";
import type { FeedStats } from "../core/trace.ts";
import { decode } from "../delivery/decode.ts";
import { Subscribers } from "../delivery/subscribers.ts";
import type { UrlSource } from "../http/request.ts";
import { endType } from "./end.ts";
import { gapOf, gapType } from "./gap.ts";
import type { Outlet, Report, Source, EndFacts } from "./source.ts";

/**
 * The part of a feed that its source knows. It decides about each event, in this order: a gap; the end (`steadfeed.end`,
 * `until`); an event that came before (`dedupe`); decoders; types and filters (`Subscribers.wanting`); delivery. Before
 * it, `HttpStream` skips what a replay repeats.
 */
export abstract class Dispatch extends Subscribers implements Outlet {
  /** The answer that last opened the feed. */
  protected openInfo: OpenInfo | undefined;
  readonly #url: UrlSource;
  #attempts = 0;
  #opened = 0;
  #events = 0;
  #gaps = 0;
  /** The cursor of the request, whose event a server may send again. Used for `dedupe`. */
  #seen: string | undefined;
  #printed = false;
  /** Keeps a Node process alive when nothing else does: while the feed is paused, or its socket stopped. */
  alive: ReturnType<typeof setInterval> | undefined;

  constructor(url: UrlSource, options: ResolvedOptions) {
    super(options);
    this.#url = url;
  }

  get url(): string {
    if (this.openInfo) return this.openInfo.url;
    if (typeof this.#url === "function") return "";
    const url = new URL(this.#url);
    url.username = url.password = "";
    return url.href;
  }

  get stats(): FeedStats {
    return {
      attempts: this.#attempts,
      opened: this.#opened,
      events: this.#events,
      bytes: this.source.bytesRead,
      gaps: this.#gaps,
      dropped: this.lost,
    };
  }

  protected abstract readonly source: Source;
  /** The state of the source has changed. */
  protected abstract enter(status: StatusOf<"connecting" | "open" | "waiting">): void;
  abstract ended(reason: CloseReason, error?: FeedError, facts?: EndFacts): void;

  report(status: Report): void {
    switch (status.kind) {
      case "comment":
        return this.listeners.comment(status.text);
      case "error":
        return this.listeners.threw(status.error);
      case "gap":
        return this.#gap(status);
      case "connecting":
        this.#attempts++;
        return this.enter(status);
      case "open": {
        const { kind: _, ...info } = status;
        this.openInfo = info;
        this.#opened++;
        this.#seen = (this.options.dedupe && status.resumedFrom) || undefined;
        return this.enter(status);
      }
      case "waiting":
        return this.enter(status);
      default:
        this.listeners.tell(status);
    }
  }

  held(held: boolean): void {
    keepAlive(this, held);
    if (!held) return;
    for (const { isFull, name, pending } of this.consumers)
      if (isFull) this.listeners.tell({ kind: "slow", subscription: name, pending });
  }

  moved(id: string): void {
    this.place.moved(id);
  }

  deliver(event: ServerSentEvent): false | void {
    const {
      place,
      options: { until },
    } = this;
    const { stops } = place;
    const isSeen = this.#seen !== undefined && event.id === this.#seen;
    this.#seen = undefined;
    this.#events++;
    trace(this, event);
    const number = place.arrive(event);
    if (event.type === gapType) {
      place.handed();
      return this.#gap(gapOf(event));
    }
    const complete = event.type === endType;
    const isLast = complete || (until !== undefined && this.asks("until", "", until, event));
    // The user's function may have stopped the feed: then the event is delivered again later.
    if (stops !== place.stops) return false;
    if (isLast || isSeen) {
      place.handed();
      if (isLast) this.ended("ended", undefined, complete ? { complete } : undefined);
      return;
    }
    const decoded = decode(event, this.options);
    if (stops !== place.stops) return false;
    if (decoded instanceof FeedError) return this.#invalid(event, decoded);
    // The recipients are chosen before the first delivery. If a filter stops the feed, no subscription has the event
    // yet, and all get it later.
    const wanting = this.wanting(decoded);
    if (stops !== place.stops) return false;
    const before = place.decided();
    const last = wanting.at(-1);
    for (const each of wanting) {
      // If a callback closes the feed, it has the event, while the callbacks after it do not. So the event is marked
      // before its last delivery, and not earlier.
      if (each === last) place.handed();
      each.deliver(decoded, before, number);
    }
    if (!last) place.handed();
  }

  #gap(status: StatusOf<"gap">): void {
    this.#gaps++;
    // Events that are not taken yet must not move the cursor back to one that was refused.
    if (status.reason === "refused") this.place.moveTo("");
    this.listeners.tell(status);
  }

  #invalid({ type, data: raw }: ServerSentEvent, error: FeedError): void {
    this.place.handed();
    if (!this.listeners.hears("invalid", "error") && !this.#printed) {
      this.#printed = true;
      print(error);
    }
    this.listeners.tell({ kind: "invalid", error, type, raw });
  }
}
