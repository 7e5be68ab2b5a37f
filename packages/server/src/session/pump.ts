import { GAP_TYPE } from "../core/event.ts";
import type { Cursor, Step } from "./cursor.ts";
import type { Batch, Frame } from "../log/frame.ts";
import type { Outlet } from "./outlet.ts";
import { Steps, type StepTaker } from "./steps.ts";

const pageEvents = 256;

/**
 * Moves a cursor's events to an outlet, in the same way for live, slow and replaying readers. It has no queue: it
 * writes while there is room, and continues from the cursor.
 */
export class Pump implements StepTaker {
  readonly #cursor: Cursor;
  readonly #outlet: Outlet;
  readonly #batch: Batch;
  readonly #steps: Steps;
  readonly failed: (error: unknown) => void;

  constructor(cursor: Cursor, outlet: Outlet, batch: Batch, failed: (error: unknown) => void) {
    this.#cursor = cursor;
    this.#outlet = outlet;
    this.#batch = batch;
    this.#steps = new Steps(cursor, pageEvents, this);
    this.failed = failed;
  }

  get at(): string {
    return this.#cursor.at;
  }

  get ready(): boolean {
    return !this.#outlet.full;
  }

  run(): void {
    this.#steps.run();
  }

  /** The reader lost its right to missed events: it continues at the newest one. */
  skip(): void {
    this.#cursor.skip();
  }

  stop(): void {
    this.#steps.stop();
  }

  /** Writes one step as far as there is room. Returns whether there may be more to write at once. */
  take(step: Step): boolean {
    if (this.#outlet.expired) return false;
    const { profile, room } = this.#outlet;
    const page = this.#batch.page(step.events, profile, room);
    if (page) {
      this.#outlet.told = step.events.at(-1)!.at;
      this.#cursor.arrive(step.at);
      this.#outlet.events(page, step.events.length);
      // A gap is written first.
      if (step.events[0]!.type === GAP_TYPE) this.#outlet.tally.gap(step.events[0]!);
      return step.more;
    }
    const frames: Frame[] = [];
    let byteLength = 0;
    let all = true;
    for (const entry of step.events) {
      if (this.#cursor.wants(entry)) {
        const size = entry.frame.in(profile).byteLength;
        all = frames.length === 0 || byteLength + size <= room;
        if (!all) break;
        frames.push(entry.frame);
        if (entry.type === GAP_TYPE) this.#outlet.tally.gap(entry);
        byteLength += size;
        this.#outlet.told = entry.at;
      }
      this.#cursor.take(entry);
    }
    if (all) this.#cursor.arrive(step.at);
    if (frames.length > 0) {
      this.#outlet.events(this.#batch.bytes(frames, byteLength, profile), frames.length);
    }
    return !all || step.more;
  }
}
