export const LF = 10;
export const CR = 13;
/** A loop searches so many bytes in less time than a call takes. */
const near = 64;

/** The searches of `Buffer`, if there is one: in V8 they take a thirtieth of the time. */
const searches = (
  (globalThis as { readonly Buffer?: Pick<typeof Uint8Array, "prototype"> }).Buffer ?? Uint8Array
).prototype;

const isLineEnd = (byte: number | undefined): boolean => byte === LF || byte === CR;

/** The end of the first line that ends with LF, or with the given byte; 0 without one. */
export const endOfFirstLine = (bytes: Uint8Array, lineEnd: number = LF): number =>
  searches.indexOf.call(bytes, lineEnd) + 1;

/** The end of the last complete line; 0 without one. */
export function endOfLines(bytes: Uint8Array): number {
  let i = bytes.length;
  for (const from = i - near; i > 0 && i > from; i--) if (isLineEnd(bytes[i - 1])) return i;
  return (
    i && Math.max(searches.lastIndexOf.call(bytes, LF), searches.lastIndexOf.call(bytes, CR)) + 1
  );
}

/**
 * The end of the last blank line; 0 without one.
 *
 * @param bytes Complete lines.
 * @param text The same text, if it is known.
 */
export function endOfBlocks(bytes: Uint8Array, text = ""): number {
  const { length } = bytes;
  for (let i = length; i > 0; i--) {
    // Further away the platform searches faster, if places in the text and in its bytes are the same. Forwards it is
    // several times as fast as backwards, and shows that there is none.
    if (i === length - near && text.length === length && !text.includes("\r"))
      return text.includes("\n\n") ? text.lastIndexOf("\n\n") + 2 : text.startsWith("\n") ? 1 : 0;
    if (!isLineEnd(bytes[i - 1])) continue;
    const start = bytes[i - 1] === LF && bytes[i - 2] === CR ? i - 2 : i - 1;
    if (start === 0 || isLineEnd(bytes[start - 1])) return i;
  }
  return 0;
}

/** [spec] The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any. */
export const withoutByteOrderMark = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
