/**
 * [spec] `text/event-stream`, with whatever parameters, as the last media type of the header. What comes after is no media
 * type, or any. A comma inside quotes belongs to a parameter.
 */
const eventStream =
  /(?:^|,)[\t ]*text\/event-stream[\t ]*(?:;(?:[^",]|"(?:[^"\\]|\\.)*(?:"|$))*)?(?:,(?:[^/"]|\*\/\*)*)?$/i;

/**
 * Whether a `Content-Type` is that of an event stream: of several that are valid the last counts.
 *
 * @see https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
 */
export const isEventStream = (header: string | null): boolean => eventStream.test(header ?? "");

/** A header that was set twice to the same comes as a list of equal values: that is one. */
export const single = (header: string): string =>
  /^(.+?)(?:[\t ]*,[\t ]*\1)+$/.exec(header)?.[1] ?? header;
