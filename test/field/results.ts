import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InstallResult } from './try-install.ts'
import type { ProjectResult, UpstreamAnswers } from './try-project.ts'

/** What people bring, and what became of it. */
export interface FieldResults {
  readonly projects: readonly ProjectResult[]
  readonly installed: readonly InstallResult[]
}

/** What upstream's server answers to the samples of projects, by the project's name. */
export interface Upstream {
  readonly version: string
  readonly projects: Readonly<Record<string, UpstreamAnswers>>
}

const [resultsFile, upstreamFile] = ['results.json', 'upstream.json'].map((name) =>
  join(import.meta.dirname, name),
) as [string, string] // Cast: of two names.

// Casts: both files are written here alone.
export const readResults = (): FieldResults =>
  JSON.parse(readFileSync(resultsFile, 'utf8')) as FieldResults
export const readUpstream = (): Upstream =>
  JSON.parse(readFileSync(upstreamFile, 'utf8')) as Upstream

export function keepResults(results: FieldResults): void {
  writeFileSync(resultsFile, `${JSON.stringify(results, undefined, 1)}\n`)
}

/** Keeps upstream's answers, one in a line. */
export function keepUpstream({ version, projects }: Upstream): void {
  const parts = Object.entries(projects).map(([name, answers]) => {
    const lines = Object.entries(answers).map(
      ([sample, answer]) => `   ${JSON.stringify(sample)}: ${JSON.stringify(answer)}`,
    )
    return `  ${JSON.stringify(name)}: {\n${lines.join(',\n')}\n  }`
  })
  const text = `{\n "version": ${JSON.stringify(version)},\n "projects": {\n${parts.join(',\n')}\n }\n}\n`
  writeFileSync(upstreamFile, text)
}
