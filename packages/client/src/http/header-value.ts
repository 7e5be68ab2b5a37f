/**
 * [spec] Encodes a text with one character for each byte of its UTF-8, which is how both fetch and undici take the
 * bytes of a header.
 */
export const utf8 = (text: string): string =>
  String.fromCharCode(...new TextEncoder().encode(text));

/** A text, such as an id, in the form that headers take. */
export const toHeaderValue = (text: string): string => (headersTakeText() ? text : utf8(text));

/** True if headers take any character and encode it themselves, as in workerd. Bytes would be encoded twice there. */
export function headersTakeText(): boolean {
  try {
    return new Headers([["x", "✓"]]).has("x");
  } catch {
    return false;
  }
}

/** A header that was set twice to the same value arrives as a list of equal values. This returns the value once. */
export const single = (header: string): string =>
  /^(.+?)(?:[\t ]*,[\t ]*\1)+$/.exec(header)?.[1] ?? header;
