/** Without `no-transform` and `res.flush()`, Next's compression keeps what is written. */
export default function handler(request, response) {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  let id = Number(request.headers["last-event-id"] ?? 0);
  const timer = setInterval(() => response.write(`id: ${++id}\ndata: ${Date.now()}\n\n`), 100);
  return new Promise((resolve) => {
    response.on("close", () => {
      clearInterval(timer);
      resolve();
    });
  });
}
