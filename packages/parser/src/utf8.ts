/**
 * Decodes UTF-8 that is cut anywhere: each chunk at once, but for the bytes of an unfinished character,
 * which wait for the next chunk.
 *
 * The result is that of one streaming `TextDecoder`, which this does not use: on every engine a decoder
 * that once streamed is slower for good, and slowest on small chunks.
 */
export class Utf8Decoder {
  // A U+FEFF is left in place: only the parser knows whether the stream is at its start.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** A valid beginning of one character, at most 3 bytes. */
  #unfinished: number[] = [];

  /** How many bytes wait for the rest of their character. */
  get unfinished(): number {
    return this.#unfinished.length;
  }

  decode(chunk: Uint8Array): string {
    if (this.#unfinished.length > 0) return this.#resume(chunk);
    const rest = unfinishedBytes(chunk);
    if (rest === 0) return this.#decoder.decode(chunk);
    const end = chunk.length - rest;
    this.#unfinished = [...chunk.subarray(end)];
    return this.#decoder.decode(chunk.subarray(0, end));
  }

  /** Forgets an unfinished character. */
  reset(): void {
    this.#unfinished = [];
  }

  #resume(chunk: Uint8Array): string {
    const character = this.#unfinished;
    const length = sequenceLength(character[0]!);
    let taken = 0;
    while (
      character.length < length &&
      taken < chunk.length &&
      continues(character, chunk[taken]!)
    ) {
      character.push(chunk[taken++]!);
    }
    if (character.length < length && taken === chunk.length) return "";
    // Finished, or broken off by a byte that cannot follow: then it decodes to one U+FFFD.
    this.#unfinished = [];
    return this.#decoder.decode(Uint8Array.from(character)) + this.decode(chunk.subarray(taken));
  }
}

/** How many bytes at the end of the chunk begin a character that may still be finished: 0 to 3. */
function unfinishedBytes(chunk: Uint8Array): number {
  const end = chunk.length;
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = chunk[end - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const possible =
        back < sequenceLength(byte) && (back === 1 || continues([byte], chunk[end - back + 1]!));
      return possible ? back : 0;
    }
  }
  return 0;
}

function sequenceLength(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** Whether the byte may follow a valid beginning. Only the second byte depends on the lead (no overlong form, no surrogate). */
function continues(beginning: readonly number[], byte: number): boolean {
  if (byte < 0x80 || byte > 0xbf) return false;
  if (beginning.length > 1) return true;
  switch (beginning[0]) {
    case 0xe0:
      return byte >= 0xa0;
    case 0xed:
      return byte <= 0x9f;
    case 0xf0:
      return byte >= 0x90;
    case 0xf4:
      return byte <= 0x8f;
    default:
      return true;
  }
}
