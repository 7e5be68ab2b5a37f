// The readers of the server benchmark, in a process of their own: plain sockets that count events.
import { connect, type Socket } from "node:net";
import { createParser } from "eventsource-parser";
import { Tally, type Sample } from "../fixtures.ts";
import { mark, quotes, samplesOf } from "./events.ts";

/** The commands of the server's process; each is acknowledged when it is done. */
export type Ask =
  /** More readers, which have received a first byte. With `proof` they keep the received text. */
  | {
      readonly open: number;
      readonly port: number;
      readonly proof?: boolean;
      readonly lastEventId?: string;
    }
  /** More events, received by all readers together. */
  | { readonly events: number }
  /** The readers that keep what they get have had the first so many quotes, byte for byte. */
  | { readonly proved: number }
  /** No more readers. */
  | { readonly close: true }
  /** A reader that takes nothing. */
  | { readonly stop: number; readonly port: number };

export interface Answer {
  /** An observed id, to resume from. */
  readonly lastEventId?: string | undefined;
  readonly failed?: string;
}

const code = mark.charCodeAt(0);
const pace = 200;

const buffer = Buffer.allocUnsafe(64 << 10);
const sockets = new Set<Socket>();
const kept = new Map<Socket, string>();
let count = 0;
/** The expected number, and the call that waits for the last one. */
let due = 0;
let told: (() => void) | undefined;

function open(port: number, isProof: boolean, lastEventId: string): Promise<Socket> {
  return new Promise((done, fail) => {
    let first = true;
    const taken = (length: number): boolean => {
      if (first) done(socket);
      first = false;
      if (isProof) kept.set(socket, kept.get(socket)! + buffer.toString("latin1", 0, length));
      let at = buffer.indexOf(code);
      for (; at >= 0 && at < length; at = buffer.indexOf(code, at + 1)) count++;
      if (count >= due) arrived();
      return true;
    };
    const socket = connect({ port, host: "127.0.0.1", onread: { buffer, callback: taken } });
    if (isProof) kept.set(socket, "");
    sockets.add(socket);
    const resume = lastEventId && `Last-Event-ID: ${lastEventId}\r\n`;
    socket.write(`GET /?stream=s HTTP/1.1\r\nHost: x\r\n${resume}\r\n`);
    socket.on("error", fail).on("close", () => {
      if (sockets.delete(socket)) fail(new Error("the server closed a connection"));
    });
  });
}

/** As many at a time as fit into a listener's queue. */
async function openAll(ask: { open: number; port: number; proof?: boolean; lastEventId?: string }) {
  for (let opened = 0; opened < ask.open; opened += pace) {
    const now = Math.min(pace, ask.open - opened);
    const each = () => open(ask.port, ask.proof ?? false, ask.lastEventId ?? "");
    await Promise.all(Array.from({ length: now }, each));
  }
}

function stop(port: number): void {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {}).write("GET /?stream=s HTTP/1.1\r\nHost: x\r\n\r\n");
  socket.pause();
}

/** They may have arrived before the command. */
const events = (more: number): Promise<void> =>
  new Promise((done) => {
    due += more;
    told = done;
    if (count >= due) arrived();
  });

function arrived(): void {
  if (count > due && told) throw new Error(`${count - due} events too many came`);
  told?.();
  told = undefined;
}

function prove(samples: readonly Sample[]): string | undefined {
  let lastEventId: string | undefined;
  for (const text of kept.values()) {
    const tally = new Tally(samples.length);
    const parser = createParser({
      onEvent: ({ id, data }) => {
        lastEventId = id;
        tally.take(data);
      },
    });
    parser.feed(bodyOf(text));
    tally.expect(samples, 1);
  }
  return lastEventId;
}

/** The body of an unfinished response. */
function bodyOf(text: string): string {
  const start = text.indexOf("\r\n\r\n") + 4;
  if (!/^transfer-encoding: chunked/im.test(text.slice(0, start))) return text.slice(start);
  let body = "";
  for (let at = start; at < text.length;) {
    const line = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, line), 16);
    body += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
  return body;
}

async function answer(ask: Ask): Promise<Answer> {
  if ("open" in ask) await openAll(ask);
  else if ("events" in ask) await events(ask.events);
  else if ("proved" in ask) return { lastEventId: prove(samplesOf(quotes(ask.proved))) };
  else if ("stop" in ask) for (let i = 0; i < ask.stop; i++) stop(ask.port);
  else {
    const all = [...sockets];
    sockets.clear();
    kept.clear();
    for (const socket of all) socket.resetAndDestroy();
  }
  return {};
}

process.on("message", (ask: Ask) => {
  answer(ask).then(
    (reply) => process.send!(reply),
    (error: unknown) => process.send!({ failed: String(error) } satisfies Answer),
  );
});
