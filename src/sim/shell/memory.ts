import type { ShellState, Thread } from './run/state.ts'

/** Letters and tables that a shell may hold, all its processes together; a real one would be killed. */
export const memoryLimit = 128 * 1024 * 1024
/** What an entry of a table costs besides its letters. */
const perEntry = 64
/** What a letter of a script costs once it is compiled. */
const perScriptLetter = 8

/** What a shell holds, in letters or what is worth as much. */
export interface Held {
  size: number
  entries: number
}

/** Adds up all that scripts can make grow: variables, arguments, functions, texts that were read, and what is in pipes. */
export function heldBy({ threads, inputs, sources }: ShellState): Held {
  const held: Held = { size: 0, entries: 0 }
  for (const thread of threads) addThread(held, thread)
  for (const { text } of Object.values(inputs)) add(held, text)
  for (const { text } of sources) held.size += text.length * perScriptLetter
  held.size += held.entries * perEntry
  return held
}

function addThread(held: Held, thread: Thread): void {
  const { variables, arrays = {}, args, exported, functions, traps, lists, captures } = thread
  addTexts(held, variables)
  addTexts(held, traps)
  for (const elements of Object.values(arrays)) addAll(held, elements)
  addAll(held, args)
  for (const list of lists) addAll(held, list)
  if (captures) addAll(held, captures.texts)
  for (const frame of thread.calls) {
    held.entries++
    // The arguments of the caller; those of the call itself are the thread's.
    if (frame.args !== args) addAll(held, frame.args)
    if (frame.restore) addTexts(held, frame.restore)
  }
  held.entries += Object.keys(exported).length + Object.keys(functions).length
  const { waiting } = thread
  if (waiting?.for === 'capture') add(held, waiting.text)
  if (waiting?.for === 'filter') add(held, waiting.memo.kept)
}

function addTexts(held: Held, table: Readonly<Record<string, string | null>>): void {
  for (const name in table) {
    add(held, name)
    held.size += table[name]?.length ?? 0
  }
}

function addAll(held: Held, texts: readonly string[]): void {
  held.entries += texts.length
  for (const text of texts) held.size += text.length
}

function add(held: Held, text: string): void {
  held.entries++
  held.size += text.length
}
