import type { Pod } from '@bramble/protocol/schema/types.generated.ts';

/** Where in its pod a container is defined, as events name it. */
export function fieldPathOf(container: string, pod: Pod | undefined): string {
  const isInit = pod?.spec?.initContainers?.some(({ name }) => name === container) === true;
  return `spec.${isInit ? 'initContainers' : 'containers'}{${container}}`;
}
