import { type Payload, payloads } from '@bramble/protocol/payloads.ts';
import { root } from '@bramble/protocol/topics.ts';
import * as z from '@bramble/protocol/zod.ts';

/** Where the JSON Schemas stand, relative to the project. */
export const schemaFolder = 'docs/reference/schemas';

/** The JSON Schema (draft 2020-12) of what a payload may be; `undefined` where it is no JSON of Bramble's own. */
export function schemaOf({ schema, topic, about, name }: Payload): object | undefined {
  if (!schema) return undefined;
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return { $schema, $id: `bramble/v1/${name}`, title: `${root}/${topic}`, description: about, ...rest };
}

/** The rows of the reference for those payloads. */
export function payloadTable(of: (payload: Payload) => boolean): string {
  const rows = payloads.filter(of).map((payload) => `| ${cells(payload).join(' | ')} |`);
  return ['| topic | from → to | QoS, retained | payload | form |', '|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}

function cells(payload: Payload): string[] {
  const { topic, from, to, qos, retained, about } = payload;
  const kept = retained === false ? '' : retained === true ? ', retained' : ', retained, will';
  return [`\`${topic}\``, `${from} → ${to}`, `${qos}${kept}`, about, formOf(payload)];
}

function formOf({ name, form, schema }: Payload): string {
  if (form === 'documents') return 'YAML or JSON';
  const link = schema ? `[schema](schemas/${name}.json)` : '';
  return form === 'json' ? link : form === 'signed' ? `signed, ${link}` : 'binary';
}
