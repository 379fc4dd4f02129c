const metadata = { name: 'fuzzed', labels: { a: 'b' } };
const selector = { matchLabels: { a: 'b' } };
const template = {
  metadata: { labels: { a: 'b' } },
  spec: { containers: [{ name: 'a', image: 'b', ports: [{ name: 'http', containerPort: 80 }] }] },
};

/** An object of each kind that is right, by the kind's plural, so that one wrong part of it is met at every depth. */
export const samples: Readonly<Record<string, object>> = {
  pods: {
    metadata: { ...metadata, finalizers: ['x/y'] },
    spec: {
      containers: [
        {
          name: 'a',
          image: 'b',
          ports: [{ containerPort: 80 }],
          env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } },
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
          livenessProbe: { httpGet: { port: 80 } },
        },
      ],
      volumes: [{ name: 'v', emptyDir: {} }],
      tolerations: [{ operator: 'Exists' }],
    },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [] },
  },
  nodes: { metadata, spec: { taints: [] }, status: { capacity: { cpu: '4' } } },
  namespaces: { metadata, spec: { finalizers: ['kubernetes'] } },
  configmaps: { metadata, data: { a: 'b' }, binaryData: { c: 'ZA==' } },
  secrets: { metadata, data: { a: 'ZA==' }, stringData: { b: 'c' }, type: 'Opaque' },
  services: { metadata, spec: { ports: [{ port: 80, targetPort: 'x' }], selector: { a: 'b' } } },
  events: {
    metadata: { ...metadata, namespace: 'default' },
    involvedObject: { kind: 'Pod', namespace: 'default' },
    reason: 'x',
  },
  leases: { metadata, spec: { holderIdentity: 'x', leaseDurationSeconds: 40 } },
  serviceaccounts: { metadata, imagePullSecrets: [{ name: 's' }] },
  endpoints: { metadata, subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] },
  endpointslices: {
    metadata,
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  },
  deployments: {
    metadata,
    spec: {
      replicas: 1,
      selector,
      template,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
    },
    status: { replicas: 1, conditions: [] },
  },
  replicasets: { metadata, spec: { replicas: 1, selector, template }, status: { replicas: 1 } },
  daemonsets: { metadata, spec: { selector, template } },
  jobs: {
    metadata,
    spec: { completions: 1, template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
  },
  poddisruptionbudgets: { metadata, spec: { minAvailable: '50%', selector } },
};
