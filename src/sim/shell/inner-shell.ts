import { absolute } from './builtins.ts'
import type { ShellMachine } from './machine.ts'
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
    const at = args.findIndex((arg) => /^-\w*c$/.test(arg))
    const [path, ...operands] = args.filter((arg) => !/^-./.test(arg))
    if (at >= 0) {
      const words = args.slice(at + 2)
      const execs = execsOf(name, shell.hasBusybox)
      start(inner, args[at + 1], words.length > 0 ? words : [name], execs)
      return
    }
    if (path === undefined) {
      start(inner, undefined, [name], 'never')
      return
    }
    const text = shell.world.files.read(absolute(path, thread.directory))
    // A script that only its image has is the program of a server.
    if (text === undefined) runUnknown(shell, thread, [name, ...args])
    else start(inner, text, [path, ...operands], 'never')
  }
}

function start(
  { shell, thread, args: flags }: Inner,
  script: string | undefined,
  args: readonly string[],
  execs: Thread['execs'],
): void {
  const at = script === undefined ? theEnd : shell.add(script, 'end')
  const isIt = turnsInto(thread, shell.tailOf(thread))
  const child = isIt ? thread : fork(shell, thread, { role: 'part', at })
  Object.assign(child, { pc: at, args: [...args], functions: {}, execs })
  Object.assign(child, { calls: [], loops: [], lists: [] })
  const errexit = flags.some((flag) => /^-\w*e\w*$/.test(flag))
  child.shellPid = child.pid
  child.options = { errexit, pipefail: false }
  if (script === undefined) child.waiting = { for: 'script' }
  if (!isIt) thread.waiting = { for: 'parts', pids: [child.pid] }
}
