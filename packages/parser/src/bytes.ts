const LF = 10;
const CR = 13;
const COLON = 58;

/** So many bytes are looked at one by one. In more, the text finds a line end faster. */
const near = 1024;

/** A view costs more than a small event: the whole chunk needs none. */
export const range = (chunk: Uint8Array, from: number, to: number): Uint8Array =>
  from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to);

export const isLineEnd = (byte: number | undefined): boolean => byte === LF || byte === CR;

/** The line before these bytes ended with CR, and they begin with the LF that belongs to it. */
export const completesCrlf = (last: number, bytes: Uint8Array): boolean =>
  last === CR && bytes[0] === LF;

/** Whether LF LF is at the end of the chunk; false says nothing. */
export const endsWithBlankLine = (chunk: Uint8Array): boolean =>
  chunk[chunk.length - 1] === LF && chunk[chunk.length - 2] === LF;

/** Where the first line ends; 0 without a line end. */
export function endOfFirstLine(chunk: Uint8Array): number {
  for (let i = 0; i < chunk.length; i++) if (isLineEnd(chunk[i])) return i + 1;
  return 0;
}

/** Where the last line that has an end ends; 0 without a line end. */
export function endOfLastLine(chunk: Uint8Array, decoder: TextDecoder): number {
  for (let i = chunk.length; i > 0; i--) {
    if (isLineEnd(chunk[i - 1])) return i;
    if (i === chunk.length - near && !/[\r\n]/.test(decoder.decode(chunk))) return 0;
  }
  return 0;
}

/** Where the last blank line ends; -1 without one. The bytes begin at the start of a line. */
export function endOfLastBlankLine(bytes: Uint8Array, start: number): number {
  for (let i = bytes.length - 1; i >= start; i--) {
    if (!isLineEnd(bytes[i])) continue;
    const from = i > start && bytes[i] === LF && bytes[i - 1] === CR ? i - 1 : i;
    if (from === start || isLineEnd(bytes[from - 1])) return i + 1;
  }
  return -1;
}

/** Whether one of the lines is a field: neither blank nor a comment. */
export function hasField(lines: Uint8Array, start: number): boolean {
  let atStart = true;
  for (let i = start; i < lines.length; i++) {
    const ends = isLineEnd(lines[i]);
    if (atStart && !ends && lines[i] !== COLON) return true;
    atStart = ends;
  }
  return false;
}

/** [spec] The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any. */
export const withoutByteOrderMark = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
