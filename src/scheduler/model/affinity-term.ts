import type { PodAffinityTerm, WeightedPodAffinityTerm } from '#api'
import {
  formatSelector,
  type Labels,
  matchesLabels,
  type Selector,
  selectorFromObject,
} from '#machinery/selectors'

/** A compiled PodAffinityTerm of a pod: which pods it speaks of, and within which topology. */
export interface AffinityTerm {
  readonly topologyKey: string
  readonly namespaces: ReadonlySet<string>
  readonly namespaceSelector: Selector
  readonly selector: Selector
}

export interface WeightedTerm {
  readonly weight: number
  readonly term: AffinityTerm
}

/** What a term is matched against. */
export interface AffinityTarget {
  readonly namespace: string
  readonly labels: Labels
}

/** `matchLabelKeys` need no care here: the API writes them into the selector at creation. */
function compileTerm(term: PodAffinityTerm, ownNamespace: string): AffinityTerm {
  const named = term.namespaces ?? []
  const isLocal = named.length === 0 && !term.namespaceSelector
  return {
    topologyKey: term.topologyKey,
    namespaces: new Set(isLocal ? [ownNamespace] : named),
    namespaceSelector: selectorFromObject(term.namespaceSelector),
    selector: selectorFromObject(term.labelSelector),
  }
}

export function compileTerms(
  terms: readonly PodAffinityTerm[] | undefined,
  ownNamespace: string,
): readonly AffinityTerm[] {
  return (terms ?? []).map((term) => compileTerm(term, ownNamespace))
}

export function compileWeightedTerms(
  terms: readonly WeightedPodAffinityTerm[] | undefined,
  ownNamespace: string,
): readonly WeightedTerm[] {
  return (terms ?? []).map(({ weight, podAffinityTerm }) => ({
    weight,
    term: compileTerm(podAffinityTerm, ownNamespace),
  }))
}

/** Whether the term speaks of the target, whose namespace has the given labels. */
export function termMatches(
  term: AffinityTerm,
  target: AffinityTarget,
  namespaceLabels: Labels,
): boolean {
  const isInScope =
    term.namespaces.has(target.namespace) || matchesLabels(term.namespaceSelector, namespaceLabels)
  return isInScope && matchesLabels(term.selector, target.labels)
}

/** A text that is the same for terms that mean the same. */
export function termKey(term: AffinityTerm): string {
  const { namespaces, namespaceSelector, selector, topologyKey } = term
  const scope = namespaceSelector.nothing ? '' : `{${formatSelector(namespaceSelector)}}`
  const labels = selector.nothing ? '-' : formatSelector(selector)
  return `${topologyKey}|${[...namespaces].join(',')}${scope}|${labels}`
}
