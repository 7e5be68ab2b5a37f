import { setTimeout as sleep } from "node:timers/promises";
import type { Contender } from "../contenders.ts";
import { selfSigned } from "./certificate.ts";
import type { How } from "./player.ts";
import { reset, Stage, stream, type Script } from "./stage.ts";

/** The observation, in a short phrase, and whether it is correct. */
export interface Finding {
  readonly right: boolean;
  readonly text: string;
}

export interface Scenario {
  /** The action of the server or the user. */
  readonly title: string;
  /** The meaning of the figures, and the correct result. */
  readonly asks: string;
  /** Runs it for one client at a time, since clients would compete for the machine. */
  readonly alone?: boolean;
  readonly run: (client: Contender) => Promise<Finding>;
}

const died = ({ ended, stderr }: Stage): string => {
  const why = /\[?(ERR_[A-Z_]+)|^(\w*Error: .*)$/m.exec(stderr);
  return `process dies (${why?.[1] ?? why?.[2] ?? `code ${ended?.code}`})`;
};

const wrong = (text: string): Finding => ({ right: false, text });
const right = (text: string): Finding => ({ right: true, text });

const sends =
  (text: string): Script =>
  (response) =>
    void stream(response, text);

/** An event every 50 ms, as long as the stream is open. */
const ticks: Script = (response) => {
  stream(response, "retry: 50\n");
  const timer = setInterval(() => response.write("data: x\n\n"), 50);
  response.on("close", () => clearInterval(timer));
};

/** The number of requests within 700 ms when each response ends at once. */
async function requests(client: Contender, retry: string): Promise<Finding> {
  const script: Script = (response) => void stream(response, `retry: ${retry}\ndata: x\n\n`).end();
  await using stage = new Stage(script);
  await stage.play(client);
  await sleep(700);
  const count = stage.requests.length;
  if (stage.ended) return wrong(`${count}, then the ${died(stage)}`);
  return { right: count <= 4, text: `${count} request${count === 1 ? "" : "s"}` };
}

async function stall(client: Contender): Promise<Finding> {
  const callback = await stalled(client, "stall");
  if (!client.iterate) return callback;
  const iterator = await stalled(client, "iterate");
  return {
    right: callback.right && iterator.right,
    text: `callback: ${callback.text}; iterator: ${iterator.text}`,
  };
}

/** The data that a client buffers in 1.5 s if its consumer never asks for a second event. */
async function stalled(client: Contender, how: How): Promise<Finding> {
  let accepted = 0;
  const script: Script = (response) => {
    const events = `data: ${"x".repeat(1016)}\n\n`.repeat(64);
    const write = (): boolean => response.write(events, () => (accepted += events.length));
    const fill = (): void => {
      while (!response.destroyed && write());
    };
    stream(response, "").on("drain", fill);
    fill();
  };
  await using stage = new Stage(script);
  await stage.play(client, how);
  await sleep(1000);
  const before = accepted;
  await sleep(500);
  const stopped = accepted === before;
  const text = `${(accepted / 1e6).toFixed(accepted < 1e7 ? 1 : 0)} MB${stopped ? "" : " and going on"}`;
  return stage.ended ? wrong(died(stage)) : { right: stopped, text };
}

async function errorPage(client: Contender): Promise<Finding> {
  const page = "<h1>Error</h1>\n<pre>\ndata: not an event\n\n</pre>\n";
  const script: Script = (response) =>
    void response.writeHead(500, { "Content-Type": "text/html" }).end(page);
  await using stage = new Stage(script);
  await stage.play(client);
  await sleep(800);
  if (stage.ended) return wrong(died(stage));
  const delivered = stage.events.length > 0 ? "delivered as an event" : "no event";
  const named = stage.told.some((text) => text.includes("500"));
  if (named)
    return { right: stage.events.length === 0, text: `${delivered}, reported: status 500` };
  const said = stage.told[0];
  return wrong(
    `${delivered}, ${said === undefined ? "nothing reported" : `reported only “${said}”`}`,
  );
}

/** The id that is sent back after these bytes and a reset. */
async function resumes(client: Contender, text: string, expected: string): Promise<Finding> {
  const script: Script = (response, number) => {
    stream(response, number === 0 ? `retry: 50\n${text}` : ": here\n\n");
    if (number === 0) reset(response);
  };
  await using stage = new Stage(script);
  await stage.play(client);
  await stage.until(() => stage.requests.length > 1, 2000);
  const again = stage.requests[1];
  if (again) {
    const { lastEventId } = again;
    const id = lastEventId === undefined ? "no id" : JSON.stringify(lastEventId);
    return { right: lastEventId === expected, text: `comes back with ${id}` };
  }
  return wrong(stage.ended ? died(stage) : "no request within 2 s");
}

async function outage(client: Contender): Promise<Finding> {
  await using stage = new Stage(sends("retry: 50\ndata: x\n\n"));
  await stage.play(client, "alone");
  await stage.until(() => stage.events.length > 0, 2000);
  const downAt = performance.now();
  await stage.down();
  await sleep(300);
  await stage.listen();
  await stage.until(() => stage.events.length > 1, 3000);
  const since = (atMs: number): number => Math.round(atMs - downAt);
  if (stage.ended) return wrong(`process exits after ${since(stage.ended.atMs)} ms`);
  const [, back] = stage.requests;
  if (!back || stage.events.length < 2) return wrong("stays, no event within 3 s");
  return right(`stays, back after ${since(back.atMs)} ms`);
}

async function untrusted(client: Contender): Promise<Finding> {
  await using stage = new Stage(sends("data: x\n\n"), selfSigned());
  await stage.play(client);
  await stage.until(() => stage.events.length > 0, 500);
  if (stage.requests.length > 0) return wrong("connects");
  return stage.ended ? wrong(died(stage)) : right("refuses");
}

async function closeInHandler(client: Contender): Promise<Finding> {
  await using stage = new Stage(sends("data: x\n\n".repeat(5)));
  await stage.play(client, "close");
  await stage.until(() => stage.events.length > 0, 2000);
  await sleep(200);
  const more = stage.events.length - 1;
  return { right: more === 0, text: more === 0 ? "none" : `${more} more events` };
}

async function throwing(client: Contender): Promise<Finding> {
  const unhandled = await thrown(client, "throw");
  if (unhandled) return unhandled;
  const handled = await thrown(client, "throw-handled");
  return wrong(`uncaught, process dies; if handled: ${handled?.text ?? "dies too"}`);
}

/** The result when a handler throws at the first event; `undefined` for the end of the process. */
async function thrown(client: Contender, how: How): Promise<Finding | undefined> {
  await using stage = new Stage(ticks);
  await stage.play(client, how);
  await stage.until(() => stage.events.length > 0, 2000);
  await sleep(600);
  if (stage.ended) return undefined;
  const before = stage.events.length;
  await sleep(300);
  const comes = stage.events.length > before;
  const { size } = stage.open;
  return {
    right: comes && size === 1 && stage.requests.length === 1,
    text: `${comes ? "events go on" : "no more events"}, ${size} connection${size === 1 ? "" : "s"} open`,
  };
}

export const scenarios: readonly Scenario[] = [
  {
    title: "`retry: 0`, and the server ends every answer at once",
    asks: "requests within 700 ms; right is at most 4",
    alone: true,
    run: (client) => requests(client, "0"),
  },
  {
    title: "`retry: 99999999999`, and the server ends every answer at once",
    asks: "requests within 700 ms; right is at most 4",
    alone: true,
    run: (client) => requests(client, "99999999999"),
  },
  {
    title: "The consumer never comes back for a second event, and the server goes on sending",
    asks: "what the client accepts within 1.5 s, the sockets' buffers included; right is that it stops",
    alone: true,
    run: stall,
  },
  {
    title: "A 500 with an HTML page, a line of which looks like an event",
    asks: "right is no event, and that the status is reported",
    run: errorPage,
  },
  {
    title: "`id: €`, then the connection is reset",
    asks: "right is to come back with the id, as UTF-8",
    run: (client) => resumes(client, "id: €\ndata: x\n\n", "€"),
  },
  {
    title: "The server restarts, and is away for 300 ms",
    asks: "right is that a Node process with nothing but this client stays, and gets the next event",
    run: outage,
  },
  {
    title: "Event 1, then the id of event 2, then the connection is reset",
    asks: "right is to come back with 1; with 2, event 2 is lost",
    run: (client) => resumes(client, "id: 1\ndata: x\n\nid: 2\ndata: y", "1"),
  },
  {
    title: "A server with a self-signed certificate",
    asks: "right is to refuse it, as long as nobody said otherwise",
    run: untrusted,
  },
  {
    title: "`close()` in the handler of the first of five events that came in one piece",
    asks: "events delivered after it; right is none",
    run: closeInHandler,
  },
  {
    title: "The handler throws at the first event",
    asks: "right is that events go on, on the same connection",
    run: throwing,
  },
];
