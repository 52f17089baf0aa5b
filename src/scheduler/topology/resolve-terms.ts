import { isEverything, nothing } from '#machinery/selectors'
import type { AffinityTerm } from '../model/affinity-term.ts'
import type { ClusterView } from '../model/snapshot.ts'

/** The terms with the namespaces that their namespace selectors select now written out. */
export function resolveTerms(
  terms: readonly AffinityTerm[],
  cluster: ClusterView,
): readonly AffinityTerm[] {
  return terms.map((term) => resolveTerm(term, cluster))
}

export function resolveTerm(term: AffinityTerm, cluster: ClusterView): AffinityTerm {
  // Upstream leaves the selector of all namespaces alone: it needs no list.
  if (term.namespaceSelector.nothing || isEverything(term.namespaceSelector)) return term
  const selected = cluster.namespacesMatching(term.namespaceSelector)
  return {
    ...term,
    namespaces: new Set([...term.namespaces, ...selected]),
    namespaceSelector: nothing,
  }
}
