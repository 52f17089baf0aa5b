import { innerShell } from '../programs/inner-shell.ts'
import { acting, type ShellCommand } from './builtin.ts'
import { exec, kill, timeoutBuiltin, trap, wait } from './job-commands.ts'
import { locate } from './locate.ts'

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
