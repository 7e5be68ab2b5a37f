/** The values of a header that may have several: a comma inside quotes belongs to its value. */
const listed = /(?:[^",]|"(?:[^"\\]|\\.?)*"?)+/g;

/** [spec] A media type: two tokens, then its parameters. No other white space than HTTP's. */
const mediaType = /^[\t ]*([!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+)[\t ]*(?:;|$)/;

/** The values of a list, as they are. */
export const valuesOf = (header: string): readonly string[] => header.match(listed) ?? [];

/**
 * The media type of an answer, in small letters: of several that are valid the last, or empty.
 *
 * @see https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
 */
export function mediaTypeOf(header: string): string {
  const types = valuesOf(header).map((value) => mediaType.exec(value)?.[1]?.toLowerCase() ?? "");
  return types.findLast((type) => type !== "" && type !== "*/*") ?? "";
}

/** How well a range names the type, from 1 to 3; 0: not at all. */
const ranges = ["*/*", "text/*", "text/event-stream"];

/** Whether an `Accept` header admits an event stream: the most exact range that names it has a weight above 0. */
export function admitsStream(accept: string): boolean {
  const weights = ranges.map((range) => {
    const value = valuesOf(accept).find(
      (each) => mediaType.exec(each)?.[1]?.toLowerCase() === range,
    );
    return value === undefined ? undefined : Number(/;[\t ]*q=([\d.]+)/i.exec(value)?.[1] ?? 1);
  });
  return (weights.findLast((weight) => weight !== undefined) ?? 0) > 0;
}

/** A header that was set twice to the same comes as a list of equal values: that is one. */
export const single = (header: string): string =>
  /^(.+?)(?:[\t ]*,[\t ]*\1)+$/.exec(header)?.[1] ?? header;
