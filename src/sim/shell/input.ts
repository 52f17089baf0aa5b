import { withoutEnd, withoutStart } from '../patterns/trim.ts'
import { shellName } from './run/environment.ts'
import { isClosed, takeLine } from './run/inputs.ts'
import type { ShellMachine } from './run/machine.ts'
import { ownInput, type Thread, type Waiting } from './run/state.ts'
import { streamsOf } from './run/threads.ts'
import { parseScript } from './syntax/parse.ts'
import { ShellSyntaxError } from './syntax/syntax.ts'

/** `read`: true once there is a line, or no more input. */
export function readLine(
  shell: ShellMachine,
  thread: Thread,
  { names, separators, raw }: Waiting & { readonly for: 'line' },
): boolean {
  const taken = takeLine(shell, streamsOf(thread).in)
  if (!taken) return false
  thread.status = taken.isWhole ? 0 : 1
  const line = raw ? taken.line : taken.line.replace(/\\(.)/g, '$1')
  const fields = fieldsOf(line, separators, names.length)
  for (const [index, name] of names.entries()) thread.variables[name] = fields[index] ?? ''
  return true
}

/** A line cut at what stands in IFS; blanks at the ends and in a row count for nothing, the last field takes the rest. */
function fieldsOf(line: string, separators: string, count: number): readonly string[] {
  const blanks = [...separators].filter((each) => /\s/.test(each)).join('')
  const text = withoutEnd(withoutStart(line, blanks), blanks)
  const fields: string[] = []
  let start = 0
  let at = 0
  while (at < text.length && fields.length < count - 1) {
    if (!separators.includes(text[at] ?? '')) {
      at++
      continue
    }
    fields.push(text.slice(start, at))
    // Blanks in a row separate once, together with one letter that is none.
    let others = 0
    while (at < text.length && separators.includes(text[at] ?? '')) {
      if (!blanks.includes(text[at] ?? '') && ++others > 1) break
      at++
    }
    start = at
  }
  return [...fields, text.slice(start)]
}

/** A shell without a script reads its commands line by line; true once there is one to run, or no more. */
export function readScript(shell: ShellMachine, thread: Thread): boolean {
  const { in: id } = streamsOf(thread)
  const text = shell.state.inputs[id]?.text ?? ''
  const isEnd = isClosed(shell, id)
  if (text === '') {
    if (isEnd) shell.finish(thread)
    return isEnd
  }
  for (const script of beginnings(text, isEnd)) {
    shell.charge(script.length / lettersPerStep)
    const error = syntaxErrorIn(script, !isEnd || script.length < text.length)
    if (error?.isIncomplete && !(isEnd && script.length === text.length)) continue
    take(shell, thread, script)
    if (error) return refuse(shell, thread, error)
    thread.pc = shell.add(script, 'next')
    return true
  }
  return false
}

/**
 * One line, two lines, and so on; the last one needs no end of line when no more comes. What is longer
 * than any command is tried at fewer ends of lines: each try reads all of it.
 */
function* beginnings(text: string, isEnd: boolean): Generator<string> {
  let end = text.indexOf('\n')
  while (end >= 0) {
    yield text.slice(0, end)
    const least = end < shortScript ? end + 1 : Math.min(end * 2, text.lastIndexOf('\n'))
    end = least <= end ? -1 : text.indexOf('\n', least)
  }
  if (isEnd) yield text
}

/** Letters of a script that cost one step to read. */
const lettersPerStep = 100
/** A script of so many letters is tried at each end of a line. */
const shortScript = 4096

function syntaxErrorIn(script: string, isPartial: boolean): ShellSyntaxError | undefined {
  try {
    parseScript(script, { isPartial })
    return undefined
  } catch (error) {
    if (error instanceof ShellSyntaxError) return error
    throw error
  }
}

/** Who types may try again; a script that is read from elsewhere ends. */
function refuse(shell: ShellMachine, thread: Thread, { message }: ShellSyntaxError): boolean {
  shell.write(thread, 'err', `${shellName(thread)}: 1: ${message}\n`)
  thread.status = 2
  // There may be more to read at once.
  if (shell.spec.tty) shell.note()
  else shell.finish(thread)
  return !shell.spec.tty
}

function take(shell: ShellMachine, thread: Thread, script: string): void {
  const { in: id } = streamsOf(thread)
  const input = shell.state.inputs[id]
  if (!input) return
  input.text = input.text.slice(script.length).replace(/^\n/, '')
  // What is typed into a terminal is seen.
  if (shell.spec.tty && id === ownInput) shell.write(thread, 'out', `${script}\n`)
}
