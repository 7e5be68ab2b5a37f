/** The event type with which a Steadfeed server marks the end of a stream. The block has no data. */
export const endType = "steadfeed.end";
