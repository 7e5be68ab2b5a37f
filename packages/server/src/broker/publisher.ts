import { draftOf, type Published, type PublishOptions } from "../log/draft.ts";
import { ServerError } from "../core/errors.ts";
import type { ServerEvent } from "../core/event.ts";
import type { Guard } from "./hooks.ts";
import type { Address, Log } from "../log/log.ts";
import type { Roster } from "./roster.ts";

/** How many events may be on their way to a log that answers later before one more is not tried. */
const mostUnsettled = 1024;

/** Brings events into the log. Nothing here knows how they get to their readers. */
export class Publisher<State> {
  readonly #log: Log;
  readonly #roster: Roster<State>;
  readonly #guard: Guard<State>;
  readonly #limitBytes: number;
  #unsettled = 0;

  constructor(log: Log, roster: Roster<State>, guard: Guard<State>, limitBytes: number) {
    this.#log = log;
    this.#roster = roster;
    this.#guard = guard;
    this.#limitBytes = limitBytes;
  }

  async publish(
    to: Address,
    event: ServerEvent | string,
    options: PublishOptions,
  ): Promise<Published> {
    const draft = draftOf(to, event, options, this.#limitBytes);
    const appended = await this.#log.append(draft);
    return { ...appended, sessions: this.#count(to, draft.minVersion) };
  }

  /** Whether the log took it, or is about to. */
  tryPublish(to: Address, event: ServerEvent | string, options: PublishOptions): boolean {
    if (this.#unsettled >= mostUnsettled) return false;
    try {
      const appended = this.#log.append(draftOf(to, event, options, this.#limitBytes));
      if (appended instanceof Promise) void this.#follow(appended);
      return true;
    } catch (error) {
      if (error instanceof ServerError) return false;
      throw error;
    }
  }

  async #follow(appended: Promise<unknown>): Promise<void> {
    this.#unsettled++;
    await appended.catch((error: unknown) => this.#guard.failed(error, "publish"));
    this.#unsettled--;
  }

  #count(to: Address, minVersion: number): number {
    const sessions = this.#roster.at(to);
    if (minVersion === Number.NEGATIVE_INFINITY) return sessions.size;
    return [...sessions].filter(({ version }) => version >= minVersion).length;
  }
}
