import type { Command } from 'commander';

/** `bramble flash`: needs no controller and, for a file, no root. */
export function flashCommand(bramble: Command, defaultDataDir: string): void {
  bramble
    .command('flash')
    .description('write an image to a card, and make it a board that joins by itself when it is switched on')
    .requiredOption('--image <path>', 'image of Raspberry Pi OS or Debian: .img, .img.xz or .img.gz')
    .requiredOption('--to <path>', 'the card, such as /dev/sdX, or a file')
    .option('--token <token>', 'lets it join: `bramble token create --expires 30d` prints one')
    .option('--token-file <path>', 'the same, read from a file')
    .option('--url <url>', 'the controller as boards reach it (default: the one on this machine)')
    .option('--hostname <name>', 'name of the machine and of its board (default: the image’s own)')
    .option('--labels <labels>', 'said of this board, such as site=barn,floor=2', '')
    .option('--wifi-ssid <name>', 'network to join by radio; needs --wifi-country')
    .option('--wifi-password <password>', 'of that network; none where it is open')
    .option('--wifi-password-file <path>', 'the same, read from a file')
    .option('--wifi-country <code>', 'where the board will be, such as DE: decides which channels are used')
    .option('--ssh-key <path>', 'public key of who may log in, such as ~/.ssh/id_ed25519.pub')
    .option('--user <name>', 'as whom; only with --ssh-key (default: pi)')
    .option('--timezone <name>', 'such as Europe/Berlin')
    .option('--sha256 <hex>', 'what the image file must have, as its download page says')
    .option('--force', 'also to a disk that is built into this machine')
    .option('--yes', 'do not ask')
    .option('--cache <path>', 'where downloads are kept (default: ~/.cache/bramble)')
    .option('--bridge <name>', 'network bridge of the board’s pods', 'bramble0')
    .option('--mqtt-keepalive <duration>', 'of its connection, 5s to 20m (default: 30s)')
    .option('--log-level <level>', 'of the board’s agent: debug, info, warn or error', 'warn')
    .option('--data-dir <path>', 'state of this machine’s controller', defaultDataDir)
    .action(async (options) => {
      const { flashCard } = await import('./flash-card.ts');
      console.log(await flashCard(options));
    });
}
