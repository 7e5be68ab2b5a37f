import {
  admissionNames,
  byQuery,
  isRefusal,
  refusalNames,
  type Admission,
  type Admit,
  type Refusal,
  type StreamRequest,
} from "../session/admit.ts";
import type { AnyBroker } from "../broker/broker.ts";
import { failure, ServerError } from "../core/errors.ts";
import { atOnce, isThenable } from "../core/hook.ts";
import { own } from "../core/own.ts";
import {
  corsHead,
  cursorOf,
  merge,
  preflightHead,
  requireAccepted,
  streamHeadWith,
  userHead,
  requireSendable,
} from "./head.ts";
import { requireFunction } from "../core/check.ts";
import { httpNames, resolveHttp, type HttpSettings, type ResolvedHttp } from "../core/options.ts";
import type { HeaderFields, Sink } from "../core/sink.ts";
import { plain, refuse } from "./refusal.ts";

/** The options of `nodeHandler` and `webHandler`. */
export interface HandlerOptions<State = unknown> extends HttpSettings {
  /** Decides who reads which streams. Default: `byQuery('stream')`, everyone. */
  readonly admit?: Admit<State> | undefined;
  /** Additional headers for every response, or a function that returns them per request. */
  readonly headers?:
    | HeaderFields
    | Headers
    | ((request: StreamRequest) => HeaderFields | Headers)
    | undefined;
  /** Shapes the response to a refused request. Default: the error's status and its text. */
  readonly renderError?: ((error: ServerError, request: StreamRequest) => Refusal) | undefined;
}

/** Answers requests for streams, by the rules of HTTP and of CORS. A handler brings the request and the sink. */
export class Handler<State> {
  readonly #broker: AnyBroker<State>;
  readonly #headers: HandlerOptions["headers"];
  readonly #renderError: HandlerOptions["renderError"];
  readonly #admit: Admit<State>;
  readonly #http: ResolvedHttp;
  readonly #allow: string;
  /** The head of every response, and of every stream, unless it depends on the request. */
  readonly #head: HeaderFields | undefined;
  readonly #streamHead: HeaderFields;

  constructor(broker: AnyBroker<State>, options: HandlerOptions<State>) {
    this.#broker = broker;
    const given = own("The handler", options, ["admit", "headers", "renderError", ...httpNames]);
    const { admit = byQuery() as Admit<State>, headers, renderError } = given;
    requireFunction("admit", admit);
    if (renderError !== undefined) requireFunction("renderError", renderError);
    const fixed = typeof headers === "function" ? undefined : userHead("headers", headers);
    if (fixed) requireSendable("headers", fixed);
    this.#headers = headers;
    this.#renderError = renderError;
    this.#http = resolveHttp(given);
    const { cors } = this.#http;
    this.#head =
      fixed && (!cors || cors.origins === "*") ? merge(fixed, corsHead(cors)) : undefined;
    this.#streamHead = streamHeadWith(this.#head);
    this.#admit = admit;
    this.#allow = [...this.#http.methods, "HEAD", "OPTIONS"].join(", ");
  }

  /** Never throws or rejects: an error on the way becomes the response. A promise only if a hook is awaited. */
  answer(request: StreamRequest, sink: Sink): void | Promise<void> {
    let head: HeaderFields = this.#head ?? {};
    try {
      if (!this.#head) {
        head = corsHead(this.#http.cors, request.header("origin"));
        head = merge(this.#customHead(request), head);
      }
      if (request.method === "OPTIONS") {
        const preflight = preflightHead(this.#http.cors, this.#allow);
        return sink.reply(204, merge({ allow: this.#allow }, head, preflight), undefined);
      }
      this.#requireStreamRequest(request);
      const given = this.#admit(request);
      const done = isThenable(given)
        ? this.#broker
            .awaited("admit", "admit", given)
            .then((verdict) => this.#decide(verdict, request, sink, head))
        : this.#decide(given, request, sink, head);
      return done?.catch((error: unknown) => this.#refuse(error, request, sink, head));
    } catch (error) {
      this.#refuse(error, request, sink, head);
    }
  }

  #decide(
    verdict: Admission<State> | Refusal,
    request: StreamRequest,
    sink: Sink,
    head: HeaderFields,
  ): void | Promise<void> {
    if (!isRefusal(verdict)) return this.#accept(request, sink, verdict, head);
    refuse(this.#broker.tally, sink, own("admit", verdict, refusalNames), head);
  }

  #refuse(error: unknown, request: StreamRequest, sink: Sink, head: HeaderFields): void {
    try {
      refuse(this.#broker.tally, sink, this.#render(error, request), head);
    } catch (unsendable) {
      // A header of the user cannot be sent: answer without it.
      this.#broker.report(unsendable, "headers");
      refuse(this.#broker.tally, sink, plain(failure(unsendable)), {});
    }
  }

  #accept(
    request: StreamRequest,
    sink: Sink,
    verdict: Admission<State>,
    head: HeaderFields,
  ): void | Promise<void> {
    const admission = own("admit", verdict, admissionNames) as Admission<State>;
    const isPlain = head === this.#head && admission.headers === undefined;
    const headers = isPlain
      ? this.#streamHead
      : streamHeadWith(head, userHead("admit's headers", admission.headers));
    if (request.method === "HEAD") return sink.reply(200, headers, undefined);
    return this.#broker.enter({
      sink,
      request,
      admission,
      headers,
      profile: this.#http.profile,
      lastEventId: cursorOf(request, this.#http.cursorParams),
    });
  }

  #requireStreamRequest(request: StreamRequest): void {
    const { method } = request;
    if (method !== "HEAD" && !this.#http.methods.some((allowed) => allowed === method)) {
      throw new ServerError("method", `Use ${this.#allow}.`);
    }
    requireAccepted(request.header("accept"));
  }

  #customHead(request: StreamRequest): HeaderFields {
    const headers = this.#headers;
    const given = typeof headers === "function" ? atOnce("headers", headers(request)) : headers;
    return userHead("headers", given);
  }

  #render(thrown: unknown, request: StreamRequest): Refusal {
    const error = thrown instanceof ServerError ? thrown : failure(thrown);
    if (error !== thrown) this.#broker.report(thrown, "admit");
    const allow = error.code === "method" ? { allow: this.#allow } : undefined;
    try {
      const rendered =
        this.#renderError && atOnce("renderError", this.#renderError(error, request));
      const refusal = rendered ? own("renderError", rendered, refusalNames) : plain(error);
      const { status = error.status } = refusal;
      const fields = userHead("renderError's headers", refusal.headers);
      return { ...refusal, status, headers: merge(allow, fields) };
    } catch (thrownAgain) {
      this.#broker.report(thrownAgain, "render");
      return plain(failure(thrownAgain));
    }
  }
}
