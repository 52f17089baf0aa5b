import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'

/** A public project whose Go module carries the definitions of its kinds. */
export interface Project {
  readonly name: string
  readonly module: string
  readonly version: string
  /** Of the module's files, as go.sum has it. */
  readonly sum: string
  /** Patterns of files in the module. */
  readonly definitions: readonly string[]
  readonly samples: readonly string[]
  readonly chart?: ProjectChart
  /** What is applied where no chart is used. */
  readonly manifest?: ProjectManifest
}

/** A chart among the files of a module. */
interface ProjectChart {
  readonly directory: string
  /** The file that is its Chart.yaml, or from which that is made. */
  readonly head: string
  /** For `--set`. */
  readonly values: readonly string[]
}

interface ProjectManifest {
  readonly file: string
  /** What one of its programs would make, for `kubectl create`. */
  readonly first: string
}

/** An object of a manifest. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name?: string; readonly namespace?: string }
}

export const projects: readonly Project[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'projects.json'), 'utf8'),
)

/** Where the files of a module are, downloaded if they were not. @throws Error for others than are pinned. */
export function moduleDirectory({ module, version, sum }: Omit<Project, 'samples'>): string {
  const given = ['mod', 'download', '-json', `${module}@${version}`]
  // Outside of the checkout, whose own module has nothing to do with it.
  const shown = execFileSync('go', given, { cwd: tmpdir(), encoding: 'utf8' })
  // Cast: what the command is documented to print.
  const found = JSON.parse(shown) as { readonly Dir: string; readonly Sum: string }
  if (found.Sum !== sum) throw new Error(`${module}@${version}: ${found.Sum}, not ${sum}`)
  return found.Dir
}

/** The files of a directory that patterns match, in order, relative to it. */
export function filesOf(directory: string, patterns: readonly string[]): readonly string[] {
  return globSync([...patterns], { cwd: directory }).toSorted()
}

/** The objects of a file; of a file that is no YAML, such as a template, none. */
export function manifestsOf(path: string): readonly Manifest[] {
  return documentsOf(readFileSync(path, 'utf8')).filter(isManifest)
}

function documentsOf(text: string): readonly unknown[] {
  try {
    return loadAll(text)
  } catch {
    return []
  }
}

function isManifest(document: unknown): document is Manifest {
  // Cast: looked at by name alone.
  const { apiVersion, kind, metadata } = (document ?? {}) as Partial<Record<string, unknown>>
  return typeof apiVersion === 'string' && typeof kind === 'string' && typeof metadata === 'object'
}
