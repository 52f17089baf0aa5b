import type { ShellMachine } from './machine.ts'
import { ownInput, type Thread } from './state.ts'
import { endThread, streamsOf } from './threads.ts'

/** What fits into a pipe (pipe(7)). */
const pipeSize = 65_536
const brokenPipe = 141

/** A new pipe, or an opened file whose text is all there is. */
export function openInput({ state }: ShellMachine, text?: string): number {
  const id = state.nextInput++
  state.inputs[id] = { text: text ?? '', ended: text !== undefined }
  return id
}

/** Writes into a pipe: one that is full makes the thread wait, one that nobody reads ends it. */
export function writeToPipe(shell: ShellMachine, thread: Thread, id: number, text: string): void {
  const input = shell.state.inputs[id]
  if (!input) {
    // A signal to whoever writes; a shell that ignores it goes on.
    if (thread.traps.PIPE === undefined) endThread(shell, thread, brokenPipe)
    return
  }
  input.text += text
  shell.note()
  if (input.text.length > pipeSize) thread.waiting ??= { for: 'room', input: id }
}

/** Whether a pipe takes more, or is broken. */
export function hasRoom({ state }: ShellMachine, id: number): boolean {
  return (state.inputs[id]?.text.length ?? 0) <= pipeSize
}

/** Whether what a thread writes now would stay stuck. */
export function isStuck(shell: ShellMachine, thread: Thread): boolean {
  const { out } = streamsOf(thread)
  return typeof out === 'object' && 'pipe' in out && !hasRoom(shell, out.pipe)
}

/** Whether nothing can come any more, apart from what is there. */
export function isClosed({ state }: ShellMachine, id: number): boolean {
  const input = state.inputs[id]
  if (!input || input.ended) return true
  if (id === ownInput) return false
  return !state.threads.some(({ streams }) =>
    streams.some(({ out, err }) => isPipe(out, id) || isPipe(err, id)),
  )
}

function isPipe(destination: Thread['streams'][number]['out'], id: number): boolean {
  return typeof destination === 'object' && 'pipe' in destination && destination.pipe === id
}

/** Takes all that is there. */
export function takeAll(shell: ShellMachine, id: number): string {
  const input = shell.state.inputs[id]
  if (!input || input.text === '') return ''
  const { text } = input
  input.text = ''
  shell.note()
  return text
}

/** Takes up to the next end of line; undefined when there is none yet and one may still come. */
export function takeLine(
  shell: ShellMachine,
  id: number,
): { readonly line: string; readonly isWhole: boolean } | undefined {
  const input = shell.state.inputs[id]
  const end = input?.text.indexOf('\n') ?? -1
  if (!input || end < 0) {
    return isClosed(shell, id) ? { line: takeAll(shell, id), isWhole: false } : undefined
  }
  const line = input.text.slice(0, end)
  input.text = input.text.slice(end + 1)
  shell.note()
  return { line, isWhole: true }
}
