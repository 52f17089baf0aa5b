/**
 * Draws in ARCHITECTURE.md which room imports which, from the code.
 *   node rules/room-graph.ts [--check]    with --check it writes nothing and fails when it is old
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { importsOf, ownCode, type Project, readProject } from './house/project.ts'

const root = join(import.meta.dirname, '..')
const page = join(root, 'ARCHITECTURE.md')
const begin = '<!-- rooms: written by node rules/room-graph.ts -->\n'
const end = '<!-- end of rooms -->\n'

/** Rooms that nearly every other imports: their lines would hide the rest. */
const everywhere: ReadonlySet<string> = new Set(['lib', 'machinery', 'api'])

type Graph = ReadonlyMap<string, ReadonlySet<string>>

/** Which room imports which, without those that are imported everywhere. */
export function roomsOf(project: Project): Graph {
  const graph = new Map<string, Set<string>>()
  for (const { from, to } of ownCode(project).flatMap((file) => importsOf(project, file))) {
    const target = project.files.get(to)?.room ?? ''
    if (from.room === target || from.room === '' || target === '') continue
    if (everywhere.has(from.room) || everywhere.has(target)) continue
    graph.set(from.room, (graph.get(from.room) ?? new Set()).add(target))
  }
  return graph
}

/** The graph in mermaid's words; what follows from other lines is left out. */
export function drawn(graph: Graph): string {
  const reaches = (from: string, to: string): boolean =>
    [...(graph.get(from) ?? [])].some((next) => next === to || reaches(next, to))
  const lines = [...graph].toSorted().flatMap(([from, targets]) => {
    const direct = [...targets].filter(
      (to) => ![...targets].some((other) => other !== to && reaches(other, to)),
    )
    return direct.length === 0 ? [] : [`  ${from} --> ${direct.toSorted().join(' & ')}`]
  })
  return `${['```mermaid', 'flowchart TD', ...lines, '```'].join('\n')}\n`
}

if (import.meta.main) {
  const text = readFileSync(page, 'utf8')
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`${page} has lost its marks`)
  const wanted = `${before}${begin}${drawn(roomsOf(readProject(root)))}${end}${after}`
  if (!process.argv.includes('--check')) writeFileSync(page, wanted)
  else if (wanted !== text) {
    console.error('the graph of rooms in ARCHITECTURE.md is old: node rules/room-graph.ts')
    process.exitCode = 1
  }
}
