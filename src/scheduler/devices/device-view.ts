import type { ResourceV1 } from '#api'
import { isNewer, keyOf, type Stored } from '#machinery'
import { type AllocatedDevices, createAllocationLedger } from './allocated.ts'
import type { SliceIndex } from './pools.ts'
import { classForResource, type DeviceClassOf } from './requests.ts'

type Claim = Stored<ResourceV1.ResourceClaim>

/**
 * Claims, classes and devices as the scheduler sees them: with what it has allocated and not written yet, and what it
 * has written and not seen again (upstream: `SharedDRAManager`).
 */
export interface DeviceView {
  claim(namespace: string, name: string): Claim | undefined
  /** Whether an allocation of the claim is still to be written. */
  isBeingAllocated(uid: string): boolean
  /** All claims as they are. */
  claims(): Iterable<Claim>
  readonly classOf: DeviceClassOf
  /** The class whose devices stand for an extended resource. */
  classFor(resource: string): Stored<ResourceV1.DeviceClass> | undefined
  slices(): SliceIndex
  readonly allocated: AllocatedDevices
  /** Counts the claim as it is going to be. */
  hold(claim: Claim): void
  /** Counts the claim as it was before it was held. */
  release(uid: string): void
  /** Takes what a write has answered with for what there is, until something newer is seen. */
  assume(claim: Claim): void
}

/** Where what is in the API comes from. */
export interface DeviceSource {
  claims(): Iterable<Claim>
  readonly classOf: DeviceClassOf
  classes(): Iterable<Stored<ResourceV1.DeviceClass>>
  slices(): SliceIndex
}

interface Known {
  seen?: Claim | undefined
  assumed?: Claim | undefined
  held?: Claim | undefined
  /** Which of them the ledger counts. */
  counted?: Claim | undefined
}

/** A view, and how changes of claims reach it; what is there already is counted at once. */
export function createDeviceView(source: DeviceSource): {
  readonly view: DeviceView
  onClaim(change: { readonly before?: Claim | undefined; readonly after?: Claim | undefined }): void
} {
  const ledger = createAllocationLedger()
  const known = new Map<string, Known>()
  const names = new Map<string, string>()

  const change = (uid: string, apply: (claim: Known) => void) => {
    const claim = known.get(uid) ?? {}
    apply(claim)
    const current = claim.held ?? currentOf(claim)
    if (current) known.set(uid, claim)
    else known.delete(uid)
    if (claim.counted === current) return
    if (claim.counted) ledger.remove(claim.counted)
    if (current) ledger.add(current)
    claim.counted = current
  }
  const see = (claim: Claim) => {
    names.set(keyOf(claim), claim.metadata.uid)
    change(claim.metadata.uid, (each) => {
      each.seen = claim
      if (each.assumed && !isNewer(each.assumed, claim)) each.assumed = undefined
    })
  }
  const forget = (claim: Claim) => {
    if (names.get(keyOf(claim)) === claim.metadata.uid) names.delete(keyOf(claim))
    change(claim.metadata.uid, (each) => {
      each.seen = undefined
      each.assumed = undefined
    })
  }
  for (const claim of source.claims()) see(claim)

  const view: DeviceView = {
    claim(namespace, name) {
      const uid = names.get(keyOf({ namespace, name }))
      const claim = uid === undefined ? undefined : known.get(uid)
      return claim && currentOf(claim)
    },
    isBeingAllocated: (uid) => known.get(uid)?.held !== undefined,
    claims: () => [...known.values()].flatMap((claim) => currentOf(claim) ?? []),
    classOf: source.classOf,
    classFor: (resource) => classForResource(resource, source.classes(), source.classOf),
    slices: () => source.slices(),
    allocated: ledger,
    hold: (claim) => change(claim.metadata.uid, (each) => (each.held = claim)),
    release: (uid) => change(uid, (each) => (each.held = undefined)),
    assume(claim) {
      names.set(keyOf(claim), claim.metadata.uid)
      change(claim.metadata.uid, (each) => {
        each.held = undefined
        if (!each.seen || isNewer(claim, each.seen)) each.assumed = claim
      })
    },
  }
  return {
    view,
    onClaim({ before, after }) {
      if (before && before.metadata.uid !== after?.metadata.uid) forget(before)
      if (after) see(after)
    },
  }
}

function currentOf({ seen, assumed }: Known): Claim | undefined {
  return assumed ?? seen
}
