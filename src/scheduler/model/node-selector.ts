import type { Pod } from '#api'

/**
 * The only nodes that a pod's required affinity can admit because every term names its node, as a
 * DaemonSet's pods do; undefined when there is no such restriction.
 */
export function namedNodes({ spec }: Pod): ReadonlySet<string> | undefined {
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const terms = required?.nodeSelectorTerms ?? []
  const names = new Set<string>()
  for (const { matchFields = [] } of terms) {
    const lists = matchFields
      .filter(({ key, operator }) => key === 'metadata.name' && operator === 'In')
      .map(({ values = [] }) => new Set(values))
    if (lists.length === 0) return undefined
    for (const name of lists.reduce(commonNames)) names.add(name)
  }
  return terms.length === 0 ? undefined : names
}

/** The names that are in both sets. */
export function commonNames(a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> {
  return new Set([...a].filter((name) => b.has(name)))
}
