import { type JsonObject, listAt } from '@bramble/protocol/schema/json.ts';
import { age } from './age.ts';
import { ageColumn, column, nameColumn, type Printer, textOf } from './printer.ts';

/** More are told as a count. */
const shown = 3;

export const endpointsPrinter: Printer = {
  columns: [nameColumn, column('Endpoints', 'Addresses and ports behind the service.'), ageColumn],
  cells: (object, nowMs) => [
    object.metadata.name,
    some((listAt(object, 'subsets') as readonly JsonObject[]).flatMap(subsetTexts), '<none>'),
    age(object.metadata.creationTimestamp, nowMs),
  ],
};

function subsetTexts(subset: JsonObject): string[] {
  const addresses = listAt(subset, 'addresses') as readonly JsonObject[];
  const ports = listAt(subset, 'ports') as readonly JsonObject[];
  const ips = addresses.map((address) => textOf(address['ip']));
  if (ports.length === 0) return ips;
  return ports.flatMap((port) => ips.map((ip) => `${withBrackets(ip)}:${textOf(port['port'])}`));
}

function withBrackets(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip;
}

export const endpointSlicePrinter: Printer = {
  columns: [
    nameColumn,
    column('AddressType', 'What its addresses are.'),
    column('Ports', 'The ports that every address serves.'),
    column('Endpoints', 'The addresses.'),
    ageColumn,
  ],
  cells: (object, nowMs) => {
    const ports = (listAt(object, 'ports') as readonly JsonObject[]).map((port) => textOf(port['port'], '*'));
    const endpoints = listAt(object, 'endpoints') as readonly JsonObject[];
    return [
      object.metadata.name,
      textOf(object['addressType']),
      some(ports, '<unset>'),
      some(
        endpoints.flatMap((endpoint) => listAt(endpoint, 'addresses').map(String)),
        '<unset>',
      ),
      age(object.metadata.creationTimestamp, nowMs),
    ];
  },
};

function some(texts: readonly string[], none: string): string {
  const more = texts.length > shown ? ` + ${texts.length - shown} more...` : '';
  return textOf(texts.slice(0, shown).join(','), none) + more;
}
