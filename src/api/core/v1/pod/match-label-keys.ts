import type { LabelSelector } from '#machinery/selectors'
import type { Pod, PodAffinity, PodAffinityTerm, PodSpec } from '../../../generated/types/index.ts'
import { change, changeMember, mapItems } from '../../../shared/change.ts'

type Labels = Readonly<Record<string, string>>

/**
 * Writes into selectors what `matchLabelKeys` and `mismatchLabelKeys` stand for: the values that the
 * pod itself has. Upstream does so once, at creation.
 */
export function applyMatchLabelKeys(pod: Pod): Pod {
  const labels = pod.metadata?.labels
  if (!labels) return pod
  return changeMember(pod, 'spec', (spec) => applySpread(applyAffinity(spec, labels), labels))
}

function applyAffinity(spec: PodSpec, labels: Labels): PodSpec {
  const apply = (affinity: PodAffinity) => applyTerms(affinity, labels)
  return changeMember(spec, 'affinity', (affinity) =>
    changeMember(changeMember(affinity, 'podAffinity', apply), 'podAntiAffinity', apply),
  )
}

function applyTerms(affinity: PodAffinity, labels: Labels): PodAffinity {
  return change(affinity, {
    requiredDuringSchedulingIgnoredDuringExecution: mapItems(
      affinity.requiredDuringSchedulingIgnoredDuringExecution,
      (term) => applyTerm(term, labels),
    ),
    preferredDuringSchedulingIgnoredDuringExecution: mapItems(
      affinity.preferredDuringSchedulingIgnoredDuringExecution,
      (weighted) => changeMember(weighted, 'podAffinityTerm', (term) => applyTerm(term, labels)),
    ),
  })
}

function applyTerm(term: PodAffinityTerm, labels: Labels): PodAffinityTerm {
  const { labelSelector } = term
  // Without a selector a term matches no pod, and keys cannot change that.
  if (!labelSelector) return term
  const matched = extend(labelSelector, term.matchLabelKeys, labels, 'In')
  return change(term, {
    labelSelector: extend(matched, term.mismatchLabelKeys, labels, 'NotIn'),
  })
}

function applySpread(spec: PodSpec, labels: Labels): PodSpec {
  return change(spec, {
    topologySpreadConstraints: mapItems(spec.topologySpreadConstraints, (constraint) =>
      constraint.matchLabelKeys?.length
        ? change(constraint, {
            labelSelector: extend(
              constraint.labelSelector ?? {},
              constraint.matchLabelKeys,
              labels,
              'In',
            ),
          })
        : constraint,
    ),
  })
}

function extend(
  selector: LabelSelector,
  keys: readonly string[] | undefined,
  labels: Labels,
  operator: 'In' | 'NotIn',
): LabelSelector {
  const added = (keys ?? []).flatMap((key) => {
    const value = labels[key]
    return value === undefined ? [] : [{ key, operator, values: [value] }]
  })
  if (added.length === 0) return selector
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...added] }
}
