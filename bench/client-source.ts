// The server of the client benchmark, in a process of its own, so that its work is not counted. Its bytes are made
// beforehand and go to the socket as they are: it is never what a client waits for.
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { cut, each, tokens, type Sample } from "./fixtures.ts";

/** As fast as the socket takes: 64 KB pieces, or one piece per event, as a server that writes each event sends them. */
export const workloads: Readonly<Record<string, (samples: readonly Sample[]) => Uint8Array[]>> = {
  bulk: (samples) => cut(samples, 64 * 1024),
  "one event per piece": each,
};

/** What is sent over and over. */
export const samples = tokens(4096);

const head =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/** In HTTP's chunked coding. */
function coded(pieces: readonly Uint8Array[]): Buffer {
  const lineEnd = Buffer.from("\r\n");
  const parts = pieces.flatMap((piece) => [
    Buffer.from(`${piece.length.toString(16)}\r\n`),
    piece,
    lineEnd,
  ]);
  return Buffer.concat(parts);
}

if (import.meta.main) {
  const bodies = Object.entries(workloads).map(([, cutUp]) => coded(cutUp(samples)));
  // GET /WORKLOAD/TIMES: the samples so many times, and then silence until the client leaves.
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (request) => {
      const [, workload, times] = request.toString("latin1").split(/[/ ]+/);
      const body = bodies[Number(workload)]!;
      let left = Number(times);
      const fill = (): void => {
        while (left > 0) {
          left--;
          if (!socket.write(body)) return;
        }
      };
      socket.on("drain", fill);
      socket.write(head);
      fill();
    });
  });
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
  // Ends with its parent.
  process.stdin.resume().on("end", () => process.exit());
}
