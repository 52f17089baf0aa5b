import { isDue, killedCode } from '../process/consumption.ts'
import { isAnswered } from './clients/run-client.ts'
import { runFilter } from './filters/run-filter.ts'
import { readLine, readScript } from './input.ts'
import { hasRoom, isClosed, takeAll } from './run/inputs.ts'
import type { ShellMachine } from './run/machine.ts'
import type { Thread, TimeLimit, Waiting } from './run/state.ts'
import { endThread, streamsOf } from './run/threads.ts'
import { takeSignal } from './run/traps.ts'
import { ShellError } from './syntax/syntax.ts'

type Wait<Kind extends Waiting['for']> = Waiting & { readonly for: Kind }

/** Whether what a thread waits for has come; what it was for is then done. */
export function isOver(shell: ShellMachine, thread: Thread, waiting: Waiting): boolean {
  switch (waiting.for) {
    case 'instant':
      return isDue(waiting.atMs, shell.world.nowMs())
    case 'ever':
      return false
    case 'jobs':
      return areJobsOver(thread, waiting)
    case 'parts':
      return arePartsOver(shell, thread, waiting)
    case 'capture':
      return isCaptured(shell, thread, waiting)
    case 'room':
      return hasRoom(shell, waiting.input)
    case 'filter':
      return runFilter(shell, thread, waiting)
    case 'input':
      takeAll(shell, streamsOf(thread).in)
      return isClosed(shell, streamsOf(thread).in)
    case 'answer':
      return isAnswered(shell, thread, waiting)
    case 'line':
      return readLine(shell, thread, waiting)
    case 'script':
      return readScript(shell, thread)
    case 'server':
      return isServerOver(shell, thread)
  }
}

function areJobsOver(thread: Thread, { pids, wanted, any }: Wait<'jobs'>): boolean {
  const { done } = thread
  const over = pids.filter((pid) => done[pid] !== undefined)
  if (any ? over.length === 0 : over.length < pids.length) return false
  thread.status = done[(any ? over[0] : wanted) ?? -1] ?? 0
  for (const pid of any ? over.slice(0, 1) : pids) delete done[pid]
  return true
}

/** The status of `timeout` for a command that took too long. */
const timedOut = 124

function arePartsOver(shell: ShellMachine, thread: Thread, waiting: Wait<'parts'>): boolean {
  const { done, options } = thread
  const { pids, untilMs, limit } = waiting
  if (pids.some((pid) => done[pid] === undefined)) {
    if (isDue(untilMs, shell.world.nowMs())) stop(shell, thread, waiting)
    return false
  }
  const statuses = pids.map((pid) => done[pid] ?? 0)
  for (const pid of pids) delete done[pid]
  const failed = options.pipefail ? statuses.findLast((status) => status !== 0) : undefined
  thread.status = lateStatus(limit) ?? failed ?? statuses.at(-1) ?? 0
  return true
}

/** Of a command that took too long; undefined for one that did not, or keeps its own. */
function lateStatus(limit: TimeLimit | undefined): number | undefined {
  if (!limit?.isLate) return undefined
  if (limit.isKilled) return killedCode
  return limit.keepsStatus ? undefined : timedOut
}

/** Asks parts to end, and kills them later if that was asked for; who does not listen is waited for. */
function stop(shell: ShellMachine, thread: Thread, { pids, limit }: Wait<'parts'>): void {
  if (!limit) return
  const { isLate, killAfterMs } = limit
  const signal = isLate ? 'SIGKILL' : limit.signal
  const isAgain = !isLate && killAfterMs !== undefined
  thread.waiting = {
    for: 'parts',
    pids,
    limit: { ...limit, isLate: true, ...(signal === 'SIGKILL' ? { isKilled: true } : {}) },
    ...(isAgain ? { untilMs: shell.world.nowMs() + killAfterMs } : {}),
  }
  for (const part of shell.state.threads.filter(({ pid }) => pids.includes(pid))) {
    takeSignal(shell, part, signal)
  }
}

/** More than any script should hold in a variable. */
const textLimit = 4 * 1024 * 1024

function isCaptured(shell: ShellMachine, thread: Thread, waiting: Wait<'capture'>): boolean {
  const { pid, input } = waiting
  waiting.text += takeAll(shell, input)
  if (waiting.text.length > textLimit) throw new ShellError('Out of space')
  const status = thread.done[pid]
  if (status === undefined || !isClosed(shell, input)) return false
  delete thread.done[pid]
  thread.captures = { texts: [...(thread.captures?.texts ?? []), waiting.text], status }
  return true
}

/** The thread has turned into its program, or goes on after it. */
function isServerOver(shell: ShellMachine, thread: Thread): boolean {
  const exit = shell.servers.get(thread.pid)?.exit
  if (!exit) return false
  shell.servers.delete(thread.pid)
  thread.status = exit.code
  if (thread.execed) endThread(shell, thread, exit.code)
  return true
}
