import { isEventStream } from "../event-stream-type.ts";

/** How the end of a body is marked. [spec] RFC 9112, 6.3. */
export type Framing = "chunks" | "close";

/** The framing of a body that may come directly: that of an event stream, and only if it is simple. */
export function framingOf(status: number, headers: Headers): Framing | false {
  if (status !== 200 || headers.has("Content-Length")) return false;
  if (!isEventStream(headers.get("Content-Type"))) return false;
  const coding = headers.get("Transfer-Encoding");
  if (coding === null) return "close";
  return coding.toLowerCase() === "chunked" && "chunks";
}

/** True if the head defines where the body ends. Otherwise it lasts until the connection closes. */
export const isFramed = (status: number, headers: Headers): boolean =>
  status === 204 ||
  status === 304 ||
  headers.has("Content-Length") ||
  /(^|,)\s*chunked\s*$/i.test(headers.get("Transfer-Encoding") ?? "");
