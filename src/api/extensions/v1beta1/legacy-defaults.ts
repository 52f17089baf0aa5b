import type { KubeObject } from '#machinery'
import type { LabelSelector } from '#machinery/selectors'
import type { PodTemplateSpec } from '../../generated/types/core-v1.ts'
import { change } from '../../shared/change.ts'

/** What the old group wrote for "no limit" once apps/v1 had one by default. */
export const unlimited = 2 ** 31 - 1

interface Workload extends KubeObject {
  readonly spec?: { readonly selector?: LabelSelector; readonly template?: PodTemplateSpec }
}

/** The labels of the template are the selector, and the object's own, where those are missing. */
export function adoptTemplateLabels<T extends Workload>(object: T): T {
  const labels = object.spec?.template?.metadata?.labels
  if (!labels) return object
  const isUnlabelled = Object.keys(object.metadata?.labels ?? {}).length === 0
  const spec = object.spec?.selector
    ? object.spec
    : { ...object.spec, selector: { matchLabels: labels } }
  return change<Workload>(object, {
    spec,
    ...(isUnlabelled && { metadata: { ...object.metadata, labels } }),
  }) as T
}

/** Text of the Warning header of a kind that has moved to another group. */
export function movedWarning(kind: string, since: string, until: string, to: string): string {
  return `extensions/v1beta1 ${kind} is deprecated in ${since}+, unavailable in ${until}+; use ${to} ${kind}`
}
