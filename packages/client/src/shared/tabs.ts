import { isMessage } from "#checks";
import type { Message } from "./message.ts";

/** One tab's end of a channel between tabs. It does not receive its own messages; another end in the same tab does. */
export interface TabChannel {
  post(message: Message): void;
  close(): void;
}

/** Queues for the lock until the signal aborts, or steals it from its holder. */
export type LockRequest = { readonly signal: AbortSignal } | { readonly steal: true };

/** The shared resources of an origin's tabs: channels and locks. Workers count as tabs. */
export interface Tabs {
  /** True if the tab's timers run on time: it is visible, or a worker. */
  readonly shown: boolean;
  /** Reports when the page is frozen, and when it resumes, until the returned function is called. */
  watch(page: { left(): void; back(): void }): () => void;
  channel(name: string, heard: (message: Message) => void): TabChannel;
  /**
   * Holds a lock, which only one tab has at a time, until the promise of `held` settles.
   *
   * Errors: rejects with an `AbortError` when the lock was stolen or the signal aborted, and with another error if
   *         locks are unavailable
   */
  hold(name: string, request: LockRequest, held: () => Promise<void>): Promise<void>;
}

/** The tabs of this origin; `undefined` if there is no origin, lock or channel. */
export function tabsOfOrigin(): Tabs | undefined {
  // Node and Deno have locks and channels but no origin: their threads and processes are not tabs of one user.
  // Only secure contexts (https:, localhost) have locks.
  const locks = globalThis.location && (globalThis.navigator?.locks as LockManager | undefined);
  if (!locks) return undefined;
  try {
    // If cookies are blocked, Firefox refuses to open a channel. Some platforms have none.
    new BroadcastChannel("steadfeed").close();
  } catch {
    return undefined;
  }
  return {
    get shown() {
      return globalThis.document?.visibilityState !== "hidden";
    },
    watch(page) {
      const listeners = new AbortController();
      const { signal } = listeners;
      // A frozen page may still receive messages, but its connection is stopped. A worker has no document.
      globalThis.document?.addEventListener("freeze", () => page.left(), { signal });
      globalThis.document?.addEventListener("resume", () => page.back(), { signal });
      return () => listeners.abort();
    },
    channel(name, heard) {
      const channel = new BroadcastChannel(name);
      channel.addEventListener("message", ({ data }) => {
        if (isMessage(data)) heard(data as Message);
      });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other
      return { post: (message) => channel.postMessage(message), close: () => channel.close() };
    },
    hold: (name, request, held) => locks.request(name, request, held),
  };
}
