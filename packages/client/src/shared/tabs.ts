import { isMessage, type Message } from "./message.ts";

/** One tab's end of what all tabs hear. It does not hear itself; another end in the same tab does. */
export interface TabChannel {
  post(message: Message): void;
  close(): void;
}

/** Waits in the queue until the signal aborts, or takes the lock from who has it. */
export type LockRequest = { readonly signal: AbortSignal } | { readonly steal: true };

/** What the tabs of an origin have in common: channels and locks. Workers count as tabs. */
export interface Tabs {
  /** Whether its timers run on time: it is shown, or a worker. */
  readonly shown: boolean;
  /** Tells when the page is frozen, and when it goes on; the function it gives ends that. */
  watch(page: { readonly left: () => void; readonly back: () => void }): () => void;
  channel(name: string, heard: (message: Message) => void): TabChannel;
  /**
   * Holds a lock, which one tab has at a time, until the promise of `held` settles.
   *
   * Errors: rejects with an `AbortError` when the lock was stolen or the signal aborted, with another error
   *         where there are no locks to be had
   */
  hold(name: string, request: LockRequest, held: () => Promise<void>): Promise<void>;
}

/** The tabs that share this origin; `undefined` where there is no origin, no lock or no channel. */
export function tabsOfOrigin(): Tabs | undefined {
  // Node and Deno have both, and no origin: their threads and processes are not tabs of one user.
  if (!("location" in globalThis) || typeof BroadcastChannel === "undefined") return undefined;
  // Only secure contexts (https:, localhost) have locks.
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  if (!locks || !mayOpenChannel()) return undefined;
  return {
    get shown() {
      return typeof document === "undefined" || document.visibilityState === "visible";
    },
    watch({ left, back }) {
      if (typeof document === "undefined") return () => undefined;
      const listeners = new AbortController();
      const { signal } = listeners;
      // What is frozen may still hear the others, but its connection stands still.
      document.addEventListener("freeze", left, { signal });
      document.addEventListener("resume", back, { signal });
      return () => listeners.abort();
    },
    channel(name, heard) {
      const channel = new BroadcastChannel(name);
      channel.addEventListener("message", ({ data }) => {
        if (isMessage(data)) heard(data);
      });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other
      return { post: (message) => channel.postMessage(message), close: () => channel.close() };
    },
    hold: (name, request, held) => locks.request(name, request, held),
  };
}

/** Where cookies are blocked, Firefox refuses to open a channel. */
function mayOpenChannel(): boolean {
  try {
    new BroadcastChannel("steadfeed").close();
    return true;
  } catch {
    return false;
  }
}
