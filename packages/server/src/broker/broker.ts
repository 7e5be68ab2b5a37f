/// <reference lib="esnext.disposable" preserve="true" />
import type { StreamContract, StreamsContract } from "../core/contract.ts";
import type { AnyEventOf, EventOf, NamesOf, ReceivedOf, StreamAt } from "../core/typed.ts";
import type { LogState } from "../log/log.ts";
import type { RunOptions } from "../run/run-options.ts";
import type { Run } from "../run/run.ts";
import type { Runs } from "../run/runs.ts";
import type { Reader, SubscribeOptions } from "../session/reader.ts";
import type { Session } from "../session/session.ts";
import type { Tally } from "../session/tally.ts";
import type { Arrival } from "./arrival.ts";
import type { Phase } from "./hooks.ts";
import { clientAddress } from "./names.ts";
import { BrokerParts, type BrokerOptions } from "./parts.ts";
import type { Presence } from "./presence.ts";
import type { Published, PublishOptions } from "./publisher.ts";
import { readerOf } from "./local-reader.ts";
import { requireCloseOptions, type CloseOptions } from "./shutdown.ts";
import { statsOf, type BrokerStats } from "./stats.ts";
import { Stream } from "./stream.ts";

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
  readonly tally: Tally;
  /** For handlers: the interval of heartbeats, in milliseconds; `false`: none. @internal */
  readonly heartbeatMs: number | false;
  readonly #parts: BrokerParts<State>;

  constructor(options: BrokerOptions<State, S> = {}) {
    const parts = new BrokerParts<State>(options);
    this.#parts = parts;
    this.presence = parts.presence;
    this.runs = parts.runs;
    this.tally = parts.tally;
    this.heartbeatMs = parts.settings.heartbeatMs;
  }

  /** The cursor after everything published so far. */
  get lastEventId(): string {
    return this.#parts.log.tail;
  }

  /** `degraded`: the engine of its log is unavailable. Sessions stay open, and continue when it is back. */
  get state(): LogState | "closed" {
    return this.open ? (this.#parts.log.peers?.state ?? "up") : "closed";
  }

  /** Whether it still takes events and sessions. */
  get open(): boolean {
    return this.#parts.lifetime.open;
  }

  /** The state of this process: sessions, events, bytes, slow readers. The call visits each session once. */
  stats(): BrokerStats {
    return statsOf(this.tally, this.#parts.roster.at("all"), Date.now());
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
    return this.#parts.publisher.toStream(stream, event, options);
  }

  /**
   * As {@link Broker.publish}, for every session of any stream. A contract checks it for each stream that has its type.
   */
  broadcast(event: AnyEventOf<S>, options?: PublishOptions): Promise<Published> {
    return this.#parts.publisher.toAll(event, options);
  }

  /** As {@link Broker.publish}, for all sessions of one client, including those that it opens later. */
  send(client: string, event: AnyEventOf<S>, options?: PublishOptions): Promise<Published> {
    return this.#parts.publisher.toClient(client, event, options);
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
    return this.#parts.publisher.tryToStream(stream, event, options);
  }

  /** Begins a run: a stream with one producer, which publishes to it, and an end. See {@link Runs.begin}. */
  run<E extends StreamContract = StreamContract>(
    id: string,
    options?: RunOptions<E>,
  ): Promise<Run<E>> {
    return this.#parts.guard.handled(() => this.runs.begin(id, options));
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
    this.#parts.lifetime.requireOpen();
    return readerOf<State, ReceivedOf<StreamAt<S, N>>>(stream, options, this.#parts);
  }

  /** A handle of one stream. Throws `TypeError` for an invalid name, {@link ServerError} for an undeclared stream. */
  stream<N extends NamesOf<keyof S> & string>(name: N): Stream<State, StreamAt<S, N>> {
    return new Stream<State, StreamAt<S, N>>(name, this.#parts);
  }

  /** Declares a stream, of the contract if there is one. Not needed with `streams: 'auto'`. */
  declare<N extends NamesOf<keyof S> & string>(name: N): Stream<State, StreamAt<S, N>> {
    this.#parts.names.declare(name);
    return this.stream(name);
  }

  /** Whether a stream of this name may be read. */
  hasStream(name: string): boolean {
    return this.#parts.names.has(name);
  }

  /** The names of the declared streams, and of those that have sessions. */
  streams(): string[] {
    return [...new Set([...(this.#parts.names.declared ?? []), ...this.#parts.roster.streams()])];
  }

  /** The open sessions of this process, or those of one client. */
  sessions(client?: string): ReadonlySet<Session<State>> {
    return this.#parts.roster.at(client === undefined ? "all" : `client:${client}`);
  }

  /**
   * Ends a client's sessions in every process that shares the log, after the events published before. Refuse it in
   * `admit` if it must not reconnect. Errors: as {@link Broker.publish}, if no process can be reached.
   */
  disconnect(client: string): Promise<void> {
    return this.#parts.guard.handled(async () => {
      this.#parts.lifetime.requireOpen();
      await this.#parts.roster.dismiss(clientAddress(client), "server");
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
    this.#parts.lifetime.requireOpen();
    return this.#parts.gate.enter(arrival);
  }

  /** For handlers: whether a contract describes the events, as JSON. */
  get hasContract(): boolean {
    return this.#parts.contract !== undefined;
  }

  /** For handlers: reports a failure that no caller receives. */
  report(error: unknown, phase: Phase): void {
    this.#parts.guard.failed(error, phase);
  }

  /** For handlers: waits for a hook, no longer than `hookMs`. @internal */
  awaited<T>(hook: string, phase: Phase, given: PromiseLike<T>): Promise<T> {
    return this.#parts.guard.awaited(hook, phase, given);
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
    return this.#parts.lifetime.end(() => this.#parts.close(required));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A broker with any streams. */
// oxlint-disable-next-line typescript/no-explicit-any -- the doors do not depend on its streams
export type AnyBroker<State = unknown> = Broker<State, any>;
