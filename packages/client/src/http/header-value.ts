/** [spec] One character for each byte of UTF-8, which is how both fetch and undici take the bytes of a header. */
export const utf8 = (text: string): string =>
  String.fromCharCode(...new TextEncoder().encode(text));

/** A text, such as an id, as headers take it. */
export const toHeaderValue = (text: string): string => (headersTakeText() ? text : utf8(text));

/** workerd's headers take any character and encode it themselves: bytes would come out encoded twice. */
export function headersTakeText(): boolean {
  try {
    return new Headers([["x", "✓"]]).has("x");
  } catch {
    return false;
  }
}
