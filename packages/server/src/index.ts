export { byPath, byQuery } from "./session/admit.ts";
export type { Admission, Admit, Refusal, StreamRequest } from "./session/admit.ts";
export type { HandlerOptions } from "./http/handler.ts";
export { Broker } from "./broker/broker.ts";
export type { AnyBroker } from "./broker/broker.ts";
export type { BrokerOptions } from "./broker/parts.ts";
export type { From } from "./session/cursor.ts";
export type { Published, PublishOptions } from "./broker/publisher.ts";
export type { StandardSchema, StreamContract, StreamsContract } from "./core/contract.ts";
export type {
  AnyEventOf,
  EventOf,
  InputOf,
  NamesOf,
  OutputOf,
  ReceivedOf,
  StreamAt,
  TypeOf,
} from "./core/typed.ts";
export type { BrokerStats } from "./broker/stats.ts";
export { ServerError } from "./core/errors.ts";
export type { ServerErrorCode, ServerErrorInit } from "./core/errors.ts";
export { END_TYPE, GAP_TYPE } from "./core/event.ts";
export type { Gap, GapReason, ReceivedEvent, ServerEvent, SessionEvent } from "./core/event.ts";
export type { Arrival } from "./broker/arrival.ts";
export type { Hooks, Logger, Phase } from "./broker/hooks.ts";
export { entryOf } from "./log/log.ts";
export type {
  Address,
  Appended,
  Draft,
  Entry,
  Log,
  LogState,
  Page,
  Peers,
  PeersWatcher,
  ReadOptions,
} from "./log/log.ts";
export { memoryLog } from "./log/memory.ts";
export type { MemoryLogOptions } from "./log/memory.ts";
export type {
  BrokerSettings,
  CorsOptions,
  DuplicateClient,
  HttpSettings,
  Limits,
  ProfileName,
  SessionOptions,
  SlowOptions,
  SlowPolicy,
} from "./core/options.ts";
export type { Presence } from "./broker/presence.ts";
export type { Reader, SubscribeOptions } from "./session/reader.ts";
export type { ReadRunOptions, RunOptions } from "./run/run-options.ts";
export type { RunPlace } from "./run/place.ts";
export type { Run } from "./run/run.ts";
export type { Runs } from "./run/runs.ts";
export type { RunSource } from "./run/publish-from.ts";
export type { RunClaim, RunEnd, RunEndReason, RunLog, RunRecord, RunTable } from "./log/run-log.ts";
export type { EndReason } from "./session/ending.ts";
export type { Session } from "./session/session.ts";
export type { CloseOptions } from "./broker/shutdown.ts";
export type { UpgradeOptions } from "./http/single.ts";
export type { HeaderFields, Sink, Writer } from "./core/sink.ts";
export type { Stream } from "./broker/stream.ts";
