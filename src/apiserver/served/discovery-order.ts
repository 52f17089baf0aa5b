import type { Definition } from './definition.ts'

/**
 * Definitions in the order of discovery: groups by priority and name, in each group the preferred
 * version first, and the kinds of a version as they came.
 */
export function inDiscoveryOrder(definitions: Iterable<Definition>): readonly Definition[] {
  return [...definitions].sort(
    (a, b) =>
      priorityOf(b) - priorityOf(a) ||
      compareText(a.resource.group, b.resource.group) ||
      compareVersions(a.resource.version, b.resource.version),
  )
}

/** Above all that an APIService may ask for (upstream's limit is 20000). */
const builtInPriority = 20_001

function priorityOf({ groupPriority = builtInPriority }: Definition): number {
  return groupPriority
}

const stages: readonly (string | undefined)[] = ['alpha', 'beta', undefined]

/**
 * Sorts the preferred version first: v2, v1, v1beta2, v1beta1, v1alpha1, and then all that is not
 * written so, by its letters (upstream: `version.CompareKubeAwareVersionStrings`).
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)]
  if (!left || !right) return left ? -1 : right ? 1 : compareText(a, b)
  const differing = left.findIndex((part, index) => part !== right[index])
  return differing < 0 ? 0 : right[differing]! - left[differing]!
}

function partsOf(version: string): readonly number[] | undefined {
  const [, major, stage, minor = '0'] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? []
  if (major === undefined) return undefined
  return [stages.indexOf(stage), Number(major), Number(minor)]
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
