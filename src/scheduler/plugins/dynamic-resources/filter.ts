import { nodeTerm, type ResourceV1 } from '#api'
import type { Random } from '#lib'
import { allocateDevices, type DeviceAllocation } from '../../devices/allocator.ts'
import type { DeviceView } from '../../devices/device-view.ts'
import { nameOf } from '../../devices/requests.ts'
import {
  type Cycle,
  normalizeToMax,
  type PluginRejection,
  type PreFilterResult,
  type Scorer,
  unresolvable,
} from '../../framework/plugin.ts'
import type { NodeInfo } from '../../model/node-info.ts'
import { reserveClaims } from './bind-claims.ts'
import { isOverdue, readinessOf } from './binding-conditions.ts'
import type { Claim } from './pod-claims.ts'

export const pluginName = 'DynamicResources'

/** Why a node does not do where the claims are allocated already. */
export const notAvailable = unresolvable(pluginName, 'resourceclaim not available on the node')

/** What PreFilter makes of the claims of a pod: a filter that looks for devices node by node. */
export function filterByClaims(
  claims: readonly Claim[],
  { pod: { pod }, snapshot, nowMs }: Cycle,
): PreFilterResult & { readonly kind: 'filter' | 'reject' } {
  const { devices } = snapshot.cluster
  const wanted = claims.filter(({ status }) => !status?.allocation)
  const reason = firstReason(wanted, devices)
  if (reason !== undefined) return { kind: 'reject', rejection: unresolvable(pluginName, reason) }
  const allocated = claims.filter(({ status }) => status?.allocation)
  const found = new Map<string, DeviceAllocation>()
  const search = (node: NodeInfo): DeviceAllocation => {
    const known = found.get(node.name)
    if (known) return known
    const searched = searchOn(node, wanted, devices)
    found.set(node.name, searched)
    return searched
  }
  return {
    kind: 'filter',
    filter(node) {
      const isElsewhere = allocated.some((claim) => !isClaimAvailable(claim, node, nowMs))
      const searched = wanted.length > 0 ? search(node) : undefined
      return rejectionOf(searched, node) ?? (isElsewhere ? notAvailable : undefined)
    },
    ...(wanted.some(hasAlternatives) && { preScore: () => scorerOf(wanted, found) }),
    reserve(node, random) {
      const searched = found.get(node)
      const results = searched?.kind === 'allocated' ? searched.results(idsOf(random)) : []
      if (results.length !== wanted.length) throw new Error('claim allocation not found for node')
      const toBind = claims.map((claim) => {
        const allocation = results[wanted.indexOf(claim)]
        return allocation ? { claim, allocation } : { claim }
      })
      return reserveClaims(pluginName, pod, toBind, { devices, node })
    },
  }
}

const idsOf = (random: Random) => () => random.uuid()

/** What keeps claims from being allocated on whatever node. */
function firstReason(wanted: readonly Claim[], devices: DeviceView): string | undefined {
  for (const claim of wanted) {
    if (devices.isBeingAllocated(claim.metadata.uid)) {
      return `resource claim ${nameOf(claim)} is in the process of being allocated`
    }
    for (const { name, exactly, firstAvailable = [] } of claim.spec.devices?.requests ?? []) {
      const asked = exactly
        ? [{ shown: name, deviceClassName: exactly.deviceClassName }]
        : firstAvailable.map((each) => ({ ...each, shown: `${name}/${each.name}` }))
      const missing = asked.find(({ deviceClassName }) => !devices.classOf(deviceClassName))
      if (missing) {
        return `request ${missing.shown}: device class ${missing.deviceClassName} does not exist`
      }
    }
  }
  return undefined
}

/** @throws Error where a claim or a class is wrong. */
function searchOn(node: NodeInfo, wanted: readonly Claim[], devices: DeviceView): DeviceAllocation {
  try {
    return allocateDevices(wanted, node, {
      slices: devices.slices(),
      classOf: devices.classOf,
      allocated: devices.allocated,
    })
  } catch (error) {
    throw filterError(error instanceof Error ? error.message : String(error))
  }
}

const filterError = (message: string): Error =>
  new Error(`running "${pluginName}" filter plugin: ${message}`)

function rejectionOf(
  searched: DeviceAllocation | undefined,
  { name }: NodeInfo,
): PluginRejection | undefined {
  switch (searched?.kind) {
    case 'gave-up':
      throw filterError(`node ${name}: timed out trying to allocate devices`)
    case 'none':
      return unresolvable(pluginName, searched.reason ?? 'cannot allocate all claims')
    default:
      return undefined
  }
}

/** Whether the devices of an allocated claim can be used on the node, as far as anybody knows. */
export function isClaimAvailable(claim: Claim, node: NodeInfo, nowMs: number): boolean {
  if (!admits(claim.status?.allocation, node)) return false
  const readiness = readinessOf(claim)
  return readiness === 'ready' || (readiness === 'waiting' && !isOverdue(claim, nowMs))
}

function admits(allocation: ResourceV1.AllocationResult | undefined, node: NodeInfo): boolean {
  const terms = allocation?.nodeSelector?.nodeSelectorTerms
  return !terms || terms.some((term) => nodeTerm(term)(node))
}

const mostAlternatives = 8

function hasAlternatives({ spec }: Claim): boolean {
  return (spec.devices?.requests ?? []).some(({ firstAvailable = [] }) => firstAvailable.length > 0)
}

/** The earlier the alternatives that a node can give, the better. */
function scorerOf(wanted: readonly Claim[], found: ReadonlyMap<string, DeviceAllocation>): Scorer {
  const score = ({ name }: NodeInfo): number => {
    const searched = found.get(name)
    if (searched?.kind !== 'allocated') return 0
    const results = searched.results(() => '')
    return wanted.reduce((sum, claim, i) => sum + scoreOf(claim, results[i]), 0)
  }
  return { score, normalize: (scores) => normalizeToMax(scores, false) }
}

function scoreOf({ spec }: Claim, allocation: ResourceV1.AllocationResult | undefined): number {
  const given = new Set((allocation?.devices?.results ?? []).map(({ request }) => request))
  let score = 0
  for (const { name, firstAvailable = [] } of spec.devices?.requests ?? []) {
    for (const [i, each] of firstAvailable.entries()) {
      if (given.has(`${name}/${each.name}`)) score += mostAlternatives - i
    }
  }
  return score
}
