import { parentPort, workerData } from 'node:worker_threads';
import { collectAfterStart, collectGarbage } from '@bramble/adapters/host/garbage.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { keepPoolsSmall } from '@bramble/adapters/host/small-pools.ts';
import { Broker } from './aedes/broker.ts';
import { Listener } from './listener.ts';
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts';

/** The entry of the worker thread in which the broker lives: neither a flood nor a crash in it stops the controller. */
const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');

keepPoolsSmall();
const start: WorkerStart = workerData;
const tell = (message: FromWorker): void => port.postMessage(message);
const system = createHost((entry) => tell({ type: 'log', entry }));
const broker = new Broker(start.auth, start.limits, system, () => {
  collectGarbage();
  tell({ type: 'settled' });
});
const listener = new Listener({
  ...start,
  system,
  counts: broker.counts,
  onSecure: (socket, sentMark) => broker.accept(socket, sentMark),
});

port.on('message', (message: ToWorker) => {
  if (message.type === 'auth') broker.setAuth(message.auth);
  else if (message.type === 'board') broker.changeBoard(message.change);
  else if (message.type === 'tls') listener.setTls(message.tls);
  else if (message.type === 'close') void close();
  else tell({ type: 'counts', id: message.id, counts: currentCounts() });
});

const callOffCollection = collectAfterStart(system);
await broker.start();
await listener.listen().then(
  (listening) => tell({ type: 'listening', port: listening }),
  (error: NodeJS.ErrnoException) => {
    tell({ type: 'refused', code: error.code, message: error.message });
    void close();
  },
);

async function close(): Promise<void> {
  callOffCollection();
  await broker.close();
  await listener.close();
  port?.close();
}

function currentCounts(): typeof broker.counts {
  const { heapUsed } = process.memoryUsage();
  return { ...broker.counts, heapUsedBytes: heapUsed };
}
