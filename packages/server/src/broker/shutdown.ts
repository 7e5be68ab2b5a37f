import { ServerError } from "../core/errors.ts";
import { own } from "../core/own.ts";
import { describe, requireCount } from "../core/check.ts";
import type { SessionCore } from "../session/session-core.ts";
import type { EndMode } from "../session/outlet.ts";
import { nextTurn } from "../core/turn.ts";

/** The options of `broker.close()`. */
export interface CloseOptions {
  /**
   * How long readers may take their pending events, in milliseconds. Then their responses are aborted. Default: 5000.
   */
  readonly graceMs?: number | undefined;
  /** `end`: end each response after its last event. `abort`: break it off. Default: the one that suits each profile. */
  readonly mode?: EndMode | undefined;
  /** Tell each reader to reconnect after about this time, in milliseconds: from a half to one and a half of it. */
  readonly retryMs?: number | undefined;
}

const sliceSessions = 512;
const longestMs = 2 ** 31 - 1;

/** Whether a broker still accepts events and sessions. Once closed, it stays closed. */
export class Lifetime {
  #closing: Promise<void> | undefined;

  get open(): boolean {
    return this.#closing === undefined;
  }

  /** Throws {@link ServerError} `closed`. */
  requireOpen(): void {
    if (!this.open) throw new ServerError("closed", "The broker is closed.");
  }

  /** Ends the broker. Later calls wait for the first. */
  end(close: () => Promise<void>): Promise<void> {
    return (this.#closing ??= Promise.resolve().then(close));
  }
}

/** Throws a `TypeError` that names the option. */
export function requireCloseOptions(
  options: CloseOptions,
): CloseOptions & { readonly graceMs: number } {
  const { graceMs = 5000, mode, retryMs } = own("close", options, ["graceMs", "mode", "retryMs"]);
  if (mode !== undefined && mode !== "end" && mode !== "abort") {
    throw new TypeError(`mode must be "end" or "abort", not ${describe(mode)}.`);
  }
  if (retryMs !== undefined) requireCount("retryMs", retryMs, 0);
  return { graceMs: requireCount("graceMs", graceMs, 0, longestMs), mode, retryMs };
}

/** Ends all sessions, a slice per turn, and resolves when all are released. */
export function endAll<State>(
  sessions: readonly SessionCore<State>[],
  { graceMs = 0, mode, retryMs }: CloseOptions,
): Promise<void> {
  return new Promise((resolve) => {
    let left = sessions.length;
    if (left === 0) return resolve();
    const deadline = setTimeout(() => {
      for (const session of sessions) session.abort("shutdown");
    }, graceMs);
    const released = (): void => {
      if (--left > 0) return;
      clearTimeout(deadline);
      resolve();
    };
    for (const session of sessions) session.afterwards(released);
    const slice = (start: number): void => {
      for (const session of sessions.slice(start, start + sliceSessions)) {
        session.finish("shutdown", mode, jittered(retryMs));
      }
      if (start + sliceSessions < sessions.length) nextTurn(() => slice(start + sliceSessions));
    };
    slice(0);
  });
}

/** Jitter, so that the readers do not reconnect all at once. */
const jittered = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : Math.round(ms / 2 + Math.random() * ms);
