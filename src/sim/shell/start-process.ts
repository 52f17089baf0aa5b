import type { Spawn } from '../agnhost/program/program.ts'
import { isSavedProgram, startProgram } from '../agnhost/start-program.ts'
import { isProgram } from '../agnhost/table.ts'
import type { Behaviour } from '../behaviour/behaviour.ts'
import { absolutePath } from '../process/paths.ts'
import type { Process, ProcessSpec, ProcessState, ProcessWorld } from '../process/process.ts'
import { startServer } from '../process/server.ts'
import { builtinNamed } from './builtins/table.ts'
import type { Launch } from './interpreter.ts'
import { execsOf } from './programs/inner-shell.ts'
import { noOptions, readOptions, type ShellStart } from './run/options.ts'
import { startShell } from './shell.ts'
import { dialectOf } from './syntax/dialect.ts'
import { type Shebang, shebangOf, shells } from './syntax/script-file.ts'

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
  const launch = launcher(spec, world, behaviour)
  const parts = { spec, world, behaviour, launch }
  if (isProgram(spec.argv, behaviour.programs)) {
    return startProgram({ spec, world, behaviour, spawn: spawner(spec, world, behaviour) }, saved)
  }
  if (shells.has(name))
    return startShell({ ...parts, start: shellStart(program, args, behaviour) }, saved)
  const script = scriptAt(program, spec, world)
  if (script) {
    const start = shellStart(script.shell, [...script.flags, program, ...args], behaviour)
    return startShell({ ...parts, start }, saved)
  }
  if (builtinNamed(name) === undefined && spec.isInit)
    return startServer(spec.argv, world, behaviour, saved)
  // A command alone is a script of one line that is the process itself; GNU's are as bash's own.
  const line = ['exec', name, ...args].map(quoted).join(' ')
  return startShell(
    {
      ...parts,
      start: { script: line, args: ['sh'], options: noOptions, execs: 'never', dialect: 'bash' },
    },
    saved,
  )
}

/** Starts what a shell runs that is no command of its own. */
function launcher(spec: ProcessSpec, world: ProcessWorld, behaviour: Behaviour): Launch {
  return (argv, write, from) => {
    const own = { ...world, write }
    if (!isSavedProgram(from) && !isProgram(argv, behaviour.programs)) {
      return startServer(argv, own, behaviour, from)
    }
    const child = { argv, isInit: false }
    return startProgram(
      { spec: child, world: own, behaviour, spawn: spawner(spec, own, behaviour) },
      from,
    )
  }
}

/** Starts commands for a program. */
function spawner(spec: ProcessSpec, world: ProcessWorld, behaviour: Behaviour): Spawn {
  return (argv, write) =>
    startProcess({ ...spec, argv, isInit: false, stdin: false }, { ...world, write }, behaviour)
}

/** A script that is run by its path, as those of a ConfigMap are. */
function scriptAt(
  program: string,
  { workingDir }: ProcessSpec,
  { files }: ProcessWorld,
): Shebang | undefined {
  if (!program.includes('/')) return undefined
  const path = absolutePath(program, workingDir)
  if (files.program(path) !== 'executable') return undefined
  return shebangOf(files.read(path) ?? '')
}

function shellStart(
  program: string,
  words: readonly string[],
  { hasBusybox }: Behaviour,
): ShellStart {
  const name = program.split('/').at(-1) ?? ''
  const dialect = dialectOf(name, hasBusybox)
  const { options, isCommand, rest, illegal } = readOptions(words, noOptions, dialect)
  const how = { options, dialect, ...(illegal === undefined ? {} : { illegal }) }
  const [first, ...args] = rest
  if (first === undefined) return { ...how, script: undefined, args: [program], execs: 'never' }
  if (!isCommand) {
    return { ...how, script: `. ${quoted(first)}`, args: [first, ...args], execs: 'never' }
  }
  return {
    ...how,
    script: first,
    args: args.length > 0 ? args : [program],
    execs: execsOf(name, hasBusybox),
  }
}

function quoted(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
