import { computed, type ExpansionWorld } from '../expand/expand.ts'
import type { Thread } from '../run/state.ts'
import { ShellError } from '../syntax/syntax.ts'

/** More elements than any script has. */
const elementLimit = 100_000

/** Assigns a value to `NAME`, adds it to `NAME+`, or makes it an element of `NAME[3]`. */
export function assignTo(
  thread: Thread,
  target: string,
  value: string,
  world: ExpansionWorld,
): void {
  const [, name = target, index, adds] = /^(\w+)(?:\[(\w+)\])?(\+?)$/.exec(target) ?? []
  if (thread.readonly[name]) throw new ShellError(`${name}: is read only`)
  if (index === undefined && !thread.arrays?.[name]) {
    thread.variables[name] = adds ? (world.variable(name) ?? '') + value : value
    return
  }
  const at = index === undefined ? 0 : computed(index, world)
  if (at < 0 || at > elementLimit) throw new ShellError('Out of space')
  const elements = [...elementsOf(thread, name, world)]
  while (elements.length < at) elements.push('')
  elements[at] = adds ? (elements[at] ?? '') + value : value
  thread.arrays = { ...thread.arrays, [name]: elements }
}

function elementsOf(thread: Thread, name: string, world: ExpansionWorld): readonly string[] {
  const value = world.variable(name)
  return thread.arrays?.[name] ?? (value === undefined ? [] : [value])
}

/** Makes an array of words, or adds them to one. */
export function assignArray(
  thread: Thread,
  {
    name,
    words,
    adds,
  }: { readonly name: string; readonly words: readonly string[]; readonly adds: boolean },
): void {
  if (thread.dialect === 'dash') throw new ShellError('Syntax error: "(" unexpected')
  if (thread.readonly[name]) throw new ShellError(`${name}: is read only`)
  const elements = adds ? [...(thread.arrays?.[name] ?? []), ...words] : [...words]
  if (elements.length > elementLimit) throw new ShellError('Out of space')
  thread.arrays = { ...thread.arrays, [name]: elements }
}
