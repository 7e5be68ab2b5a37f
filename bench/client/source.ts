// The server of the client benchmarks. Its bytes are made beforehand and go to the socket as they are: it is never what
// a client waits for.
import { createServer } from "node:net";
import { listen } from "../measure.ts";
import { workloads } from "./workloads.ts";

const head =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nAccess-Control-Allow-Origin: *\r\nTransfer-Encoding: chunked\r\n\r\n";

/** In HTTP's chunked coding. */
export function coded(pieces: readonly Uint8Array[]): Buffer {
  const lineEnd = Buffer.from("\r\n");
  const parts = pieces.flatMap((piece) => [
    Buffer.from(`${piece.length.toString(16)}\r\n`),
    piece,
    lineEnd,
  ]);
  return Buffer.concat(parts);
}

if (import.meta.main) {
  const all = Object.values(workloads);
  const size = Number(process.argv[2]);
  const bodies = new Map<number, Buffer>();
  const body = (index: number): Buffer => {
    const made = bodies.get(index) ?? coded(all[index]!.pieces(all[index]!.samples(size)));
    bodies.set(index, made);
    return made;
  };
  // GET /WORKLOAD: its samples over and over, until the client leaves.
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (request) => {
      const [, workload] = request.toString("latin1").split(/[/ ]+/);
      const bytes = body(Number(workload));
      const fill = (): void => {
        while (socket.writable && socket.write(bytes));
      };
      socket.on("drain", fill);
      socket.write(head);
      fill();
    });
  });
  listen(server);
}
