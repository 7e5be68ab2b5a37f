import type { Cursor, Step } from "./cursor.ts";
import type { Batch, Frame } from "../log/frame.ts";
import type { Outlet } from "./outlet.ts";

const pageEvents = 256;

/**
 * Moves a cursor's events to an outlet: live, slow and replaying readers are the same to it. It queues
 * nothing; it writes while there is room, and goes on from the cursor.
 */
export class Pump {
  readonly #cursor: Cursor;
  readonly #outlet: Outlet;
  readonly #batch: Batch;
  readonly #failed: (error: unknown) => void;
  /** Whether a page is on its way from a log that answers later, and whether to ask once more. */
  #reading = false;
  #again = false;
  #skip = false;
  #stopped = false;

  constructor(cursor: Cursor, outlet: Outlet, batch: Batch, failed: (error: unknown) => void) {
    this.#cursor = cursor;
    this.#outlet = outlet;
    this.#batch = batch;
    this.#failed = failed;
  }

  get at(): string {
    return this.#cursor.at;
  }

  run(): void {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    while (!this.#outlet.full && !this.#stopped) {
      const step = this.#next();
      if (step instanceof Promise) return void this.#await(step);
      if (!step || !this.#write(step)) return;
    }
  }

  /** The reader lost its claim to what it missed: it goes on at the newest event. */
  skip(): void {
    this.#skip = true;
  }

  stop(): void {
    this.#stopped = true;
  }

  #next(): Step | Promise<Step> | undefined {
    try {
      return this.#skip ? this.#cursor.skip() : this.#cursor.next(pageEvents);
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  async #await(reading: Promise<Step>): Promise<void> {
    this.#reading = true;
    const step = await reading.catch((error: unknown) => this.#fail(error));
    this.#reading = false;
    if (!step || this.#stopped) return;
    // What came in meanwhile may not be on this page.
    const again = this.#again;
    this.#again = false;
    if (this.#write(step) || again) this.run();
  }

  #fail(error: unknown): undefined {
    if (!this.#stopped) this.#failed(error);
  }

  /** Writes one step as far as it goes. Whether there may be more to write at once. */
  #write(step: Step): boolean {
    if (this.#outlet.expired) return false;
    const { profile, room } = this.#outlet;
    const page = this.#batch.page(step.events, profile, room);
    if (page) {
      this.#outlet.told = step.events.at(-1)!.at;
      this.#arrive(step);
      this.#outlet.events(page);
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
        byteLength += size;
        this.#outlet.told = entry.at;
      }
      this.#cursor.take(entry);
    }
    if (all) this.#arrive(step);
    if (frames.length > 0) this.#outlet.events(this.#batch.bytes(frames, byteLength, profile));
    return !all || step.more;
  }

  #arrive(step: Step): void {
    this.#cursor.arrive(step.at);
    this.#skip = false;
  }
}
