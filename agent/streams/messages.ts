import type { ActorRef } from '@bramble/actors/index.ts';
import type { StreamOpen } from '@bramble/protocol/messages/streams.ts';

/** Where frames go out; the link. `false` when it has no room: the stream is over then. */
export type FrameSink = ActorRef<{
  readonly type: 'stream-out';
  readonly stream: string;
  readonly payload: Uint8Array;
}>;

export type StreamsMessage =
  | { readonly type: 'attach-link'; readonly link: FrameSink }
  | { readonly type: 'link-down' }
  /** An order whose signature and term are right, and the topic it came on. */
  | { readonly type: 'open'; readonly stream: string; readonly topic: string; readonly order: StreamOpen }
  /** As it came: the stream's own key tells whether it is right. */
  | { readonly type: 'frame'; readonly stream: string; readonly payload: Uint8Array }
  | { readonly type: 'ended'; readonly stream: string };
