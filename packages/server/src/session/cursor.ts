import { GAP_TYPE, type Gap } from "../core/event.ts";
import { Frame } from "../log/frame.ts";
import { expired } from "../log/lane.ts";
import type { Address, Entry, Log, Page } from "../log/log.ts";

export const starts = ["last-id", "live", "earliest"] as const;

/**
 * Where a reader starts: `last-id`: after its `Last-Event-ID`, or live without one · `earliest`: after it
 * too, but at the oldest kept event without one · `live`: with the next published event, whatever its cursor
 */
export type From = (typeof starts)[number];

/** The next entries of a cursor, oldest first. A gap is an event of its own. */
export interface Step {
  readonly events: readonly Entry[];
  /** The cursor after all of them. */
  readonly at: string;
  readonly more: boolean;
}

/** Takes the steps of a cursor, one after the other. */
export interface StepTaker {
  /** Whether it accepts another step now. */
  readonly ready: boolean;
  /** Takes a step. Returns whether to read on at once. */
  take(step: Step): boolean;
  /** The log failed. */
  failed(error: unknown): void;
}

/**
 * A reader's position in the log. It moves only past taken entries, so that nothing is lost between reading and
 * writing.
 */
export class Cursor {
  readonly #log: Log;
  readonly #to: readonly Address[];
  readonly #version: number;
  #at: string;
  #forgiven: string | undefined;
  /** An offered gap, and the position that it forgives once it is taken. */
  #gap: { readonly entry: Entry; readonly through: string } | undefined;
  #skipping = false;
  /** Whether the log has yet to answer, and whether to ask once more after that. */
  #reading = false;
  #again = false;
  #stopped = false;

  constructor(log: Log, to: readonly Address[], version: number, from: From, lastEventId: string) {
    this.#log = log;
    this.#to = to;
    this.#version = version;
    const claim = from === "live" ? "" : lastEventId;
    this.#at = claim || (from === "earliest" ? "" : log.tail);
    // A reader that starts at the oldest kept event has missed nothing before it.
    if (this.#at === "") this.#forgiven = log.tail;
  }

  /** The position up to which everything was taken; empty before the oldest event. */
  get at(): string {
    return this.#at;
  }

  next(limit: number): Step | Promise<Step> {
    if (this.#skipping) return this.#tail();
    const page = this.#log.read(this.#at, { to: this.#to, limit, forgiven: this.#forgiven });
    return page instanceof Promise ? page.then((read) => this.#step(read)) : this.#step(page);
  }

  /** Reads on for its taker, at most one page at a time, whether the log answers synchronously or later. */
  run(taker: StepTaker, limit: number): void {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    while (taker.ready && !this.#stopped) {
      const step = this.#try(taker, limit);
      if (step instanceof Promise) return void this.#await(step, taker, limit);
      if (!step || !taker.take(step)) return;
    }
  }

  /** Nothing is read any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Whether an entry is for this reader, and has not expired. */
  wants(entry: Entry): boolean {
    return (
      entry.minVersion <= this.#version &&
      (entry.expiresAt === undefined || !expired(entry, Date.now()))
    );
  }

  /** The reader took an entry, or filtered it out. */
  take(entry: Entry): void {
    this.#at = entry.at;
    if (entry === this.#gap?.entry) this.#forgive(this.#gap.through);
  }

  /** The reader took everything up to a step's end. */
  arrive(at: string): void {
    this.#at = at;
    if (this.#gap) this.#forgive(this.#gap.through);
  }

  /** Gives up the missed events: the next step is a gap, and after it the newest event. */
  skip(): void {
    this.#skipping = true;
  }

  #try(taker: StepTaker, limit: number): Step | Promise<Step> | undefined {
    try {
      return this.next(limit);
    } catch (error) {
      return this.#fail(taker, error);
    }
  }

  async #await(reading: Promise<Step>, taker: StepTaker, limit: number): Promise<void> {
    this.#reading = true;
    const step = await reading.catch((error: unknown) => this.#fail(taker, error));
    this.#reading = false;
    if (!step || this.#stopped) return;
    // Entries appended in between may not be on this page.
    const again = this.#again;
    this.#again = false;
    if (taker.take(step) || again) this.run(taker, limit);
  }

  #fail(taker: StepTaker, error: unknown): undefined {
    if (!this.#stopped) taker.failed(error);
  }

  #forgive(through: string): void {
    this.#forgiven = through;
    this.#gap = undefined;
    this.#skipping = false;
  }

  #tail(): Step {
    const { tail } = this.#log;
    return { events: [this.#offer("slow", tail, tail, "")], at: tail, more: false };
  }

  #step(page: Page): Step {
    // It was asked to skip while the log was answering.
    if (this.#skipping) return this.#tail();
    if (page.contiguous) return page;
    const gap = this.#offer(page.reason, page.resume, page.through, page.to);
    return { events: [gap, ...page.events], at: page.at, more: page.more };
  }

  #offer(reason: Gap["reason"], resume: string, through: string, to: string): Entry {
    const entry = gapEntry({ reason, from: this.#at, to }, resume);
    this.#gap = { entry, through };
    return entry;
  }
}

function gapEntry(gap: Gap, resume: string): Entry {
  const data = JSON.stringify(gap);
  const frame = new Frame({ id: resume, type: GAP_TYPE, data });
  const always = { minVersion: Number.NEGATIVE_INFINITY, expiresAt: undefined };
  return { to: "all", id: resume, at: resume, type: GAP_TYPE, data, frame, ...always };
}
