import type { Command } from 'commander'
import { Argument } from 'commander'
import type { CliCommand } from '../terminal/command.ts'

/** `knarr completion` prints a completion script for a shell. */
export const completionCommand: CliCommand = {
  register(program, terminal) {
    program
      .command('completion')
      .description('print a completion script for your shell')
      .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
      .addHelpText('after', '\nExample:\n  source <(knarr completion bash)\n')
      .action((shell: 'bash' | 'zsh' | 'fish') => terminal.out(scripts[shell](wordsOf(program))))
  },
}

interface Words {
  readonly name: string
  readonly flags: readonly string[]
}

/** Commands and their long flags, read off the program itself. */
function wordsOf(program: Command): readonly Words[] {
  return program.commands
    .filter((command) => command.name() !== 'serve-in-background')
    .map((command) => ({
      name: command.name(),
      flags: [
        ...command.commands.map((each) => each.name()),
        ...command.options.map(({ long }) => long ?? ''),
        '--help',
      ].filter(Boolean),
    }))
}

const bash = (words: readonly Words[]) => `_knarr() {
  local current=\${COMP_WORDS[COMP_CWORD]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${words.map(({ name }) => name).join(' ')}" -- "$current"))
    return
  fi
  case \${COMP_WORDS[1]} in
${words.map(({ name, flags }) => `    ${name}) COMPREPLY=($(compgen -W "${flags.join(' ')}" -- "$current")) ;;`).join('\n')}
  esac
}
complete -o default -F _knarr knarr
`

const scripts = {
  bash,
  zsh: (words: readonly Words[]) => `autoload -U +X bashcompinit && bashcompinit\n${bash(words)}`,
  fish: (words: readonly Words[]) =>
    `${words
      .flatMap(({ name, flags }) => [
        `complete -c knarr -n __fish_use_subcommand -f -a ${name}`,
        ...flags.map(
          (flag) =>
            `complete -c knarr -n '__fish_seen_subcommand_from ${name}' -l ${flag.replace(/^--/, '')}`,
        ),
      ])
      .join('\n')}\n`,
} as const
