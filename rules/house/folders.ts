/** Folders: none with more files than one can see at a glance, none of a room that need each other. */
import { importsOf, ownCode, type Project } from './project.ts'
import type { Findings } from './ratchet.ts'

const mostFiles = 15

/** The folders with more than fifteen files directly in them, tests not counted. */
export function largeFolders(project: Project): Findings {
  const counts = new Map<string, number>()
  for (const { folder } of ownCode(project)) counts.set(folder, (counts.get(folder) ?? 0) + 1)
  const large = [...counts].filter(([, count]) => count > mostFiles)
  return Object.fromEntries(large.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * The pairs of folders of one room that import each other. A folder is the files directly in it:
 * a file of A imports a file of B and a file of B imports a file of A, also where one folder
 * contains the other. Tests are not counted.
 */
export function mutualFolders(project: Project): Findings {
  const needs = new Set<string>()
  const pairs: Record<string, number> = {}
  for (const { from, to } of ownCode(project).flatMap((file) => importsOf(project, file))) {
    const target = project.files.get(to)
    if (target === undefined || target.isTest) continue
    if (target.room !== from.room || target.folder === from.folder) continue
    needs.add(`${from.folder} ${target.folder}`)
  }
  for (const pair of [...needs].toSorted()) {
    const [a = '', b = ''] = pair.split(' ')
    if (a < b && needs.has(`${b} ${a}`)) pairs[`${a} <-> ${b}`] = 1
  }
  return pairs
}
