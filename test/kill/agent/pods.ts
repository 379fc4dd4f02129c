import { type Fields, helloImage, pod, shell } from '../../e2e/fixture/objects.ts';

/** A container says each of its starts on the board's disk, so that one too many is seen whatever anybody reports. */
const noteStart = (name: string): string => `echo x >> /kept/starts-${name}`;

const untilTold = (file: string): string =>
  `while [ ! -e /kept/${file} ]; do sleep 0.2; done; rm /kept/${file}`;

const shortly = { periodSeconds: 1, timeoutSeconds: 10 };
const healthy = { httpGet: { path: '/healthy', port: 8080 } };

/** Every kind of step: network with a host port, volumes of each kind, init container, hooks, probes, a neighbour that nothing happens to. */
export function richPod(name: string, hostPort: number): Fields {
  const volumeMounts = [
    { name: 'settings', mountPath: '/settings' },
    { name: 'kept', mountPath: '/kept' },
    { name: 'scratch', mountPath: '/scratch' },
  ];
  const hook = (which: string): Fields => ({ exec: { command: ['sh', '-c', `echo x >> /kept/${which}`] } });
  const one = [
    `trap 'exit 0' TERM; ${noteStart('one')}; touch /kept/healthy`,
    'httpd -f -p 8080 -h /kept &',
    `${untilTold('crash')}; exit 3`,
  ].join('\n');
  const two = `trap 'exit 0' TERM; ${noteStart('two')}; while :; do sleep 0.2; done`;
  return pod(
    name,
    [
      shell('one', one, {
        volumeMounts,
        ports: [{ containerPort: 8080, hostPort }],
        startupProbe: { ...healthy, ...shortly, failureThreshold: 120 },
        readinessProbe: { ...healthy, ...shortly },
        livenessProbe: { ...healthy, ...shortly, failureThreshold: 2 },
        lifecycle: { postStart: hook('post-start'), preStop: hook('pre-stop') },
      }),
      shell('two', two, { volumeMounts }),
    ],
    {
      terminationGracePeriodSeconds: 5,
      volumes: [
        { name: 'settings', configMap: { name: 'settings' } },
        { name: 'kept', emptyDir: {} },
        { name: 'scratch', emptyDir: { medium: 'Memory' } },
      ],
      initContainers: [
        shell('first', `${noteStart('first')}; cat /settings/color; touch /scratch/x`, { volumeMounts }),
      ],
    },
  );
}

/** Does its work, and has ended. */
export function shortPod(name: string): Fields {
  const volumeMounts = [{ name: 'kept', mountPath: '/kept' }];
  return pod(name, [shell('work', noteStart('work'), { volumeMounts })], {
    restartPolicy: 'Never',
    volumes: [{ name: 'kept', emptyDir: {} }],
  });
}

/** The same image under another name: to a pod it is another one. */
export const secondImage = helloImage.replace(/:.*$/, ':2');
