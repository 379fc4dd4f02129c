import { type Kind, kinds } from '../../kinds.ts';

/** A served kind by its name; tests name only kinds that exist. */
export function kindNamed(name: string): Kind {
  const kind = kinds.find((candidate) => candidate.kind === name);
  if (!kind) throw new Error(`no kind ${name}`);
  return kind;
}

/** A pod that Kubernetes accepts, with its first container changed as a test needs it. */
export function podWith(container: object = {}, spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'hello', namespace: 'default', ...metadata },
    spec: { containers: [{ name: 'main', image: 'hello:1', ...container }], ...spec },
  };
}
