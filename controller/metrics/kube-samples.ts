import type { KubeObject } from '@bramble/protocol/kube.ts';
import { isObject, type JsonObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';
import { isQuantity, quantityToNumber } from '@bramble/protocol/schema/quantity.ts';
import type { Family, Sample } from './exposition.ts';

export type Labels = Readonly<Record<string, string>>;

export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, type: 'gauge', samples };
}

export function named(object: KubeObject, label: string): Record<string, string> {
  return { namespace: object.metadata.namespace ?? '', [label]: object.metadata.name };
}

export function created(object: KubeObject, label: string): Sample {
  return { labels: { [label]: object.metadata.name }, value: secondsAt(object.metadata.creationTimestamp) };
}

const statuses = ['true', 'false', 'unknown'];

export function allConditions(object: KubeObject, labels: Labels): Sample[] {
  return listAt(objectAt(object, 'status'), 'conditions')
    .filter(isObject)
    .flatMap((condition) => {
      const type = text(condition, 'type');
      return statusSamples({ ...labels, condition: type }, 'status', text(condition, 'status'));
    });
}

export function conditionSamples(object: KubeObject, labels: Labels, type: string): Sample[] {
  const found = listAt(objectAt(object, 'status'), 'conditions')
    .filter(isObject)
    .find((condition) => condition['type'] === type);
  return statusSamples(labels, 'condition', found ? text(found, 'status') : 'False');
}

export function statusSamples(labels: Labels, name: string, status: string): Sample[] {
  return statuses.map((each) => ({
    labels: { ...labels, [name]: each },
    value: Number(each === status.toLowerCase()),
  }));
}

const units: Readonly<Record<string, string>> = { cpu: 'core', pods: 'integer' };

export function quantitySample(labels: Labels, resource: string, quantity: unknown): Sample[] {
  const amount = String(quantity);
  if (!isQuantity(amount)) return [];
  const unit = units[resource] ?? 'byte';
  return [
    {
      labels: { ...labels, resource: resource.replaceAll(/[^a-zA-Z0-9]/g, '_'), unit },
      value: quantityToNumber(amount),
    },
  ];
}

export function text(object: JsonObject, field: string): string {
  const value = object[field];
  return value === undefined || value === null ? '' : String(value);
}

export function secondsAt(time: string | undefined): number {
  return time === undefined ? 0 : Date.parse(time) / 1_000;
}
