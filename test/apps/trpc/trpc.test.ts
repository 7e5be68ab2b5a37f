import { setTimeout as sleep } from "node:timers/promises";
import { EventSource } from "@steadfeed/client/eventsource";
import { createTRPCClient, httpSubscriptionLink, TRPCClientError } from "@trpc/client";
import { initTRPC, tracked, TRPCError } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { lineTo } from "../shared/proxy.ts";

const t = initTRPC.create();
const words = ["A", " feed", " keeps", " its", " place", " ✓."];
const text = (input: unknown): string => (input as { lastEventId?: string })?.lastEventId ?? "0";

const router = t.router({
  words: t.procedure
    .input((input: unknown): { lastEventId: string } => ({ lastEventId: text(input) }))
    .subscription(async function* ({ input }) {
      for (const [at, word] of words.entries()) {
        if (at < Number(input.lastEventId)) continue;
        await sleep(60);
        yield tracked(String(at + 1), word);
      }
      await sleep(60_000, undefined, { ref: false });
    }),
  refused: t.procedure.subscription(async function* () {
    yield await Promise.reject<string>(new TRPCError({ code: "FORBIDDEN", message: "Not you." }));
  }),
});

async function stage() {
  const headers: (string | undefined)[] = [];
  const server = createHTTPServer({
    router,
    createContext: ({ req }) => (headers.push(req.headers.authorization), {}),
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const line = await lineTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  let asked = 0;
  const client = createTRPCClient<typeof router>({
    links: [
      httpSubscriptionLink({
        url: line.url,
        EventSource,
        eventSourceOptions: () => ({ headers: () => ({ authorization: `Bearer ${++asked}` }) }),
      }),
    ],
  });
  return { client, line, headers };
}

test(
  "tRPC: a subscription continues after cuts, each time with a fresh token",
  { timeout: 60_000 },
  async () => {
    const { client, line, headers } = await stage();
    const got: string[] = [];
    const subscription = client.words.subscribe(
      { lastEventId: "0" },
      { onData: ({ data }) => got.push(data) },
    );
    onTestFinished(() => subscription.unsubscribe());
    for (const count of [1, 3]) {
      await expect.poll(() => got.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count);
      line.away();
    }
    await expect.poll(() => got.length, { timeout: 20_000 }).toBe(words.length);
    expect(got).toEqual(words);
    expect(new Set(headers).size).toBe(headers.length);
  },
);

test("tRPC: a refusal is reported as the client's own error, and unsubscribing closes the connection", async () => {
  const { client, line } = await stage();
  const error = await new Promise<unknown>((resolve) => {
    client.refused.subscribe(undefined, { onError: resolve });
  });
  expect(error).toBeInstanceOf(TRPCClientError);
  expect(error).toMatchObject({ data: { code: "FORBIDDEN" } });
  const got: string[] = [];
  const subscription = client.words.subscribe(
    { lastEventId: "0" },
    { onData: ({ data }) => got.push(data) },
  );
  await expect.poll(() => got.length).toBeGreaterThan(0);
  subscription.unsubscribe();
  const before = line.connections;
  await sleep(200);
  expect(line.connections).toBe(before);
});
