import type { Socket } from "node:net";
import type { Framing } from "./framing.ts";

/** Receives a body. */
export interface BodyReader {
  /** The bytes are valid only within the call. */
  directBytes(bytes: Uint8Array): void;
  /**
   * From now on undici reports the rest of the body, starting paused if the body is. With `invented`, its first report
   * is a byte that the server did not send.
   */
  handedBack(isPaused: boolean, invented: boolean): void;
}

const CR = 13;
const LF = 10;

/** The size of a longer chunk is left to undici, in hexadecimal digits. */
const maxDigits = 8;

/**
 * Passes the body of an event stream over HTTP/1.1 from the socket to its reader, past undici's parser, which makes two
 * calls and two objects of each chunk. As the option `onread` of a socket, it gets what Node reads, and undici sees only
 * what is then pushed into the socket: everything except plain chunks of such a body. At anything else in a body, that and
 * the rest of the response goes to undici. So undici alone decides where a response ends, and which bytes are an error.
 */
export class DirectBody {
  /**
   * Where all sockets read to, created with the first of them: its content is used within the call that reports it. One
   * for each feed would take more memory than the rest of the feed.
   */
  static #shared: Uint8Array<ArrayBuffer> | undefined;
  readonly buffer: Uint8Array;
  readonly callback: (length: number) => boolean;
  #socket: Socket | undefined;
  #reader: BodyReader | undefined;
  /** `through`: undici gets everything. `head`: also, but in pieces. A framing: the reader gets the body. */
  #mode: "through" | "head" | Framing = "through";
  #isPaused = false;
  /** The bytes of a read, while they are pushed piece by piece: undici has those before `#pushed`. */
  #pieces: Uint8Array | undefined;
  #pushed = 0;
  /** The end of the newest piece: 1 after an LF, 2 after an LF and a CR, 3 after two line ends, otherwise 0. */
  #lineEnd = 0;
  /** The bytes of the current chunk that have not arrived; -1 if all have, but not the CRLF after them. */
  #left = 0;
  /** The incomplete size of a chunk, or half of a CRLF, at the end of a read. */
  #begun: Uint8Array | undefined;

  constructor() {
    this.buffer = DirectBody.#shared ??= new Uint8Array(64 * 1024);
    // A bound function takes less memory than an arrow function.
    this.callback = this.#read.bind(this);
  }

  /** A socket was made. Previous ones are closed. */
  connected(socket: Socket): void {
    this.#socket = socket;
    this.#mode = "through";
    this.#pieces = undefined;
  }

  /** A request is about to be sent on the socket. */
  expect(reader: BodyReader): void {
    this.#reader = reader;
    this.#mode = this.#pieces ? "through" : "head";
    this.#lineEnd = 0;
  }

  /**
   * Must be called when undici reports the head of the final answer. Returns `true` if the reader gets the body. It
   * does not without a framing, nor if the head did not come in pieces, as over HTTP/2 and through a proxy.
   */
  take(framing: Framing | false): boolean {
    const isHeadEnd = this.#mode === "head" && this.#pieces && this.#lineEnd === 3;
    this.#mode = (isHeadEnd && framing) || "through";
    this.#isPaused = false;
    this.#left = 0;
    this.#begun = undefined;
    return this.#isDirect;
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket!.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket!.resume();
  }

  get #isDirect(): boolean {
    return this.#mode === "chunks" || this.#mode === "close";
  }

  /** Called by Node. Returns `false` to read no more for now. */
  #read(length: number): boolean {
    const { buffer } = this;
    if (this.#isDirect && !this.#pieces) {
      this.#deliver(buffer, 0, length);
      return !this.#isPaused;
    }
    const bytes = buffer.slice(0, length);
    if (this.#pieces) this.#pieces = joined(this.#pieces, bytes);
    else if (this.#mode === "head") {
      this.#pieces = bytes;
      this.#pushed = 0;
      this.#pushPiece();
    } else return this.#socket!.push(bytes);
    return true;
  }

  /** Undici reads a piece in a tick of its own. If that reports the final head, the body begins with the next piece. */
  #pushPiece(): void {
    const pieces = this.#pieces!;
    const end = this.#endOfHead(pieces, this.#pushed);
    this.#socket!.push(pieces.subarray(this.#pushed, end));
    this.#pushed = end;
    process.nextTick(() => this.#afterPiece());
  }

  #afterPiece(): void {
    const pieces = this.#pieces;
    const socket = this.#socket!;
    if (!pieces || socket.destroyed) return;
    const isRead = socket.readableLength === 0;
    const at = this.#pushed;
    if (isRead && this.#mode === "head" && at < pieces.length) return this.#pushPiece();
    this.#pieces = undefined;
    if (isRead && this.#mode === "head") return;
    if (isRead && this.#isDirect) return this.#deliver(pieces, at, pieces.length);
    // Either the reader does not get this body, or undici does not read as expected.
    if (this.#isDirect) this.#handBack(pieces.subarray(at), false);
    else if (at < pieces.length) socket.push(pieces.subarray(at));
    this.#mode = "through";
  }

  /** The end of the piece that starts here: after two line ends, where a head may end, or all that was read. */
  #endOfHead(bytes: Uint8Array, start: number): number {
    let state = this.#lineEnd === 3 ? 1 : this.#lineEnd;
    let at = start;
    while (at < bytes.length && state < 3) {
      const byte = bytes[at++];
      if (byte === LF) state = state === 0 ? 1 : 3;
      else state = byte === CR && state === 1 ? 2 : 0;
    }
    this.#lineEnd = state;
    return at;
  }

  #deliver(bytes: Uint8Array, at: number, end: number): void {
    if (this.#mode === "chunks") return this.#deliverChunks(bytes, at, end);
    if (at < end) this.#reader!.directBytes(bytes.subarray(at, end));
  }

  /** Delivers the data of the chunks, moved together within the read. */
  #deliverChunks(bytes: Uint8Array, at: number, end: number): void {
    if (this.#begun) {
      bytes = joined(this.#begun, bytes.subarray(at, end));
      this.#begun = undefined;
      [at, end] = [0, bytes.length];
    }
    let left = this.#left;
    let isPlain = true;
    let from = at;
    let to = at;
    for (;;) {
      if (left > 0) {
        const stop = Math.min(at + left, end);
        if (from === to) from = to = at;
        else bytes.copyWithin(to, at, stop);
        to += stop - at;
        left = at + left === stop ? -1 : left - (stop - at);
        at = stop;
      }
      let next = at;
      let size = 0;
      if (left === 0) {
        for (const limit = Math.min(end, at + maxDigits); next < limit; next++) {
          const digit = digitOf(bytes[next]!);
          if (digit < 0) break;
          size = size * 16 + digit;
        }
      }
      // A size of zero is the last chunk, whose end is for undici to find.
      const isCR = bytes[next] === CR && (left < 0 || size > 0);
      isPlain = next >= end || (isCR && (next + 1 >= end || bytes[next + 1] === LF));
      if (!isPlain || next + 1 >= end) break;
      at = next + 2;
      left = size;
      // Most chunks are complete, and take one pass instead of two.
      const stop = at + size;
      if (size > 0 && stop + 1 < end && bytes[stop] === CR && bytes[stop + 1] === LF) {
        if (from === to) from = to = at;
        else bytes.copyWithin(to, at, stop);
        to += size;
        at = stop + 2;
        left = 0;
      }
    }
    this.#left = left;
    if (isPlain && at < end) this.#begun = bytes.slice(at, end);
    if (from < to) this.#reader!.directBytes(bytes.subarray(from, to));
    // The reader may have given up.
    if (!isPlain && !this.#socket!.destroyed) {
      this.#handBack(bytes.subarray(at, end), left < 0);
    }
  }

  /**
   * Lets undici go on with these bytes. It did not see the chunks that were delivered: if the bytes come after the data
   * of one, undici needs a chunk before them, of one byte.
   */
  #handBack(bytes: Uint8Array, isAfterData: boolean): void {
    const socket = this.#socket!;
    this.#mode = "through";
    this.#reader!.handedBack(this.#isPaused, isAfterData);
    if (this.#isPaused) this.resume();
    const rest = isAfterData ? joined(Uint8Array.from(oneByte), bytes) : bytes.slice();
    if (rest.length > 0) socket.push(rest);
  }
}

/** A chunk of one byte, without its end: `1`, CRLF, `?`. */
const oneByte = [49, CR, LF, 63];

/** The value of a hexadecimal digit; -1 if it is none. */
function digitOf(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
