import type { Usage } from '../sessions/usage.ts';
import type { Place } from './connection.ts';

/** A server that is measured. */
export interface Subject {
  readonly name: string;
  readonly place: Place;
  usage(): Usage;
  stop(): Promise<void>;
}
