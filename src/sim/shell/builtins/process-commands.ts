import { innerShell } from '../programs/inner-shell.ts'
import type { Invocation, ShellMachine } from '../run/machine.ts'
import type { Thread } from '../run/state.ts'
import { acting, type ShellCommand } from './builtin.ts'
import { exec, kill, timeoutBuiltin, trap, wait } from './job-commands.ts'

/** Runs its arguments as a command. */
const invokeRest: ShellCommand = ({ shell, thread, args }) =>
  shell.invoke(
    thread,
    args.filter((arg, index) => index > 0 || !arg.startsWith('-')),
  )

/** Commands that run others, or tell processes something. */
export const processCommands = [
  ...acting(
    {
      trap: ['trap COMMANDS SIGNAL…', trap],
      kill: ['kill [-SIGNAL] PID…', kill],
      type: ['type NAME…', locate],
    },
    { isOwn: true },
  ),
  ...acting(
    {
      wait: ['wait [-n] [PID…]', wait],
      exec: ['exec [COMMAND…]', exec],
      command: [
        'command [-v] COMMAND…',
        (invocation) =>
          /^-[vV]$/.test(invocation.args[0] ?? '') ? locate(invocation) : invokeRest(invocation),
      ],
    },
    { isOwn: true, waits: true },
  ),
  ...acting({ which: ['which NAME…', locate] }),
  ...acting(
    {
      sh: ['sh [-eux] [-c SCRIPT | FILE]', innerShell('sh')],
      bash: ['bash [-eux] [-c SCRIPT | FILE]', innerShell('bash')],
      ash: ['ash [-eux] [-c SCRIPT | FILE]', innerShell('ash')],
      dash: ['dash [-eux] [-c SCRIPT | FILE]', innerShell('dash')],
      timeout: ['timeout [-s SIGNAL] [-k DURATION] DURATION COMMAND…', timeoutBuiltin],
      nice: ['nice COMMAND…', invokeRest],
      nohup: ['nohup COMMAND…', invokeRest],
      setsid: ['setsid COMMAND…', invokeRest],
      time: ['time COMMAND…', invokeRest],
      tini: ['tini [-- ]COMMAND…', invokeRest],
      stdbuf: [
        'stdbuf OPTION… COMMAND…',
        ({ shell, thread, args }) =>
          shell.invoke(thread, args.slice(args.findIndex((arg) => !arg.startsWith('-')))),
      ],
    },
    { waits: true },
  ),
]

/**
 * `command -v`, `type` and `which`. A program that the model does not know is there, as it is when
 * it is run.
 */
function locate({ shell, thread, args }: Invocation): void {
  thread.status = 0
  for (const name of args.filter((arg) => !arg.startsWith('-'))) {
    const path = pathOf(shell, thread, name)
    if (path === undefined) thread.status = 1
    else shell.write(thread, 'out', `${path}\n`)
  }
}

function pathOf(shell: ShellMachine, thread: Thread, name: string): string | undefined {
  if (shell.isOwnCommand(name) || thread.functions[name] !== undefined) return name
  if (!name.includes('/')) return `/usr/bin/${name}`
  return shell.world.files.program(name) === 'missing' ? undefined : name
}
