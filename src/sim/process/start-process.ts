import type { Behaviour } from '../behaviour/behaviour.ts'
import { execsOf } from '../shell/inner-shell.ts'
import { isKnown } from '../shell/run.ts'
import { type ShellStart, startShell } from '../shell/shell.ts'
import type { Process, ProcessSpec, ProcessState, ProcessWorld } from './process.ts'
import { startServer } from './server.ts'

const shells = new Set(['sh', 'bash', 'ash', 'dash'])

/**
 * Starts a command line as a process, or goes on with one that was saved: a shell runs its script,
 * a command that is known does what it does, and anything else is a server.
 */
export function startProcess(
  spec: ProcessSpec,
  world: ProcessWorld,
  behaviour: Behaviour,
  saved?: ProcessState,
): Process {
  const [program = '', ...args] = spec.argv
  const name = program.split('/').at(-1) ?? ''
  const parts = { spec, world, behaviour }
  if (shells.has(name))
    return startShell({ ...parts, start: shellStart(name, args, behaviour) }, saved)
  if (!isKnown(name) && spec.isInit) return startServer(spec.argv, world, behaviour, saved)
  // A command alone is a script of one line that is the process itself.
  const script = ['exec', name, ...args].map(quoted).join(' ')
  return startShell(
    { ...parts, start: { script, args: [name], errexit: false, execs: 'never' } },
    saved,
  )
}

function shellStart(name: string, args: readonly string[], { hasBusybox }: Behaviour): ShellStart {
  const at = args.findIndex((arg) => /^-\w*c$/.test(arg))
  const flags = args.filter((arg, index) => /^-\w+$/.test(arg) && (at < 0 || index <= at)).join('')
  const errexit = flags.includes('e')
  const script = at < 0 ? undefined : args[at + 1]
  if (script !== undefined) {
    const rest = args.slice(at + 2)
    return {
      script,
      args: rest.length > 0 ? rest : [name],
      errexit,
      execs: execsOf(name, hasBusybox),
    }
  }
  const files = args.filter((arg) => !arg.startsWith('-'))
  const [file] = files
  if (file === undefined) return { script: undefined, args: [name], errexit, execs: 'never' }
  return { script: `. ${quoted(file)}`, args: files, errexit, execs: 'never' }
}

function quoted(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
