import { encode } from "../log/frame.ts";
import type { StreamRequest } from "../session/admit.ts";
import type { HeaderFields, Sink } from "../core/sink.ts";
import { lingered } from "./linger.ts";
import { targetOf } from "./target.ts";
import type { NodePair, NodeRequest, NodeResponse } from "./node-pair.ts";
import type { Body } from "./body.ts";

/** Sends complete responses. A response that breaks is noticed by its close. */
export function nodeReply({ req, res }: NodePair): Pick<Sink, "reply"> {
  res.on("error", nothing);
  return { reply: (...answer) => reply(req, res, ...answer) };
}

/** Settles when a response has closed, whichever side closed it. */
export function closed({ req, res }: NodePair): Promise<void> {
  return new Promise((resolve) => {
    if (isClosed(res)) return resolve();
    // As {@link NodeSink.watch} does: it comes once by itself.
    res.on("close", resolve);
    // A response that waits for an earlier one emits no `close` when its socket is gone.
    if (isQueued(res)) req.socket.setMaxListeners(0).once("close", resolve);
  });
}

/** A body, or the result of a parser on the request. */
export function nodeBody({ req, given }: NodePair): Body {
  const left = (name: "body" | "rawBody"): unknown =>
    [given, req].find((at) => Object.hasOwn(at, name))?.[name as keyof object];
  const parsed = req.readableDidRead ? { value: left("body"), raw: left("rawBody") } : undefined;
  return { parsed, bytes: uploadOf(req) };
}

/** The bytes of the body. Leaving the loop early does not destroy the socket, which the response needs. */
const uploadOf = (req: NodeRequest): AsyncIterable<Uint8Array> =>
  req.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;

/** Whether a part of the request's body is unread. Over HTTP/2, a request without a body looks the same until it ends. */
export const isUploading = (req: NodeRequest): boolean =>
  !req.readableEnded &&
  ("stream" in req ||
    req.headers["transfer-encoding"] !== undefined ||
    Number(req.headers["content-length"]) > 0);

export function reply(
  req: NodeRequest,
  res: NodeResponse,
  status: number,
  headers: HeaderFields,
  body: string | undefined,
): void {
  if (isClosed(res)) return;
  // The head was sent by other code: the response must still end.
  if (res.headersSent) return void res.end();
  setHead(res, status, headers);
  if (!isUploading(req)) return void res.end(body ?? "");
  // The rest of the body is not read: the connection, or the stream over HTTP/2, closes after the response.
  if ("stream" in res) return void res.end(body ?? "", () => res.stream?.close());
  res.setHeader("connection", "close");
  // The response has ended, so no body can be written.
  if (status === 204 || status === 304) return void res.end();
  const bytes = encode(body ?? "");
  res.setHeader("content-length", bytes.byteLength);
  res.write(bytes);
  void lingered(uploadOf(req)).then(() => res.end());
}

/** The headers with which a response would end early, or be framed twice. Other code may have set them before. */
const framing = ["content-length", "transfer-encoding", "trailer"] as const;

export function unframe(res: NodeResponse): void {
  for (const name of framing) if (res.hasHeader(name)) res.removeHeader(name);
}

export function setHead(res: NodeResponse, status: number, headers: HeaderFields): void {
  unframe(res);
  res.statusCode = status;
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
}

/** Whether a response has closed. Over HTTP/2 only its stream shows that. */
export const isClosed = (res: NodeResponse): boolean =>
  res.destroyed || ("stream" in res && (res.stream?.destroyed ?? true));

/** Whether a response waits for an earlier one on its socket. */
export const isQueued = (res: NodeResponse): boolean => !("stream" in res) && res.socket === null;

export const nothing = (): void => undefined;

export function nodeRequest({ req, given }: NodePair): StreamRequest {
  const { path, query } = targetOf(req.url ?? "/");
  return {
    method: req.method ?? "GET",
    path,
    query,
    header: (name) => {
      const value = Object.hasOwn(req.headers, name) ? req.headers[name] : undefined;
      return Array.isArray(value) ? value.join(", ") : value;
    },
    raw: given,
  };
}
