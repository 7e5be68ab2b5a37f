import { sessionFields, type SessionEvent } from "../core/event.ts";
import { encode } from "../log/frame.ts";
import type { Address } from "../log/log.ts";
import type { ReadRun } from "../log/run-log.ts";
import type { Cursor, Step, StepTaker } from "./cursor.ts";
import { Ending, type EndReason } from "./ending.ts";
import type { EndMode, Outlet } from "./outlet.ts";
import { pump } from "./pump.ts";
import { writeFrom } from "./write-from.ts";
import type { Session } from "./session.ts";
import type { SharedBySessions, SessionInit } from "./session-init.ts";
import type { Writer } from "../core/sink.ts";

const pageEvents = 256;

/** The inner part of a session: its states, its end, and its waiting functions. */
export class SessionCore<State> implements Session<State>, Writer, StepTaker {
  readonly client: string | undefined;
  readonly version: number;
  readonly streams: readonly string[];
  readonly places: readonly Address[];
  readonly run: ReadRun | undefined;
  state: State;
  readonly #shared: SharedBySessions<SessionCore<State>>;
  readonly #outlet: Outlet;
  readonly #cursor: Cursor | undefined;
  readonly #resumed: boolean;
  #id: string | undefined;
  #live = false;
  #visits = 0;
  #finishing: { readonly reason: EndReason; readonly mode: EndMode | undefined } | undefined;
  readonly #ending = new Ending();

  constructor(init: SessionInit<SessionCore<State>, State>) {
    this.#shared = init.shared;
    this.#outlet = init.outlet;
    this.#cursor = init.cursor;
    this.#resumed = init.resumed ?? false;
    this.client = init.client;
    this.version = init.version ?? 0;
    this.streams = init.streams ?? [];
    this.places = init.places ?? [];
    this.run = init.run;
    this.state = init.state;
  }

  get id(): string {
    return (this.#id ??= crypto.randomUUID());
  }

  get lastEventId(): string {
    return this.#cursor?.at ?? "";
  }

  get open(): boolean {
    return this.#ending.reason === undefined;
  }

  /** Why it ended; `undefined` while it is open. */
  get reason(): EndReason | undefined {
    return this.#ending.reason;
  }

  get closed(): Promise<EndReason> {
    return this.#ending.closed;
  }

  send(event: SessionEvent | string): boolean {
    const fields = sessionFields(event, this.#shared.contract, this.streams);
    const text = this.#outlet.profile.event(fields);
    if (!this.#writable()) return false;
    this.#outlet.events(encode(text));
    return true;
  }

  json(value: unknown, type?: string): boolean {
    // Data under a contract becomes JSON by itself.
    const isKnown = this.#shared.contract?.knows(type || "message", this.streams);
    return this.send({ type, data: isKnown ? value : JSON.stringify(value) });
  }

  xml<T>(value: T, serialise: (value: T) => string, type?: string): boolean {
    if (typeof serialise !== "function") {
      throw new TypeError("xml(value, serialise) needs a function from the value to text.");
    }
    return this.send({ type, data: serialise(value) });
  }

  comment(text = ""): boolean {
    if (!this.#writable()) return false;
    this.#outlet.text(this.#outlet.profile.comment(text));
    return true;
  }

  from(source: AsyncIterable<SessionEvent | string>): Promise<void> {
    return writeFrom(source, this, this.#ending);
  }

  drained(): Promise<boolean> {
    return this.open ? this.#outlet.drained() : Promise.resolve(false);
  }

  close(): void {
    // Events published earlier in this turn still belong to this reader.
    this.pump();
    this.end("server");
  }

  /** How long its reader has been slow; -1 for one that keeps up. */
  behindMs(now: number): number {
    return this.#outlet.behindMs(now);
  }

  /** Whether it gets the events of the log: from `start()` on. */
  get live(): boolean {
    return this.#live;
  }

  /** Whether the head is sent, so that the request can no longer be refused. */
  get begun(): boolean {
    return this.#outlet.begun;
  }

  /** Head and first bytes. Throws for a header that cannot be sent. */
  prepare(): void {
    if (this.open) this.#begin();
  }

  /** Head and first bytes, and from now on the events of the log. */
  start(): void {
    if (!this.open) return;
    this.#begin();
    this.#live = true;
    this.pump();
  }

  /** Writes events of the log for this reader, as long as there is room. */
  pump(): void {
    if (this.#outlet.expired) this.end("expired");
    // The cursor of a session that has ended is stopped.
    if (this.#live) this.#cursor?.run(this, pageEvents);
    const finish = this.#finishing;
    if (finish && !this.#outlet.full) this.end(finish.reason, finish.mode);
  }

  get ready(): boolean {
    return !this.#outlet.full;
  }

  take(step: Step): boolean {
    return pump(step, this.#cursor!, this.#outlet);
  }

  failed(error: unknown): void {
    this.#shared.watcher.failed(error);
    this.end("error");
  }

  /** Once per turn of the wheel: a heartbeat, and the time limits. A reader that takes nothing collects strikes in its outlet. */
  visit(now: number): void {
    const { slow, beatEvery } = this.#shared;
    if (!this.open) {
      // The time for its last bytes has elapsed.
      if (this.#ending.since(now) >= slow.timeoutMs) this.#outlet.end("abort");
    } else if (this.#outlet.expired) {
      this.end("expired");
    } else if (this.#outlet.full) {
      if (this.#outlet.strikes(now, slow.timeoutMs) >= slow.tolerance) this.#tooSlow();
    } else if (this.#outlet.begun && beatEvery > 0 && ++this.#visits % beatEvery === 0) {
      this.#outlet.beat(this.#live ? this.lastEventId : "");
    }
  }

  /** Ends it after the pending events, as soon as the reader has taken them. */
  finish(reason: EndReason, mode: EndMode | undefined, retryMs: number | undefined): void {
    if (!this.open) return;
    if (retryMs !== undefined && this.#outlet.begun) this.#outlet.retry(retryMs);
    this.#finishing = { reason, mode };
    this.pump();
    if (!this.#live) this.end(reason, mode);
  }

  end(reason: EndReason, mode: EndMode = this.#outlet.profile.ending): void {
    if (!this.#end(reason) || this.#ending.released) return;
    // A run has its own end: an earlier abort must not look like it.
    this.#outlet.end(this.run !== undefined && reason !== "ended" ? "abort" : mode);
  }

  /** Releases everything, in any state. */
  abort(reason: EndReason): void {
    this.#end(reason);
    if (!this.#ending.released) this.#outlet.end("abort");
    this.gone();
  }

  /** Withdraws the session before its head is sent: other code answers now. */
  withdraw(): void {
    this.gone("error");
  }

  room(): void {
    this.#outlet.drain();
    this.pump();
    if (this.open && !this.#outlet.full) this.#outlet.settle(true);
  }

  gone(reason: EndReason = "client"): void {
    if (!this.#ending.release()) return;
    this.#end(reason);
    this.#shared.watcher.released(this);
    this.#ending.settle();
  }

  /** Calls a function once everything is released. */
  afterwards(call: () => void): void {
    this.#ending.onRelease(call);
  }

  #begin(): void {
    this.#outlet.begin(this.#resumed ? "" : this.lastEventId);
  }

  #writable(): boolean {
    if (this.open && this.#outlet.expired) this.end("expired");
    if (!this.open) return false;
    this.#begin();
    return !this.#outlet.full;
  }

  #tooSlow(): void {
    const { policy } = this.#shared.slow;
    if (policy === "disconnect") this.end("slow", "abort");
    else if (policy === "skip") this.#cursor?.skip();
  }

  #end(reason: EndReason): boolean {
    if (!this.#ending.end(reason)) return false;
    this.#cursor?.stop();
    this.#outlet.settle(false);
    this.#shared.watcher.ended(this, reason);
    return true;
  }
}
