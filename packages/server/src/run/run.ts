/// <reference lib="esnext.disposable" preserve="true" />
import type { StreamContract } from "../core/contract.ts";
import { ServerError } from "../core/errors.ts";
import type { EventOf } from "../core/typed.ts";
import { Handled } from "../core/handled.ts";
import { idAt, type RunEnd, type RunRecord } from "../log/run-log.ts";
import type { ReceivedEvent } from "../core/event.ts";
import type { Producer } from "./producer.ts";
import type { ReadRunOptions } from "./run-options.ts";
import { publishFrom, type RunSource } from "./publish-from.ts";

/** The functions of the broker's runs that a run uses. */
export interface RunAccess {
  read(id: string, options?: ReadRunOptions): AsyncGenerator<ReceivedEvent, void>;
  stop(id: string): Promise<boolean>;
  ended(id: string): Promise<RunEnd>;
  /** Receives a failure that nothing awaited. */
  unheard(error: unknown): void;
}

/**
 * A stream with a beginning, one producer and an end.
 *
 * After: `await using` ends a run that was left without an end, as failed
 */
export class Run<E extends StreamContract = StreamContract> implements AsyncDisposable {
  readonly id: string;
  readonly #runs: RunAccess;
  readonly #record: RunRecord;
  readonly #producer: Producer | undefined;

  /** Made by `broker.run()`. */
  constructor(runs: RunAccess, record: RunRecord, producer: Producer | undefined) {
    this.id = record.id;
    this.#runs = runs;
    this.#record = record;
    this.#producer = producer;
  }

  /** Whether the caller may publish. `false`, with `exclusive: false`: the run existed, and this is a reader's view. */
  get owner(): boolean {
    return this.#producer !== undefined;
  }

  /** The id just before its first event: a reader with this cursor gets everything. */
  get lastEventId(): string {
    return idAt(this.#record.to, this.#record.begin);
  }

  /**
   * Aborts when the run is stopped, on any node: end it within a second, or it is ended for you. Also aborts once it
   * has ended, or belongs to another producer.
   */
  get signal(): AbortSignal {
    return this.#mine().signal;
  }

  /** Resolves with how it ended; it never rejects. */
  get closed(): Promise<RunEnd> {
    return this.#producer?.closed ?? this.#runs.ended(this.id);
  }

  /**
   * Appends an event.
   *
   * Shape:  → its id
   * Errors: rejects with `TypeError` for an event that cannot be written, with {@link ServerError} `event-too-large`,
   *         with a contract `unknown-type` and `invalid`, `run-over` once it has ended or belongs to another producer,
   *         `run-taken` if it was never the caller's
   * After:  it is stored, once, in the order of the calls. While the log is away it waits, for as long as the lease
   */
  publish(event: EventOf<E>): Promise<{ readonly id: string }> {
    return this.#handled(async () => {
      return { id: await this.#mine().publish(event) };
    });
  }

  /**
   * Publishes the events of a source, at the pace of the log, and ends the run with it: as done after the last event,
   * as failed when the source throws, as stopped when `signal` aborted before.
   *
   * Shape:  resolves when the run has ended, whichever side ended it
   * Errors: rejects with the error of the source, and with `TypeError` for an event that cannot be written
   */
  from(source: RunSource<EventOf<E>>): Promise<void> {
    return this.#handled(async () => publishFrom(source, this.#mine()));
  }

  /**
   * Ends the run, after `event` if there is one. After a stop it ends as stopped.
   *
   * Errors: as {@link Run.publish}
   * After:  readers get the end and do not reconnect. Idempotent
   */
  end(event?: EventOf<E>): Promise<void> {
    return this.#handled(async () => this.#mine().finish({ reason: "done" }, event));
  }

  /**
   * Ends the run as failed, after `event` if there is one: the response of each reader is aborted, and one that
   * reconnects gets 424.
   *
   * Shape:  a text, or the message of a {@link ServerError}, is part of that response; other errors reveal nothing
   * Errors: as {@link Run.publish}
   */
  fail(error: unknown, event?: EventOf<E>): Promise<void> {
    return this.#handled(async () => this.#mine().fail(error, event));
  }

  /** Reads the run in this process, as `broker.runs.read` does. */
  read(options?: ReadRunOptions): AsyncGenerator<ReceivedEvent, void> {
    return this.#runs.read(this.id, options);
  }

  /** Asks its producer to stop, as `broker.runs.stop` does. */
  async stop(): Promise<void> {
    await this.#runs.stop(this.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer?.fail("The producer left the run without an end.");
  }

  #mine(): Producer {
    if (this.#producer) return this.#producer;
    throw new ServerError("run-taken", "The run has another producer.");
  }

  #handled<T>(work: () => Promise<T>): Promise<T> {
    return new Handled(work(), (error) => this.#runs.unheard(error));
  }
}
