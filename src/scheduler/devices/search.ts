import type { ResourceV1, SelectableNode } from '#api'
import type { Stored } from '#machinery'
import type { AllocatedDevices } from './allocated.ts'
import { hasCapacity } from './capacity.ts'
import { constraintOf } from './constraints.ts'
import { deviceIdOf } from './device-id.ts'
import { type Pool, reaches } from './pools.ts'
import { AllocationError, nameOf, type Wanted } from './requests.ts'
import type { Chosen } from './result.ts'
import { isSelected } from './selection.ts'
import { createTrial, type DeviceCandidate, type Trial } from './trial.ts'

type Claim = Stored<ResourceV1.ResourceClaim>

/** So many devices one claim can have. */
const mostDevices = 32
/** So often a device is looked at before the search is given up; upstream gives up after ten seconds. */
const mostLooks = 100_000

export interface SearchInput {
  readonly claims: readonly Claim[]
  /** What each claim asks for: request by request, and of each its alternatives. */
  readonly wanted: readonly (readonly (readonly Wanted[])[])[]
  readonly pools: readonly Pool[]
  readonly node: SelectableNode
  readonly allocated: AllocatedDevices
}

/** What one claim gets, and which alternative of each of its requests that is for. */
interface Found {
  readonly chosen: readonly Chosen[]
  readonly selected: readonly (Wanted | undefined)[]
}

/** `too many`: a claim would have more devices than it can, whatever is tried next for it. */
type Outcome = 'done' | 'none' | 'too many'

class GaveUp extends Error {}

interface Need {
  readonly wanted: Wanted
  readonly count: number
  /** The devices themselves, where all that fit are wanted. */
  readonly all?: readonly DeviceCandidate[]
}

/**
 * An exhaustive search, request after request, that ends with the first solution.
 * @throws AllocationError
 */
export function findDevices(input: SearchInput): readonly Found[] | 'none' | 'gave-up' {
  try {
    return new Search(input).run()
  } catch (error) {
    if (error instanceof GaveUp) return 'gave-up'
    throw error
  }
}

class Search {
  readonly #input: SearchInput
  readonly #trial: Trial
  readonly #needs: readonly (readonly (readonly Need[])[])[]
  readonly #selected: (Wanted | undefined)[][]
  /** Whether a device is what a request wants depends on nothing that the search changes. */
  readonly #fits = new Map<Wanted, Map<ResourceV1.Device, boolean>>()
  readonly #candidates: readonly DeviceCandidate[]
  #looks = 0

  constructor(input: SearchInput) {
    const { claims, wanted, allocated } = input
    this.#input = input
    this.#candidates = candidatesIn(input.pools)
    this.#trial = createTrial(
      claims.map(({ spec }) => (spec.devices?.constraints ?? []).map(constraintOf)),
      allocated,
    )
    this.#selected = claims.map(() => [])
    this.#needs = claims.map((_, i) => this.#needsOf(i, wanted[i] ?? []))
  }

  run(): readonly Found[] | 'none' {
    const outcome = this.#request(0, 0)
    if (outcome === 'too many') throw new AllocationError('allocation max size exceeded')
    if (outcome === 'none') return 'none'
    return this.#input.claims.map((_, i) => ({
      chosen: this.#trial.chosen(i),
      selected: this.#selected[i] ?? [],
    }))
  }

  #needsOf(
    claimIndex: number,
    wanted: readonly (readonly Wanted[])[],
  ): readonly (readonly Need[])[] {
    const needs = wanted.map((forms) => forms.map((each) => this.#needOf(claimIndex, each)))
    const least = needs.reduce(
      (sum, forms) => sum + Math.min(...forms.map(({ count }) => count)),
      0,
    )
    if (least <= mostDevices) return needs
    throw new AllocationError(
      `claim ${this.#nameOf(claimIndex)}: number of requested devices ${least} exceeds the claim limit of ${mostDevices}`,
    )
  }

  #needOf(claimIndex: number, wanted: Wanted): Need {
    const { allocationMode, count = 1, capacity } = wanted.request
    if (allocationMode !== 'All') return { wanted, count }
    for (const { state, id } of this.#input.pools) {
      if (state === 'usable') continue
      const why = state === 'invalid' ? 'invalid' : 'being updated'
      throw new AllocationError(
        `claim ${this.#nameOf(claimIndex)}, request ${shortName(wanted)}: asks for all devices, but resource pool ${id} is currently ${why}`,
      )
    }
    const all = this.#candidates.filter(
      (candidate) =>
        this.#isFit(claimIndex, wanted, candidate) &&
        hasCapacity(capacity, candidate.device.capacity, this.#trial.used(candidate.id)),
    )
    return { wanted, count: all.length, all }
  }

  #request(claimIndex: number, requestIndex: number): Outcome {
    const needs = this.#needs[claimIndex]
    if (!needs) return 'done'
    const forms = needs[requestIndex]
    if (!forms) {
      const next = this.#request(claimIndex + 1, 0)
      // Another choice for a claim before may leave it with fewer.
      return next === 'too many' ? 'none' : next
    }
    let isAlwaysTooMany = true
    for (const need of forms) {
      const outcome = this.#device({ claimIndex, requestIndex, need }, 0, 0)
      if (outcome === 'done') {
        const selected = this.#selected[claimIndex]
        if (selected) selected[requestIndex] = need.wanted
        return 'done'
      }
      if (outcome === 'none') isAlwaysTooMany = false
    }
    return isAlwaysTooMany ? 'too many' : 'none'
  }

  /** Finds the device with this index of a request, and then all that comes after it. */
  #device(at: At, index: number, from: number): Outcome {
    const { need, claimIndex } = at
    if (need.all?.length === 0) return 'none'
    if (index >= need.count) return this.#request(claimIndex, at.requestIndex + 1)
    const others = this.#trial.chosen(claimIndex).length - index
    if (others + need.count > mostDevices) return 'too many'
    return need.all ? this.#given(at, index, need.all) : this.#any(at, index, from)
  }

  /** Of all that fit each has to be had. */
  #given(at: At, index: number, all: readonly DeviceCandidate[]): Outcome {
    const candidate = all[index]
    if (!candidate) return 'none'
    const outcome = this.#tried(at, candidate, true, () => this.#device(at, index + 1, 0))
    return outcome ?? 'none'
  }

  /** No set of devices is tried in two orders: the next one of a request comes after the one before. */
  #any(at: At, index: number, from: number): Outcome {
    for (let i = from; i < this.#candidates.length; i++) {
      const candidate = this.#candidates[i]
      if (!candidate || !this.#isFit(at.claimIndex, at.need.wanted, candidate)) continue
      const outcome = this.#tried(at, candidate, false, () => this.#device(at, index + 1, i + 1))
      if (outcome === 'done' || outcome === 'too many') return outcome
    }
    return 'none'
  }

  /** What comes of taking the device; undefined where it cannot be taken. */
  #tried(
    { claimIndex, need }: At,
    candidate: DeviceCandidate,
    isMust: boolean,
    next: () => Outcome,
  ): Outcome | undefined {
    const taken = this.#trial.take(claimIndex, need.wanted, candidate)
    if (typeof taken === 'string') {
      if (!isMust || taken !== 'constraint') return undefined
      throw new AllocationError(
        `claim ${this.#nameOf(claimIndex)}, request ${shortName(need.wanted)}: cannot add device ${candidate.id} because a claim constraint would not be satisfied`,
      )
    }
    const outcome = next()
    if (outcome !== 'done') taken.undo()
    return outcome
  }

  #isFit(claimIndex: number, wanted: Wanted, { slice, device }: DeviceCandidate): boolean {
    if (++this.#looks > mostLooks) throw new GaveUp()
    const known = this.#fits.get(wanted) ?? new Map<ResourceV1.Device, boolean>()
    this.#fits.set(wanted, known)
    const before = known.get(device)
    if (before !== undefined) return before
    const isFit =
      isSelected(wanted, device, slice.spec.driver, this.#nameOf(claimIndex)) &&
      (!slice.spec.perDeviceNodeSelection || reaches(device, this.#input.node))
    known.set(device, isFit)
    return isFit
  }

  #nameOf(claimIndex: number): string {
    const claim = this.#input.claims[claimIndex]
    return claim ? nameOf(claim) : ''
  }
}

const shortName = ({ ref }: Wanted): string => ref.alternative ?? ref.name

interface At {
  readonly claimIndex: number
  readonly requestIndex: number
  readonly need: Need
}

/** The devices of the pools that can be used, in the order in which they are tried. */
function candidatesIn(pools: readonly Pool[]): readonly DeviceCandidate[] {
  return pools
    .filter(({ state }) => state === 'usable')
    .flatMap((pool) =>
      pool.slices.flatMap((slice) =>
        (slice.spec.devices ?? []).map((device) => {
          const id = deviceIdOf({ driver: pool.driver, pool: pool.name, device: device.name })
          return { id, pool, slice, device }
        }),
      ),
    )
}
