import type { CursorStore, FeedEvent, FeedStatus } from "@steadfeed/client";
import { vi } from "vitest";
import { Cursor } from "../../packages/client/src/delivery/cursor.ts";
import { FanOut } from "../../packages/client/src/feed/fanout.ts";
import { Intake } from "../../packages/client/src/feed/intake.ts";
import { Listeners } from "../../packages/client/src/delivery/listeners.ts";
import { statuses } from "./collect.ts";

export type Sent = FeedEvent<unknown>;

/** The half of a feed behind its parser: what a feed does with an event, without what a feed does with a network. */
export class Fan {
  readonly listeners = new Listeners();
  readonly told: FeedStatus[] = statuses(this.listeners);
  readonly cursor: Cursor;
  /** Whether the socket is to stand still. */
  held = false;
  /** The last subscription left: with `rewind` or without. */
  readonly onEmpty = vi.fn<(rewind: boolean) => void>();
  readonly fanout: FanOut;

  constructor(start: string | CursorStore = "") {
    this.cursor = new Cursor(
      typeof start === "string" ? start : "",
      typeof start === "string" ? undefined : start,
      (error) => this.listeners.threw(error),
    );
    const ignore = (): void => undefined;
    const reader = {
      event: ignore,
      comment: ignore,
      retry: ignore,
      id: ignore,
      moved: ignore,
      paused: ignore,
    };
    const intake = new Intake(reader, { maxEventBytes: 1000 });
    vi.spyOn(intake, "hold").mockImplementation(() => {
      this.held = true;
    });
    vi.spyOn(intake, "release").mockImplementation(() => {
      this.held = false;
    });
    this.fanout = new FanOut(this.cursor, intake, this.listeners, this.onEmpty);
  }

  /** Events with these ids and the same data come, of one type, one after the other. */
  send(type: string, ...ids: (string | number)[]): void {
    for (const id of ids) {
      const lastEventId = String(id);
      this.cursor.received = lastEventId;
      this.fanout.deliver({ type, data: id, lastEventId });
    }
  }

  /** Subscribes to one type, or a list. */
  subscribe(
    types: string | readonly string[],
    consumer?: Parameters<FanOut["add"]>[1],
    options: Parameters<FanOut["add"]>[2] = {},
  ): ReturnType<FanOut["add"]> {
    return this.fanout.add([types].flat(), consumer, options);
  }
}
