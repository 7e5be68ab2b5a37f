// Every client with the same few lines, set up as its README recommends. Each is loaded when it is opened.
import { readFileSync } from "node:fs";

/** A client's callbacks for events and failures. */
export interface Hooks {
  /** Called for each event. It may throw, or return a promise. */
  readonly event: (data: string) => unknown;
  /** Called with each failure that the client reports. */
  readonly told: (what: string) => void;
}

export type Close = () => void;

export interface Contender {
  readonly name: string;
  /** The npm package, for its version. */
  readonly package: string;
  /** A global that it needs to run here. */
  readonly stubs?: string;
  /** Delivers by callback. */
  readonly open: (url: string, hooks: Hooks) => Promise<Close>;
  /** Delivers by `for await`, for clients that can. */
  readonly iterate?: (url: string) => Promise<AsyncIterable<{ readonly data: string }>>;
}

interface Failure {
  readonly type?: string;
  readonly message?: string | undefined;
  readonly code?: number | undefined;
  readonly status?: number | undefined;
}

const say = ({ type, code, status, message }: Failure): string =>
  [type, code, status, message].filter((part) => part !== undefined && part !== "").join(" ");

export const steadfeed: Contender = {
  name: "Steadfeed",
  package: "@steadfeed/client",
  async open(url, { event, told }) {
    const { Feed } = await import("@steadfeed/client");
    const feed = new Feed(url);
    feed.on("waiting", ({ error }) => error.code !== "ended" && told(error.message));
    feed.on("error", ({ error }) => told(error.message));
    feed.on("closed", (end) => end.error instanceof Error && told(end.error.message));
    feed.subscribe("message", ({ data }) => event(data));
    return () => feed.close();
  },
  async iterate(url) {
    const { Feed } = await import("@steadfeed/client");
    return new Feed(url).subscribe("message");
  },
};

export const eventsource: Contender = {
  name: "eventsource",
  package: "eventsource",
  async open(url, { event, told }) {
    const { EventSource } = await import("eventsource");
    const source = new EventSource(url);
    source.addEventListener("message", ({ data }) => event(data as string));
    source.addEventListener("error", (failure) => told(say(failure)));
    return () => source.close();
  },
};

export const eventsourceClient: Contender = {
  name: "eventsource-client",
  package: "eventsource-client",
  async open(url, { event, told }) {
    const { createEventSource } = await import("eventsource-client");
    const source = createEventSource({
      url,
      onMessage: ({ data }) => event(data),
      onScheduleReconnect: ({ delay }) => told(`reconnects in ${delay} ms`),
    });
    return () => source.close();
  },
  async iterate(url) {
    const { createEventSource } = await import("eventsource-client");
    return createEventSource(url);
  },
};

export const fetchEventSource: Contender = {
  name: "fetch-event-source",
  package: "@microsoft/fetch-event-source",
  stubs: "`window` and `document`, without which it does not run outside browsers",
  async open(url, { event, told }) {
    const document = { hidden: false, addEventListener: () => {}, removeEventListener: () => {} };
    Object.assign(globalThis, { window: globalThis, document });
    const { fetchEventSource: start } = await import("@microsoft/fetch-event-source");
    const abort = new AbortController();
    const over = start(url, {
      signal: abort.signal,
      onmessage: ({ data }) => event(data),
      onclose: () => {
        throw new Error("the server closed the connection");
      },
      onerror: (failure: Failure) => told(say(failure)),
    });
    over.catch((failure: Failure) => told(say(failure)));
    return () => abort.abort();
  },
};

export const undici: Contender = {
  name: "undici EventSource",
  package: "undici",
  async open(url, { event, told }) {
    const { EventSource } = await import("undici");
    const source = new EventSource(url);
    source.addEventListener("message", ({ data }) => event(data as string));
    source.addEventListener("error", (failure) => told(say(failure)));
    return () => source.close();
  },
};

export const launchdarkly: Contender = {
  name: "launchdarkly-eventsource",
  package: "launchdarkly-eventsource",
  async open(url, { event, told }) {
    const { EventSource } = await import("launchdarkly-eventsource");
    const source = new EventSource(url);
    source.on("message", ({ data }) => event(data));
    source.on("error", (failure) => told(say(failure)));
    return () => source.close();
  },
};

export const clients: readonly Contender[] = [
  steadfeed,
  eventsource,
  eventsourceClient,
  fetchEventSource,
  undici,
  launchdarkly,
];

/** The installed version. */
export function versionOf({ package: name }: Pick<Contender, "package">): string {
  const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
