import type { Causes } from '../causes.ts';
import type { EndpointSlice } from '../types.generated.ts';
import { checkAddress, checkNotNegative, checkOneOf, isSet } from './numbers.ts';

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];
const maxEndpoints = 1_000;
const maxPorts = 20_000;

/** `ValidateEndpointSlice`, as far as a wrong slice could mislead a board. */
export function validateEndpointSlice(causes: Causes, slice: EndpointSlice): void {
  if (!slice.addressType) causes.required('addressType');
  else checkOneOf(causes, 'addressType', slice.addressType, addressTypes);
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length > maxEndpoints) causes.tooMany('endpoints', endpoints.length, maxEndpoints);
  for (const [at, endpoint] of endpoints.slice(0, maxEndpoints).entries()) {
    const path = `endpoints[${at}].addresses`;
    if ((endpoint.addresses ?? []).length === 0) causes.required(path, 'must contain at least 1 address');
    if (slice.addressType === 'FQDN') continue;
    for (const [nth, address] of (endpoint.addresses ?? []).entries())
      checkAddress(causes, `${path}[${nth}]`, address);
  }
  const ports = slice.ports ?? [];
  if (ports.length > maxPorts) causes.tooMany('ports', ports.length, maxPorts);
  for (const [at, { port, protocol }] of ports.slice(0, maxPorts).entries()) {
    if (isSet(port)) checkNotNegative(causes, `ports[${at}].port`, port);
    checkOneOf(causes, `ports[${at}].protocol`, protocol, ['SCTP', 'TCP', 'UDP']);
  }
}
