import type { AgentPorts } from '@bramble/agent/supervision.ts';
import type { SeamMutation } from '../mutation.ts';

/** What is wrong with how an agent runs containers. */
export const runtimeMutations: readonly SeamMutation[] = [
  { name: 'the agent does not see what runs', breaks: 'G3', change: { agentSeam: blind } },
  { name: 'networks are never taken away', breaks: 'G6', change: { agentSeam: keepsNetworks } },
  {
    name: 'what was created and not started is not found again',
    breaks: 'G6',
    faults: ['agent-kill-at-step'],
    change: { agentSeam: losesCreated },
  },
  {
    name: 'a container that was told to stop counts as stopped',
    breaks: 'G6',
    faults: ['undying-containers'],
    change: { agentSeam: trustsStops },
  },
  { name: 'a new image is not used', breaks: 'G6', change: { agentSeam: keepsImages } },
];

function blind(ports: AgentPorts): AgentPorts {
  const { runtime, journalContent } = ports;
  if (journalContent.boot === 1) return ports;
  return {
    ...ports,
    runtime: {
      ...runtime,
      list: async () => [],
      create: (spec) => runtime.create({ ...spec, name: `${spec.name}_${journalContent.boot}` }),
    },
  };
}

function keepsNetworks(ports: AgentPorts): AgentPorts {
  return { ...ports, network: { ...ports.network, detach: async () => {} } };
}

function losesCreated(ports: AgentPorts): AgentPorts {
  const { runtime, journalContent } = ports;
  let made = 0;
  return {
    ...ports,
    runtime: {
      ...runtime,
      list: async () => (await runtime.list()).filter(({ state }) => state !== 'created'),
      create: (spec) => {
        made += 1;
        return runtime.create({ ...spec, name: `${spec.name}_${journalContent.boot}_${made}` });
      },
    },
  };
}

const anyVersion = /:\d+$/;

function keepsImages(ports: AgentPorts): AgentPorts {
  const { runtime } = ports;
  const first = (image: string): string => image.replace(anyVersion, ':1');
  return {
    ...ports,
    runtime: {
      ...runtime,
      imagePresent: (image) => runtime.imagePresent(first(image)),
      pull: (image, auth) => runtime.pull(first(image), auth),
      create: (spec) => runtime.create({ ...spec, image: first(spec.image) }),
    },
  };
}

function trustsStops(ports: AgentPorts): AgentPorts {
  const { runtime } = ports;
  const told = new Set<string>();
  return {
    ...ports,
    runtime: {
      ...runtime,
      list: async () => (await runtime.list()).filter(({ id }) => !told.has(id)),
      stop: (id, graceSeconds) => {
        told.add(id);
        return runtime.stop(id, graceSeconds).catch(() => {});
      },
    },
  };
}
