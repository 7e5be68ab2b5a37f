import type { Tally } from "../session/tally.ts";
import type { StreamContract } from "../core/contract.ts";
import { ServerError } from "../core/errors.ts";
import { END_TYPE } from "../core/event.ts";
import { own } from "../core/own.ts";
import type { Address, Log, PeersWatcher } from "../log/log.ts";
import { positionIn, runAddress, type RunEnd, type RunLog, type RunTable } from "../log/run-log.ts";
import type { ReceivedEvent } from "../core/event.ts";
import { LogReader, type Closable } from "../session/reader.ts";
import { isClean, RunCursor, type RunStop } from "./run-cursor.ts";
import { MemoryRunTable } from "./memory-table.ts";
import { isRunId, resolveRun, type ReadRunOptions, type RunOptions } from "./run-options.ts";
import { refusalOf, type RunPlace } from "./place.ts";
import { Producer } from "./producer.ts";
import { Run, type RunAccess } from "./run.ts";

export interface RunsParts {
  readonly log: Log;
  readonly eventBytes: number;
  readonly tally: Tally;
  readonly readers: Set<Closable>;
  readonly lifetime: { requireOpen(): void };
  /** Receives a failure that nothing awaited. */
  readonly guard: { failed(error: unknown, phase: "publish"): void };
  /** The addresses that sessions of this process read. */
  readonly roster: { runs(): Iterable<Address> };
}

/** The interval at which a process checks the producers of the runs that it reads. */
const lookMs = 2000;

/** The runs of a broker: streams with a beginning, one producer and an end. */
export class Runs implements RunAccess, PeersWatcher {
  readonly #parts: RunsParts;
  readonly #table: RunTable;
  /** Those whose producer is here. */
  readonly #producers = new Map<string, Producer>();
  /** Runs that are read in this process without a session. */
  readonly #reading = new Map<string, number>();
  #looking: ReturnType<typeof setInterval> | undefined;

  constructor(parts: RunsParts) {
    const { log } = parts;
    this.#parts = parts;
    this.#table = (log as Partial<RunLog>).runs ?? new MemoryRunTable(log);
  }

  /**
   * Begins a run.
   *
   * Shape:  → the run, to publish to; with `exclusive: false` it may be a reader's view of an existing one
   * Errors: rejects with `TypeError` for an invalid id or option, with {@link ServerError} `run-taken`
   *         when a run with this id is active, `closed`, or `unavailable` while the log is away
   * After:  it continues with or without readers. End it with `end`, `fail` or `from`; `await using` ends it, too
   */
  async begin<E extends StreamContract = StreamContract>(
    id: string,
    options: RunOptions<E> = {},
  ): Promise<Run<E>> {
    const { ttlMs, leaseMs, exclusive, contract } = resolveRun(options);
    requireId(id);
    this.#parts.lifetime.requireOpen();
    if (this.#parts.log.peers && !this.#table.shared) {
      throw new TypeError("This log is shared by several processes, and does not implement runs.");
    }
    const claim = { id, to: runAddress(id), ttlMs, leaseMs };
    const { record, mine } = await this.#table.begin(claim, exclusive);
    if (!mine && exclusive) {
      throw new ServerError(
        "run-taken",
        "A run with this id is active and has a producer: use another id, or exclusive: false to read it.",
      );
    }
    if (!mine) return new Run(this, record, undefined);
    const { eventBytes, tally } = this.#parts;
    const producer: Producer = new Producer({
      tally,
      table: this.#table,
      record,
      claim,
      eventBytes,
      contract,
      failed: (error) => this.unheard(error),
      ended: () => {
        if (this.#producers.get(id) === producer) this.#producers.delete(id);
      },
    });
    this.#producers.set(id, producer);
    return new Run(this, record, producer);
  }

  /** The facts about a run, on whichever node it is; `undefined` if no such run is kept. */
  async find(id: string): Promise<{ readonly id: string; readonly end?: RunEnd } | undefined> {
    const record = await this.#table.find(id);
    return record && (record.end ? { id, end: record.end } : { id });
  }

  /**
   * Asks the producer of a run to stop, on whichever node it is: its `signal` aborts. A run whose producer does not end
   * it within a second is ended for it.
   *
   * Shape:  → whether the run exists; an ended one does not change
   * Errors: rejects with {@link ServerError} `unavailable` while the log is away
   */
  async stop(id: string): Promise<boolean> {
    const goesOn = await this.#table.stop(id);
    if (goesOn) {
      this.#producers.get(id)?.stop();
      await this.#parts.log.peers?.tell(stopNote(id));
    }
    return goesOn !== undefined;
  }

  /**
   * Reads a run in this process: the events after a cursor, then new ones, until its end.
   *
   * Errors: throws {@link ServerError} `unknown-run`, `run-gone`, or `run-failed` after the last event of a failed one
   */
  async *read(id: string, options: ReadRunOptions = {}): AsyncGenerator<ReceivedEvent, void> {
    const given = own("read", options, ["lastEventId", "live", "signal"]);
    const { lastEventId = "", live = true, signal } = given;
    const place = await this.enter(id, lastEventId);
    if (place.over) return;
    const { log, readers } = this.#parts;
    let stopped: RunStop | undefined;
    const cursor = new RunCursor(log, place.to, place.at, false, (why) => {
      stopped = why;
      void reader.return();
    });
    const reader: LogReader = new LogReader(
      cursor,
      log,
      [place.to],
      readers,
      signal,
      (event) => event,
    );
    if (!live) reader.close();
    this.#count(id, 1);
    try {
      yield* reader;
    } finally {
      this.#count(id, -1);
      void reader.return();
    }
    if (stopped && !isClean(stopped)) throw refusalOf(stopped);
    if (stopped || !live || signal?.aborted) return;
    throw new ServerError("closed", "The broker was closed before the run ended.");
  }

  /**
   * For handlers: where a reader with this cursor (empty for none) starts.
   *
   * Errors: {@link ServerError} `unknown-run`; `run-gone` for a cursor of another run, or if its events are no longer
   *         kept; `run-failed` once the reader has had all of a run that failed
   */
  async enter(id: string, lastEventId: string): Promise<RunPlace> {
    const record = await this.#table.find(requireId(id));
    if (!record)
      throw new ServerError("unknown-run", "There is no such run, or it is no longer kept.");
    const { to, begin, end, endAt } = record;
    const at = lastEventId === "" ? begin : positionIn(to, lastEventId);
    if (at === undefined) throw refusalOf({ reason: "gone" });
    const page = await this.#parts.log.read(at, { to: [to], limit: 1 });
    if (!page.contiguous) throw refusalOf({ reason: "gone" });
    const [next] = page.events;
    if (end && !isClean(end) && next?.type === END_TYPE) throw refusalOf(end);
    this.#look();
    return { id, to, at, over: at === endAt };
  }

  /** How a run that is produced elsewhere ends. */
  async ended(id: string): Promise<RunEnd> {
    try {
      for await (const _ of this.read(id));
    } catch {
      // The rest of this method reports how it ended.
    }
    return (await this.#table.find(id))?.end ?? { reason: "lost" };
  }

  /** Ends the runs of this process, within so many milliseconds. */
  async close(graceMs: number): Promise<void> {
    clearInterval(this.#looking);
    const end = { reason: "lost", message: "The server was shut down." } as const;
    const producers = [...this.#producers.values()];
    const giveUp = setTimeout(() => {
      for (const producer of producers) producer.abandon();
    }, graceMs);
    const ended = await Promise.allSettled(producers.map((producer) => producer.finish(end)));
    clearTimeout(giveUp);
    for (const each of ended) if (each.status === "rejected") this.unheard(each.reason);
  }

  unheard(error: unknown): void {
    this.#parts.guard.failed(error, "publish");
  }

  /** Handles a note that a process, perhaps this one, sent to all. */
  told(note: string): void {
    for (const [id, producer] of this.#producers) if (note === stopNote(id)) producer.stop();
  }

  changed(): void {
    // An outbox repeats its request until the log is back.
  }

  failed(): void {
    // The roster reports their addresses.
  }

  #count(id: string, by: 1 | -1): void {
    const count = (this.#reading.get(id) ?? 0) + by;
    if (count > 0) this.#reading.set(id, count);
    else this.#reading.delete(id);
  }

  /** A run is read here, and its producer may be dead: the first process that notices ends the run. */
  #look(): void {
    if (!this.#table.shared || this.#looking) return;
    this.#looking = setInterval(() => {
      const ids = new Set([...this.#parts.roster.runs()].map(idOf));
      for (const id of this.#reading.keys()) ids.add(id);
      // While the log is away nothing can be checked.
      for (const id of ids) this.#table.find(id).catch(() => undefined);
      if (ids.size > 0) return;
      clearInterval(this.#looking);
      this.#looking = undefined;
    }, lookMs);
  }
}

const stopNote = (id: string): string => JSON.stringify({ stop: id });

const idOf = (to: Address): string => to.slice("run:".length, to.lastIndexOf("/"));

function requireId(id: unknown): string {
  if (isRunId(id)) return id;
  throw new TypeError("A run's id has 1 to 200 characters.");
}
