import { killedCode } from '../../process/consumption.ts'
import type { Signal } from '../../process/process.ts'
import { pushCall } from './control.ts'
import type { ShellMachine } from './machine.ts'
import { signalNumbers } from './signals.ts'
import type { Thread } from './state.ts'
import { endThread } from './threads.ts'

/** A signal arrives. A trap runs once the command in the foreground has ended; `wait` ends at once. */
export function takeSignal(shell: ShellMachine, thread: Thread, signal: Signal): void {
  if (thread.ended) return
  const server = thread.execed ? shell.servers.get(thread.pid) : undefined
  if (server) {
    server.signal(signal)
    shell.note()
    return
  }
  if (signal === 'SIGKILL') {
    endThread(shell, thread, killedCode)
    return
  }
  const name = signal.slice(3)
  const trap = thread.traps[name]
  if (trap === undefined) {
    // The kernel drops a signal to a first process that has no handler for it.
    const isProtected = thread.role === 'main' && shell.spec.isInit
    if (!isProtected) endThread(shell, thread, 128 + signalNumbers[signal])
    return
  }
  if (trap === '') return
  thread.pending.push(name)
  shell.note()
  if (thread.waiting?.for !== 'jobs') return
  delete thread.waiting
  thread.status = 128 + signalNumbers[signal]
}

/** Starts the trap of a signal that has arrived; false when there is none to start. */
export function startTrap(shell: ShellMachine, thread: Thread): boolean {
  const name = thread.pending.shift()
  if (name === undefined) return false
  const body = thread.traps[name]
  if (!body) return false
  const at = shell.add(body, 'return')
  pushCall(thread, { status: thread.status, isTrap: true })
  thread.pc = at
  return true
}

/** Starts the trap of a process's end, once; false when there is none. */
export function startExitTrap(shell: ShellMachine, thread: Thread): boolean {
  const body = thread.traps.EXIT
  if (!body) return false
  delete thread.traps.EXIT
  const at = shell.add(body, 'return')
  thread.calls = []
  pushCall(thread, { returnTo: -1, status: thread.status, isTrap: true })
  thread.pc = at
  return true
}
