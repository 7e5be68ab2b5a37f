/** The type of the block, without data, by which a Steadfeed server says that a stream is complete. */
export const endType = "steadfeed.end";
