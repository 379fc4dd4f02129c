/**
 * The address of an actor. It stays valid over restarts, and outlives the actor: sending to a stopped
 * actor is allowed and answers `false`.
 */
export interface ActorRef<in Msg> {
  /** Names from the root, joined by `/`; unique among the living. */
  readonly path: string;
  /** Puts a message in the actor's inbox. `false` when it was not taken: the inbox is full, or the actor stopped. */
  readonly send: (message: Msg) => boolean;
}
