/// <reference lib="esnext.disposable" preserve="true" />
import { Cursor, starts } from "../session/cursor.ts";
import type { StreamContract, StreamsContract } from "../core/contract.ts";
import { decoderOf } from "./decoder.ts";
import type { AnyEventOf, EventOf, NamesOf, ReceivedOf, StreamAt } from "../core/typed.ts";
import { Fanout } from "./fanout.ts";
import { Gate } from "./gate.ts";
import type { Arrival } from "./arrival.ts";
import { Guard, hookNames, type Hooks, type Phase } from "./hooks.ts";
import type { Address, Log, LogState } from "../log/log.ts";
import { logOf } from "../log/memory.ts";
import { own } from "../core/own.ts";
import { requireOneOf } from "../core/check.ts";
import { brokerNames, resolveBroker, type BrokerSettings } from "../core/options.ts";
import { clientAddress, StreamNames } from "./names.ts";
import { Presence, Roster } from "./presence.ts";
import { Publisher, type Published, type PublishOptions } from "./publisher.ts";
import type { RunOptions } from "../run/run-options.ts";
import type { Run } from "../run/run.ts";
import { Runs } from "../run/runs.ts";
import { LogReader, type Closable, type Reader, type SubscribeOptions } from "../session/reader.ts";
import type { Session } from "../session/session.ts";
import { Tally } from "../session/tally.ts";
import { statsOf, type BrokerStats } from "./stats.ts";
import { endAll, Lifetime, requireCloseOptions, type CloseOptions } from "./shutdown.ts";
import { Stream, type StreamParts } from "./stream.ts";

export interface BrokerOptions<State = unknown, S extends StreamsContract = StreamsContract>
  extends BrokerSettings<S>, Hooks<State> {
  /** The memory of the streams. Default: `memoryLog()`. */
  readonly log?: Log | undefined;
}

/**
 * A server's streams and their sessions, without HTTP: publish into it, and let a handler (`nodeHandler`, `webHandler`)
 * connect readers to it.
 *
 * Shape:  with `streams: api`, made by `defineStreams` of `@steadfeed/contract`, the compiler checks published events
 * Errors: `TypeError` for an invalid option
 * After:  with sessions it holds one timer; without any it holds nothing but its log
 */
export class Broker<State = unknown, S extends StreamsContract = StreamsContract> {
  /** The connected sessions and clients, in all processes that share the log. */
  readonly presence: Presence;
  /** The streams that have an end. */
  readonly runs: Runs;
  /** For handlers: the counts. @internal */
  readonly tally: Tally = new Tally();
  /** For handlers: the interval of heartbeats, in milliseconds; `false`: none. @internal */
  readonly heartbeatMs: number | false;
  readonly #log: Log;
  readonly #guard: Guard<State>;
  readonly #lifetime = new Lifetime();
  readonly #names: StreamNames;
  readonly #roster: Roster<State>;
  readonly #gate: Gate<State>;
  readonly #publisher: Publisher<State>;
  readonly #streamParts: StreamParts<State>;
  readonly #readers = new Set<Closable>();
  readonly #unwatch: readonly ((() => void) | undefined)[];

  constructor(options: BrokerOptions<State, S> = {}) {
    const given = own("Broker", options, ["log", ...hookNames, ...brokerNames]);
    const settings = resolveBroker(given);
    const { contract } = settings;
    this.heartbeatMs = settings.heartbeatMs;
    this.#names = new StreamNames(settings.streams, contract);
    this.#log = logOf(given.log);
    this.#guard = new Guard(given);
    this.#roster = new Roster(this.#log, this.#guard);
    this.presence = new Presence(this.#roster, this.#log.peers);
    const parts = {
      log: this.#log,
      names: this.#names,
      roster: this.#roster,
      guard: this.#guard,
      lifetime: this.#lifetime,
      contract,
      eventBytes: settings.limits.eventBytes,
      tally: this.tally,
    };
    this.#gate = new Gate<State>({ ...parts, settings });
    this.#publisher = new Publisher<State>(parts);
    this.runs = new Runs({ ...parts, readers: this.#readers });
    this.#streamParts = { ...parts, publisher: this.#publisher };
    const fanout = new Fanout(this.#roster);
    this.#unwatch = [
      this.#log.watch((address) => fanout.wake(address)),
      ...[this.#roster, this.runs].map((each) => this.#log.peers?.watch(each)),
    ];
  }

  /** The cursor after everything published so far. */
  get lastEventId(): string {
    return this.#log.tail;
  }

  /** `degraded`: the engine of its log is unavailable. Sessions stay open, and continue when it is back. */
  get state(): LogState | "closed" {
    return this.open ? (this.#log.peers?.state ?? "up") : "closed";
  }

  /** Whether it still takes events and sessions. */
  get open(): boolean {
    return this.#lifetime.open;
  }

  /** The state of this process: sessions, events, bytes, slow readers. The call visits each session once. */
  stats(): BrokerStats {
    return statsOf(this.tally, this.#roster.at("all"), Date.now());
  }

  /**
   * Appends an event to a stream; every session that reads the stream gets it, now or after it reconnects.
   *
   * Shape:  → the id, and the number of open sessions that it reaches
   * Errors: rejects with `TypeError` for an event that cannot be written, with {@link ServerError}
   *         `closed`, `unknown-stream`, `event-too-large`, `duplicate-id`, with a contract `unknown-type` and
   *         `invalid`, or with the error of the log
   * After:  it is stored, in the order of the calls; no reader can delay it. A failure that is not awaited goes to
   *         `onError`
   */
  publish<N extends NamesOf<keyof S> & string>(
    stream: N,
    event: EventOf<StreamAt<S, N>>,
    options?: PublishOptions,
  ): Promise<Published> {
    return this.#publisher.toStream(stream, event, options);
  }

  /**
   * As {@link Broker.publish}, for every session of any stream. A contract checks it for each stream that has its type.
   */
  broadcast(event: AnyEventOf<S>, options?: PublishOptions): Promise<Published> {
    return this.#publisher.toAll(event, options);
  }

  /** As {@link Broker.publish}, for all sessions of one client, including those that it opens later. */
  send(client: string, event: AnyEventOf<S>, options?: PublishOptions): Promise<Published> {
    return this.#publisher.toClient(client, event, options);
  }

  /**
   * As {@link Broker.publish}, but never waits: `false` if the event cannot be accepted now. Throws `TypeError`, and
   * with a contract {@link ServerError} `unknown-type` and `invalid`.
   */
  tryPublish<N extends NamesOf<keyof S> & string>(
    stream: N,
    event: EventOf<StreamAt<S, N>>,
    options?: PublishOptions,
  ): boolean {
    return this.#publisher.tryToStream(stream, event, options);
  }

  /** Begins a run: a stream with one producer, which publishes to it, and an end. See {@link Runs.begin}. */
  run<E extends StreamContract = StreamContract>(
    id: string,
    options?: RunOptions<E>,
  ): Promise<Run<E>> {
    return this.#guard.handled(() => this.runs.begin(id, options));
  }

  /**
   * Reads a stream (and broadcasts) in this process, without a session.
   *
   * Shape:  → an async iterator, a cursor over the log that queues nothing; a gap is delivered as an event.
   *         Data is text as on the wire; with a contract it is the output of its schema, and data that it refuses goes to
   *         `onError`
   * Errors: as {@link Broker.stream}
   * After:  `close()` lets it read to the end; breaking out of the loop, or `signal`, ends it at once
   */
  subscribe<N extends NamesOf<keyof S> & string>(
    stream: N,
    options: SubscribeOptions = {},
  ): Reader<ReceivedOf<StreamAt<S, N>>> {
    this.#lifetime.requireOpen();
    const given = own("subscribe", options, ["from", "lastEventId", "signal"]);
    const { lastEventId = "", from = lastEventId ? "last-id" : "live", signal } = given;
    requireOneOf("from", from, starts);
    if (typeof lastEventId !== "string") throw new TypeError("lastEventId must be a string.");
    const to: readonly Address[] = [this.#names.address(stream), "all"];
    const cursor = new Cursor(this.#log, to, Number.POSITIVE_INFINITY, from, lastEventId);
    const decode = decoderOf(this.#streamParts.contract, stream, this.#guard);
    const reader = new LogReader(cursor, this.#log, to, this.#readers, signal, decode);
    return reader as Reader<ReceivedOf<StreamAt<S, N>>>;
  }

  /** A handle of one stream. Throws `TypeError` for an invalid name, {@link ServerError} for an undeclared stream. */
  stream<N extends NamesOf<keyof S> & string>(name: N): Stream<State, StreamAt<S, N>> {
    return new Stream<State, StreamAt<S, N>>(name, this.#streamParts);
  }

  /** Declares a stream, of the contract if there is one. Not needed with `streams: 'auto'`. */
  declare<N extends NamesOf<keyof S> & string>(name: N): Stream<State, StreamAt<S, N>> {
    this.#names.declare(name);
    return this.stream(name);
  }

  /** Whether a stream of this name may be read. */
  hasStream(name: string): boolean {
    return this.#names.has(name);
  }

  /** The names of the declared streams, and of those that have sessions. */
  streams(): string[] {
    return [...new Set([...(this.#names.declared ?? []), ...this.#roster.streams()])];
  }

  /** The open sessions of this process, or those of one client. */
  sessions(client?: string): ReadonlySet<Session<State>> {
    return this.#roster.at(client === undefined ? "all" : `client:${client}`);
  }

  /**
   * Ends a client's sessions in every process that shares the log, after the events published before. Refuse it in
   * `admit` if it must not reconnect. Errors: as {@link Broker.publish}, if no process can be reached.
   */
  disconnect(client: string): Promise<void> {
    return this.#guard.handled(async () => {
      this.#lifetime.requireOpen();
      await this.#roster.dismiss(clientAddress(client), "server");
    });
  }

  /**
   * For handlers: opens a session for an admitted reader.
   *
   * Errors: rejects with {@link ServerError}, or the error that `onConnect` threw, only while nothing was written to
   *         the sink: answer it
   * After:  the session is live, or has already ended
   */
  async connect(arrival: Arrival<State>): Promise<void> {
    await this.enter(arrival);
  }

  /** As {@link Broker.connect}, and at once unless a hook is awaited: it throws, or rejects. @internal */
  enter(arrival: Arrival<State>): void | Promise<void> {
    this.#lifetime.requireOpen();
    return this.#gate.enter(arrival);
  }

  /** For handlers: whether a contract describes the events, as JSON. */
  get hasContract(): boolean {
    return this.#streamParts.contract !== undefined;
  }

  /** For handlers: reports a failure that no caller receives. */
  report(error: unknown, phase: Phase): void {
    this.#guard.failed(error, phase);
  }

  /** For handlers: waits for a hook, no longer than `hookMs`. @internal */
  awaited<T>(hook: string, phase: Phase, given: PromiseLike<T>): Promise<T> {
    return this.#guard.awaited(hook, phase, given);
  }

  /**
   * Ends every session and accepts nothing new.
   *
   * Shape:  resolves when every response and timer is gone
   * Errors: `TypeError` for an invalid option; nothing is closed then
   * After:  idempotent; later calls wait for the first
   */
  close(options: CloseOptions = {}): Promise<void> {
    const required = requireCloseOptions(options);
    return this.#lifetime.end(() => this.#close(required));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(options: ReturnType<typeof requireCloseOptions>): Promise<void> {
    await this.runs.close(options.graceMs);
    for (const reader of this.#readers) reader.close();
    const ended = endAll(this.#gate.sessions(), options);
    this.#guard.end();
    await ended;
    for (const unwatch of this.#unwatch) unwatch?.();
    await this.#log.close?.();
  }
}

/** A broker with any streams. */
// oxlint-disable-next-line typescript/no-explicit-any -- the doors do not depend on its streams
export type AnyBroker<State = unknown> = Broker<State, any>;
