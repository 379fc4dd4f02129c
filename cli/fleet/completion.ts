import { kinds } from '@bramble/protocol/kinds.ts';
import type { Command } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** A script that completes commands, their flags, and the names of kinds. */
export function completionScript(bramble: Command, shell: Shell): string {
  const commands = commandsOf(bramble);
  if (shell === 'fish') return fishScript(commands);
  const bash = bashScript(commands);
  return shell === 'bash' ? bash : `autoload -U +X bashcompinit && bashcompinit\n${bash}`;
}

interface Completed {
  /** `user create` */
  readonly name: string;
  readonly about: string;
  readonly flags: readonly string[];
  readonly words: readonly string[];
}

const takesKinds = new Set(['get', 'describe', 'delete', 'why']);

function commandsOf(command: Command, parent = ''): Completed[] {
  return command.commands.flatMap((each) => {
    const name = `${parent}${each.name()}`;
    const flags = [
      '--help',
      ...each.options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined)),
    ];
    const below = commandsOf(each, `${name} `);
    const words = [
      ...each.commands.map((sub) => sub.name()),
      ...(takesKinds.has(name) ? kinds.map(({ plural }) => plural) : []),
      ...(name === 'completion' ? shells : []),
    ];
    return [{ name, about: each.description(), flags, words }, ...below];
  });
}

function bashScript(commands: readonly Completed[]): string {
  const first = commands.filter(({ name }) => !name.includes(' ')).map(({ name }) => name);
  const cases = commands.map(
    ({ name, flags, words }) =>
      `    ${JSON.stringify(name)}) words="${words.join(' ')}"; flags="${flags.join(' ')}" ;;`,
  );
  return `# bash completion for bramble: source <(bramble completion bash)
_bramble() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" name="" words="" flags="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) name="\${name:+$name }$word" ;; esac
  done
  while [ -n "$name" ]; do
    case "$name" in
${cases.join('\n')}
    *) name="\${name%"\${name##* }"}"; name="\${name% }"; continue ;;
    esac
    break
  done
  [ -n "$name" ] || words="${first.join(' ')}"
  case "$previous" in
    -f|--filename|--ca|--login|--data-dir) compopt -o default 2>/dev/null; COMPREPLY=(); return ;;
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
}
complete -F _bramble bramble
`;
}

function fishScript(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ name, about, flags, words }) => {
    const path = name.split(' ');
    const own = path.at(-1) ?? '';
    const above = path.slice(0, -1);
    const where =
      above.length === 0 ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${above.join(' ')}`;
    const inside = `__fish_seen_subcommand_from ${own}`;
    return [
      `complete -c bramble -f -n '${where}' -a ${own} -d '${about.replaceAll("'", "\\'")}'`,
      ...flags
        .filter((flag) => flag.startsWith('--'))
        .map((flag) => `complete -c bramble -n '${inside}' -l ${flag.slice(2)}`),
      ...(words.length > 0 ? [`complete -c bramble -f -n '${inside}' -a '${words.join(' ')}'`] : []),
    ];
  });
  return `# fish completion for bramble: bramble completion fish | source\n${lines.join('\n')}\n`;
}
