// The server that the suite plays with: streams of a real broker, and answers that a scenario writes itself.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { listen } from "../support/server.ts";
import type { Answer, Seen } from "./stage.ts";

/** What is known of one key, which keeps scenarios apart that run at the same time. */
interface Note {
  answers: readonly Answer[];
  readonly seen: Seen[];
  readonly open: Set<ServerResponse>;
}

const cors = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Headers": "*, Authorization, Last-Event-ID",
  "Access-Control-Allow-Methods": "*",
};

export async function startStage(): Promise<{
  readonly url: string;
  readonly close: () => Promise<void>;
}> {
  // A heartbeat names the log's newest position when other streams moved it, and a reader would resume after that one.
  const broker = new Broker({ heartbeatMs: false });
  const streams = nodeHandler(broker);
  const notes = new Map<string, Note>();
  const noteOf = (key: string): Note => {
    const note = notes.get(key) ?? { answers: [], seen: [], open: new Set() };
    notes.set(key, note);
    return note;
  };

  const tell: Readonly<Record<string, (key: string, body: string) => unknown>> = {
    script: (key, body) => (noteOf(key).answers = JSON.parse(body) as Answer[]),
    send: (key, body) => {
      for (const response of noteOf(key).open) response.write(Buffer.from(body, "base64"));
    },
    end: (key) => {
      for (const response of noteOf(key).open) response.end();
    },
    cut: (key) => {
      for (const response of noteOf(key).open) response.destroy();
    },
    seen: (key) => noteOf(key).seen,
    publish: async (key, body) => {
      const { event, id } = JSON.parse(body) as { event: { data: string }; id?: string };
      await broker.publish(key, event, { id });
    },
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url!, "http://stage");
    const [, door, key = "", what = ""] = url.pathname.split("/");
    for (const [name, value] of Object.entries(cors)) response.setHeader(name, value);
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    if (door === "tell") {
      const answer = await tell[what]!(key, await textOf(request));
      return void response.end(JSON.stringify(answer ?? null));
    }
    const note = noteOf(door === "stream" ? (url.searchParams.get("stream") ?? "") : key);
    const seen: Seen = {
      method: request.method!,
      headers: request.headers as Record<string, string>,
      body: await textOf(request),
      open: true,
    };
    note.seen.push(seen);
    note.open.add(response);
    response.once("close", () => {
      note.open.delete(response);
      seen.open = false;
    });
    if (door === "stream") return streams(request, response);
    play(note.answers[Math.min(note.seen.length, note.answers.length) - 1]!, response);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) => response.writeHead(500).end(error.stack));
  });
  const url = `http://127.0.0.1:${await listen(server)}/`;
  return {
    url,
    close: async () => {
      await broker.close({ graceMs: 0 });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function play(
  { status = 200, headers, body = "", gzip, after = status === 200 ? "stay" : "end" }: Answer,
  to: ServerResponse,
) {
  to.writeHead(status, {
    "Content-Type": "text/event-stream",
    ...(gzip && { "Content-Encoding": "gzip" }),
    ...headers,
  });
  to.flushHeaders();
  if (body !== "") to.write(gzip ? gzipSync(body) : body);
  if (after === "end") to.end();
  if (after === "cut") to.destroy();
}

async function textOf(request: IncomingMessage): Promise<string> {
  request.setEncoding("utf8");
  let text = "";
  for await (const chunk of request) text += chunk as string;
  return text;
}
