// #region client
import { subscribe } from "node:diagnostics_channel";
import { metrics, SpanStatusCode, trace, type Span } from "@opentelemetry/api";

interface Message {
  readonly feed: object;
  readonly url: string;
  readonly type?: string;
  readonly reason?: string;
  readonly code?: string;
  readonly status?: number;
}

/** Counts what the feeds of this process do, and makes one short span of each attempt: up to its answer, not its end. */
export function observeFeeds(): void {
  const meter = metrics.getMeter("steadfeed");
  const tracer = trace.getTracer("steadfeed");
  const open = meter.createUpDownCounter("sse.client.open");
  const events = meter.createCounter("sse.client.events");
  const failures = meter.createCounter("sse.client.failures");
  const gaps = meter.createCounter("sse.client.gaps");
  const connecting = meter.createHistogram("sse.client.connect.duration", {
    unit: "s",
    advice: { explicitBucketBoundaries: [0.01, 0.05, 0.1, 0.5, 1, 5, 10] },
  });
  const attempts = new WeakMap<object, { readonly span: Span; readonly since: number }>();
  const opened = new WeakSet();

  const answered = ({ feed, url, status, code }: Message): void => {
    const attempt = attempts.get(feed);
    if (!attempt) return;
    attempts.delete(feed);
    if (status !== undefined) attempt.span.setAttribute("http.response.status_code", status);
    if (code !== undefined && code !== "ended") {
      attempt.span.setStatus({ code: SpanStatusCode.ERROR, message: code });
    }
    attempt.span.end();
    connecting.record((performance.now() - attempt.since) / 1000, { url });
  };
  const left = (message: Message): void => {
    answered(message);
    if (opened.delete(message.feed)) open.add(-1, { url: message.url });
  };
  const on = (name: string, hear: (message: Message) => void): void =>
    subscribe(`steadfeed:client:${name}`, (message) => hear(message as Message));

  on("connecting", (message) => {
    left(message);
    const span = tracer.startSpan("sse connect", { attributes: { "url.full": message.url } });
    attempts.set(message.feed, { span, since: performance.now() });
  });
  on("open", (message) => {
    answered(message);
    opened.add(message.feed);
    open.add(1, { url: message.url });
  });
  on("event", ({ url, type }) => events.add(1, { url, type }));
  on("gap", ({ url, reason }) => gaps.add(1, { url, reason }));
  for (const name of ["idle", "paused", "waiting", "closed"]) {
    on(name, (message) => {
      left(message);
      const { url, code } = message;
      if (code !== undefined) failures.add(1, { url, code });
    });
  }
}
// #endregion client
