/** One name, one meaning: what two rooms declare and export under one name. */
import { declarationsOf } from './exports.ts'
import { ownCode, type Project } from './project.ts'
import type { Findings } from './ratchet.ts'

/**
 * The exported names that are declared in more than one room, with the number of rooms. Passing a
 * declaration on through doors is no second meaning.
 */
export function homonyms(project: Project): Findings {
  return Object.fromEntries([...homonymRooms(project)].map(([name, rooms]) => [name, rooms.length]))
}

/** The names with two meanings, and the rooms that declare them. */
export function homonymRooms(project: Project): ReadonlyMap<string, readonly string[]> {
  const rooms = new Map<string, Set<string>>()
  for (const file of ownCode(project)) {
    for (const { name } of declarationsOf(file)) {
      const of = rooms.get(name) ?? new Set()
      rooms.set(name, of.add(file.room))
    }
  }
  const twice = [...rooms].filter(([, of]) => of.size > 1)
  const sorted = twice.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return new Map(sorted.map(([name, of]) => [name, [...of].toSorted()]))
}
