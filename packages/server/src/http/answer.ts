import {
  byQuery,
  type Admission,
  type Admit,
  type Refusal,
  type StreamRequest,
} from "../session/admit.ts";
import type { Broker } from "../broker/broker.ts";
import { failure, ServerError } from "../core/errors.ts";
import { acceptsStream, corsHead, cursorText, merge, preflightHead, streamHead } from "./head.ts";
import { resolveHttp, type HttpSettings, type ResolvedHttp } from "../core/options.ts";
import type { HeaderFields, Sink } from "../core/sink.ts";

export interface HandlerOptions<State = unknown> extends HttpSettings {
  /** Who reads what. Default: `byQuery('stream')`, everyone. */
  readonly admit?: Admit<State> | undefined;
  /** More headers for every response, or a function that gives them per request. */
  readonly headers?: HeaderFields | ((request: StreamRequest) => HeaderFields) | undefined;
  /** Shapes the answer to a request that is refused. Default: the error's status and its text. */
  readonly renderError?: ((error: ServerError, request: StreamRequest) => Refusal) | undefined;
}

/** Answers requests for streams, by the rules of HTTP and of CORS. A door brings the request and the sink. */
export class Answerer<State> {
  readonly #broker: Broker<State>;
  readonly #options: HandlerOptions<State>;
  readonly #admit: Admit<State>;
  readonly #http: ResolvedHttp;
  readonly #allow: string;

  constructor(broker: Broker<State>, options: HandlerOptions<State>) {
    this.#broker = broker;
    this.#options = options;
    this.#http = resolveHttp(options);
    // Who asks for no state gets none.
    this.#admit = options.admit ?? (byQuery() as Admit<State>);
    this.#allow = [...this.#http.methods, "HEAD", "OPTIONS"].join(", ");
  }

  /** Never rejects: what is thrown on the way becomes the answer. */
  async answer(request: StreamRequest, sink: Sink): Promise<void> {
    let head: HeaderFields = {};
    try {
      head = corsHead(this.#http.cors, request.header("origin"));
      head = merge(this.#customHead(request), head);
      if (request.method === "OPTIONS") {
        const preflight = preflightHead(this.#http.cors, this.#allow);
        return sink.reply(204, merge({ allow: this.#allow }, head, preflight), undefined);
      }
      this.#requireStreamRequest(request);
      const verdict = await this.#admit(request);
      if ("status" in verdict) return refuse(sink, verdict, head);
      await this.#accept(request, sink, verdict, head);
    } catch (error) {
      this.#refuse(error, request, sink, head);
    }
  }

  #refuse(error: unknown, request: StreamRequest, sink: Sink, head: HeaderFields): void {
    try {
      refuse(sink, this.#render(error, request), head);
    } catch (unsendable) {
      // A header of yours that cannot be sent: without it there is still an answer.
      this.#broker.report(unsendable, "headers");
      refuse(sink, plain(failure(unsendable)), {});
    }
  }

  async #accept(
    request: StreamRequest,
    sink: Sink,
    admission: Admission<State>,
    head: HeaderFields,
  ): Promise<void> {
    const headers = merge(streamHead, head, admission.headers, {
      "content-type": streamHead["content-type"]!,
    });
    if (request.method === "HEAD") return sink.reply(200, headers, undefined);
    await this.#broker.connect({
      sink,
      request,
      admission,
      headers,
      profile: this.#http.profile,
      lastEventId: this.#lastEventId(request),
    });
  }

  #requireStreamRequest(request: StreamRequest): void {
    const { method } = request;
    if (method !== "HEAD" && !this.#http.methods.some((allowed) => allowed === method)) {
      throw new ServerError("method", `Use ${this.#allow}.`);
    }
    if (acceptsStream(request.header("accept"))) return;
    throw new ServerError("not-acceptable", "This is an event stream: accept text/event-stream.");
  }

  #lastEventId(request: StreamRequest): string {
    const header = request.header("last-event-id");
    if (header) return cursorText(header);
    const params = this.#http.cursorParams || [];
    return params.map((param) => request.query.get(param)).find((value) => value) ?? "";
  }

  #customHead(request: StreamRequest): HeaderFields {
    const { headers } = this.#options;
    return typeof headers === "function" ? headers(request) : (headers ?? {});
  }

  #render(thrown: unknown, request: StreamRequest): Refusal {
    const error = thrown instanceof ServerError ? thrown : failure(thrown);
    if (error !== thrown) this.#broker.report(thrown, "admit");
    const allow = error.code === "method" ? { allow: this.#allow } : undefined;
    try {
      const refusal = this.#options.renderError?.(error, request) ?? plain(error);
      return { ...refusal, headers: merge(allow, refusal.headers) };
    } catch (thrownAgain) {
      this.#broker.report(thrownAgain, "render");
      return plain(failure(thrownAgain));
    }
  }
}

const overloadedForMs = 5000;

function plain({ status, message }: ServerError): Refusal {
  const retryAfterMs = status === 503 ? overloadedForMs : undefined;
  return { status, body: message, retryAfterMs };
}

function refuse(sink: Sink, refusal: Refusal, head: HeaderFields): void {
  const { status, body, headers, retryAfterMs } = refusal;
  const more: Record<string, string> = { "cache-control": "no-store" };
  if (retryAfterMs !== undefined) more["retry-after"] = String(Math.ceil(retryAfterMs / 1000));
  if (body !== undefined) more["content-type"] = "text/plain; charset=utf-8";
  sink.reply(status, merge(more, head, headers), body);
}
