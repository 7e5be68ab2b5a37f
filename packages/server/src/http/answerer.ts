import type { Sink } from "../core/sink.ts";
import type { StreamRequest } from "../session/admit.ts";
import type { Body } from "./body.ts";

/** Answers the requests of a platform's handler. It never rejects: an error on the way becomes the response. */
export interface Answerer {
  answer(request: StreamRequest, sink: Sink, body: () => Body): void | Promise<void>;
}
