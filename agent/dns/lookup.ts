import type { NetworkService } from '@bramble/protocol/messages/network.ts';
import { contains, parseCidr } from '../network/addresses.ts';
import { type Reply, type ResourceRecord, recordTypes, responseCodes } from './message/types.ts';
import { endpointName, type ServiceTarget, servicePorts, targetsOf } from './service-targets.ts';
import type { Zone } from './zone.ts';

/** CoreDNS' value: readiness changes, and nobody should hold on to an address for long. */
const ttlSeconds = 5;
/** Endpoints of a headless Service in one answer, as many as a message over TCP surely holds. */
const maxAnswers = 1_000;

export type Lookup =
  | { readonly type: 'reply'; readonly reply: Reply }
  /** An alias for a name that others know. */
  | { readonly type: 'alias'; readonly alias: ResourceRecord; readonly target: string }
  /** Not a name of the cluster. */
  | { readonly type: 'foreign' };

/**
 * Answers for the names of the cluster, as the specification "Kubernetes DNS-Based Service Discovery" 1.1.0 says.
 * `turn` moves on with each question, so that callers who take the first of several addresses spread.
 */
export function lookup(zone: Zone, name: string, type: number, turn: number): Lookup {
  if (name.endsWith('.in-addr.arpa')) return reverse(zone, name, type);
  if (name === zone.domain) return found(zone, []);
  if (!name.endsWith(`.${zone.domain}`)) return { type: 'foreign' };
  const labels = name.slice(0, -zone.domain.length - 1).split('.');
  const area = labels.pop();
  if (area === 'svc') return service(zone, name, labels, type, turn);
  if (area === 'pod') return pod(zone, name, labels, type);
  if (area === 'dns-version' && labels.length === 0)
    return found(zone, pick(type, 'TXT', [{ name, ttlSeconds, data: { type: 'TXT', text: '1.1.0' } }]));
  return missing(zone);
}

function service(zone: Zone, name: string, labels: string[], type: number, turn: number): Lookup {
  const namespace = labels.pop();
  if (namespace === undefined) return found(zone, []);
  const serviceName = labels.pop();
  if (serviceName === undefined) return hasNamespace(zone, namespace) ? found(zone, []) : missing(zone);
  const known = zone.services.get(`${namespace}/${serviceName}`);
  if (!known) return missing(zone);
  if (known.externalName !== undefined) return external(zone, name, labels, known.externalName);
  const base = `${serviceName}.${namespace}.svc.${zone.domain}`;
  if (labels.length === 0) return wholeService(zone, base, known, type, turn);
  const [first = '', second = ''] = labels;
  if (labels.length === 1 && !first.startsWith('_')) return oneEndpoint(zone, name, known, first, type);
  if (labels.length === 2 && first.startsWith('_') && second.startsWith('_'))
    return ports(zone, name, base, known, type, turn, { name: first.slice(1), protocol: second.slice(1) });
  const isInner = labels.length === 1 && servicePorts(known).some((port) => `_${port.protocol}` === first);
  return isInner ? found(zone, []) : missing(zone);
}

function wholeService(zone: Zone, base: string, known: NetworkService, type: number, turn: number): Lookup {
  if (type === recordTypes.SRV) return ports(zone, base, base, known, type, turn, undefined);
  const addresses =
    known.clusterIPs.length > 0
      ? known.clusterIPs
      : [...new Set(turned(targetsOf(known), turn).map(({ address }) => address))];
  return found(zone, pick(type, 'A', addressRecords(base, addresses)));
}

function oneEndpoint(zone: Zone, name: string, known: NetworkService, label: string, type: number): Lookup {
  const targets = targetsOf(known).filter((target) => endpointName(target) === label);
  if (targets.length === 0) return missing(zone);
  const addresses = [...new Set(targets.map(({ address }) => address))];
  return found(zone, pick(type, 'A', addressRecords(name, addresses)));
}

/** SRV records of one named port, or of all that have a name. */
function ports(
  zone: Zone,
  name: string,
  base: string,
  known: NetworkService,
  type: number,
  turn: number,
  wanted: { readonly name: string; readonly protocol: string } | undefined,
): Lookup {
  const matches = (port: { readonly name: string; readonly protocol: string }): boolean =>
    wanted ? port.name === wanted.name && port.protocol === wanted.protocol : port.name !== '';
  if (wanted && !servicePorts(known).some(matches)) return missing(zone);
  if (type !== recordTypes.SRV && type !== recordTypes.ANY) return found(zone, []);
  const targets: (ServiceTarget & { target: string })[] =
    known.clusterIPs.length > 0
      ? known.clusterIPs.flatMap((address) =>
          servicePorts(known)
            .filter(matches)
            .map((port) => ({ ...port, address, hostname: undefined, target: base })),
        )
      : turned(targetsOf(known), turn)
          .filter(matches)
          .map((each) => ({ ...each, target: `${endpointName(each)}.${base}` }));
  const weight = Math.max(1, Math.floor(100 / Math.max(1, targets.length)));
  const answers = targets.slice(0, maxAnswers).map(
    ({ port, target }): ResourceRecord => ({
      name,
      ttlSeconds,
      data: { type: 'SRV', priority: 0, weight, port, target },
    }),
  );
  const additional = targets.flatMap(({ target, address }) => addressRecords(target, [address]));
  return found(zone, answers, dedupe(additional));
}

function external(zone: Zone, name: string, labels: readonly string[], externalName: string): Lookup {
  if (labels.length > 0) return missing(zone);
  const target = externalName.replace(/\.$/, '').toLowerCase();
  return { type: 'alias', alias: { name, ttlSeconds, data: { type: 'CNAME', target } }, target };
}

/** `10-42-1-7.default.pod.cluster.local`, for whatever address the name says. */
function pod(zone: Zone, name: string, labels: readonly string[], type: number): Lookup {
  const [address = '', namespace] = labels;
  if (labels.length === 0) return found(zone, []);
  if (labels.length === 1) return hasNamespace(zone, address) ? found(zone, []) : missing(zone);
  if (labels.length > 2 || !hasNamespace(zone, namespace ?? '')) return missing(zone);
  if (!/^\d{1,3}(-\d{1,3}){3}$/.test(address) || address.split('-').some((part) => Number(part) > 255))
    return missing(zone);
  return found(zone, pick(type, 'A', addressRecords(name, [address.replaceAll('-', '.')])));
}

/** Namespaces are known by their Services; `default` has one always. */
function hasNamespace(zone: Zone, namespace: string): boolean {
  for (const known of zone.services.values()) if (known.namespace === namespace) return true;
  return false;
}

function reverse(zone: Zone, name: string, type: number): Lookup {
  const address = name.slice(0, -'.in-addr.arpa'.length).split('.').reverse().join('.');
  const targets = namesOf(zone, address);
  if (targets.length > 0) {
    const records = targets.map(
      (target): ResourceRecord => ({ name, ttlSeconds, data: { type: 'PTR', target } }),
    );
    return found(zone, pick(type, 'PTR', records));
  }
  const cidr = parseCidr(zone.serviceCIDR);
  return cidr && contains(cidr, address) ? missing(zone) : { type: 'foreign' };
}

function namesOf({ services, domain }: Zone, address: string): string[] {
  const names: string[] = [];
  for (const known of services.values()) {
    const base = `${known.name}.${known.namespace}.svc.${domain}`;
    if (known.clusterIPs.includes(address)) return [base];
    if (known.clusterIPs.length > 0) continue;
    const target = targetsOf(known).find((each) => each.address === address);
    if (target) names.push(`${endpointName(target)}.${base}`);
  }
  return names;
}

function addressRecords(name: string, addresses: readonly string[]): ResourceRecord[] {
  return addresses
    .filter((address) => !address.includes(':'))
    .slice(0, maxAnswers)
    .map((address) => ({ name, ttlSeconds, data: { type: 'A', address } }));
}

function pick(
  asked: number,
  has: 'A' | 'PTR' | 'TXT',
  records: readonly ResourceRecord[],
): readonly ResourceRecord[] {
  return asked === recordTypes[has] || asked === recordTypes.ANY ? records : [];
}

function turned<T>(items: readonly T[], turn: number): readonly T[] {
  const at = items.length === 0 ? 0 : turn % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

function dedupe(records: readonly ResourceRecord[]): ResourceRecord[] {
  const byText = new Map(records.map((record) => [JSON.stringify(record), record]));
  return [...byText.values()].slice(0, maxAnswers);
}

/** The name exists; without records of the type that was asked for, how long that may be remembered. */
function found(
  zone: Zone,
  answers: readonly ResourceRecord[],
  additional: readonly ResourceRecord[] = [],
): Lookup {
  const authority = answers.length > 0 ? [] : [authorityOf(zone)];
  const reply = { code: responseCodes.ok, authoritative: true, answers, authority, additional };
  return { type: 'reply', reply };
}

function missing(zone: Zone): Lookup {
  const authority = [authorityOf(zone)];
  const reply = {
    code: responseCodes.noName,
    authoritative: true,
    answers: [],
    authority,
    additional: [],
  };
  return { type: 'reply', reply };
}

function authorityOf({ domain }: Zone): ResourceRecord {
  const data = {
    type: 'SOA',
    server: `ns.dns.${domain}`,
    mailbox: `hostmaster.${domain}`,
    negativeSeconds: ttlSeconds,
  } as const;
  return { name: domain, ttlSeconds, data };
}
