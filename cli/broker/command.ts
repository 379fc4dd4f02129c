import type { Command } from 'commander';

/** `bramble broker-config`: for brokers that are not the embedded one. */
export function brokerConfigCommand(bramble: Command, defaultDataDir: string): void {
  bramble
    .command('broker-config')
    .description('write what another broker needs to serve this fleet')
    .command('mosquitto')
    .description('its configuration, certificate and access rules, for `bramble up --broker`')
    .option('--data-dir <path>', 'state of the controller', defaultDataDir)
    .option(
      '--host <names...>',
      'how boards and people reach the broker; written into its certificate (default: this machine)',
    )
    .option('--port <port>', 'for boards and the controller, which show certificates', '8883')
    .option('--users-port <port>', 'for people and programs with a name and a token', '8884')
    .option('--out <path>', 'where to write (default: mosquitto in the data directory)')
    .option('--at <path>', 'where the files will lie on the broker’s machine (default: as written)')
    .option('--user <name>', 'as whom mosquitto runs (default: as it is built, mosquitto)')
    .option('--plugin <path>', 'of mosquitto_dynamic_security.so on the broker’s machine')
    .option('--new-access', 'begin with new access rules; users then need new tokens')
    .action(async (options) => {
      const { writeBrokerConfig } = await import('./write-config.ts');
      console.log(await writeBrokerConfig(options));
    });
}
