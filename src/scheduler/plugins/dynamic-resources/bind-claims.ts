import { type Pod, type ResourceV1, resourceClaims } from '#api'
import { formatTime, type Stored } from '#machinery'
import { isConflict } from '#machinery/status'
import type { DeviceView } from '../../devices/device-view.ts'
import { nameOf } from '../../devices/requests.ts'
import type { BindContext, Reservation } from '../../framework/plugin.ts'
import {
  bindingTimeoutMs,
  hasBindingConditions,
  isOverdue,
  readinessOf,
} from './binding-conditions.ts'
import { createExtendedClaim, deleteExtendedClaim, writeExtendedStatus } from './extended-claim.ts'
import type { RequestMapping } from './extended-requests.ts'
import { type Claim, isReservedFor } from './pod-claims.ts'

/** A claim is not thrown away while devices are allocated to it. */
const protection = 'resource.kubernetes.io/delete-protection'
/** A claim is written again so often when somebody else writes it too. */
const mostAttempts = 5
const pollMs = 5000

type Allocation = ResourceV1.AllocationResult

/** The claims of a pod, each with what is to be allocated to it; nothing where that stands already. */
export interface ClaimToBind {
  readonly claim: Claim
  readonly allocation?: Allocation
  /** Of a claim for extended resources, which is still to be made: for which containers it is. */
  readonly mappings?: readonly RequestMapping[]
}

/** Counts the allocations at once; they are written, and the claims reserved for the pod, before it is bound. */
export function reserveClaims(
  name: string,
  pod: Stored<Pod>,
  wanted: readonly ClaimToBind[],
  world: { readonly devices: DeviceView; readonly node: string },
): Reservation {
  const { devices } = world
  for (const { claim, allocation } of wanted) {
    if (allocation) devices.hold({ ...claim, status: { ...claim.status, allocation } })
  }
  const bound: Claim[] = []
  /** Those that are for extended resources. */
  const made: Claim[] = []
  return {
    plugin: name,
    async preBind(context) {
      for (const each of wanted) {
        const isReserved = isReservedFor(each.claim, pod)
        const claim = await madeClaim(each, context)
        if (each.mappings) made.push(claim)
        bound.push(isReserved ? claim : await bindClaim({ ...each, claim }, pod, devices, context))
        if (!each.mappings) continue
        devices.release(each.claim.metadata.uid)
        await writeExtendedStatus(pod, claim, each.mappings, context)
      }
      if (bound.some(hasBindingConditions)) await readyDevices(bound, pod, { ...context, ...world })
    },
    async release(context) {
      for (const { claim } of wanted) devices.release(claim.metadata.uid)
      const giveBack = async ({ claim }: ClaimToBind) => {
        const written = devices.claim(claim.metadata.namespace ?? '', claim.metadata.name)
        if (!written?.status?.allocation || !isReservedFor(written, pod)) return
        devices.assume(await unreserve(written, pod, context))
      }
      const remove = (claim: Claim) => {
        const { namespace = '', name: claimName } = claim.metadata
        return deleteExtendedClaim(devices.claim(namespace, claimName) ?? claim, context)
      }
      // One that cannot be given back keeps none of the others (upstream: Unreserve).
      const done = await Promise.allSettled([
        ...wanted.filter(({ mappings }) => !mappings).map(giveBack),
        ...made.map(remove),
      ])
      const failed = done.find((each) => each.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}

function madeClaim({ claim, mappings }: ClaimToBind, context: BindContext): Promise<Claim> {
  return mappings ? createExtendedClaim(claim, context) : Promise.resolve(claim)
}

/** Writes finalizer, allocation and reservation; again on top of what others have written meanwhile. */
async function bindClaim(
  { claim, allocation }: ClaimToBind,
  pod: Stored<Pod>,
  devices: DeviceView,
  { client, clock }: BindContext,
): Promise<Claim> {
  let current = claim
  for (let attempt = 1; ; attempt++) {
    try {
      const written = await write(current)
      devices.assume(written)
      return written
    } catch (error) {
      if (!isConflict(error) || attempt === mostAttempts) {
        devices.release(claim.metadata.uid)
        throw error
      }
      current = await client.get(resourceClaims, keyOf(claim))
    }
  }

  async function write(base: Claim): Promise<Claim> {
    const shown = nameOf(base)
    if (base.metadata.deletionTimestamp)
      throw new Error(`claim ${shown} got deleted in the meantime`)
    if (allocation && base.status?.allocation) {
      throw new Error(`claim ${shown} got allocated elsewhere in the meantime`)
    }
    const kept = allocation ?? base.status?.allocation
    if (!kept) throw new Error(`claim ${shown} got deallocated elsewhere in the meantime`)
    const guarded = allocation ? await protect(base) : base
    const reservedFor = [...(guarded.status?.reservedFor ?? []), referenceTo(pod)]
    const allocationTimestamp = kept.allocationTimestamp ?? formatTime(clock.wallMs())
    const status = {
      ...guarded.status,
      ...{ reservedFor, allocation: allocation ? { ...kept, allocationTimestamp } : kept },
    }
    return client.update(resourceClaims, { ...guarded, status }, { subresource: 'status' })
  }

  async function protect(base: Claim): Promise<Claim> {
    const { finalizers = [] } = base.metadata
    if (finalizers.includes(protection)) return base
    const metadata = { ...base.metadata, finalizers: [...finalizers, protection] }
    return client.update(resourceClaims, { ...base, metadata })
  }
}

function keyOf({ metadata: { namespace, name } }: Claim) {
  return namespace === undefined ? { name } : { namespace, name }
}

function referenceTo({ metadata: { name, uid } }: Stored<Pod>) {
  return { resource: 'pods', name, uid }
}

/** Without the newest revision at hand: a patch takes away one entry alone. */
function unreserve(claim: Claim, pod: Stored<Pod>, { client }: BindContext): Promise<Claim> {
  const { uid } = claim.metadata
  const reservedFor = [{ $patch: 'delete', uid: pod.metadata.uid }]
  const patch = { metadata: { uid }, status: { reservedFor } }
  const options = { subresource: 'status' }
  return client.patch(resourceClaims, keyOf(claim), { kind: 'strategic', patch }, options)
}

interface Waiting extends BindContext {
  readonly devices: DeviceView
  readonly node: string
}

/** Waits until drivers have made all devices ready. */
async function readyDevices(
  claims: readonly Claim[],
  pod: Stored<Pod>,
  { devices, node, clock, events, signal }: Waiting,
): Promise<void> {
  const action = 'Scheduling'
  const message = `waiting for binding conditions for device on node ${node}`
  events.event(pod, { type: 'Normal', reason: 'BindingConditionsPending', action, message })
  const until = clock.monotonicMs() + bindingTimeoutMs
  for (;;) {
    const now = claims.map((claim) => current(claim, devices))
    const failed = now.map(readinessOf).find((each) => typeof each === 'object')
    if (failed) throw new Error(failed.failed)
    if (now.every((claim) => readinessOf(claim) === 'ready')) return
    const late = now.find((claim) => isOverdue(claim, clock.wallMs()))
    if (late) throw new Error(`device binding timeout: claim=${late.metadata.name}`)
    if (clock.monotonicMs() >= until) {
      throw new Error('device binding timeout: context deadline exceeded')
    }
    await clock.sleep(pollMs, signal)
  }
}

function current(claim: Claim, devices: DeviceView): Claim {
  const { namespace = '', name } = claim.metadata
  const found = devices.claim(namespace, name)
  if (!found) throw new Error(`could not find ResourceClaim "${namespace}/${name}"`)
  return found
}
