/** The whole parser, for all platforms but pages. Bundlers such as Metro take only files as the targets of `imports`. */
export { createParser } from "@steadfeed/parser";
