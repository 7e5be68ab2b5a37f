/** The part of React Native's `AppState` that is used. */
export interface AppStateLike {
  addEventListener(type: "change", listener: (state: string) => void): { remove(): void };
}

/** An object that can be paused, such as a `Feed` or a `SharedFeed`. */
interface Pausable {
  readonly state: string;
  pause(): void;
  resume(): void;
}

/**
 * Keeps an app in the background without a connection, like `hidden: "pause"` in a page: the feed is paused when the
 * app enters the background, and resumed at its cursor when the app is active again.
 *
 * Shape: `const stop = followAppState(feed, AppState)`
 * After: a feed that you paused yourself stays paused; `stop()` leaves the feed as it is
 */
export function followAppState(feed: Pausable, appState: AppStateLike): () => void {
  let paused = false;
  const subscription = appState.addEventListener("change", (state) => {
    // iOS reports `inactive` while the app is still visible.
    if (state === "background" && feed.state !== "paused") {
      paused = true;
      feed.pause();
    } else if (state === "active" && paused) {
      paused = false;
      feed.resume();
    }
  });
  return () => subscription.remove();
}
