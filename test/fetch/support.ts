import { steadyFetch, type SteadyFetchOptions } from "@steadfeed/client/fetch";
import { SseServer, type Script } from "@steadfeed/client/testing/node";
import { onTestFinished } from "vitest";
import { ownPort } from "../support/port.ts";

export type Play = (script: Script, number: number) => unknown;

export const words: readonly string[] = ["A", "feed", "keeps", "its", "place"];

/** An answer with all that a stream may have: comments, types, line ends of each kind, a retry, and characters of several bytes. */
export const answer = [
  ": welcome\n\n",
  "retry: soon\n\n",
  "id: 1\nevent: word\ndata: A ✓\n\n",
  ": ping\n\n: ping\n\n",
  "id: 2\r\ndata: feed 🜁\r\n\r\n",
  "id: 3\rdata: keeps\rdata: two lines\r\r",
  "data: its\nid: 4\n\n:\n\n",
  "id: 5\ndata: place\n\n",
  "id: 6\ndata: [DONE]\n\n",
].join("");

/** What of the answer comes after an event. */
export function after(id: string | undefined): string {
  if (id === undefined) return answer;
  const at = answer.indexOf(`id: ${id}`);
  const [end] = /\n\n|\r\n\r\n|\r\r/.exec(answer.slice(at))!;
  return answer.slice(answer.indexOf(end, at) + end.length);
}

export const quick = { initialDelayMs: 2, maxDelayMs: 10, jitter: "none" } as const;

export async function serve(play: Play): Promise<SseServer> {
  const server = await SseServer.listen(play, { port: await ownPort() });
  onTestFinished(() => server.close());
  return server;
}

/** A steady fetch whose answers go on at `/answer`, and end with `[DONE]`. */
export function steady(options: SteadyFetchOptions = {}): typeof fetch {
  return steadyFetch({
    retry: quick,
    resume: () => ({ url: "/answer" }),
    until: ({ data }) => data === "[DONE]",
    ...options,
  });
}

export const post: RequestInit = { method: "POST", body: "?" };

/** Each request, as its method and path. */
export const asked = ({ requests }: SseServer): string[] =>
  requests.map(({ method, url }) => `${method} ${url}`);
