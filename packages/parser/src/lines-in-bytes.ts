const LF = 10;
const CR = 13;

const isLineEnd = (byte: number | undefined): boolean => byte === LF || byte === CR;
const continuesCharacter = (byte: number): boolean => byte >= 0x80 && byte < 0xc0;

/** Creating a view costs more than a small event, so the whole chunk is used without one. */
export const range = (chunk: Uint8Array, from: number, to: number): Uint8Array =>
  from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to);

/** Whether LF LF is at the end. False may also mean another line end. */
export const endsWithBlankLine = (bytes: Uint8Array): boolean =>
  bytes[bytes.length - 1] === LF && bytes[bytes.length - 2] === LF;

/** The end of the first line; 0 without a line end. */
export function endOfFirstLine(bytes: Uint8Array): number {
  const [lf, cr] = [bytes.indexOf(LF), bytes.indexOf(CR)];
  return (lf < 0 || cr < 0 ? Math.max(lf, cr) : Math.min(lf, cr)) + 1;
}

/**
 * The end of the bytes that may be parsed now: the last line end, 0 without any. If the unfinished line is longer than
 * `long`, it is the start of its last character, which may be cut.
 */
export function endOfLines(bytes: Uint8Array, long: number): number {
  const { length } = bytes;
  for (let i = length; i > 0; i--) {
    if (isLineEnd(bytes[i - 1])) return i;
    if (length - i === long) return endOfCharacters(bytes);
  }
  return 0;
}

/** The start of the last character, which may be cut. Bytes before it do not depend on later ones. */
export function endOfCharacters(bytes: Uint8Array): number {
  const { length } = bytes;
  // A character has at most three bytes after its first.
  for (let i = length - 1; i >= length - 3 && i >= 0; i--) {
    if (bytes[i]! < 0x80) return i + 1;
    if (!continuesCharacter(bytes[i]!)) return i;
  }
  return length;
}

/** The end of the last blank line; 0 without one. */
export function endOfBlocks(bytes: Uint8Array, midLine: boolean, mayHaveCR = true): number {
  // The platform's search for an LF is faster.
  for (let i = mayHaveCR ? bytes.length : bytes.lastIndexOf(LF) + 1; i > 0; i--) {
    if (!isLineEnd(bytes[i - 1])) continue;
    const start = bytes[i - 1] === LF && bytes[i - 2] === CR ? i - 2 : i - 1;
    if (start === 0 ? !midLine : isLineEnd(bytes[start - 1])) return i;
  }
  return 0;
}

/**
 * The same for text without a CR. The platform's forward search is many times faster than its backward search, so
 * growing parts of the end are searched forwards.
 */
export function endOfBlocksInText(text: string, midLine: boolean): number {
  for (let size = 1024; ; size *= 8) {
    const from = Math.max(0, text.length - size);
    let end = 0;
    for (let at = text.indexOf("\n\n", from); at >= 0; at = text.indexOf("\n\n", at + 1))
      end = at + 2;
    if (end > 0) return end;
    if (from === 0) return text.startsWith("\n") && !midLine ? 1 : 0;
  }
}

/** [spec] The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any. */
export const withoutByteOrderMark = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
