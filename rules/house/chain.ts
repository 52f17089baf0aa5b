/** How far one has to follow imports: what measures the depth of a room. */
import { importsOf, type Project } from './project.ts'

/** The longest chain of imports from file to file, tests and generated files left out. */
export function longestChain(
  project: Project,
  isIn: (room: string) => boolean = () => true,
): readonly string[] {
  const known = new Map<string, readonly string[]>()
  const chainOf = (path: string): readonly string[] => {
    const before = known.get(path)
    if (before !== undefined) return before
    known.set(path, [path])
    const file = project.files.get(path)
    let longest: readonly string[] = []
    for (const { to } of file === undefined ? [] : importsOf(project, file)) {
      const target = project.files.get(to)
      if (target === undefined || target.isGenerated || !isIn(target.room)) continue
      const chain = chainOf(to)
      if (chain.length > longest.length) longest = chain
    }
    const chain = [path, ...longest]
    known.set(path, chain)
    return chain
  }
  let longest: readonly string[] = []
  for (const { path, room, isTest } of project.files.values()) {
    if (isTest || !isIn(room)) continue
    const chain = chainOf(path)
    if (chain.length > longest.length) longest = chain
  }
  return longest
}
