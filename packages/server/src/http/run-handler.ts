import type { AnyBroker } from "../broker/broker.ts";
import type { Arrival } from "../broker/arrival.ts";
import { describe, requireCount, requireFunction, requireOneOf } from "../core/check.ts";
import type { StreamContract } from "../core/contract.ts";
import type { EventOf } from "../core/typed.ts";
import { failure, ServerError } from "../core/errors.ts";
import { isThenable, opens } from "../core/hook.ts";
import { resolveHttp, type HttpSettings, type ResolvedHttp } from "../core/options.ts";
import { own } from "../core/own.ts";
import type { HeaderFields, Sink } from "../core/sink.ts";
import { isRunId, resolveRun, type RunOptions } from "../run/run-options.ts";
import type { Run } from "../run/run.ts";
import type { RunPlace } from "../run/place.ts";
import type { RunSource } from "../run/publish-from.ts";
import type { StreamRequest } from "../session/admit.ts";
import type { Answerer } from "./answerer.ts";
import type { Body } from "./body.ts";
import {
  corsHead,
  cursorOf,
  merge,
  preflightHead,
  requireAccepted,
  streamHeadWith,
  userHead,
} from "./head.ts";
import { plain, refuse } from "./refusal.ts";
import { asRunRequest, givenId, type RunRequest } from "./run-request.ts";

export type { RunRequest } from "./run-request.ts";

/** The options of `runHandler`. */
export interface RunHandlerOptions<E extends StreamContract = StreamContract>
  extends RunOptions<E>, Pick<HttpSettings, "cors" | "cursorParams"> {
  /**
   * Produces the events of a run. A returned source is published, and its end ends the run. Or the function publishes
   * to `run` itself, and the run ends when its promise resolves. An error fails the run, and is passed to `onError`.
   */
  readonly start: (
    request: RunRequest,
    run: Run<E>,
  ) => RunSource<EventOf<E>> | void | Promise<RunSource<EventOf<E>> | void>;
  /**
   * Decides who may start, read and stop the run `request.id`: those for whom it returns `true`, and nothing else.
   * `false`: everyone.
   */
  readonly authorize: ((request: RunRequest) => boolean | Promise<boolean>) | false;
  /** The path of all runs, as the client sees it. Default: `/runs`. */
  readonly path?: string | undefined;
  /** The run id of a request, if it is not in the path. Default: a POST to the path alone creates a new one. */
  readonly id?:
    | ((request: RunRequest) => string | undefined | Promise<string | undefined>)
    | undefined;
  /**
   * The response to a reader without a cursor when the run has ended. `replay` (default): the whole run. `nothing`:
   * 204, also if the run does not exist; for clients that look for an active run at each page load.
   */
  readonly afterEnd?: "replay" | "nothing" | undefined;
  /** Additional headers for every response. */
  readonly headers?: HeaderFields | Headers | undefined;
  /** The largest body of a POST, in bytes, an integer ≥ 1. Over it: 413. Default: 1 MiB. */
  readonly maxBytes?: number | undefined;
}

const names = [
  "start",
  "authorize",
  "path",
  "id",
  "afterEnd",
  "headers",
  "maxBytes",
  "cors",
  "cursorParams",
  "events",
  "check",
  "ttlMs",
  "leaseMs",
  "exclusive",
] as const;
const allow = "GET, HEAD, POST, DELETE, OPTIONS";
const exposed = ["Content-Location", "Location", "Last-Event-ID"];

/** Starts, resumes and stops runs, by the rules of HTTP and of CORS. */
export class RunHandler<State> implements Answerer {
  readonly #broker: AnyBroker<State>;
  readonly #options: RunHandlerOptions & { readonly path: string; readonly maxBytes: number };
  readonly #run: RunOptions;
  readonly #http: ResolvedHttp;
  readonly #headers: HeaderFields;

  // oxlint-disable-next-line typescript/no-explicit-any -- whatever its runs carry
  constructor(broker: AnyBroker<State>, options: RunHandlerOptions<any>) {
    const given = own("runHandler", options, names);
    const { start, authorize, id, path = "/runs", headers, maxBytes = 1 << 20 } = given;
    const { events, check, ttlMs, leaseMs, exclusive, cors, cursorParams } = given;
    const { afterEnd = "replay" } = given;
    requireFunction("start", start);
    if (id !== undefined) requireFunction("id", id);
    if (authorize !== false && typeof authorize !== "function") {
      throw new TypeError("authorize must be a function, or false to let everyone in.");
    }
    if (typeof path !== "string" || !/^(\/[^/?#]+)+$/.test(path)) {
      throw new TypeError(`path must be a path without a slash at its end, not ${describe(path)}.`);
    }
    this.#broker = broker;
    this.#headers = userHead("headers", headers);
    this.#run = { events, check, ttlMs, leaseMs, exclusive };
    resolveRun(this.#run);
    this.#http = resolveHttp({ cors, cursorParams });
    requireCount("maxBytes", maxBytes, 1);
    requireOneOf("afterEnd", afterEnd, ["replay", "nothing"]);
    this.#options = { ...given, start: start!, authorize, path, maxBytes };
  }

  async answer(incoming: StreamRequest, sink: Sink, body: () => Body): Promise<void> {
    let head: HeaderFields = {};
    try {
      const { cors } = this.#http;
      head = merge(this.#headers, corsHead(cors, incoming.header("origin"), exposed));
      if (incoming.method === "OPTIONS") {
        return sink.reply(204, merge({ allow }, head, preflightHead(cors, allow)), undefined);
      }
      const { path, maxBytes, id } = this.#options;
      const request = asRunRequest(incoming, body(), path, maxBytes);
      // Before any access check, since the check depends on the run.
      request.id = givenId(await this.#awaited("id", id?.(request))) ?? request.id;
      await this.#admit(request);
      await this.#respond(request, request.id, sink, head);
    } catch (error) {
      const known = knownOf(error);
      if (known.code === "failed") this.#broker.report(error, "run");
      const more = known.code === "method" ? { allow } : undefined;
      refuse(this.#broker.tally, sink, plain(known), merge(head, more));
    }
  }

  async #respond(
    request: RunRequest,
    id: string | undefined,
    sink: Sink,
    head: HeaderFields,
  ): Promise<void> {
    const { method } = request;
    if (id !== undefined && !isRunId(id)) {
      throw new ServerError("refused", "A run's id has 1 to 200 characters.", { status: 400 });
    }
    if (method === "POST") return this.#start(request, id ?? crypto.randomUUID(), sink, head);
    if (!["GET", "HEAD", "DELETE"].includes(method)) {
      throw new ServerError("method", `Use ${allow}.`);
    }
    if (id === undefined) throw new ServerError("unknown-run", "Name a run: PATH/ID.");
    if (method === "DELETE") return this.#stop(id, sink, head);
    requireAccepted(request.header("accept"));
    const lastEventId = cursorOf(request, this.#http.cursorParams);
    const hasEnded =
      lastEventId === "" && this.#options.afterEnd === "nothing" && (await this.#hasEnded(id));
    const place = hasEnded ? undefined : await this.#broker.runs.enter(id, lastEventId);
    if (!place || place.over) return sink.reply(204, merge(head, noStore), undefined);
    const headers = streamHeadWith(head, { "content-location": this.#location(request, id) });
    if (method === "HEAD") return sink.reply(200, headers, undefined);
    await this.#connect(request, sink, headers, place, lastEventId);
  }

  async #hasEnded(id: string): Promise<boolean> {
    const known = await this.#broker.runs.find(id);
    return !known || known.end !== undefined;
  }

  async #start(request: RunRequest, id: string, sink: Sink, head: HeaderFields): Promise<void> {
    // Not decided by Accept: clients of models ask for JSON, set `stream` in the body, and read a stream. An unread
    // body is lost once the response starts.
    await (/\bjson\b/i.test(request.header("content-type") ?? "")
      ? request.json()
      : request.text());
    const run = await this.#broker.run(id, this.#run);
    const location = this.#location(request, id);
    const headers = streamHeadWith(head, { "content-location": location, location });
    try {
      const place = await this.#broker.runs.enter(id, "");
      await this.#connect(request, sink, headers, place, "");
    } catch (error) {
      if (run.owner) await run.fail("The run could not be started.");
      throw error;
    }
    if (run.owner) void this.#produce(request, run);
  }

  async #stop(id: string, sink: Sink, head: HeaderFields): Promise<void> {
    if (!(await this.#broker.runs.stop(id))) {
      throw new ServerError("unknown-run", "There is no such run, or it is no longer kept.");
    }
    sink.reply(204, merge(head, noStore), undefined);
  }

  /** Nothing awaits it: the reader of the POST may be gone. */
  async #produce(request: RunRequest, run: Run): Promise<void> {
    try {
      const source = await this.#options.start(request, run);
      await (source ? run.from(source) : run.end());
    } catch (error) {
      // An error caused by the stop is not a failure.
      const isStopped = (run.signal.reason as Error | undefined)?.name === "AbortError";
      if (!isStopped) this.#broker.report(error, "run");
      const ending = isStopped ? run.end() : run.fail(error);
      await ending.catch((failed: unknown) => this.#broker.report(failed, "run"));
    }
  }

  #connect(
    request: RunRequest,
    sink: Sink,
    headers: HeaderFields,
    run: RunPlace,
    lastEventId: string,
  ): Promise<void> {
    // Runs have no session state.
    const admission = { streams: [] } as unknown as Arrival<State>["admission"];
    return this.#broker.connect({
      sink,
      request,
      admission,
      headers,
      run,
      lastEventId,
      profile: "standard",
    });
  }

  #location({ base }: RunRequest, id: string): string {
    return `${base}/${encodeURIComponent(id)}`;
  }

  async #admit(request: RunRequest): Promise<void> {
    const { authorize } = this.#options;
    if (authorize === false) return;
    if (opens(await this.#awaited("authorize", authorize(request)))) return;
    throw new ServerError("unauthorized", "You may not use this run.");
  }

  #awaited<T>(hook: string, given: T | Promise<T>): T | Promise<T> {
    return isThenable(given) ? this.#broker.awaited(hook, "run", given) : given;
  }
}

const noStore = { "cache-control": "no-store" };

const knownOf = (error: unknown): ServerError =>
  error instanceof ServerError ? error : failure(error);
