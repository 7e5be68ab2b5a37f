// A server whose streams send one event and are quiet after it.
import { createServer } from "node:net";
import { listen } from "../measure.ts";

const answer =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: a\n\n\r\n";

const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => socket.write(answer));
});
listen(server);
