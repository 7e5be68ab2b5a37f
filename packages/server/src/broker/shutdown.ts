import { ServerError } from "../core/errors.ts";
import { own } from "../core/own.ts";
import { requireCount } from "../core/check.ts";
import type { SessionCore } from "../session/session-core.ts";
import type { EndMode } from "../session/outlet.ts";
import { nextTurn } from "../core/turn.ts";

/** The options of `broker.close()`. */
export interface CloseOptions {
  /** How long readers may take what is due to them, in milliseconds; then their responses break off. Default: 5000. */
  readonly graceMs?: number | undefined;
  /** `end`: end each response after its last event. `abort`: break it off. Default: what suits each profile. */
  readonly mode?: EndMode | undefined;
  /** Tell each reader to come back after about so long, in milliseconds: from a half to one and a half of it. */
  readonly retryMs?: number | undefined;
}

const sliceSessions = 512;
const longestMs = 2 ** 31 - 1;

/** Whether a broker still takes events and sessions. Once it does not, it never does again. */
export class Lifetime {
  #closing: Promise<void> | undefined;

  get open(): boolean {
    return this.#closing === undefined;
  }

  /** Throws {@link ServerError} `closed`. */
  requireOpen(): void {
    if (!this.open) throw new ServerError("closed", "The broker is closed.");
  }

  /** Ends it. Later calls wait for the first. */
  end(close: () => Promise<void>): Promise<void> {
    return (this.#closing ??= Promise.resolve().then(close));
  }
}

/** Throws `TypeError` that names the option. */
export function requireCloseOptions(
  options: CloseOptions,
): CloseOptions & { readonly graceMs: number } {
  const { graceMs = 5000, mode, retryMs } = own("close", options, ["graceMs", "mode", "retryMs"]);
  if (mode !== undefined && mode !== "end" && mode !== "abort") {
    throw new TypeError(`mode must be "end" or "abort", not ${String(mode)}.`);
  }
  if (retryMs !== undefined) requireCount("retryMs", retryMs, 0);
  return { graceMs: requireCount("graceMs", graceMs, 0, longestMs), mode, retryMs };
}

/** Ends all sessions, a slice per turn, and resolves when nothing is left of any. */
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

/** So that they do not all come back at once. */
const jittered = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : Math.round(ms / 2 + Math.random() * ms);
