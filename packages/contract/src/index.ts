export {
  defineStream,
  defineStreams,
  typed,
  type InputOf,
  type JsonOf,
  type OutputOf,
  type StreamContract,
  type StreamsContract,
} from "./core/stream.ts";
