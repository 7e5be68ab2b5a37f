import type { Feed, StatusKind } from "@steadfeed/client";
import { SseServer, type Play } from "@steadfeed/client/testing/node";
import { onTestFinished } from "vitest";
import { ownPort } from "./port.ts";

/** A status as plain facts. */
export type Facts = Readonly<Record<string, any>>;

/** A server that plays, and is closed when the test ends. */
export async function playing(play: Play): Promise<SseServer> {
  const server = await SseServer.listen(play, { port: await ownPort() });
  onTestFinished(() => server.close());
  return server;
}

/** A log of so many events: each reader gets those after its cursor, then silence. */
export function playLog(size: number): Promise<SseServer> {
  return playing((script) => {
    const from = Number(script.lastEventId ?? 0);
    script.events(...Array.from({ length: size - from }, (_, index) => from + index + 1));
  });
}

/** What a feed reports of some kinds, as it comes. */
export function reports(feed: Pick<Feed, "on">, ...kinds: readonly string[]): Facts[] {
  const facts: Facts[] = [];
  for (const kind of kinds) feed.on(kind as StatusKind, (status) => facts.push(status));
  return facts;
}
