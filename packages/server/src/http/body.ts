import { ServerError } from "../core/errors.ts";
import type { StreamRequest } from "../session/admit.ts";

/** The body of a request on any platform. */
export interface Body {
  /** For a body that was read already: the value that a parser made of it, and its text or bytes if they were kept. */
  readonly parsed: { readonly value: unknown; readonly raw: unknown } | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The whole body, as text or, by its type, as bytes. Throws {@link ServerError} for one that is too large, broken or lost. */
export async function readBody(
  request: StreamRequest,
  body: Body,
  maxBytes: number,
): Promise<string | Uint8Array> {
  const tooLarge = new ServerError("event-too-large", `The body is larger than ${maxBytes} bytes.`);
  if (Number(request.header("content-length") ?? 0) > maxBytes) throw tooLarge;
  const coding = request.header("content-encoding") ?? "identity";
  if (!body.parsed && !/^\s*(identity)?\s*$/i.test(coding))
    throw refused(`The body is compressed (${coding}): send it as it is.`, 415);
  const type = request.header("content-type") ?? "";
  if (body.parsed) {
    const data = parsed(body.parsed, request);
    const size = data instanceof Uint8Array ? data.byteLength : new Blob([data]).size;
    if (size > maxBytes) throw tooLarge;
    return data;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body.bytes) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge;
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause === tooLarge) throw tooLarge;
    // A client that disconnects is not a failure to report.
    throw new ServerError("refused", "The body was cut off.", { status: 400, cause });
  }
  const bytes = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  return asData(bytes, type);
}

/** The result of a body parser, which has read the body: nothing else can be published. */
function parsed(
  { value, raw }: NonNullable<Body["parsed"]>,
  request: StreamRequest,
): string | Uint8Array {
  const type = request.header("content-type") ?? "";
  const left = raw ?? value;
  if (left instanceof Uint8Array) return asData(left, type);
  if (isBytes(type) && left !== undefined) throw notText();
  if (typeof left === "string" && left.includes("\ufffd") && !isWhole(left, request))
    throw notText();
  if (typeof raw === "string") return raw;
  if (typeof value === "string" && (!isJson(type) || isWhole(value, request))) return value;
  if (value !== undefined) return JSON.stringify(value);
  throw refused(
    "The body was already read, and is not on the request: mount this handler before the code that reads it.",
  );
}

/** Text decoded from binary data no longer equals the posted bytes. */
const notText = (): ServerError =>
  refused("A body parser has turned binary data into text: exclude this route from it.");

const refused = (text: string, status = 400, cause?: unknown): ServerError =>
  new ServerError("refused", text, { status, cause });

/** Whether a text is the body itself. A text that a parser took out of JSON has lost its quotation marks. */
const isWhole = (text: string, request: StreamRequest): boolean =>
  new Blob([text]).size === Number(request.header("content-length"));

const isJson = (type: string): boolean => /\bjson\b/i.test(type);
const isBytes = (type: string): boolean => /^application\/octet-stream\b/i.test(type);

/** Throws {@link ServerError} for text that is not UTF-8. */
function asData(bytes: Uint8Array, type: string): string | Uint8Array {
  if (isBytes(type)) return bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const fix = "send bytes as application/octet-stream";
    throw refused(`The body is not UTF-8 text: ${fix}.`, 400, cause);
  }
}
