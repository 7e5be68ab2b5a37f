export { byPath, byQuery } from "./admit.ts";
export type { Admission, Admit, Refusal, StreamRequest } from "./admit.ts";
export type { HandlerOptions } from "./answer.ts";
export { Broker } from "./broker.ts";
export type { BrokerOptions } from "./broker.ts";
export type { From } from "./cursor.ts";
export type { Published, PublishOptions } from "./draft.ts";
export { ServerError } from "./errors.ts";
export type { ServerErrorCode, ServerErrorInit } from "./errors.ts";
export { GAP_TYPE } from "./event.ts";
export type { Gap, GapReason, ServerEvent } from "./event.ts";
export type { Arrival } from "./gate.ts";
export type { Hooks, Logger, Phase } from "./hooks.ts";
export { entryOf } from "./log.ts";
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
} from "./log.ts";
export { memoryLog } from "./memory.ts";
export type { MemoryLogOptions } from "./memory.ts";
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
} from "./options.ts";
export type { Presence } from "./presence.ts";
export type { Reader, ReceivedEvent, SubscribeOptions } from "./reader.ts";
export type { EndReason, Session, SessionEvent } from "./session.ts";
export type { CloseOptions } from "./shutdown.ts";
export type { UpgradeOptions } from "./single.ts";
export type { HeaderFields, Sink, Writer } from "./sink.ts";
export type { Stream } from "./stream.ts";
