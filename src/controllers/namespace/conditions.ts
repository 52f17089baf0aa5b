import type { NamespaceCondition } from '#api'
import type { DiscoveredResource } from '#client'
import { groupResourceOf, setCondition } from '#machinery'

/** What one pass over the content of a leaving namespace has met. */
export interface Findings {
  readonly discoveryFailures: readonly string[]
  readonly deletionFailures: readonly string[]
  readonly remaining: readonly Remaining[]
}

/** Objects of one resource that are still there, and the finalizers that they wait for. */
export interface Remaining {
  readonly resource: Pick<DiscoveredResource, 'group' | 'plural'>
  readonly count: number
  readonly finalizers: ReadonlyMap<string, number>
}

interface Fault {
  readonly reason: string
  readonly message: string
}

interface Rule {
  readonly type: string
  readonly fine: Fault
  readonly fault: (findings: Findings) => Fault | undefined
}

/** The conditions of a leaving namespace, in upstream's order and words. */
const rules: readonly Rule[] = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    fine: { reason: 'ResourcesDiscovered', message: 'All resources successfully discovered' },
    fault: ({ discoveryFailures: failures }) =>
      failures.length === 0
        ? undefined
        : {
            reason: 'DiscoveryFailed',
            message: `Discovery failed for some groups, ${failures.length} failing: unable to retrieve the complete list of server APIs: ${failures.join(', ')}`,
          },
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    fine: {
      reason: 'ParsedGroupVersions',
      message: 'All legacy kube types successfully parsed',
    },
    // Group versions come parsed from discovery here, so this cannot fail.
    fault: () => undefined,
  },
  {
    type: 'NamespaceDeletionContentFailure',
    fine: {
      reason: 'ContentDeleted',
      message: 'All content successfully deleted, may be waiting on finalization',
    },
    fault: ({ deletionFailures: failures }) =>
      failures.length === 0
        ? undefined
        : {
            reason: 'ContentDeletionFailed',
            message: `Failed to delete all resource types, ${failures.length} remaining: ${failures.toSorted().join(', ')}`,
          },
  },
  {
    type: 'NamespaceContentRemaining',
    fine: { reason: 'ContentRemoved', message: 'All content successfully removed' },
    fault: ({ remaining }) =>
      remaining.length === 0
        ? undefined
        : {
            reason: 'SomeResourcesRemain',
            message: `Some resources are remaining: ${remaining.map(remainingText).toSorted().join(', ')}`,
          },
  },
  {
    type: 'NamespaceFinalizersRemaining',
    fine: {
      reason: 'ContentHasNoFinalizers',
      message: 'All content-preserving finalizers finished',
    },
    fault: ({ remaining }) => {
      const waitedFor = finalizerTexts(remaining)
      if (waitedFor.length === 0) return undefined
      const message = `Some content in the namespace has finalizers remaining: ${waitedFor.join(', ')}`
      return { reason: 'SomeFinalizersRemain', message }
    },
  },
]

/** The namespace's conditions after a pass (upstream: status_condition_utils). */
export function namespaceConditions(
  held: readonly NamespaceCondition[] | undefined,
  findings: Findings,
  nowMs: number,
): readonly NamespaceCondition[] {
  let conditions = held ?? []
  for (const { type, fine, fault } of rules) {
    const found = fault(findings)
    const condition = { type, status: found ? 'True' : 'False', ...(found ?? fine) }
    conditions = setCondition(conditions, condition, nowMs)
  }
  return conditions
}

/** `pods. has 2 resource instances`: upstream writes the dot of the core group too. */
function remainingText({ resource, count }: Remaining): string {
  const name = resource.group === '' ? `${resource.plural}.` : groupResourceOf(resource)
  return `${name} has ${count} resource instances`
}

function finalizerTexts(remaining: readonly Remaining[]): readonly string[] {
  const totals = new Map<string, number>()
  for (const { finalizers } of remaining) {
    for (const [name, count] of finalizers) totals.set(name, (totals.get(name) ?? 0) + count)
  }
  return [...totals].map(([name, count]) => `${name} in ${count} resource instances`).toSorted()
}
