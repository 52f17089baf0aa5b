import { killedCode } from '../process/consumption.ts'
import type { Signal } from '../process/process.ts'
import type { ShellMachine } from './machine.ts'
import { signalNumbers } from './signals.ts'
import type { Thread } from './state.ts'

/** A signal arrives. A trap runs once the command in the foreground has ended; `wait` ends at once. */
export function takeSignal(shell: ShellMachine, signal: Signal): void {
  const { state, spec } = shell
  const [main] = state.threads
  if (state.exit || !main) return
  if (signal === 'SIGKILL') {
    state.exit = { code: killedCode }
    return
  }
  if (state.execed) {
    shell.server?.signal(signal)
    shell.run()
    return
  }
  const name = signal.slice(3)
  const trap = main.traps[name]
  // The kernel drops a signal to a first process that has no handler for it.
  if (trap === undefined && !spec.isInit) state.exit = { code: 128 + signalNumbers[signal] }
  if (!trap) return
  state.pending.push(name)
  if (main.waiting?.for === 'jobs') {
    delete main.waiting
    main.status = 128 + signalNumbers[signal]
  }
  shell.run()
}

/** Starts the trap of a signal that has arrived; false when there is none to start. */
export function startTrap(shell: ShellMachine, thread: Thread): boolean {
  const name = shell.state.pending.shift()
  if (name === undefined) return false
  const body = thread.traps[name]
  if (!body) return false
  const { pc, args, status } = thread
  thread.calls.push({ returnTo: pc, args, status, isTrap: true })
  thread.pc = shell.add(body, 'return')
  return true
}

/** Starts the trap of the shell's end, once; false when there is none. */
export function startExitTrap(shell: ShellMachine, thread: Thread): boolean {
  const body = thread.traps.EXIT
  if (!body) return false
  delete thread.traps.EXIT
  thread.calls = [{ returnTo: -1, args: thread.args, status: thread.status, isTrap: true }]
  thread.pc = shell.add(body, 'return')
  return true
}
