// #region server
import { subscribe } from "node:diagnostics_channel";
import { metrics } from "@opentelemetry/api";
import type { Broker } from "@steadfeed/server";

/** Exports a broker's numbers, and how long its sessions last. */
export function observeBroker(broker: Broker): void {
  const meter = metrics.getMeter("steadfeed");
  const sessions = meter.createObservableGauge("sse.server.sessions");
  const slow = meter.createObservableGauge("sse.server.slow");
  const lag = meter.createObservableGauge("sse.server.lag", { unit: "s" });
  const connects = meter.createObservableCounter("sse.server.connects");
  const disconnects = meter.createObservableCounter("sse.server.disconnects");
  const published = meter.createObservableCounter("sse.server.published");
  const written = meter.createObservableCounter("sse.server.written");
  const bytes = meter.createObservableCounter("sse.server.io", { unit: "By" });
  const gaps = meter.createObservableCounter("sse.server.gaps");
  const all = [sessions, slow, lag, connects, disconnects, published, written, bytes, gaps];
  meter.addBatchObservableCallback((result) => {
    const stats = broker.stats();
    result.observe(sessions, stats.sessions);
    result.observe(slow, stats.slow);
    result.observe(lag, stats.lagMs / 1000);
    result.observe(connects, stats.connects);
    result.observe(published, stats.published);
    result.observe(written, stats.written);
    result.observe(bytes, stats.bytes);
    result.observe(gaps, stats.gaps);
    for (const [reason, count] of Object.entries(stats.disconnects)) {
      result.observe(disconnects, count, { reason });
    }
  }, all);

  const durations = meter.createHistogram("sse.server.session.duration", {
    unit: "s",
    advice: { explicitBucketBoundaries: [1, 10, 60, 300, 1800, 3600, 14_400] },
  });
  subscribe("steadfeed:server:close", (message) => {
    const { ms, reason } = message as { readonly ms?: number; readonly reason: string };
    if (ms !== undefined) durations.record(ms / 1000, { reason });
  });
  // Sessions are timed from their opening on, if somebody listens to it.
  subscribe("steadfeed:server:open", () => undefined);
}
// #endregion server
