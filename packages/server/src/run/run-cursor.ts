import { END_TYPE, GAP_TYPE } from "../core/event.ts";
import type { Address, Entry, Log } from "../log/log.ts";
import { idAt, type RunEnd } from "../log/run-log.ts";
import { Cursor, type Step } from "../session/cursor.ts";

/** The reason why a run's reader has no more to read: the run ended, or later events are no longer kept. */
export type RunStop = RunEnd | { readonly reason: "gone" };

/** Whether all events before the end were delivered. */
export const isClean = ({ reason }: RunStop): boolean => reason === "done" || reason === "stopped";

/** A reader's position in a run, which has an end. */
export class RunCursor extends Cursor {
  readonly #to: Address;
  /** Whether a clean end is delivered as an entry. */
  readonly #showsEnd: boolean;
  readonly #stopped: (why: RunStop) => void;
  #stop: { readonly why: RunStop; readonly at: string } | undefined;

  /** `stopped` is called once everything before the end was taken, when the reader asks for more. */
  constructor(
    log: Log,
    to: Address,
    at: string,
    showsEnd: boolean,
    stopped: (why: RunStop) => void,
  ) {
    super(log, [to], Number.POSITIVE_INFINITY, "last-id", at);
    this.#to = to;
    this.#showsEnd = showsEnd;
    this.#stopped = stopped;
  }

  /** As the reader sees it. */
  override get at(): string {
    return idAt(this.#to, super.at);
  }

  override next(limit: number): Step | Promise<Step> {
    const stop = this.#stop;
    if (stop?.at === super.at) {
      this.#stopped(stop.why);
      return { events: [], at: stop.at, more: false };
    }
    const step = super.next(limit);
    return step instanceof Promise ? step.then((read) => this.#upToEnd(read)) : this.#upToEnd(step);
  }

  /** A step up to the end of the run. A gap is an end, too, since half an answer is useless. */
  #upToEnd(step: Step): Step {
    const place = step.events.findIndex(({ type }) => type === END_TYPE || type === GAP_TYPE);
    if (place < 0) return step;
    const entry = step.events[place]!;
    const why = stopOf(entry);
    const shown = isClean(why) && this.#showsEnd ? 1 : 0;
    const events = step.events.slice(0, place + shown);
    const at = events.at(-1)?.at ?? super.at;
    this.#stop = { why, at };
    return { events, at, more: true };
  }
}

const stopOf = ({ type, data }: Entry): RunStop =>
  type === GAP_TYPE ? { reason: "gone" } : (JSON.parse(data) as RunEnd);
