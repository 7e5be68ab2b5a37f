/**
 * The text of data: a string unchanged, bytes as base64, any other value as JSON. Throws `TypeError` for a value
 * without a text form.
 */
export function textOf(data: unknown): string {
  if (typeof data === "string") return data;
  if (isBytes(data)) return base64(data);
  if (isPlain(data, mostDepth)) return JSON.stringify(data);
  const json: string | undefined = stringified(data, asJson);
  if (json !== undefined) return json;
  throw new TypeError(
    `data must be a string, bytes or a JSON value, not ${typeof data}: use "" for none.`,
  );
}

/** The JSON of data under a contract, also of a string. Throws `TypeError` for a value without JSON, such as bytes. */
export function jsonOf(data: unknown): string {
  if (isPlain(data, mostDepth)) return JSON.stringify(data);
  const json: string | undefined = stringified(data, asJsonAlone);
  if (json !== undefined) return json;
  throw new TypeError(`data must be a JSON value, not ${typeof data}.`);
}

/** Data that is nested deeper, perhaps in itself, is looked at by {@link asJson}. */
const mostDepth = 16;

/**
 * Whether data is of texts, finite numbers, booleans, `null`, and arrays and objects of them alone. JSON loses none of
 * it, and a look at it in advance costs much less than a function that JSON calls for each value.
 */
function isPlain(data: unknown, depth: number): boolean {
  if (typeof data === "string" || typeof data === "boolean" || data === null) return true;
  if (typeof data === "number") return Number.isFinite(data);
  if (typeof data !== "object" || depth === 0) return false;
  const proto: unknown = Object.getPrototypeOf(data);
  if (proto === Array.prototype)
    return (data as unknown[]).every((each) => isPlain(each, depth - 1));
  if (proto !== Object.prototype || "toJSON" in data) return false;
  for (const key in data) {
    if (!isPlain(data[key as never], depth - 1)) return false;
  }
  return true;
}

/** The engine's words for these do not name the data. */
function stringified(
  data: unknown,
  replacer: (this: unknown, key: string, value: unknown) => unknown,
): string | undefined {
  try {
    return JSON.stringify(data, replacer);
  } catch (cause) {
    if (!(cause instanceof RangeError) && !/circular|cyclic/i.test(String(cause))) throw cause;
    const why = cause instanceof RangeError ? "it is nested too deeply" : "it contains itself";
    throw new TypeError(`data must be JSON: ${why}.`, { cause });
  }
}

const isBytes = (value: unknown): value is ArrayBuffer | ArrayBufferView =>
  value instanceof ArrayBuffer || ArrayBuffer.isView(value);

/**
 * Kinds of objects that JSON would write as `{}`, or without their content, even if they have properties of their own.
 */
const lossy =
  /^\[object (?:Map|Set|Error|DOMException|Promise|Blob|File|URLSearchParams|FormData)\]$/;

/**
 * Throws `TypeError` for data that JSON would lose, at any depth. Bytes become base64 there too. `this` has the value
 * before `toJSON`.
 */
function asJson(this: unknown, key: string, value: unknown): unknown {
  const given = (this as Record<string, unknown>)[key];
  if (isBytes(given)) return base64(given);
  if (key !== "" && (typeof value === "function" || typeof value === "symbol")) {
    throw new TypeError(`data must be JSON: the ${typeof value} at ${key} would be left out.`);
  }
  if (typeof value === "bigint") {
    throw new TypeError(
      `data must be JSON: the BigInt at ${key || "the top"} has none. Make it text.`,
    );
  }
  const isNumber = typeof value === "number" && !Number.isFinite(value);
  if (isNumber || (value === null && given instanceof Date)) {
    throw new TypeError(
      `data must be JSON: ${String(given)} at ${key || "the top"} would be published as null.`,
    );
  }
  if (typeof value !== "object" || value === null || !isLost(value)) return value;
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  throw new TypeError(
    `data must be JSON: ${kind === "Object" ? "an object without properties of its own" : kind} at ${key || "the top"} would be published as {}. Make it a plain object, an array or text.`,
  );
}

function asJsonAlone(this: unknown, key: string, value: unknown): unknown {
  if (!isBytes((this as Record<string, unknown>)[key])) return asJson.call(this, key, value);
  throw new TypeError(
    `data must be JSON, which has no bytes: make those at ${key || "the top"} text.`,
  );
}

function isLost(value: object): boolean {
  const kind = Object.prototype.toString.call(value);
  if (value instanceof Error || lossy.test(kind)) return true;
  if (Array.isArray(value) || /^\[object (?:Number|String|Boolean|BigInt)\]$/.test(kind))
    return false;
  for (const key in value) if (Object.hasOwn(value, key)) return false;
  const proto: unknown = Object.getPrototypeOf(value);
  // A plain object, also of another realm.
  return proto !== null && Object.getPrototypeOf(proto) !== null;
}

function base64(data: ArrayBuffer | ArrayBufferView): string {
  const bytes = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
  let binary = "";
  // In chunks, since a call accepts a limited number of arguments.
  for (let start = 0; start < bytes.length; start += 8192) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(binary);
}
