import type { FeedSnapshot, FeedSource, UrlOptions } from "@steadfeed/client/store";

/** A component of some framework that shows `textOf` a feed. */
export interface Mounted {
  /** Another source, as its state. */
  readonly show: (source: FeedSource) => void;
  readonly reconnect: () => void;
  readonly unmount: () => void;
}

export type Mount = (element: HTMLElement, source: FeedSource, options: UrlOptions) => Mounted;

export type Shown = Pick<FeedSnapshot, "state" | "events" | "latest" | "error">;

/** What a component shows of a feed: `open: 1 2;`, say. */
export const textOf = ({ state, events, latest, error }: Shown): string =>
  `${state}: ${events.map(({ data }) => data).join(" ")};` +
  (latest.size > 0 ? ` latest ${[...latest.keys()].join(" ")}` : "") +
  (error?.status ? ` error ${error.status}` : "");
