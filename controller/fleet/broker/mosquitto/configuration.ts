import { controllerSubject } from '../../../trust/certificates.ts';
import { accessOf } from '../access.ts';
import { brokerLimits } from '../limits.ts';
import { controlTopic } from './answers.ts';
import { aclsOf } from './wanted-clients.ts';

export interface MosquittoPlace {
  /** Where the files lie on the broker's machine; absolute. */
  readonly folder: string;
  /** Of the plugin, `mosquitto_dynamic_security.so`. */
  readonly plugin: string;
  /** For the controller and its boards, which show certificates. */
  readonly port: number;
  /** For people and programs with a name and a token. */
  readonly usersPort: number;
  /** Whom mosquitto becomes when root starts it; its own choice unless told. */
  readonly user: string | undefined;
}

export const fileNames = {
  configuration: 'mosquitto.conf',
  clientAuthority: 'clients-ca.crt',
  certificate: 'broker.crt',
  key: 'broker.key',
  access: 'dynamic-security.json',
} as const;

/**
 * All that mosquitto needs. Nothing of it is about where it logs or whether it keeps messages, so that the file also fits
 * into the `conf.d` of a distribution.
 */
export function mosquittoConfiguration(place: MosquittoPlace): string {
  const { folder, plugin, port, usersPort, user } = place;
  const tls = [
    `cafile ${folder}/${fileNames.clientAuthority}`,
    `certfile ${folder}/${fileNames.certificate}`,
    `keyfile ${folder}/${fileNames.key}`,
  ];
  return [
    '# Written by `bramble broker-config mosquitto`. Changes are lost when it is written anew.',
    ...(user === undefined ? [] : [`user ${user}`]),
    'per_listener_settings false',
    'allow_anonymous false',
    '',
    '# Who may do what. The controller tells the plugin, which keeps it in this file.',
    `plugin ${plugin}`,
    `plugin_opt_config_file ${folder}/${fileNames.access}`,
    '',
    '# Bounds. Messages to a client that waits for more than this are dropped; Bramble says each fact again.',
    `max_packet_size ${brokerLimits.packetBytes}`,
    'max_inflight_messages 200',
    'max_queued_messages 100000',
    `max_queued_bytes ${brokerLimits.bufferedBytes}`,
    'set_tcp_nodelay true',
    '',
    '# Boards and the controller: known by their certificates, and by nothing else.',
    `listener ${port}`,
    ...tls,
    'require_certificate true',
    'use_subject_as_username true',
    `max_connections ${brokerLimits.connections}`,
    '',
    '# People and programs: known by name and token. A certificate is not asked for here.',
    `listener ${usersPort}`,
    ...tls,
    'max_connections 1000',
    '',
  ].join('\n');
}

/** What the plugin starts with: it knows the controller, which tells it everybody else. */
export function initialAccess(): string {
  const { publish, subscribe } = accessOf({ type: 'controller' });
  const control = `${controlTopic}/#`;
  const acls = aclsOf({
    publish: [...publish, control],
    subscribe: [...subscribe, control],
    retain: [],
  });
  const role = 'bramble-controller';
  const content = {
    defaultACLAccess: {
      publishClientSend: false,
      publishClientReceive: false,
      subscribe: false,
      unsubscribe: true,
    },
    clients: [{ username: controllerSubject, roles: [{ rolename: role }] }],
    groups: [],
    roles: [{ rolename: role, acls }],
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
