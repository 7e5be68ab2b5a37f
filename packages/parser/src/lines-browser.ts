/** The build puts `eventsource-parser` into this file: a page gets the version that this was tested with. */
export { createParser as createLineParser } from "eventsource-parser";
