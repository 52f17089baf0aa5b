import { absolutePath } from '../../process/paths.ts'
import { failureOf, writeFailure } from '../files/file-failures.ts'
import { shellName } from '../run/environment.ts'
import { isClosed, isStuck, takeAll } from '../run/inputs.ts'
import type { ShellMachine } from '../run/machine.ts'
import { spendingOf } from '../run/spending.ts'
import type { Thread, Waiting } from '../run/state.ts'
import { streamsOf } from '../run/threads.ts'
import { ShellError } from '../syntax/syntax.ts'
import type { Taken } from './filter-lines.ts'
import { filters } from './filters.ts'

/** More than any command should remember of its input. */
const keptLimit = 4 * 1024 * 1024

type Filtering = Waiting & { readonly for: 'filter' }

/** Goes on with a command that reads: true once it has ended. */
export function runFilter(shell: ShellMachine, thread: Thread, waiting: Filtering): boolean {
  const filter = filters[waiting.name]
  if (!filter) return true
  const paths = filter.files(waiting.args)
  if (paths.length > 0) return filterFiles(shell, thread, waiting, paths)
  if (isStuck(shell, thread)) return false
  if (filter.needsInput?.(waiting.args) === false) {
    thread.status = take(shell, thread, waiting, { text: '', isEnd: true }).status ?? 0
    return true
  }
  const { in: id } = streamsOf(thread)
  const text = takeAll(shell, id)
  const isEnd = isClosed(shell, id)
  if (text === '' && !isEnd) return false
  const taken = take(shell, thread, waiting, { text, isEnd })
  if (taken.status === undefined && !isEnd) return false
  thread.status = taken.status ?? 0
  return true
}

interface Piece {
  readonly text: string
  readonly isEnd: boolean
}

function take(
  shell: ShellMachine,
  thread: Thread,
  { name, args, memo }: Filtering,
  { text, isEnd }: Piece,
): Taken {
  const at = (path: string) => absolutePath(path, thread.directory)
  const { files } = shell.world
  const spend = spendingOf(shell)
  const taken = filters[name]?.take(text, isEnd, { args, memo, files, spend, at }) ?? {}
  if (memo.kept.length > (filters[name]?.keeps ?? keptLimit)) throw new ShellError('Out of space')
  const failed = taken.out
    ? failureOf(() => shell.write(thread, 'out', taken.out ?? ''))
    : undefined
  if (taken.err) shell.write(thread, 'err', taken.err)
  if (!failed) return taken
  const [message, status] = writeFailure(
    { name, dialect: thread.dialect, shell: shellName(thread) },
    failed,
  )
  shell.write(thread, 'err', message)
  return { status }
}

/** All at once: what a file holds is there. */
function filterFiles(
  shell: ShellMachine,
  thread: Thread,
  waiting: Filtering,
  paths: readonly string[],
): boolean {
  let text = ''
  let failed = 0
  for (const path of paths) {
    const found = readOperand(shell, thread, path)
    if (found !== undefined) text += found
    else {
      const [message, status] = filters[waiting.name]?.missing(path) ?? ['', 1]
      shell.write(thread, 'err', `${message}\n`)
      failed = status
    }
  }
  const { status = 0 } = take(shell, thread, waiting, { text, isEnd: true })
  thread.status = failed || status
  return true
}

function readOperand(shell: ShellMachine, thread: Thread, path: string): string | undefined {
  if (path === '-' || path === '/dev/stdin') return takeAll(shell, streamsOf(thread).in)
  return path === '/dev/null' ? '' : shell.world.files.read(absolutePath(path, thread.directory))
}
