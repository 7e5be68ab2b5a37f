/**
 * WebKitGTK's fetch takes each byte of a header for a character, and encodes it once more: what is not ASCII arrives twice
 * encoded. Told apart from the other engines on Linux by its own names.
 */
export const encodesTwice: boolean =
  /Linux.*AppleWebKit/.test(navigator.userAgent) && !navigator.userAgent.includes("Chrome");
