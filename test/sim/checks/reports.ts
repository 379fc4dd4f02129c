import { decodeJson } from '@bramble/protocol/decode.ts';
import { podReport } from '@bramble/protocol/messages/orders.ts';
import { parseTopic } from '@bramble/protocol/topics.ts';
import { boardOfClient } from './boundaries.ts';
import type { Verdict } from './verdict.ts';

/** G8: however long nobody heard it, a board keeps of each pod the newest that there is to say, and nothing else. */
export class ReportCheck {
  /** The newest that was said of a pod, by board, boot and uid. */
  readonly #said = new Map<string, number>();
  readonly #verdict: Verdict;

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  said(client: string, topicText: string, payload: Uint8Array): void {
    if (boardOfClient(client) !== client || parseTopic(topicText)?.type !== 'status') return;
    const decoded = decodeJson(podReport, payload);
    if (!decoded.ok)
      return this.#verdict.broken('G8', `${client} said what nobody can read: ${decoded.message}`);
    const { boot, uid, sequence } = decoded.value;
    const key = `${client} ${boot} ${uid}`;
    const newest = this.#said.get(key) ?? -1;
    this.#said.set(key, Math.max(newest, sequence));
    if (sequence < newest)
      this.#verdict.broken('G8', `${client} told ${sequence} of ${uid}, and had told ${newest} already`);
  }
}
