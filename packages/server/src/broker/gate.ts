import { bounded, requireClient, requireFuture, type Arrival } from "./arrival.ts";
import { own } from "../core/own.ts";
import { admissionNames, type Admission } from "../session/admit.ts";
import { Cursor, starts } from "../session/cursor.ts";
import { failure, ServerError } from "../core/errors.ts";
import { Batch } from "../log/frame.ts";
import type { Guard } from "./hooks.ts";
import type { Log } from "../log/log.ts";
import type { EndReason, SessionWatcher } from "../session/ending.ts";
import { SessionCore } from "../session/session-core.ts";
import { isClean, RunCursor } from "../run/run-cursor.ts";
import { describe, requireOneOf } from "../core/check.ts";
import type { ResolvedBroker } from "../core/options.ts";
import { Outlet } from "../session/outlet.ts";
import { profiles } from "../log/profile.ts";
import type { Tally } from "../session/tally.ts";
import { isName, type StreamNames } from "./names.ts";
import type { Roster } from "./presence.ts";
import { Seats } from "./seats.ts";
import type { SharedBySessions } from "../session/session-init.ts";
import { Deadlines } from "../core/deadlines.ts";
import { rhythm, Wheel } from "../core/wheel.ts";

export interface GateParts<State> {
  readonly log: Log;
  readonly roster: Roster<State>;
  readonly guard: Guard<State>;
  readonly settings: ResolvedBroker;
  readonly names: StreamNames;
  readonly tally: Tally;
}

/** Admits readers within the limits, and removes them when they have left. */
export class Gate<State> implements SessionWatcher<SessionCore<State>> {
  readonly #parts: GateParts<State>;
  readonly #wheel: Wheel<SessionCore<State>>;
  readonly #deadlines = new Deadlines<SessionCore<State>>((session) => session.end("expired"));
  readonly #seats: Seats = new Seats();
  readonly #batch: Batch = new Batch();
  readonly #shared: SharedBySessions<SessionCore<State>>;

  constructor(parts: GateParts<State>) {
    this.#parts = parts;
    const { heartbeatMs, slow, contract } = parts.settings;
    const { visitMs, beatEvery } = rhythm(heartbeatMs, slow.timeoutMs);
    this.#shared = { watcher: this, slow, beatEvery, contract };
    this.#wheel = new Wheel(visitMs, (session) => session.visit(Date.now()));
  }

  ended(session: SessionCore<State>, reason: EndReason): void {
    this.#parts.roster.delete(session);
    if (session.live) this.#left(session, reason);
  }

  released(session: SessionCore<State>): void {
    this.#wheel.delete(session);
    this.#deadlines.delete(session);
  }

  failed(error: unknown): void {
    this.#parts.guard.failed(error, "log");
  }

  /** Every session that has not been released. */
  sessions(): SessionCore<State>[] {
    return [...this.#wheel];
  }

  /** At once, unless `onConnect` returns a promise. Throws, or rejects, for a session that is not opened. */
  enter(arrival: Arrival<State>): void | Promise<void> {
    const { roster, guard } = this.#parts;
    const admission = own("admission", arrival.admission, admissionNames) as Admission<State>;
    const session = this.#open(arrival, admission);
    roster.add(session);
    this.#wheel.add(session);
    this.#deadlines.add(session, admission.expiresAt ?? Number.POSITIVE_INFINITY);
    arrival.sink.watch(session);
    // The reader left while `admit` was pending.
    if (!session.open) return;
    try {
      const welcomed = guard.connected(session, arrival.request);
      if (welcomed) return this.#welcome(session, arrival, welcomed);
      this.#start(session, arrival);
    } catch (error) {
      this.#refuse(session, error);
    }
  }

  async #welcome(
    session: SessionCore<State>,
    arrival: Arrival<State>,
    welcomed: Promise<void>,
  ): Promise<void> {
    try {
      await welcomed;
      this.#start(session, arrival);
    } catch (error) {
      this.#refuse(session, error);
    }
  }

  #start(session: SessionCore<State>, { lastEventId }: Arrival<State>): void {
    session.prepare();
    this.#parts.tally.opened(session, lastEventId !== "");
    session.start();
    // The reader left during `onConnect`.
    if (!session.live) this.#left(session, session.reason!);
  }

  #refuse(session: SessionCore<State>, error: unknown): void {
    const known = error instanceof ServerError ? error : failure(error);
    if (known !== error) this.#parts.guard.failed(error, "connect");
    if (session.begun || !session.open) return session.end("error", "abort");
    session.withdraw();
    throw known;
  }

  #left(session: SessionCore<State>, reason: EndReason): void {
    this.#parts.tally.ended(session, reason);
    this.#parts.guard.disconnected(session, reason);
  }

  /** No `await` between the checks of the limits and the roster, or two requests could both pass. */
  #open(
    { sink, lastEventId, profile, headers, run }: Arrival<State>,
    admission: Admission<State>,
  ): SessionCore<State> {
    const { log, settings, tally } = this.#parts;
    const named = run ? [] : this.#requireStreams(admission.streams);
    const { client, version = 0, from = "last-id", expiresAt } = admission;
    requireOneOf("from", from, starts);
    if (typeof version !== "number" || Number.isNaN(version)) {
      throw new TypeError(`version must be a number, not ${describe(version)}.`);
    }
    requireFuture(expiresAt);
    requireClient(client);
    this.#requireRoom(client);
    const { streams, places } = this.#seats.of(named, client);
    const claim = bounded(lastEventId, settings.limits.cursorChars);
    const cursor = run
      ? new RunCursor(log, run.to, run.at, true, (why) => {
          session.end("ended", isClean(why) ? undefined : "abort");
        })
      : new Cursor(log, places, version, from, claim);
    const outlet = new Outlet(
      sink,
      profiles[profile],
      headers,
      settings.retryMs,
      expiresAt,
      tally,
      this.#batch,
    );
    const session: SessionCore<State> = new SessionCore<State>({
      shared: this.#shared,
      outlet,
      cursor,
      // The type of the state says whether it may be left out.
      state: admission.state as State,
      client,
      version,
      streams,
      places: run ? [...places, run.to] : places,
      run,
      resumed: from !== "live" && claim !== "",
    });
    return session;
  }

  #requireStreams(names: string | readonly string[]): readonly string[] {
    const isList = typeof names !== "string" && Symbol.iterator in Object(names);
    const given = isList ? [...names] : [names as string];
    const streams = given.length > 1 ? [...new Set(given)] : given;
    if (!streams.every((name) => typeof name === "string")) {
      throw new TypeError(`streams must be a name or a list of names, not ${describe(names)}.`);
    }
    const { streamsPerSession } = this.#parts.settings.limits;
    if (streams.length === 0)
      throw new ServerError(
        "no-stream",
        "No stream was named: the request, or streams of admit, must name at least one.",
      );
    if (streams.length > streamsPerSession) {
      throw new ServerError(
        "too-many-streams",
        `At most ${streamsPerSession} streams at once (limits.streamsPerSession).`,
      );
    }
    for (const name of streams) {
      if (!isName(name))
        throw new ServerError("bad-stream", "A stream's name has 1 to 256 characters.");
      if (this.#parts.names.has(name)) continue;
      throw new ServerError("unknown-stream", `No such stream: ${name}`);
    }
    return streams;
  }

  #requireRoom(client: string | undefined): void {
    const { roster, settings } = this.#parts;
    const { limits, duplicateClient } = settings;
    if (roster.at("all").size >= limits.sessions) {
      throw new ServerError("too-many-sessions", "Too many readers: try again later.");
    }
    if (client === undefined) return;
    const others = roster.at(`client:${client}`);
    if (others.size === 0) return;
    if (duplicateClient === "reject") {
      throw new ServerError("duplicate-client", "This client is connected already.");
    }
    if (duplicateClient === "replace") for (const other of others) other.end("replaced");
    if (others.size >= limits.sessionsPerClient) {
      throw new ServerError("too-many-of-client", "Too many sessions of this client.");
    }
  }
}
