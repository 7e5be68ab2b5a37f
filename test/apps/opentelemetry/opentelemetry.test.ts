import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { metrics, SpanStatusCode, trace } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { Feed } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { expect, onTestFinished, test } from "vitest";
import { observeFeeds } from "./client.ts";
import { observeBroker } from "./server.ts";

/** The value of a metric in Prometheus' text: the sum over its labels, or of those that have one. */
function valueOf(text: string, name: string, label = ""): number {
  const lines = text
    .split("\n")
    .filter((line) => new RegExp(`^${name}[ {]`).test(line) && line.includes(label));
  if (lines.length === 0) throw new Error(`There is no ${name}${label}.`);
  return lines.reduce((sum, line) => sum + Number(/[}\s]([\d.e+-]+)( \d+)?$/.exec(line)?.[1]), 0);
}

test("Prometheus metrics and short spans: every panel of the dashboard has its metric", async () => {
  // #region set-up
  const reader = new PrometheusExporter({ preventServerStart: true });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  // #endregion set-up
  const spans = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  );
  const broker = new Broker();
  observeBroker(broker);
  observeFeeds();

  let refused = false;
  const handler = nodeHandler(broker);
  const server = createServer((request, response) => {
    if (request.url === "/metrics") return reader.getMetricsRequestHandler(request, response);
    if (refused) return void handler(request, response);
    refused = true;
    response.writeHead(503).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    await broker.close({ graceMs: 0 });
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const read = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();

  const feed = new Feed(`${url}/?stream=s`, { retry: { initialDelayMs: 1 } });
  const got: string[] = [];
  feed.subscribe("tick", ({ data }) => void got.push(data));
  await expect.poll(() => feed.state).toBe("open");
  for (const data of ["1", "2", "3"]) await broker.publish("s", { type: "tick", data });
  await expect.poll(() => got.length).toBe(3);

  const live = await read();
  expect(valueOf(live, "sse_server_sessions")).toBe(1);
  expect(valueOf(live, "sse_server_published_total")).toBe(3);
  expect(valueOf(live, "sse_server_written_total")).toBe(3);
  expect(valueOf(live, "sse_client_open")).toBe(1);
  expect(valueOf(live, "sse_client_events_total", 'type="tick"')).toBe(3);
  expect(valueOf(live, "sse_client_failures_total", 'code="status"')).toBe(1);
  // A span ends with the answer, while its stream is open.
  const finished = spans.getFinishedSpans();
  expect(finished.map(({ name }) => name)).toEqual(["sse connect", "sse connect"]);
  expect(finished.map(({ attributes }) => attributes["http.response.status_code"])).toEqual([
    503, 200,
  ]);
  expect(finished.map(({ status }) => status.code)).toEqual([
    SpanStatusCode.ERROR,
    SpanStatusCode.UNSET,
  ]);

  feed.close();
  await expect.poll(() => broker.sessions().size).toBe(0);
  const after = await read();
  expect(valueOf(after, "sse_client_open")).toBe(0);
  expect(valueOf(after, "sse_server_disconnects_total", 'reason="client"')).toBe(1);
  expect(valueOf(after, "sse_server_session_duration_count")).toBe(1);

  const dashboard = readFileSync(new URL("dashboard.json", import.meta.url), "utf8");
  const names = new Set(dashboard.match(/sse_(?:client|server)_\w+/g));
  expect(names.size).toBeGreaterThan(12);
  // No gap came, so its counter of the client has not begun.
  names.delete("sse_client_gaps_total");
  for (const name of names) expect(valueOf(after, name), name).toBeTypeOf("number");
});
