import { connect } from "node:net";
import { eventsource, eventsourceClient, steadfeed, undici } from "../contenders.ts";

/** Opens a stream, and resolves with the data of its first event. */
export type Open = (url: string) => Promise<string>;

/** Open streams stay reachable, as in a program that will close them. */
const kept: unknown[] = [];

const by =
  (client: Pick<typeof steadfeed, "open">): Open =>
  (url) =>
    new Promise((event, fail) => {
      const told = (what: string): void => fail(new Error(what));
      client.open(url, { event, told }).then((close) => kept.push(close), fail);
    });

const iterator: Open = async (url) => {
  const { Feed } = await import("@steadfeed/client");
  const events = new Feed(url).subscribe("message");
  kept.push(events);
  const { value } = await events.next();
  return value!.data;
};

const dispatch: Open = async (url) => {
  const { Client } = await import("undici");
  const { origin } = new URL(url);
  // As a feed has: one for each stream.
  const client = new Client(origin);
  kept.push(client);
  return new Promise((event, fail) => {
    client.dispatch(
      { path: "/", method: "GET" },
      {
        onRequestStart: () => {},
        onResponseStart: () => {},
        onResponseData: (_controller, bytes) => event(bytes.toString("latin1").slice(6, 7)),
        onResponseEnd: () => {},
        onResponseError: (_controller, error) => fail(error),
      },
    );
  });
};

const socket: Open = (url) =>
  new Promise((event, fail) => {
    const { hostname, port } = new URL(url);
    const opened = connect(Number(port), hostname);
    opened.write("GET / HTTP/1.1\r\n\r\n");
    opened.on("error", fail);
    opened.on("data", (bytes) => event(bytes.toString("latin1").slice(-5, -4)));
    kept.push(opened);
  });

export const ours = "Steadfeed";
export const control = "Steadfeed, again";

export const contenders: Readonly<Record<string, Open>> = {
  [ours]: by(steadfeed),
  [control]: by(steadfeed),
  "Steadfeed, for await": iterator,
  "eventsource-client": by(eventsourceClient),
  eventsource: by(eventsource),
  "undici EventSource": by(undici),
  "limit: undici dispatch": dispatch,
  "limit: socket": socket,
};
