import { say } from "#words";
import type { ServerSentEvent } from "@steadfeed/parser";
import { FeedError } from "../core/errors.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { CloseInfo, CloseReason } from "../core/status.ts";
import { FeedCore } from "../feed/feed-core.ts";
import { HttpSource } from "../feed/http-source.ts";
import type { EndFacts } from "../feed/source.ts";
import { Blocks, joined, type BlockReader } from "./blocks.ts";
import { tell, type OnStatus } from "./tell.ts";

/** The number of bytes that are read ahead of the reader. */
const ahead = 16 * 1024;

/**
 * A server may repeat the blocks between two events after a break, but only within this time, in ms. Later ones are new
 * heartbeats.
 */
const againMs = 1000;
const maxAgain = 4096;

type Controller = ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array>;

/**
 * The body of an answer, across all the connections that it takes. It is a feed without a subscription, whose bytes are
 * passed on.
 */
export class SteadyBody extends FeedCore implements BlockReader {
  readonly stream: ReadableStream<Uint8Array>;
  type: "bytes" | undefined = "bytes";
  events = 0;
  declare protected readonly source: HttpSource;
  #controller!: Controller;
  #blocks: Blocks | undefined;
  /** The event that ends it has arrived, and its bytes were not passed on yet. */
  #isLast = false;
  /** True while an event is delivered. */
  #delivers = false;
  /** The newest bytes, and true if the next ones are the first of a connection. */
  #ends = "";
  #isFresh = false;
  /** The blocks since the newest event, as text, and the position in it of the blocks that are being repeated. */
  #between = "";
  #at = 0;
  #openedAt = 0;

  constructor(url: URL, options: ResolvedOptions, onStatus: OnStatus | undefined) {
    super(
      url,
      options,
      (...parts) =>
        new HttpSource(...parts, (parser) => {
          this.#blocks = new Blocks(parser, this, !this.#blocks);
          return this.#blocks;
        }),
    );
    this.stream = streamOf(this);
    this.listeners.on("open", () => this.#opened());
    if (onStatus) this.listeners.on("*", (status) => tell(onStatus, status));
    void this.open();
    void this.closed.then((end) => this.#end(end));
  }

  // Calls of its stream.

  start(controller: Controller): void {
    this.#controller = controller;
  }

  pull(): void {
    this.source.resume();
  }

  cancel(): void {
    this.close("closed");
  }

  // Calls of the parser.

  get skips(): boolean {
    return (this.source.answer?.skips ?? 0) > 0;
  }

  repeats(block: Uint8Array): boolean {
    // Without the LF of a CRLF that was split.
    const text = `${block.join().replace(/^10,/, "")};`;
    const isOld = this.#between.startsWith(text, this.#at);
    if (isOld && performance.now() < this.#openedAt + againMs) {
      this.#at += text.length;
      return true;
    }
    if (this.#between.length < maxAgain) this.#between += text;
    this.#at = this.#between.length;
    return false;
  }

  pass(bytes: Uint8Array): void {
    if (this.state === "closed") return;
    if (this.#isFresh && bytes[0] !== 10) this.#endLine();
    this.#isFresh = false;
    this.#ends = String(bytes.slice(-3));
    this.#controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
    if (this.#isLast) {
      this.#endLine();
      super.ended("ended");
    } else if (this.#controller.desiredSize! <= 0) this.source.pause();
  }

  /**
   * Completes a CRLF that ends an event: the previous connection was cut, or the answer ends, between its CR and LF.
   */
  #endLine(): void {
    if (this.#ends === "13,10,13") this.#controller.enqueue(Uint8Array.of(10));
  }

  // Reports of the source.

  override deliver(event: ServerSentEvent): false | void {
    this.events++;
    this.#between = "";
    this.#delivers = true;
    const taken = super.deliver(event);
    this.#delivers = false;
    return taken;
  }

  override held(): void {
    // Not reported: the reader itself is the one that is not reading.
  }

  override ended(reason: CloseReason, error?: FeedError, facts?: EndFacts): void {
    if (this.#delivers) {
      // The bytes of the last event come next.
      this.#isLast = true;
      return this.source.stop();
    }
    // A 204 means that the server has no more of the answer, but not that the received part was complete.
    const isShort = reason === "stopped" && (this.options.until || this.skips || this.events === 0);
    if (error || isShort || facts?.leftover) {
      const { url } = this;
      return super.ended("failed", error ?? new FeedError("network", say("short", url), { url }));
    }
    const rest = joined(reason === "ended" ? (this.#blocks?.rest ?? []) : []);
    if (rest.length > 0) this.pass(rest);
    super.ended(reason);
  }

  #opened(): void {
    this.#openedAt = performance.now();
    this.#at = 0;
    this.#isFresh = true;
  }

  #end({ reason, error }: CloseInfo): void {
    const controller = this.#controller;
    if (error !== undefined) controller.error(error);
    else if (reason !== "closed") {
      controller.close();
      // A reader that passed its own buffer waits for this.
      (controller as ReadableByteStreamController).byobRequest?.respond(0);
    }
  }
}

/** A byte stream like that of `fetch`, if the platform can create one. */
function streamOf(source: SteadyBody): ReadableStream<Uint8Array> {
  try {
    const bytes = new ReadableStream(source as UnderlyingByteSource, { highWaterMark: ahead });
    return bytes;
  } catch {
    source.type = undefined;
    return new ReadableStream(source as UnderlyingDefaultSource);
  }
}
