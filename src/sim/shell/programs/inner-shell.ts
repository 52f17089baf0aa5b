import { absolutePath } from '../../process/paths.ts'
import { shellName } from '../run/environment.ts'
import type { Invocation } from '../run/machine.ts'
import { noOptions, readOptions, type ShellStart } from '../run/options.ts'
import { theEnd } from '../run/program.ts'
import type { Thread } from '../run/state.ts'
import { fork } from '../run/threads.ts'
import { dialectOf } from '../syntax/dialect.ts'
import { runUnknown, turnsInto } from './unknown.ts'

/** What a shell turns into when it is started as `name`. */
export function execsOf(name: string, hasBusybox: boolean): Thread['execs'] {
  if (name === 'bash') return 'simple'
  return name === 'ash' || (name === 'sh' && hasBusybox) ? 'compound' : 'never'
}

/** A shell within the shell, as a process of its own: `sh -c SCRIPT`, `sh FILE`, `sh` that reads its input. */
export function innerShell(name: string): (inner: Invocation) => void {
  return (inner) => {
    const { shell, thread, args } = inner
    const dialect = dialectOf(name, shell.hasBusybox)
    const { options, isCommand, rest, illegal } = readOptions(args, noOptions, dialect)
    const how = { options, dialect, ...(illegal === undefined ? {} : { illegal }) }
    const [first, ...words] = rest
    if (isCommand) {
      const execs = execsOf(name, shell.hasBusybox)
      start(inner, { ...how, script: first, args: words.length > 0 ? words : [name], execs })
      return
    }
    if (first === undefined) {
      start(inner, { ...how, script: undefined, args: [name], execs: 'never' })
      return
    }
    const script = shell.world.files.read(absolutePath(first, thread.directory))
    // A script that only its image has is the program of a server.
    if (script === undefined) runUnknown(shell, thread, [name, ...args])
    else start(inner, { ...how, script, args: rest, execs: 'never' })
  }
}

function start({ shell, thread }: Invocation, { script, args, illegal, ...how }: ShellStart): void {
  if (illegal !== undefined) {
    shell.write(thread, 'err', `${shellName(thread)}: 0: Illegal option ${illegal}\n`)
    thread.status = 2
    return
  }
  const at = script === undefined ? theEnd : shell.add(script, 'end')
  const isIt = turnsInto(thread, shell.ownTailOf(thread))
  const child = isIt ? thread : fork(shell, thread, { role: 'part', at })
  const variables = Object.entries(child.variables).filter(
    ([variable]) => child.exported[variable] || variable in shell.world.env,
  )
  Object.assign(child, { ...how, pc: at, args: [...args], functions: {}, readonly: {}, tested: 0 })
  Object.assign(child, { calls: [], loops: [], lists: [] })
  child.variables = Object.fromEntries(variables)
  child.shellPid = child.pid
  if (script === undefined) child.waiting = { for: 'script' }
  if (!isIt) thread.waiting = { for: 'parts', pids: [child.pid] }
}
