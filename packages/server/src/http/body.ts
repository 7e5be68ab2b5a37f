import { ServerError } from "../core/errors.ts";
import type { StreamRequest } from "../session/admit.ts";

/** A body as its platform has it. */
export interface Body {
  /** If the body was read already: what a parser has made of it, and its text or bytes, where one kept them. */
  readonly parsed: { readonly value: unknown; readonly raw: unknown } | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Reads it, unless it is larger. Text, or bytes where its type says so. */
export async function readBody(
  request: StreamRequest,
  body: Body,
  maxBytes: number,
): Promise<string | Uint8Array> {
  const tooLarge = new ServerError("event-too-large", `A body may hold ${maxBytes} bytes.`);
  if (Number(request.header("content-length") ?? 0) > maxBytes) throw tooLarge;
  const type = request.header("content-type") ?? "";
  if (body.parsed) {
    const data = parsed(body.parsed, type);
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
    // A client that hangs up must not fill our logs.
    throw new ServerError("refused", "The body broke off.", { status: 400, cause });
  }
  const bytes = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  return asData(bytes, type);
}

/** What a body parser left. It read the body, so there is nothing else to publish. */
function parsed({ value, raw }: NonNullable<Body["parsed"]>, type: string): string | Uint8Array {
  if (raw instanceof Uint8Array) return asData(raw, type);
  if (typeof raw === "string") return raw;
  if (value instanceof Uint8Array) return asData(value, type);
  if (typeof value === "string" && !/\bjson\b/i.test(type)) return value;
  if (value !== undefined) return JSON.stringify(value);
  throw new ServerError(
    "refused",
    "The body was already read, and no body parser left it on the request.",
    { status: 400 },
  );
}

/** Throws for what is not UTF-8. */
const asData = (bytes: Uint8Array, type: string): string | Uint8Array =>
  type.startsWith("application/octet-stream")
    ? bytes
    : new TextDecoder("utf-8", { fatal: true }).decode(bytes);
