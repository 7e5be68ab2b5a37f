import type { Sink } from "../core/sink.ts";
import type { StreamRequest } from "../session/admit.ts";
import type { Body } from "./body.ts";

/** What a door hands requests to. It never rejects: what is thrown on the way becomes the answer. */
export interface Answerer {
  answer(request: StreamRequest, sink: Sink, body: Body): Promise<void>;
}
