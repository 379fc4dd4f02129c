import type { ActorRef } from '@bramble/actors/index.ts';
import type { StreamIn } from '@bramble/protocol/messages/streams.ts';

/** Where frames go out; the link. */
export type FrameSink = ActorRef<{
  readonly type: 'stream-out';
  readonly stream: string;
  readonly payload: Uint8Array;
}>;

export type StreamsMessage =
  | { readonly type: 'attach-link'; readonly link: FrameSink }
  | { readonly type: 'link-down' }
  /** A frame whose signature and term are right. */
  | { readonly type: 'in'; readonly stream: string; readonly frame: StreamIn }
  | { readonly type: 'ended'; readonly stream: string };
