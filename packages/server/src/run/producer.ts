import type { Contract } from "../core/contract.ts";
import { ServerError } from "../core/errors.ts";
import { fieldsOf, type ServerEvent } from "../core/event.ts";
import { entryOf, type Draft } from "../log/log.ts";
import { idAt, type RunClaim, type RunEnd, type RunRecord, type RunTable } from "../log/run-log.ts";
import type { Tally } from "../session/tally.ts";
import { Outbox } from "./outbox.ts";

export interface ProducerParts {
  readonly table: RunTable;
  readonly record: RunRecord;
  readonly claim: RunClaim;
  readonly eventBytes: number;
  readonly tally: Tally;
  readonly contract: Contract | undefined;
  /** Receives a failure that nothing awaits. */
  readonly failed: (error: unknown) => void;
  /** The run has ended, or belongs to another producer. */
  readonly ended: () => void;
}

/** How long a producer may continue after a stop, in milliseconds. */
const graceMs = 1000;
/** The longest position: for measuring an event that has none yet. */
const longestId = "0".repeat(41);

/** The producer of a run's events: its outbox, its lease, and the end. */
export class Producer {
  readonly outbox: Outbox;
  readonly #parts: ProducerParts;
  readonly #controller = new AbortController();
  readonly #closing: ((end: RunEnd) => void)[] = [];
  #stopping = false;
  #ending: Promise<void> | undefined;
  #end: RunEnd | undefined;
  readonly #lease: ReturnType<typeof setInterval> | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: ProducerParts) {
    const { table, claim, tally } = parts;
    this.#parts = parts;
    this.outbox = new Outbox(table, claim, tally);
    if (table.shared) this.#lease = setInterval(() => void this.#renew(), claim.leaseMs / 3);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** How it ended; `undefined` while it is active. */
  get end(): RunEnd | undefined {
    return this.#end;
  }

  /** Whether it has ended, or is about to. */
  get ending(): boolean {
    return this.#ending !== undefined || this.#end !== undefined;
  }

  get closed(): Promise<RunEnd> {
    if (this.#end) return Promise.resolve(this.#end);
    return new Promise((resolve) => this.#closing.push(resolve));
  }

  /** The run was stopped: its source has a moment to end it. */
  stop(): void {
    if (this.#stopping || this.#end) return;
    this.#stopping = true;
    this.#controller.abort(new DOMException("The run was stopped.", "AbortError"));
    this.#grace = setTimeout(() => {
      this.finish({ reason: "stopped" }).catch(this.#parts.failed);
    }, graceMs);
  }

  /**
   * Resolves with the event's id. Throws the errors of {@link Producer.draft}, and `run-over` once the end has begun.
   */
  publish(event: ServerEvent | string): Promise<string> {
    if (this.#ending) throw new ServerError("run-over", "The run has ended.");
    return this.outbox.push(this.draft(event));
  }

  /** Ends it after the published events, once, however often it is called. */
  finish(end: RunEnd, event?: ServerEvent | string): Promise<void> {
    const last = event === undefined ? undefined : this.draft(event);
    return (this.#ending ??= this.#finish(end, last));
  }

  /** Gives up at once, including waiting events. The lease ends the run. */
  abandon(): void {
    this.#settle(lost);
  }

  /**
   * An error's message may contain secrets. The message of a {@link ServerError}, and a text, are meant for readers.
   */
  fail(error: unknown, event?: ServerEvent | string): Promise<void> {
    const message =
      error instanceof ServerError ? error.message : typeof error === "string" ? error : undefined;
    return this.finish({ reason: "failed", message }, event);
  }

  async #finish(end: RunEnd, last: Draft | undefined): Promise<void> {
    const { table, claim } = this.#parts;
    if (last) await this.outbox.push(last);
    const isWhole = await this.outbox.idle();
    if (this.#end) return;
    const how = isWhole ? this.#asStopped(end) : incomplete;
    try {
      this.#settle((await this.outbox.patiently(() => table.end(claim, how))) ?? lost);
    } catch (error) {
      // The run ends with its lease.
      this.#settle(lost);
      throw error;
    }
  }

  /** A run that ends after a stop counts as stopped. */
  #asStopped(end: RunEnd): RunEnd {
    return this.#stopping && end.reason === "done" ? { reason: "stopped" } : end;
  }

  async #renew(): Promise<void> {
    const { table, claim } = this.#parts;
    // While the log is away the lease cannot be renewed; the log may be back before it runs out.
    const state = await table.renew(claim).catch(() => "running" as const);
    if (state === "stopping") this.stop();
    else if (state === undefined && !this.#ending) this.#settle(lost);
  }

  #settle(end: RunEnd): void {
    if (this.#end) return;
    this.#end = end;
    clearInterval(this.#lease);
    clearTimeout(this.#grace);
    const error = new ServerError("run-over", end.message ?? `The run has ended: ${end.reason}.`);
    this.outbox.close(error);
    this.#controller.abort(error);
    this.#parts.ended();
    for (const resolve of this.#closing.splice(0)) resolve(end);
  }

  /** Throws `TypeError` or {@link ServerError} before the event waits in the outbox. */
  draft(event: ServerEvent | string): Draft {
    const { record, eventBytes, contract } = this.#parts;
    const draft = {
      ...fieldsOf(event, contract),
      to: record.to,
      id: undefined,
      minVersion: Number.NEGATIVE_INFINITY,
      expiresAt: undefined,
      limitBytes: eventBytes,
    };
    entryOf(draft, idAt(record.to, longestId), "");
    return draft;
  }
}

const incomplete: RunEnd = { reason: "failed", message: "Events of this run were lost." };
const lost: RunEnd = {
  reason: "lost",
  message: "The run was lost: it has ended, or another producer has it.",
};
