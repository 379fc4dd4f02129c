import type { Command } from 'commander';

const help = {
  get: `
Examples:
  bramble get pods                     pods of the namespace "default"
  bramble get pods -A -o wide          all of them, with their boards and addresses
  bramble get pod/hello -o yaml        one, whole
  bramble get pods,services -l app=web
  bramble get nodes -w                 boards, and each change`,
  apply: `
Examples:
  bramble apply -f examples/hello.yaml
  cat pod.yaml | bramble apply -f -
What is not there is created; what is there is changed to what the file says.`,
  remove: `
Examples:
  bramble delete pod hello
  bramble delete pod/hello service/web
  bramble delete -f examples/hello.yaml`,
  logs: `
Examples:
  bramble logs hello -f                until Ctrl-C, or its end
  bramble logs hello --previous        of the container before its last restart
  bramble logs web -c proxy --since 1h --tail 100`,
  why: `
Examples:
  bramble why pod/hello                why it is as it is, and what to do
  bramble why node/pi-3
  bramble why deploy/web               its pods`,
  top: `
Examples:
  bramble top nodes                    boards, with their temperature
  bramble top pods -A                  pods of all namespaces
  bramble top pod/hello --containers`,
  login: `
Example:
  bramble login mqtts://192.168.1.10:8883 --user ana --ca ca.crt < token
An admin makes the user with \`bramble user create ana --role edit\`, which prints the token; the authority is in .bramble/ca.crt there.`,
};

/** Commands for people: everything over the fleet's MQTT broker, as any subscriber could. */
export function fleetCommands(bramble: Command, defaultDataDir: string): void {
  const command = (usage: string, about: string, examples = ''): Command =>
    bramble
      .command(usage)
      .description(about)
      .option('--login <file>', 'the fleet to ask, as `bramble login` wrote it')
      .option('--data-dir <path>', 'else: state of a Bramble on this machine', defaultDataDir)
      .addHelpText('after', examples);
  const placed = (usage: string, about: string, examples = ''): Command =>
    command(usage, about, examples)
      .option('-n, --namespace <name>', 'namespace', 'default')
      .option('-o, --output <form>', 'table, wide, json, yaml or name', 'table');

  placed('get <what...>', 'show objects: pods, nodes, deployments, …', help.get)
    .option('-A, --all-namespaces', 'of all namespaces')
    .option('-l, --selector <labels>', 'only those with these labels, such as app=web')
    .option('--field-selector <fields>', 'only those with these fields, such as spec.nodeName=pi-1')
    .option('-w, --watch', 'then each change, until Ctrl-C')
    .option('--no-header', 'rows alone')
    .action(async (what: string[], options) => {
      const [{ get }, { parseOutput }, { withFleet }] = await Promise.all([
        import('./get.ts'),
        import('./output.ts'),
        import('./run.ts'),
      ]);
      const output = parseOutput(options.output);
      await withFleet(options, (client) => get(client, what, { ...options, output }));
    });
  placed('describe <what...>', 'all that is known of an object, with its events').action(
    async (what: string[], options) => {
      const [{ describeAll }, { withFleet }] = await Promise.all([import('./look.ts'), import('./run.ts')]);
      await withFleet(options, (client) => describeAll(client, what, options));
    },
  );
  placed('why <what...>', 'why something is as it is, and what to do', help.why).action(
    async (what: string[], options) => {
      const [{ why }, { parseOutput }, { withFleet }] = await Promise.all([
        import('./look.ts'),
        import('./output.ts'),
        import('./run.ts'),
      ]);
      const output = parseOutput(options.output);
      await withFleet(options, (client) => why(client, what, { ...options, output }));
    },
  );
  placed('apply', 'create or change what files say', help.apply)
    .requiredOption('-f, --filename <file...>', 'YAML or JSON; - for standard input')
    .action(async (options) => hand('apply', [], options));
  placed('delete [what...]', 'remove objects', help.remove)
    .option('-f, --filename <file...>', 'what these files name; - for standard input')
    .action(async (what: string[], options) => hand('delete', what, options));
  command('logs <pod>', 'what a container has written', help.logs)
    .option('-n, --namespace <name>', 'namespace', 'default')
    .option('-c, --container <name>', 'which container, where there are several')
    .option('-f, --follow', 'go on, until Ctrl-C or its end')
    .option('-p, --previous', 'of the container before its last restart')
    .option('--timestamps', 'with the time of each line')
    .option('--tail <lines>', 'only the last so many lines')
    .option('--since <time>', 'only what is no older, such as 5m')
    .action(async (pod: string, options) => {
      const [{ logs }, { withFleet }] = await Promise.all([import('./logs.ts'), import('./run.ts')]);
      await withFleet(options, (client) => logs(client, pod, options));
    });
  command('trace <pod>', 'the steps in the life of a pod: who did what, and the milliseconds')
    .option('-n, --namespace <name>', 'namespace of the pod', 'default')
    .action(async (pod: string, options: { namespace: string; dataDir: string; login?: string }) => {
      const [{ trace }, { print, withFleet }] = await Promise.all([import('./trace.ts'), import('./run.ts')]);
      await withFleet(options, async (client) => print(await trace(client, pod, options.namespace)));
    });
  placed('top <what...>', 'what boards or pods use now, the busiest first', help.top)
    .option('-A, --all-namespaces', 'of all namespaces')
    .option('-l, --selector <labels>', 'only those with these labels, such as app=web')
    .option('--containers', 'each container of a pod by itself')
    .action(async (what: string[], options) => {
      const [{ top }, { parseOutput }, { withFleet }] = await Promise.all([
        import('./top.ts'),
        import('./output.ts'),
        import('./run.ts'),
      ]);
      const output = parseOutput(options.output);
      await withFleet(options, (client) => top(client, what, { ...options, output }));
    });
  loginCommand(bramble);
  completionCommand(bramble);
}

function completionCommand(bramble: Command): void {
  bramble
    .command('completion <shell>')
    .description('a script that completes what you type: bash, zsh or fish')
    .addHelpText('after', '\nExample:\n  source <(bramble completion bash)')
    .action(async (shell: string) => {
      const { completionScript, shells } = await import('./completion.ts');
      const known = shells.find((each) => each === shell);
      if (!known) throw new Error(`no completion for "${shell}"; there is one for ${shells.join(', ')}`);
      process.stdout.write(completionScript(bramble, known));
    });
}

function loginCommand(bramble: Command): void {
  bramble
    .command('login <broker>')
    .description('remember a fleet elsewhere, for the commands that ask it')
    .requiredOption('--user <name>', 'who you are there')
    .option('--ca <file>', 'the authority that signed its broker’s certificate (PEM)')
    .option('--token <token>', 'better on standard input: what stands in a command line, others can see')
    .option('--login <file>', 'write it to this file instead')
    .addHelpText('after', help.login)
    .action(async (broker: string, options) => {
      const { rememberLogin } = await import('./remember-login.ts');
      await rememberLogin(broker, options);
    });
}

interface HandFlags {
  readonly filename?: string[];
  readonly namespace: string;
  readonly output: string;
  readonly dataDir: string;
  readonly login?: string;
}

async function hand(what: 'apply' | 'delete', named: readonly string[], flags: HandFlags): Promise<void> {
  const [{ deleteNamed, handFiles }, { parseOutput }, { withFleet }] = await Promise.all([
    import('./hand.ts'),
    import('./output.ts'),
    import('./run.ts'),
  ]);
  const options = { ...flags, output: parseOutput(flags.output) };
  const { filename = [] } = flags;
  if (filename.length === 0 && named.length === 0)
    throw new Error('say what to delete: KIND NAME, KIND/NAME, or -f FILE');
  if (filename.length > 0 && named.length > 0) throw new Error('name objects, or files with -f: not both');
  const good = await withFleet(flags, (client) =>
    filename.length > 0 ? handFiles(client, what, filename, options) : deleteNamed(client, named, options),
  );
  if (!good) process.exitCode = 1;
}
