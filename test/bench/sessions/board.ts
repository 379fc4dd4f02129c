import type { KeyObject } from 'node:crypto';
import type { Actor, ActorRef } from '@bramble/actors/index.ts';
import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import type { Inventory, Sample } from '@bramble/agent/board/port.ts';
import { boardLink } from '@bramble/agent/link/link.ts';
import type { LinkMessage } from '@bramble/agent/link/messages.ts';
import type { LinkState } from '@bramble/agent/link/state.ts';
import type { NetworkMessage, NetworkNews } from '@bramble/agent/network/messages.ts';
import type { PodsMessage, PodsNews } from '@bramble/agent/pods/manager-messages.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { Fence } from '@bramble/protocol/messages/orders.ts';
import { networkFilter } from '@bramble/protocol/topics.ts';

/** What a simulated board's neighbours in the process want to know. */
export interface BoardWatch {
  /** A manifest has come, and counts as carried out. */
  bound(node: string, fence: Fence): void;
}

const gibibyte = 1_073_741_824;

/** The agent's own link, for a board that runs nothing: its pods hold nothing, its network takes no part. */
export function idleBoard(
  node: string,
  number: number,
  dialer: MqttDialer,
  clusterKey: KeyObject,
  watch: BoardWatch,
): Actor<LinkState, LinkMessage> {
  const inventory = inventoryOf(node, number);
  const ports = {
    dialer,
    board: { sample: () => sampleOf(number) },
    inventory,
    clusterKey,
    boot: 1,
    pods: noPods(node, watch),
    streams: { path: 'streams', send: () => true },
    network: noNetwork(),
  };
  return boardLink(ports, {
    node,
    labels: {},
    podsCapacity: limits.podsPerNode,
    reserved: { cpuMilli: 100, memoryBytes: gibibyte / 8 },
    agentVersion: '0.1.0',
    keepaliveSeconds: limits.mqttKeepaliveSeconds,
  });
}

function noPods(node: string, watch: BoardWatch): ActorRef<PodsMessage> {
  let link: ActorRef<PodsNews> | undefined;
  let bound: Fence = { storeId: '00000000-0000-4000-8000-000000000000', epoch: 0, sequence: 0 };
  return {
    path: 'pods',
    send(message) {
      if (message.type === 'attach-link') {
        link = message.link;
        link.send({ type: 'ready' });
      } else if (message.type === 'holdings') message.replyTo.send({ held: {}, bound });
      else if (message.type === 'object') message.done();
      else if (message.type === 'manifest') {
        bound = message.manifest.fence;
        message.done();
        link?.send({ type: 'bound', fence: bound });
        watch.bound(node, bound);
      }
      return true;
    },
  };
}

/** Listens to its group once it is told which, as every agent does. */
function noNetwork(): ActorRef<NetworkMessage> {
  let link: ActorRef<NetworkNews> | undefined;
  return {
    path: 'network',
    send(message) {
      if (message.type === 'attach-link') link = message.link;
      else if (message.type === 'fact' && message.fact.type === 'network-membership')
        link?.send({ type: 'listen', filters: [networkFilter(message.fact.value.group)] });
      return true;
    },
  };
}

function inventoryOf(node: string, number: number): Inventory {
  const id = number.toString(16).padStart(32, '0');
  return {
    machine: {
      ...{ architecture: 'arm64', operatingSystem: 'linux', osImage: 'Debian GNU/Linux 12 (bookworm)' },
      ...{ kernelVersion: '6.12.47+rpt-rpi-v8', model: 'Raspberry Pi 4 Model B Rev 1.5' },
      ...{ machineId: machineIdOf(number), bootId: id, marks: [machineIdOf(number)] },
      ...{ runtimeVersion: 'podman://4.3.1', agentVersion: '0.1.0' },
    },
    cpuMilli: 4_000,
    memoryBytes: 4 * gibibyte,
    diskBytes: 32 * gibibyte,
    addresses: [`192.168.${(number >> 8) & 255}.${number & 255}`],
    hostname: node,
  };
}

export const nodeName = (number: number): string => `board-${number}`;
export const machineIdOf = (number: number): string => `ab${number.toString(16).padStart(30, '0')}`;

/** Of a board that does little, and no two samples alike. */
function sampleOf(number: number): Sample {
  const noise = Math.random();
  return {
    uptimeSeconds: Math.round(performance.now() / 1_000) + number,
    cpuShare: Math.round(noise * 100) / 1_000,
    memoryTotalBytes: 4 * gibibyte,
    memoryUsedBytes: Math.round((1 + noise / 10) * 400_000_000),
    diskTotalBytes: 32 * gibibyte,
    diskUsedBytes: 4_812_345_344,
    temperatureCelsius: 45 + Math.round(noise * 100) / 10,
    throttled: false,
    receivedBytes: Math.round(performance.now() * 3),
    sentBytes: Math.round(performance.now() * 2),
  };
}
