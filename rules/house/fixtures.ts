/** One naming of what only tests use: `x-fixture.ts`, or any file in a folder `fixture/`. */
import { basename } from 'node:path'
import { importsOf, ownCode, type Project } from './project.ts'
import type { Findings } from './ratchet.ts'

const otherNames =
  /^(?:test-|mock-|fake-)|-(?:helpers?|harness|mocks?|fakes?)\.ts$|^(?:harness|helpers?)\.ts$/

/**
 * The files that are fixtures under another name: those that are called so, and those that nothing
 * but tests and fixtures imports. Doors, conformance suites and programs are imported by none.
 */
export function misnamedFixtures(project: Project): Findings {
  const importers = new Map<string, string[]>()
  for (const file of project.files.values()) {
    for (const { to } of importsOf(project, file)) {
      importers.set(to, [...(importers.get(to) ?? []), file.path])
    }
  }
  const wrong = ownCode(project)
    .map(({ path }) => path)
    .filter((path) => !isFixture(path))
    .filter((path) => {
      const by = importers.get(path) ?? []
      const onlyTests =
        by.length > 0 && by.every((other) => other.endsWith('.test.ts') || isFixture(other))
      return otherNames.test(basename(path)) || (onlyTests && !isDoor(project, path))
    })
  return Object.fromEntries(wrong.map((path) => [path, 1]))
}

export function isFixture(path: string): boolean {
  return path.endsWith('-fixture.ts') || path.includes('/fixture/')
}

function isDoor(project: Project, path: string): boolean {
  return [...project.doors.values()].includes(path) || /\/conformance(?:\.ts$|\/)/.test(path)
}
