import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { StreamRequest } from "../session/admit.ts";
import type { HeaderFields, Sink } from "../core/sink.ts";

// Types only: `publish` serves platforms too that have no `node:http`.

export type NodeRequest = IncomingMessage | Http2ServerRequest;
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** What answers whole. A response that breaks tells by its close. */
export function nodeReply(res: NodeResponse): Pick<Sink, "reply"> {
  res.on("error", nothing);
  return { reply: (...answer) => reply(res, ...answer) };
}

export function reply(
  res: NodeResponse,
  status: number,
  headers: HeaderFields,
  body: string | undefined,
): void {
  if (res.headersSent || isOver(res)) return;
  setHead(res, status, headers);
  res.end(body ?? "");
}

export function setHead(res: NodeResponse, status: number, headers: HeaderFields): void {
  res.statusCode = status;
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
}

/** HTTP/2's response does not say itself. */
export const isOver = (res: NodeResponse): boolean =>
  res.destroyed || ("stream" in res && (res.stream?.destroyed ?? true));

/** Whether a response waits behind another one on its socket. */
export const isQueued = (res: NodeResponse): boolean => !("stream" in res) && res.socket === null;

export const nothing = (): void => undefined;

export function nodeRequest(req: NodeRequest): StreamRequest {
  const url = req.url ?? "/";
  const mark = url.indexOf("?");
  return {
    method: req.method ?? "GET",
    path: mark < 0 ? url : url.slice(0, mark),
    get query(): URLSearchParams {
      return new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
    },
    header: (name) => {
      const value = req.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    raw: req,
  };
}
