// Sends an event every millisecond, with its number and the time of a clock that all processes here share.
import { createServer } from "node:net";
import { listen } from "../measure.ts";

const head =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => {});
  socket.once("data", () => {
    socket.write(head);
    let number = 0;
    const start = performance.now();
    const timer = setInterval(() => {
      // A busy machine's timer is late: missed events are sent then, or there would be fewer per second.
      for (; number < performance.now() - start; number++) {
        // As long as the events of a language model.
        const data = `${number} ${process.hrtime.bigint()} `.padEnd(172, ".");
        const event = `data: ${data}\n\n`;
        socket.write(`${event.length.toString(16)}\r\n${event}\r\n`);
      }
    }, 1);
    socket.on("close", () => clearInterval(timer));
  });
});
listen(server);
