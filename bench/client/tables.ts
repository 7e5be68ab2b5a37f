import {
  batches,
  client,
  clientIterator,
  control,
  dispatch,
  ours,
  pipeThrough,
  socket,
} from "./contenders.ts";
import { bulk, bulkByClose, drip, ids, json, perChunk, perWrite, small9 } from "./workloads.ts";

/** How the bytes come. */
export type Over = "tcp" | "tls" | "h2";

/** One column of a table: a stream, how it comes, what receives it, and in which Node. */
export interface Column {
  readonly name: string;
  readonly workload: string;
  readonly over: Over;
  /** The major version; none for the Node that runs the benchmark. */
  readonly node?: number;
  readonly contenders: readonly string[];
}

export interface Table {
  /** The file in `bench/results`. */
  readonly file: string;
  readonly title: string;
  readonly how: string;
  readonly columns: readonly Column[];
}

const column = (
  workload: string,
  contenders: readonly string[],
  over: Over = "tcp",
  node?: number,
): Column => {
  const names = { tcp: "", tls: ", TLS", h2: ", HTTP/2" };
  const name = `${workload}${names[over]}${node === undefined ? "" : `, Node ${node}`}`;
  return { name, workload, over, contenders, ...(node === undefined ? {} : { node }) };
};

const iterators = [ours.iterator, batches, clientIterator, pipeThrough];
const best = [ours.callback, control, client, dispatch, socket];
const peers = [...best, "eventsource", "fetch-event-source", "undici EventSource"];
const readers = ["openai's stream, for await", "AI SDK's stream, for await"];

/** With `--all`. */
const more: readonly Column[] = [
  column("64 KB, JSON", [ours.callback, control, client, "eventsource", ...readers]),
  column("180 B, JSON, bulk", [ours.callback, control, client, "eventsource", ...readers]),
  ...["9 B, one per chunk", "64 KB, bulk", "64 KB, one per chunk"].map((each) =>
    column(each, [...peers, ...iterators]),
  ),
];
const others = [
  "Steadfeed over fetch, callback",
  "launchdarkly-eventsource",
  "limit: fetch reader, bytes",
];

const versions = [26, 24, 22];

export const tables = (all: boolean): readonly Table[] => [
  {
    file: "client",
    title: "The client in Node",
    how: "One stream that sends without end, one client in a process of its own. *Bulk* comes in chunks of 1 to 64 KB that end anywhere, as fast as the socket takes them; *by close* is the same without chunks, until the connection closes. *One per chunk* is an HTTP chunk per event, many in one read of the socket; *one per write* is an event per write of the server, and so per read. *Ids and comments*: every event has an id, and before each eighth is a comment. *JSON* is one per chunk too, and decoded: by `decode: 'json'`, by the peer's own decoder, or by `JSON.parse` in the handler. The limits receive the bytes and parse nothing. With an event per write, most of the time is the system's, and a client that is slower gets many events in a read: there the socket alone takes as much as a client. With equal work for all, 1 000 events a second, it has a table of its own.",
    columns: [
      column(bulk, [...peers, ...iterators]),
      column(bulkByClose, [...best, ...iterators]),
      column(perChunk, [...peers, ...iterators, ...(all ? others : [])]),
      column(perWrite, [...best, "eventsource", "undici EventSource", ...iterators]),
      column(ids, [...best, ...iterators]),
      column(small9, [...best, ...iterators]),
      column(json, [ours.callback, control, client, "eventsource", ...iterators, ...readers]),
      column(drip, [ours.callback, control, client, "eventsource", dispatch]),
      ...(all ? more : []),
    ],
  },
  {
    file: "client-secure",
    title: "The client over TLS and HTTP/2",
    how: "The same streams. Over HTTP/2 a piece is a `DATA` frame.",
    columns: [
      column(bulk, best.slice(0, 4), "tls"),
      column(perChunk, best.slice(0, 4), "tls"),
      column(bulk, best.slice(0, 4), "h2"),
      column(perChunk, best.slice(0, 4), "h2"),
    ],
  },
  {
    file: "client-nodes",
    title: "The client in Node 26, 24 and 22",
    how: "The same streams, in three versions of Node. A feed brings its own undici; the peers use the `fetch` of the Node that runs them, and that of Node 26 takes several times as long for a chunk as those of 24 and 22.",
    columns: versions.flatMap((node) =>
      [perChunk, bulk].map((workload) =>
        column(
          workload,
          [ours.callback, control, client, ours.iterator, clientIterator, pipeThrough],
          "tcp",
          node,
        ),
      ),
    ),
  },
];
