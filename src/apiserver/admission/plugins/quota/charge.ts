import {
  addAmounts,
  amountsOf,
  increaseOf,
  listOfAmounts,
  maskAmounts,
  namesBeyond,
  type QuotaEvaluator,
  quotaMatches,
  type ResourceAmounts,
  type ResourceQuota,
  type ScopedResourceSelectorRequirement,
  scopeSelectorsOf,
  withoutZeros,
} from '#api'
import { groupResourceOf, type KubeObject, type Stored } from '#machinery'
import { StatusError } from '#machinery/status'
import type { AdmissionAttributes } from '../../admission.ts'
import { refuse } from '../../attributes.ts'

/** What may be had only where a quota allows it (upstream: `LimitedResource` of the configuration). */
export interface LimitedResource {
  readonly apiGroup?: string
  readonly resource: string
  /** Parts of the names of what is limited. */
  readonly matchContains?: readonly string[]
  readonly matchScopes?: readonly ScopedResourceSelectorRequirement[]
}

/** A write that quotas look at, with its object. */
export interface ChargedWrite {
  readonly attributes: AdmissionAttributes & { readonly object: KubeObject }
  readonly evaluator: QuotaEvaluator
  readonly limited: readonly LimitedResource[]
  readonly nowMs: number
}

type Quotas = readonly Stored<ResourceQuota>[]

/**
 * The quotas with the write charged to those that it concerns; the very same ones where it costs nothing
 * (upstream: `CheckRequest`).
 * @throws StatusError when a quota does not allow the write.
 */
export function charge(quotas: Quotas, write: ChargedWrite): Quotas {
  const { attributes, evaluator, nowMs } = write
  const concerned = quotas.filter((quota) => concerns(quota, write))
  const usage = evaluator.usage(attributes.object, nowMs)
  const negative = [...usage].filter(([, { nanos }]) => nanos < 0n).map(([name]) => name)
  if (negative.length > 0) {
    const names = negative.toSorted().join(',')
    throw refuse(attributes, `quota usage is negative for resource(s): ${names}`)
  }
  const deltas = new Map(concerned.map((quota) => [quota, deltaOf(quota, usage, write)]))
  if (!costsAnything(deltas, usage, write)) return quotas
  requireCovering(quotas, concerned, usage, write)
  return quotas.map((quota) => {
    const delta = deltas.get(quota)
    return delta && delta.size > 0 ? charged(quota, delta, attributes) : quota
  })
}

/** Whether the quota bounds the object. @throws StatusError when it cannot be told what it costs. */
function concerns(quota: Stored<ResourceQuota>, { attributes, evaluator }: ChargedWrite): boolean {
  if (!quotaMatches(quota, evaluator, attributes.object)) return false
  const { name } = quota.metadata
  const names = evaluator.matching(Object.keys(quota.status?.hard ?? {}))
  const missing = evaluator.missing(names, attributes.object)
  if (missing !== undefined) throw refuse(attributes, `failed quota: ${name}: ${missing}`)
  if (names.some((each) => quota.status?.used?.[each] === undefined)) {
    const listed = names.toSorted().join(',')
    throw refuse(attributes, `status unknown for quota: ${name}, resources: ${listed}`)
  }
  return true
}

/** What the write adds to the usage of a quota, without zeros. */
function deltaOf(
  quota: Stored<ResourceQuota>,
  usage: ResourceAmounts,
  { attributes, evaluator, nowMs }: ChargedWrite,
): ResourceAmounts {
  const { old, verb } = attributes
  const wasCounted = verb === 'update' && old && quotaMatches(quota, evaluator, old)
  return withoutZeros(wasCounted ? increaseOf(usage, evaluator.usage(old, nowMs)) : usage)
}

function costsAnything(
  deltas: ReadonlyMap<unknown, ResourceAmounts>,
  usage: ResourceAmounts,
  { attributes, evaluator, nowMs }: ChargedWrite,
): boolean {
  if (deltas.size > 0) return [...deltas.values()].some(({ size }) => size > 0)
  const { old } = attributes
  const delta = old ? increaseOf(usage, evaluator.usage(old, nowMs)) : usage
  return withoutZeros(delta).size > 0
}

/** @throws StatusError where something is limited and no quota covers it. */
function requireCovering(
  quotas: Quotas,
  concerned: Quotas,
  usage: ResourceAmounts,
  { attributes, evaluator, limited }: ChargedWrite,
): void {
  if (limited.length === 0) return
  const { object, resource } = attributes
  const bounded = concerned.flatMap(({ status }) =>
    evaluator.matching(Object.keys(status?.hard ?? {})),
  )
  const parts = limited
    .filter((each) => nameOf(each) === groupResourceOf(resource))
    .flatMap(({ matchContains = [] }) => matchContains)
  const uncovered = [...withoutZeros(usage).keys()].filter(
    (name) => parts.some((part) => name.includes(part)) && !bounded.includes(name),
  )
  if (uncovered.length > 0) {
    const names = uncovered.toSorted().join(',')
    throw refuse(attributes, `insufficient quota to consume: ${names}`)
  }
  const matching = (scopes: readonly ScopedResourceSelectorRequirement[]) =>
    scopes.filter((scope) => evaluator.matchesScope(scope, object))
  const covered = matching(quotas.flatMap(scopeSelectorsOf)).map(({ scopeName }) => scopeName)
  const open = matching(limited.flatMap(({ matchScopes = [] }) => matchScopes)).filter(
    ({ scopeName }) => !covered.includes(scopeName),
  )
  if (open.length === 0) return
  // Upstream refuses this without a reason.
  const message = `insufficient quota to match these scopes: [${open.map(scopeText).join(' ')}]`
  throw new StatusError({ code: 500, reason: '', message })
}

/** `limits.cpu=2,pods=1` */
function textOf(amounts: ResourceAmounts): string {
  return Object.entries(listOfAmounts(amounts))
    .map(([name, text]) => `${name}=${text}`)
    .join(',')
}

/** As Go prints the requirement. */
function scopeText({
  scopeName,
  operator,
  values = [],
}: ScopedResourceSelectorRequirement): string {
  return `{${scopeName} ${operator} [${values.join(' ')}]}`
}

function nameOf({ apiGroup = '', resource }: LimitedResource): string {
  return groupResourceOf({ group: apiGroup, plural: resource })
}

/** The quota with this added. @throws StatusError 403 when that is more than it allows. */
function charged(
  quota: Stored<ResourceQuota>,
  delta: ResourceAmounts,
  attributes: AdmissionAttributes,
): Stored<ResourceQuota> {
  const hard = amountsOf(quota.status?.hard)
  const before = amountsOf(quota.status?.used)
  const requested = maskAmounts(delta, hard.keys())
  const used = addAmounts(before, requested)
  // What has been used already is counted, however much it is.
  const beyond =
    attributes.subresource === 'status'
      ? []
      : namesBeyond(maskAmounts(used, requested.keys()), hard)
  if (beyond.length > 0) {
    const texts = [
      `exceeded quota: ${quota.metadata.name}`,
      `requested: ${textOf(maskAmounts(requested, beyond))}`,
      `used: ${textOf(maskAmounts(before, beyond))}`,
      `limited: ${textOf(maskAmounts(hard, beyond))}`,
    ]
    throw refuse(attributes, texts.join(', '))
  }
  return requested.size === 0
    ? quota
    : { ...quota, status: { ...quota.status, used: listOfAmounts(used) } }
}
