/** A message on the lane that is never full. What sent it may drop it as long as it has not been taken. */
export class Signal<Msg> {
  readonly message: Msg;
  dropped = false;
  /** Told when the actor's turn with this signal begins. */
  readonly taken: (() => void) | undefined;

  constructor(message: Msg, taken?: () => void) {
    this.message = message;
    this.taken = taken;
  }
}
