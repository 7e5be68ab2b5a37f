/** Throws `TypeError` for a body that `fetch` would turn into unintended text, such as `[object Object]`. */
export function checkBody(body: unknown): void {
  if (isBody(body)) return;
  const kind = Object.prototype.toString.call(body).slice("[object ".length, -1);
  const article = /^[AEIOU]/.test(kind) ? "an" : "a";
  throw new TypeError(
    `body must be a text, bytes or another body of fetch, not ${article} ${kind}: JSON.stringify it.`,
  );
}

/**
 * True for a body that `fetch` accepts. Forms, parameters, blobs and streams are recognised by their methods, so those
 * of another realm pass too.
 */
function isBody(body: unknown): boolean {
  if (body === undefined || body === null || typeof body === "string") return true;
  if (typeof body !== "object" || Array.isArray(body)) return false;
  if (ArrayBuffer.isView(body) || Symbol.asyncIterator in body) return true;
  return ["append", "slice", "getReader"].some((method) => method in body);
}
