import { data } from "./cases/data.ts";
import { event } from "./cases/event.ts";
import { fields } from "./cases/fields.ts";
import { id } from "./cases/id.ts";
import { largeStreams } from "./cases/large.ts";
import { lines } from "./cases/lines.ts";
import { retry } from "./cases/retry.ts";
import { stream } from "./cases/stream.ts";
import { utf8 } from "./cases/utf8.ts";
import type { Row } from "./row.ts";

/** The HTML standard's sentences about event streams as data. */
export const cases: readonly Row[] = [
  stream,
  lines,
  fields,
  data,
  event,
  id,
  retry,
  utf8,
  largeStreams,
].flat();
