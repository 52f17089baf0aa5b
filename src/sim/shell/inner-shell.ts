import { absolute } from './builtins.ts'
import type { ShellMachine } from './machine.ts'
import { noOptions, readOptions, type ShellStart } from './options.ts'
import { theEnd } from './program.ts'

import type { Thread } from './state.ts'
import { fork } from './threads.ts'
import { runUnknown, turnsInto } from './unknown.ts'

interface Inner {
  readonly shell: ShellMachine
  readonly thread: Thread
  readonly args: readonly string[]
}

/** What a shell turns into when it is started as `name`. */
export function execsOf(name: string, hasBusybox: boolean): Thread['execs'] {
  if (name === 'bash') return 'simple'
  return name === 'ash' || (name === 'sh' && hasBusybox) ? 'compound' : 'never'
}

/** A shell within the shell, as a process of its own: `sh -c SCRIPT`, `sh FILE`, `sh` that reads its input. */
export function innerShell(name: string): (inner: Inner) => void {
  return (inner) => {
    const { shell, thread, args } = inner
    const { options, isCommand, rest } = readOptions(args, noOptions)
    const [first, ...words] = rest
    if (isCommand) {
      const execs = execsOf(name, shell.hasBusybox)
      start(inner, { script: first, args: words.length > 0 ? words : [name], options, execs })
      return
    }
    if (first === undefined) {
      start(inner, { script: undefined, args: [name], options, execs: 'never' })
      return
    }
    const script = shell.world.files.read(absolute(first, thread.directory))
    // A script that only its image has is the program of a server.
    if (script === undefined) runUnknown(shell, thread, [name, ...args])
    else start(inner, { script, args: rest, options, execs: 'never' })
  }
}

function start({ shell, thread }: Inner, { script, args, options, execs }: ShellStart): void {
  const at = script === undefined ? theEnd : shell.add(script, 'end')
  const isIt = turnsInto(thread, shell.tailOf(thread))
  const child = isIt ? thread : fork(shell, thread, { role: 'part', at })
  Object.assign(child, { pc: at, args: [...args], functions: {}, execs, options })
  Object.assign(child, { calls: [], loops: [], lists: [] })
  child.shellPid = child.pid
  if (script === undefined) child.waiting = { for: 'script' }
  if (!isIt) thread.waiting = { for: 'parts', pids: [child.pid] }
}
