import { createLeanDialer } from './client/dialer.ts';
import { createMqttDialer } from './mqttjs/dialer.ts';

/** Both keep the promises of the port. */
export const dialers = { 'mqtt.js': createMqttDialer, 'our own': createLeanDialer };
