/**
 * Why a session ended. `client`: the reader left · `server`: `close()` · `slow`: it took nothing for too long ·
 * `replaced`: by a newer session of its client · `removed`: its last stream · `expired`: its admission ·
 * `shutdown`: the broker closed · `ended`: its run ended · `error`: one of your hooks threw, or the log failed
 */
export type EndReason =
  | "client"
  | "server"
  | "slow"
  | "replaced"
  | "removed"
  | "expired"
  | "shutdown"
  | "ended"
  | "error";

/** Receives the two ends of a session, each once. */
export interface SessionWatcher<S> {
  /** It ended for its reader. */
  ended(session: S, reason: EndReason): void;
  /** Its response has ended too, and everything is released. */
  released(session: S): void;
  /** The log failed, which ends the session that read it. */
  failed(error: unknown): void;
}

/** The two ends of a session: first for its reader, then of its response. Each happens once. */
export class Ending {
  #reason: EndReason | undefined;
  #at = 0;
  #released = false;
  /** Created on first use: most sessions are idle, and there are many. */
  #onEnd: Set<(reason: EndReason) => void> | undefined;
  #onRelease: (() => void)[] | undefined;

  /** Why it ended; `undefined` while it is open. */
  get reason(): EndReason | undefined {
    return this.#reason;
  }

  /** Whether the response has ended as well. */
  get released(): boolean {
    return this.#released;
  }

  get closed(): Promise<EndReason> {
    if (this.#reason !== undefined) return Promise.resolve(this.#reason);
    return new Promise((resolve) => void (this.#onEnd ??= new Set()).add(resolve));
  }

  /** How long the response has outlived the session, in milliseconds. */
  since(now: number): number {
    return this.#reason === undefined ? 0 : now - this.#at;
  }

  /** Calls a function when the session ends. Returns a function that undoes that. */
  onEnd(call: () => void): () => void {
    (this.#onEnd ??= new Set()).add(call);
    return () => this.#onEnd?.delete(call);
  }

  /** Calls a function once the response has ended as well. */
  onRelease(call: () => void): void {
    if (this.#released) call();
    else (this.#onRelease ??= []).push(call);
  }

  /** Returns whether this was the first call. */
  end(reason: EndReason): boolean {
    if (this.#reason !== undefined) return false;
    this.#reason = reason;
    this.#at = Date.now();
    for (const call of this.#onEnd ?? []) call(reason);
    this.#onEnd = undefined;
    return true;
  }

  /** Marks the response as gone. Returns whether this was the first call. */
  release(): boolean {
    if (this.#released) return false;
    return (this.#released = true);
  }

  /** Calls the functions that wait for the release. */
  settle(): void {
    for (const call of this.#onRelease?.splice(0) ?? []) call();
  }
}
