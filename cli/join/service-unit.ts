/** What a systemd unit for a board is made of. */
export interface ServiceFacts {
  /** Absolute paths: of Node, and of cli/main.ts. */
  readonly node: string;
  readonly cli: string;
  /** Of `bramble join`. */
  readonly args: readonly string[];
}

/** What `bramble join` takes. */
export interface JoinFacts {
  readonly url?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly dataDir: string;
  readonly bridge: string;
  readonly logLevel: string;
  readonly node?: string | undefined;
  readonly clusterCidr?: string | undefined;
  /** Seconds. */
  readonly mqttKeepalive?: number | undefined;
  /** Empty: none. */
  readonly labels: string;
}

export const unitName = 'bramble-board.service';

/** What follows `bramble join` on its command line. */
export function joinArguments(facts: JoinFacts): string[] {
  const { url, tokenFile, dataDir, bridge, logLevel, node, clusterCidr, mqttKeepalive, labels } = facts;
  return [
    ...(url === undefined ? [] : [url]),
    ...(tokenFile === undefined ? [] : ['--token-file', tokenFile]),
    ...['--data-dir', dataDir, '--bridge', bridge, '--log-level', logLevel],
    ...(node === undefined ? [] : ['--node', node]),
    ...(clusterCidr === undefined ? [] : ['--cluster-cidr', clusterCidr]),
    ...(mqttKeepalive === undefined ? [] : ['--mqtt-keepalive', `${mqttKeepalive}s`]),
    ...(labels === '' ? [] : ['--labels', labels]),
  ];
}

/** The unit's text. Pods outlive the service: they end with the board, or when they are deleted. */
export function serviceUnit({ node, cli, args }: ServiceFacts): string {
  return `# Written by \`bramble join --install-service\`; \`systemctl disable --now ${unitName}\` undoes it.
[Unit]
Description=Bramble board
# Pods start without a network: what this board ran, it runs.
Wants=network-online.target
After=local-fs.target time-sync.target

[Service]
ExecStart=${[node, cli, 'join', ...args].map(unitWord).join(' ')}
Restart=always
RestartSec=5
# A command line that is wrong stays wrong.
RestartPreventExitStatus=64
# Containers and their monitors are left alone when the agent stops or is started anew.
KillMode=process
TimeoutStopSec=40

[Install]
WantedBy=multi-user.target
`;
}

/** systemd.service(5), "Command lines": quotes, and % and $ doubled. */
function unitWord(word: string): string {
  const plain = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(plain) ? plain : `"${plain.replace(/["\\]/g, '\\$&')}"`;
}
