import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const answerMs = 5_000;
const everyMs = 50;

/** One call on a connection of its own, past any proxy. @throws Error when there is no good answer */
export function askOnce(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, signal: AbortSignal.timeout(answerMs) }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (piece: string) => {
          text += piece;
        })
        .on('error', reject)
        .on('end', () =>
          response.statusCode === 200
            ? resolve(text.trim())
            : reject(new Error(`${url} answered ${response.statusCode}`)),
        );
    }).on('error', reject);
  });
}

/** A user who keeps asking: the answers in their order, and why calls got none. */
export interface Traffic {
  readonly answers: string[];
  readonly failures: string[];
}

/** Asks again and again, one call after the other, until the signal. */
export async function keepAsking(url: string, signal: AbortSignal): Promise<Traffic> {
  const traffic: Traffic = { answers: [], failures: [] };
  while (!signal.aborted) {
    await askOnce(url).then(
      (answer) => traffic.answers.push(answer),
      (error: Error) => traffic.failures.push(error.message),
    );
    await pause(everyMs);
  }
  return traffic;
}
