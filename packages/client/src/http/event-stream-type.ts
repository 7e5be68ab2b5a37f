/**
 * [spec] `text/event-stream`, with any parameters, as the last valid media type in the header. Entries after it are
 * skipped if they are not media types, or match any type. A comma inside quotes belongs to a parameter.
 */
const eventStream =
  /(?:^|,)[\t ]*text\/event-stream[\t ]*(?:;(?:[^",]|"(?:[^"\\]|\\.)*(?:"|$))*)?(?:,(?:[^/"]|\*\/\*)*)?$/i;

/**
 * True if a `Content-Type` is that of an event stream. If the header lists several valid types, the last one counts.
 *
 * @see https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
 */
export const isEventStream = (header: string | null): boolean => eventStream.test(header ?? "");
