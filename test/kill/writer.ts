import { type Access, type Answer, type ConfigMap, call, collection } from './api.ts';
import type { Ledger } from './ledger.ts';

/** Creates and overwrites objects of its own, one after another, until the connection breaks. */
export async function write(access: Access, ledger: Ledger, writer: number, round: number): Promise<void> {
  for (let count = 0; ; count += 1) {
    const name = `kept-${writer}-${count % namesPerWriter}`;
    const answer = await put(access, name, `${round}.${count}`).catch(() => undefined);
    if (!answer) return;
    if (answer.code >= 300) throw new Error(`${name} was refused: ${JSON.stringify(answer.body)}`);
    ledger.note(answer.body as ConfigMap);
  }
}

const namesPerWriter = 20;

async function put(access: Access, name: string, marker: string): Promise<Answer> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { marker } };
  const answer = await call(access, 'PUT', `${collection}/${name}`, object);
  return answer.code === 404 ? call(access, 'POST', collection, object) : answer;
}
