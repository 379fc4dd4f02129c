// A process that plays thousands of idle boards: the agent's own link for each, on the agent's own client of MQTT.
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { ActorSystem, child, supervisor } from '@bramble/actors/index.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { defaultBounds } from '@bramble/adapters/mqtt/bounds.ts';
import { Connection } from '@bramble/adapters/mqtt/connection.ts';
import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import { mqttTlsGroups } from '@bramble/protocol/tls.ts';
import { idleBoard, nodeName } from './board.ts';
import type { BoardsState, BoardsTask } from './boards-messages.ts';
import type { FleetFile } from './fleet-store.ts';
import { Wire } from './wire.ts';

const task = JSON.parse(process.argv[2] ?? '') as BoardsTask;
const fleet = JSON.parse(readFileSync(task.fleetFile, 'utf8')) as FleetFile;
const wire = new Wire();
/** The newest term that each board is bound to. */
const terms = new Map<string, number>();
let connected = 0;
let dialled = 0;

const host = createHost(() => {});
const system = new ActorSystem(host, {
  onRootFailure(error) {
    throw error;
  },
});
const clusterKey = createPublicKey({
  key: Buffer.from(fleet.clusterKey, 'base64'),
  format: 'der',
  type: 'spki',
});
const watch = { bound: (node: string, { epoch }: { epoch: number }): void => void terms.set(node, epoch) };

system.run(
  'boards',
  supervisor(() =>
    Array.from({ length: task.to - task.from }, (_, index) => {
      const number = task.from + index;
      const node = nodeName(number);
      return child(node, idleBoard(node, number, dialerOf(number), clusterKey, watch));
    }),
  ),
);

process.on('message', () => process.send?.(state()));
process.on('disconnect', () => process.exit());

/** Its certificate is read once, as an agent that stays up has read it. */
function dialerOf(number: number): MqttDialer {
  let context: SecureContext | undefined;
  const board = fleet.boards[number];
  return {
    dial(options, onEvent) {
      context ??= createSecureContext({
        ...{ ca: fleet.ca, cert: board?.certificate, key: board?.key },
        ecdhCurve: mqttTlsGroups,
      });
      const secureContext = context;
      dialled += 1;
      let up = false;
      return new Connection(
        (onError) => wire.open(task.broker, secureContext, onError),
        options,
        (event) => {
          if (event.type === 'connected') {
            up = true;
            connected += 1;
          } else if (event.type === 'closed') {
            if (up) connected -= 1;
            up = false;
          }
          onEvent(event);
        },
        defaultBounds,
      );
    },
  };
}

function state(): BoardsState {
  const bound: Record<string, number> = {};
  for (const epoch of terms.values()) bound[epoch] = (bound[epoch] ?? 0) + 1;
  const { user, system: kernel } = process.cpuUsage();
  return {
    ...{ connected, bound, dialled, ...wire.bytes },
    cpuSeconds: (user + kernel) / 1_000_000,
    residentMebibytes: process.memoryUsage.rss() / 1_048_576,
  };
}
