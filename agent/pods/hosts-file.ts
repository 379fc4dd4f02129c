import { defaultDomain } from '../dns/zone.ts';
import { type DesiredPod, podAddresses } from './desired.ts';

/** The volume that holds a pod's /etc/hosts. No volume of a pod can have a dot in its name. */
export const hostsVolume = 'bramble.hosts';

const maxHostnameLength = 63;

export function hostnameOf(desired: DesiredPod): string {
  const spec = desired.pod?.spec;
  if (spec?.hostnameOverride) return spec.hostnameOverride;
  if (spec?.hostNetwork === true) return desired.board.node;
  // The kubelet's rule: what is cut off must not leave a dash or dot at the end.
  return (spec?.hostname || desired.name).slice(0, maxHostnameLength).replace(/[-.]+$/, '');
}

/** The name that a pod with a subdomain has in DNS, where a headless Service is called like it. */
function fullName(desired: DesiredPod): string[] {
  const subdomain = desired.pod?.spec?.subdomain;
  if (!subdomain) return [];
  return [`${hostnameOf(desired)}.${subdomain}.${desired.namespace}.svc.${defaultDomain}`];
}

/** /etc/hosts as the kubelet writes it for a pod with its own network. */
export function hostsFile(desired: DesiredPod): string {
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
  ];
  const names = [...fullName(desired), hostnameOf(desired)].join('\t');
  for (const address of podAddresses(desired)) lines.push(`${address}\t${names}`);
  const aliases = desired.pod?.spec?.hostAliases ?? [];
  if (aliases.length > 0) lines.push('', '# Entries added by HostAliases.');
  for (const { ip, hostnames } of aliases) lines.push(`${ip}\t${(hostnames ?? []).join('\t')}`);
  return `${lines.join('\n')}\n`;
}
