import { useCallback, useState } from "react";
import type { FeedEvent } from "../core/event.ts";
import { stopRun } from "../store/stop-run.ts";
import { RunView, type RunSnapshot } from "../store/run-view.ts";
import type { NoFeed, UrlOptions } from "../store/show-options.ts";
import { useFeed } from "./use-feed.ts";

/** The options of `useRun`. */
export interface UseRunOptions extends Omit<
  UrlOptions,
  "decode" | "events" | "history" | "latestBy"
> {
  /** Returns the text that an event adds. Default: its data. It is read when the URL is first shown. */
  readonly text?: ((event: FeedEvent) => string) | undefined;
}

/** A run as a component shows it. */
export interface ShownRun extends RunSnapshot {
  /**
   * Asks the server to stop the run: a DELETE to its URL, with the `headers`, `token` and `credentials` of the options.
   *
   * Errors: rejects with a `FeedError` (`status`) for an unsuccessful response, and with the error of `fetch`
   */
  readonly stop: () => Promise<void>;
}

/** Enough events for any answer, so that none is dropped. */
const history = 1_000_000;

/**
 * Shows a run in a component: its text so far, its state, and a way to stop it. If it is mounted in the middle of an
 * answer, or after a reload, it shows the text so far, and the rest as it arrives. Components with the same URL share
 * one connection.
 *
 * Errors: like `useFeed`. A run that failed is `failed`, with its text so far and the `error`
 *
 * @example const { text, state, stop } = useRun("/runs/42");
 */
export function useRun(url: string | URL | NoFeed, options: UseRunOptions = {}): ShownRun {
  const { text, ...shown } = { __proto__: null, ...options };
  const at = url ? String(url) : "";
  const [view, setView] = useState(() => viewOf(at, text));
  // The text of another run is not added to this one's.
  const current = view.at === at ? view : viewOf(at, text);
  if (current !== view) setView(current);
  const run = useFeed(url, { ...shown, history, select: current.of });
  const { headers, token, credentials, fetch } = shown;
  const stop = useCallback(
    () => stopRun(at, { headers, token, credentials, fetch }),
    [at, headers, token, credentials, fetch],
  );
  return { ...run, stop };
}

interface ViewAt {
  readonly at: string;
  readonly of: RunView["of"];
}

const viewOf = (at: string, text: UseRunOptions["text"] = ({ data }) => data): ViewAt => ({
  at,
  of: new RunView(text).of,
});
