import type { KubeObject, ResourceRef } from '#machinery'
import type { ScopedResourceSelectorRequirement } from '../../../../generated/types/index.ts'
import type { ResourceAmounts } from '../../pod/model/requests.ts'

/** A write, as far as it decides whether quotas look at it. */
interface CountedWrite {
  readonly verb: string
  readonly subresource: string
  readonly object?: KubeObject
  readonly old?: KubeObject
}

/** How objects of one resource are counted against quotas (upstream: `quota.Evaluator`). */
export interface QuotaEvaluator {
  readonly resource: Pick<ResourceRef, 'group' | 'plural'>
  /** Whether the write can change what is used. */
  handles(write: CountedWrite): boolean
  /** Those of the names that such objects count for. */
  matching(names: Iterable<string>): readonly string[]
  matchesScope(scope: ScopedResourceSelectorRequirement, object: KubeObject): boolean
  /** Why the object must not come in where these names are bound; undefined where it may. */
  missing(names: readonly string[], object: KubeObject): string | undefined
  usage(object: KubeObject, nowMs: number): ResourceAmounts
  /** Whether an update may have changed what the object uses, so that quotas are counted again. */
  isRecounted(before: KubeObject, after: KubeObject, nowMs: number): boolean
}
