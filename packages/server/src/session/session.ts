import { fieldsOf, type ServerEvent } from "../core/event.ts";
import { encode } from "../log/frame.ts";
import type { ResolvedSlow } from "../core/options.ts";
import type { EndMode, Outlet } from "./outlet.ts";
import type { Pump } from "./pump.ts";
import { writeFrom } from "./source.ts";
import type { Writer } from "../core/sink.ts";

/**
 * Why a session ended. `client`: the reader left · `server`: `close()` · `slow`: it took nothing for too long ·
 * `replaced`: by a newer session of its client · `removed`: its last stream · `expired`: its admission ·
 * `shutdown`: the broker closed · `error`: something of yours threw, or the log failed
 */
export type EndReason =
  | "client"
  | "server"
  | "slow"
  | "replaced"
  | "removed"
  | "expired"
  | "shutdown"
  | "error";

/** An event for one session alone, which may carry any id, or none. */
export interface SessionEvent extends ServerEvent {
  /** Becomes the reader's cursor. No CR, LF or NUL. Leave it out on a session of a broker, whose log gives the ids. */
  readonly id?: string | undefined;
}

/** One open response of one reader. */
export interface Session<State = unknown> {
  /** Unique among all sessions. */
  readonly id: string;
  /** The name its admission gave it. */
  readonly client: string | undefined;
  /** The version its admission gave it; 0 by default. */
  readonly version: number;
  readonly streams: readonly string[];
  /** Yours: what its admission gave it, or what you put there. */
  state: State;
  /** The cursor: everything up to here was written. Empty on a session without a broker. */
  readonly lastEventId: string;
  readonly open: boolean;
  /** Resolves with the reason once the session is over; it never rejects. */
  readonly closed: Promise<EndReason>;
  /**
   * Writes an event to this reader alone, past the log.
   *
   * Shape:  → `true`: written; `false`: not written, because the session is over or its reader is
   *         behind: await {@link Session.drained} and send it again
   * Errors: `TypeError` for an event that cannot be written
   */
  send(event: SessionEvent | string): boolean;
  /** As {@link Session.send}, with a value as JSON (a string too). */
  json(value: unknown, type?: string): boolean;
  /** As {@link Session.send}, with a value as the XML that your serialiser makes of it. */
  xml<T>(value: T, serialise: (value: T) => string, type?: string): boolean;
  /** Writes text that no client dispatches. Several lines become several comments. */
  comment(text?: string): boolean;
  /**
   * Writes what a source yields, at the pace of the reader, and returns when the source is done.
   *
   * Errors: rejects with what the source throws, with `TypeError` for what cannot be written
   * After:  the session is still open; if it ends first, or an event cannot be written, the source's `return()` is called
   */
  from(source: AsyncIterable<SessionEvent | string>): Promise<void>;
  /** Resolves when there is room: `true`, or `false` once the session is over. */
  drained(): Promise<boolean>;
  /** Ends the response. The reader may come back. Idempotent. */
  close(): void;
}

const eventNames = ["type", "data", "retryMs", "id"] as unknown as readonly (keyof ServerEvent)[];

const idOf = (event: SessionEvent | string): string | undefined =>
  typeof event !== "string" && Object.hasOwn(event, "id") ? event.id : undefined;

/** Who answers for a session. */
export interface Owner<State> {
  /** It is over for its reader: called once. */
  ended(session: OpenSession<State>, reason: EndReason): void;
  /** Its response is over too, and nothing is left of it: called once, last. */
  released(session: OpenSession<State>): void;
}

export interface SessionInit<State> {
  readonly outlet: Outlet;
  readonly owner: Owner<State>;
  readonly state: State;
  readonly slow: ResolvedSlow;
  /** A heartbeat on every so many visits; `0`: none. */
  readonly beatEvery: number;
  readonly client?: string | undefined;
  readonly version?: number | undefined;
  readonly streams?: readonly string[] | undefined;
  /** What brings it events; a single response has none. */
  readonly pump?: Pump | undefined;
  /** Whether the reader came with a cursor of its own. */
  readonly resumed?: boolean | undefined;
}

/** A session from the side of those who own it. */
export class OpenSession<State> implements Session<State>, Writer {
  readonly client: string | undefined;
  readonly version: number;
  readonly streams: readonly string[];
  state: State;
  readonly #init: SessionInit<State>;
  readonly #outlet: Outlet;
  #id: string | undefined;
  #live = false;
  #visits = 0;
  #finishing: { readonly reason: EndReason; readonly mode: EndMode | undefined } | undefined;
  #ended: EndReason | undefined;
  #endedAt = 0;
  #gone = false;
  /** Who waits for room, for the end, and for the end of the response. */
  #roomFor: ((room: boolean) => void)[] = [];
  #endFor = new Set<(reason: EndReason) => void>();
  #goneFor: (() => void)[] = [];

  constructor(init: SessionInit<State>) {
    this.#init = init;
    this.#outlet = init.outlet;
    this.client = init.client;
    this.version = init.version ?? 0;
    this.streams = init.streams ?? [];
    this.state = init.state;
  }

  get id(): string {
    return (this.#id ??= crypto.randomUUID());
  }

  get lastEventId(): string {
    return this.#init.pump?.at ?? "";
  }

  get open(): boolean {
    return this.#ended === undefined;
  }

  get closed(): Promise<EndReason> {
    if (this.#ended !== undefined) return Promise.resolve(this.#ended);
    return new Promise((resolve) => void this.#endFor.add(resolve));
  }

  send(event: SessionEvent | string): boolean {
    const text = this.#outlet.profile.event({ ...fieldsOf(event, eventNames), id: idOf(event) });
    if (!this.#writable()) return false;
    this.#outlet.events(encode(text));
    return true;
  }

  json(value: unknown, type?: string): boolean {
    return this.send({ type, data: JSON.stringify(value) });
  }

  xml<T>(value: T, serialise: (value: T) => string, type?: string): boolean {
    if (typeof serialise !== "function") {
      throw new TypeError("xml() needs a serialiser: a function from the value to text.");
    }
    return this.send({ type, data: serialise(value) });
  }

  comment(text = ""): boolean {
    if (!this.#writable()) return false;
    this.#outlet.text(this.#outlet.profile.comment(text));
    return true;
  }

  from(source: AsyncIterable<SessionEvent | string>): Promise<void> {
    return writeFrom(source, this, (call) => {
      this.#endFor.add(call);
      return () => this.#endFor.delete(call);
    });
  }

  drained(): Promise<boolean> {
    if (!this.open || !this.#outlet.full) return Promise.resolve(this.open);
    return new Promise((resolve) => this.#roomFor.push(resolve));
  }

  close(): void {
    // What was published before in this turn is still this reader's.
    this.pump();
    this.end("server");
  }

  /** Whether it was admitted for good. */
  get live(): boolean {
    return this.#live;
  }

  /** Whether the head is out, so that there is no refusing any more. */
  get begun(): boolean {
    return this.#outlet.begun;
  }

  /** Head and first bytes, and from now on what the log has. */
  start(): void {
    if (!this.open) return;
    this.#begin();
    this.#live = true;
    this.pump();
  }

  /** Writes what the log has for this reader, as long as there is room. */
  pump(): void {
    if (this.open && this.#outlet.expired) this.end("expired");
    if (this.#live && this.open) this.#init.pump?.run();
    const finish = this.#finishing;
    if (finish && !this.#outlet.full) this.end(finish.reason, finish.mode);
  }

  /** Once per turn of the wheel: a heartbeat, and a look at the clock. */
  visit(now: number): void {
    const { slow, beatEvery } = this.#init;
    if (this.#ended !== undefined) {
      // Its last bytes have had their time.
      if (now - this.#endedAt >= slow.timeoutMs) this.#outlet.end("abort");
    } else if (this.#outlet.expired) {
      this.end("expired");
    } else if (this.#outlet.full) {
      if (this.#outlet.strikes(now, slow.timeoutMs) >= slow.tolerance) this.#tooSlow();
    } else if (this.#outlet.begun && beatEvery > 0 && ++this.#visits % beatEvery === 0) {
      this.#outlet.beat(this.#live ? this.lastEventId : "");
    }
  }

  /** Ends it after what is due, as soon as the reader has taken that. */
  finish(reason: EndReason, mode: EndMode | undefined, retryMs: number | undefined): void {
    if (!this.open) return;
    if (retryMs !== undefined && this.#outlet.begun) this.#outlet.retry(retryMs);
    this.#finishing = { reason, mode };
    this.pump();
    if (!this.#live) this.end(reason, mode);
  }

  end(reason: EndReason, mode: EndMode = this.#outlet.profile.ending): void {
    if (this.#ended !== undefined) return;
    this.#over(reason);
    if (!this.#gone) this.#outlet.end(mode);
  }

  /** Leaves nothing of it, whatever it was doing. */
  abort(reason: EndReason): void {
    this.#over(reason);
    if (!this.#gone) this.#outlet.end("abort");
    this.gone();
  }

  /** Takes it back before its head is out: the response is someone else's now. */
  withdraw(): void {
    this.gone("error");
  }

  room(): void {
    this.#outlet.drained();
    this.pump();
    if (!this.open || this.#outlet.full) return;
    for (const resolve of this.#roomFor.splice(0)) resolve(true);
  }

  gone(reason: EndReason = "client"): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#over(reason);
    this.#init.owner.released(this);
    for (const call of this.#goneFor.splice(0)) call();
  }

  /** Calls once nothing is left of it. */
  afterwards(call: () => void): void {
    if (this.#gone) call();
    else this.#goneFor.push(call);
  }

  #begin(): void {
    this.#outlet.begin(this.#init.resumed ? "" : this.lastEventId);
  }

  #writable(): boolean {
    if (this.open && this.#outlet.expired) this.end("expired");
    if (!this.open) return false;
    this.#begin();
    return !this.#outlet.full;
  }

  #tooSlow(): void {
    const { policy } = this.#init.slow;
    if (policy === "disconnect") this.end("slow", "abort");
    else if (policy === "skip") this.#init.pump?.skip();
  }

  #over(reason: EndReason): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#endedAt = Date.now();
    this.#init.pump?.stop();
    for (const call of this.#endFor) call(reason);
    this.#endFor.clear();
    for (const resolve of this.#roomFor.splice(0)) resolve(false);
    this.#init.owner.ended(this, reason);
  }
}
