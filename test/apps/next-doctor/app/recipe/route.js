export const dynamic = "force-dynamic";

/** As the answers to "SSE in Next.js" have it. */
export function GET(request) {
  const encoder = new TextEncoder();
  const stream = new ReadableStream({
    start(controller) {
      let n = 0;
      const timer = setInterval(() => {
        controller.enqueue(encoder.encode(`data: ${++n} ${new Date().toISOString()}\n\n`));
      }, 100);
      request.signal.addEventListener("abort", () => {
        clearInterval(timer);
        controller.close();
      });
    },
  });
  return new Response(stream, {
    headers: {
      "Content-Type": "text/event-stream",
      "Cache-Control": "no-cache, no-transform",
      "Content-Encoding": "none",
    },
  });
}
