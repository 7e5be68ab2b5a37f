import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { onTestFinished } from "vitest";

const source = `
  const { createServer } = require("node:http");
  const { parentPort, workerData } = require("node:worker_threads");
  const server = createServer((request, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" }).write("data: hello\\n\\n");
    const timer = setInterval(() => response.write(": beat\\n\\n"), workerData);
    response.on("close", () => clearInterval(timer));
  });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

/** A stream with a comment every so many ms, from a thread of its own: it goes on while this one is blocked. */
export async function heart(everyMs: number): Promise<string> {
  const worker = new Worker(source, { eval: true, workerData: everyMs });
  onTestFinished(() => void worker.terminate());
  const [port] = (await once(worker, "message")) as [number];
  return `http://127.0.0.1:${port}/`;
}
