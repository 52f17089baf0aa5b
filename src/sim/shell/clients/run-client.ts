import { absolutePath } from '../../process/paths.ts'
import { isClosed, takeAll } from '../run/inputs.ts'
import type { ShellMachine } from '../run/machine.ts'
import type { ClientProgress, Thread, Waiting } from '../run/state.ts'
import { streamsOf } from '../run/threads.ts'
import { ShellError } from '../syntax/syntax.ts'
import { type ClientCall, type ClientProgram, firstStep, type Said } from './client.ts'
import { clients } from './clients.ts'

type Asking = Waiting & { readonly for: 'answer' }

/** Starts a client: it asks as soon as its thread is looked at again. */
export function startClient(
  shell: ShellMachine,
  thread: Thread,
  name: string,
  args: readonly string[],
): void {
  // What somebody said about such commands counts more than the network.
  if (shell.failExec !== undefined && [name, ...args].join(' ').includes(shell.failExec)) {
    thread.status = 1
    return
  }
  const progress = { ...firstStep, sinceMs: shell.world.nowMs() }
  thread.waiting = { for: 'answer', name, args, progress }
}

/** Goes on with a client: true once it has ended. */
export function isAnswered(shell: ShellMachine, thread: Thread, waiting: Asking): boolean {
  const client = clients[waiting.name]
  if (!client) return true
  const reading = client.readsInput?.(waiting.args) && !waiting.progress.hasRead
  if (reading && !hasReadAll(shell, thread, waiting)) return false
  const now = thread.waiting?.for === 'answer' ? thread.waiting : waiting
  return isServed(shell, thread, now, client)
}

/** Takes what there is of the input; true once that was all. */
function hasReadAll(shell: ShellMachine, thread: Thread, waiting: Asking): boolean {
  const { in: id } = streamsOf(thread)
  const input = (waiting.progress.input ?? '') + takeAll(shell, id)
  if (input.length > inputLimit) throw new ShellError('Out of space')
  const hasRead = isClosed(shell, id)
  const progress = { ...waiting.progress, input, ...(hasRead && { hasRead }) }
  thread.waiting = { ...waiting, progress }
  return hasRead
}

/** More than any client should send. */
const inputLimit = 4 * 1024 * 1024

function isServed(
  shell: ShellMachine,
  thread: Thread,
  waiting: Asking,
  client: ClientProgram,
): boolean {
  const { pausedUntilMs } = waiting.progress
  if (pausedUntilMs !== undefined && pausedUntilMs > shell.world.nowMs()) return false
  const open = shell.requests.get(thread.pid)
  if (!open) return ask(shell, thread, waiting, client)
  if (!open.answer) return false
  shell.requests.delete(thread.pid)
  const { progress } = waiting
  const taken = client.take(callOf(shell, thread, waiting), open.answer)
  const nowMs = shell.world.nowMs()
  const { outcome } = taken
  const next: ClientProgress =
    'status' in outcome
      ? {
          index: progress.index + 1,
          tries: 0,
          sinceMs: nowMs,
          status: outcome.status || progress.status,
          ...(progress.hasRead && { hasRead: true }),
        }
      : { ...progress, tries: progress.tries + 1, pausedUntilMs: nowMs + outcome.againAfterMs }
  const asking: Asking = { ...waiting, progress: next }
  thread.waiting = asking
  say(shell, thread, taken)
  if (thread.ended) return true
  return next.pausedUntilMs === undefined && ask(shell, thread, asking, client)
}

/** Sends the next request, if there is one: true when the client has ended. */
function ask(shell: ShellMachine, thread: Thread, waiting: Asking, client: ClientProgram): boolean {
  const { pausedUntilMs, ...progress } = waiting.progress
  const asking: Asking =
    pausedUntilMs === undefined
      ? waiting
      : { ...waiting, progress: { ...progress, sinceMs: shell.world.nowMs() } }
  thread.waiting = asking
  const next = client.next(callOf(shell, thread, asking))
  say(shell, thread, next)
  if (next.kind === 'ended' || thread.ended) {
    if (next.kind === 'ended') thread.status = next.status
    return true
  }
  const request = shell.world.network.ask(next.request, (answer) => {
    const open = shell.requests.get(thread.pid)
    if (open) open.answer = answer
  })
  shell.requests.set(thread.pid, { request })
  return false
}

function say(shell: ShellMachine, thread: Thread, { out, err }: Said): void {
  if (err) shell.write(thread, 'err', err)
  if (out) shell.write(thread, 'out', out)
}

function callOf(shell: ShellMachine, thread: Thread, { args, progress }: Asking): ClientCall {
  const { world } = shell
  return {
    args,
    files: world.files,
    isBusybox: shell.hasBusybox,
    isTerminal: shell.spec.tty,
    ip: world.ip,
    nowMs: world.nowMs(),
    wallMs: world.wallMs(),
    progress,
    at: (path) => absolutePath(path, thread.directory),
    resolve: (host) => world.network.resolve(host),
  }
}
