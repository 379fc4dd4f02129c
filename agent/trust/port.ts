/** The board's place in its fleet: what proves it, and how to get it back. */
export interface Membership {
  /** By the wall clock, when the certificate should be renewed: two thirds of its life have passed. */
  renewAtMs(): number;
  /** The controller of this machine is another one than the board has joined. */
  isElsewhere(): boolean;
  /**
   * Renews the certificate; where the controller does not know the board (any more), joins with the token that was
   * given, if there is one. Dialling uses what came of it. Rejects when the controller cannot be reached.
   */
  prove(): Promise<Proof>;
}

export type Proof =
  | { readonly type: 'renewed' | 'joined' }
  /** Joined as somebody else, or a fleet that orders with another key: nothing of what runs in this process holds. */
  | { readonly type: 'moved' }
  | { readonly type: 'refused'; readonly message: string };
