export type {
  Actor,
  ActorContext,
  AskOptions,
  InboxPolicy,
  RestartPolicy,
  SpawnOptions,
} from './actor.ts';
export { EscalatedFailure } from './family.ts';
export type { Host, LogEntry, LogLevel } from './host.ts';
export type { ActorRef } from './ref.ts';
export { backoffDelay, defaultSupervision, type Supervision } from './supervision.ts';
export { type ChildSpec, child, supervisor } from './supervisor.ts';
export { ActorSystem, type ActorSystemOptions, AskRefused, AskTimeout, type SystemCounts } from './system.ts';
