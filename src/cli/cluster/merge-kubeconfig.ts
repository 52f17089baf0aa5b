import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parse, stringify } from 'yaml'

interface Named {
  readonly name: string
}

interface Kubeconfig {
  readonly apiVersion?: string
  readonly kind?: string
  readonly clusters?: readonly Named[] | null
  readonly users?: readonly Named[] | null
  readonly contexts?: readonly Named[] | null
  readonly 'current-context'?: string
}

/**
 * Puts the cluster of one kubeconfig into another one, in place of what has its name there, and makes it the
 * current one. The file is made when it is missing; it is replaced as a whole, for its owner's eyes only.
 */
export function mergeKubeconfig(from: string, into: string): string {
  const own = read(from)
  const other: Kubeconfig = existsSync(into) ? read(into) : { apiVersion: 'v1', kind: 'Config' }
  const merged = {
    ...other,
    clusters: mergeNamed(other.clusters, own.clusters),
    users: mergeNamed(other.users, own.users),
    contexts: mergeNamed(other.contexts, own.contexts),
    'current-context': own['current-context'],
  }
  mkdirSync(dirname(into), { recursive: true, mode: 0o700 })
  const draft = `${into}.new`
  writeFileSync(draft, stringify(merged), { mode: 0o600 })
  chmodSync(draft, 0o600)
  renameSync(draft, into)
  return own['current-context'] ?? ''
}

function read(path: string): Kubeconfig {
  // Cast: a kubeconfig, which kubectl reads with the same trust.
  return (parse(readFileSync(path, 'utf8')) ?? {}) as Kubeconfig
}

function mergeNamed(
  other: readonly Named[] | null = [],
  own: readonly Named[] | null = [],
): readonly Named[] {
  const names = new Set(own?.map(({ name }) => name))
  return [...(other ?? []).filter(({ name }) => !names.has(name)), ...(own ?? [])]
}
