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
import { type ClaimToBind, reserveClaims } from './bind-claims.ts'
import { isOverdue, readinessOf } from './binding-conditions.ts'
import { claimOnNode, type ExtendedClaim, staleClaim, usesDeviceClasses } from './extended-claim.ts'
import type { Claim } from './pod-claims.ts'

export const pluginName = 'DynamicResources'

/** Why a node does not do where the claims are allocated already. */
export const notAvailable = unresolvable(pluginName, 'resourceclaim not available on the node')

/** What was found on a node, for the claims of the pod and for its extended resources. */
interface Searched {
  /** Undefined where nothing has to be allocated. */
  readonly allocation?: DeviceAllocation
  readonly extended?: ExtendedClaim
  readonly rejection?: PluginRejection
}

/** What PreFilter makes of the claims of a pod: a filter that looks for devices node by node. */
export function filterByClaims(
  claims: readonly Claim[],
  { pod: info, snapshot, nowMs }: Cycle,
): PreFilterResult & { readonly kind: 'filter' | 'reject' } {
  const { pod } = info
  const { devices } = snapshot.cluster
  const wanted = claims.filter(({ status }) => !status?.allocation)
  const reason = firstReason(wanted, devices)
  if (reason !== undefined) return { kind: 'reject', rejection: unresolvable(pluginName, reason) }
  const allocated = claims.filter(({ status }) => status?.allocation)
  const usesClasses = usesDeviceClasses(info, devices)
  const stale = usesClasses ? staleClaim(info, devices) : undefined
  const found = new Map<string, Searched>()
  const search = (node: NodeInfo): Searched => {
    const known = found.get(node.name)
    if (known) return known
    const extended = usesClasses ? claimOnNode(info, node, devices) : 'nothing'
    const searched =
      extended === 'cannot fit resource'
        ? { rejection: unresolvable(pluginName, extended) }
        : searchOn(node, wanted, extended === 'nothing' ? undefined : extended, devices)
    found.set(node.name, searched)
    return searched
  }
  return {
    kind: 'filter',
    filter(node) {
      if (stale) return staleRejection
      const isElsewhere = allocated.some((claim) => !isClaimAvailable(claim, node, nowMs))
      return rejectionOf(search(node), node) ?? (isElsewhere ? notAvailable : undefined)
    },
    ...(wanted.some(hasAlternatives) && { preScore: () => scorerOf(wanted, found) }),
    reserve(node, random) {
      const { allocation, extended } = found.get(node) ?? {}
      const results = allocation?.kind === 'allocated' ? allocation.results(idsOf(random)) : []
      if (results.length !== wanted.length + (extended ? 1 : 0)) {
        throw new Error('claim allocation not found for node')
      }
      const toBind = claims.map((claim) => bindingOf(claim, results[wanted.indexOf(claim)]))
      const special = extended && {
        ...bindingOf(withUid(extended.claim, random.uuid()), results.at(-1)),
        mappings: extended.mappings,
      }
      const all = special ? [...toBind, special] : toBind
      return reserveClaims(pluginName, pod, all, { devices, node })
    },
  }
}

/** Why no node does: an earlier attempt has left a claim, which has to go first. */
const staleRejection = unresolvable(pluginName, 'cannot schedule extended resource claim')

function bindingOf(claim: Claim, allocation: ResourceV1.AllocationResult | undefined): ClaimToBind {
  return allocation ? { claim, allocation } : { claim }
}

/** Until it is written it is counted by a uid of its own. */
function withUid(claim: Claim, uid: string): Claim {
  return { ...claim, metadata: { ...claim.metadata, uid } }
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
function searchOn(
  node: NodeInfo,
  wanted: readonly Claim[],
  extended: ExtendedClaim | undefined,
  devices: DeviceView,
): Searched {
  const all = extended ? [...wanted, extended.claim] : wanted
  if (all.length === 0) return {}
  try {
    const allocation = allocateDevices(all, node, {
      slices: devices.slices(),
      classOf: devices.classOf,
      allocated: devices.allocated,
    })
    return { allocation, ...(extended && { extended }) }
  } catch (error) {
    throw filterError(error instanceof Error ? error.message : String(error))
  }
}

const filterError = (message: string): Error =>
  new Error(`running "${pluginName}" filter plugin: ${message}`)

function rejectionOf(
  { allocation, rejection }: Searched,
  { name }: NodeInfo,
): PluginRejection | undefined {
  switch (allocation?.kind) {
    case 'gave-up':
      throw filterError(`node ${name}: timed out trying to allocate devices`)
    case 'none':
      return unresolvable(pluginName, allocation.reason ?? 'cannot allocate all claims')
    default:
      return rejection
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
function scorerOf(wanted: readonly Claim[], found: ReadonlyMap<string, Searched>): Scorer {
  const score = ({ name }: NodeInfo): number => {
    const allocation = found.get(name)?.allocation
    if (allocation?.kind !== 'allocated') return 0
    const results = allocation.results(() => '')
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
