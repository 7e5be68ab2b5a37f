// The server of the client benchmarks: node source.ts SIZE [tls|h2 KEY CERT]. Its bytes are made beforehand and go to
// the socket as they are: it is never what a client waits for, except where each event is a write of its own.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Duplex } from "node:stream";
import { listen } from "../measure.ts";
import { workloads, writes } from "./workloads.ts";

const headers = "Content-Type: text/event-stream\r\nAccess-Control-Allow-Origin: *\r\n";
const framings = { chunked: "Transfer-Encoding: chunked\r\n", close: "Connection: close\r\n" };

const all = Object.values(workloads);
const [sizeText, over, ...pem] = process.argv.slice(2);
const size = Number(sizeText);

const made = new Map<string, readonly Uint8Array[]>();
function once(path: string, make: () => readonly Uint8Array[]): readonly Uint8Array[] {
  const kept = made.get(path) ?? make();
  made.set(path, kept);
  return kept;
}

/** The same over and over, until the client leaves. */
function play(to: Duplex, bytes: readonly Uint8Array[], apart = false): void {
  let at = 0;
  const write = (): boolean => to.writable && to.write(bytes[at++ % bytes.length]);
  const fill = (): void => {
    // A client reads faster than that: each write is a read of its own.
    if (apart && write()) setImmediate(fill);
    else if (!apart) while (write());
  };
  to.on("error", () => {}).on("drain", fill);
  fill();
}

/** GET /WORKLOAD. */
function answer(socket: Duplex): void {
  socket.on("error", () => {});
  socket.once("data", (request: Buffer) => {
    const path = /^GET \/(\d+)/.exec(request.toString("latin1"))![1]!;
    const workload = all[Number(path)]!;
    socket.write(`HTTP/1.1 200 OK\r\n${headers}${framings[workload.framing]}\r\n`);
    play(
      socket,
      once(path, () => writes(workload, workload.samples(size))),
      workload.apart,
    );
  });
}

if (over === undefined) {
  listen(createServer({ noDelay: true }, answer));
} else {
  const [key, cert] = pem.map((file) => readFileSync(file));
  if (over === "tls") listen(createTlsServer({ key, cert }, answer));
  else {
    const server = createSecureServer({ key, cert });
    // HTTP/2 has frames of its own: a piece is a write.
    server.on("stream", (stream, request) => {
      const path = request[":path"]!.slice(1);
      const { pieces, samples } = all[Number(path)]!;
      stream.respond({ ":status": 200, "content-type": "text/event-stream" });
      play(
        stream,
        once(path, () => pieces(samples(size))),
      );
    });
    listen(server);
  }
}
