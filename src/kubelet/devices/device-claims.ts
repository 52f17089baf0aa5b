import { type Pod, type ResourceV1, resourceClaims } from '#api'
import type { DeviceDriver, DriverClaim, PrepareAnswer, PreparedDevice } from '#host'
import { messageOf } from '#lib'
import { controllerOf, type Stored } from '#machinery'
import type { AnyContainer } from '../model/containers.ts'
import type { KubeletWorld } from '../model/world.ts'
import { type ClaimCache, type ClaimRecord, openClaimCache } from './claim-cache.ts'
import { type NamedClaim, namedClaims, requestsOf } from './pod-claims.ts'

type Claim = Stored<ResourceV1.ResourceClaim>

/** How often claims of pods that are gone are looked for. */
const reconcileMs = 60_000

/** The devices of the pods of one node (upstream: pkg/kubelet/cm/dra). */
export interface DeviceClaims {
  /** Has drivers prepare all claims of the pod, unless they have. @throws Error in upstream's words. */
  prepare(pod: Stored<Pod>, signal: AbortSignal): Promise<void>
  /** The names of the devices that a container gets, for the runtime. @throws Error where one is not prepared. */
  devicesOf(pod: Stored<Pod>, container: AnyContainer): readonly string[]
  /** Has drivers take back what no other pod uses. @throws Error in upstream's words. */
  unprepare(pod: Stored<Pod>, signal: AbortSignal): Promise<void>
  /** Takes back, now and then, what pods have left that are gone. */
  run(isActive: (podUid: string) => boolean, signal: AbortSignal): Promise<void>
}

export async function createDeviceClaims(
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<DeviceClaims> {
  const cache = await openClaimCache(world, signal)
  const driverOf = (name: string): DeviceDriver => {
    const driver = world.host.drivers.find(name)
    if (!driver) throw new Error(`DRA driver ${name} is not registered`)
    return driver
  }
  const site: Site = { world, cache, driverOf }
  return {
    async prepare(pod, during) {
      if (!hasClaims(pod)) return
      await within('prepare', () => preparePod(pod, site, during))
    },
    devicesOf: (pod, container) => devicesOf(pod, container, cache),
    async unprepare(pod, during) {
      const { uid } = pod.metadata
      if (cache.all().some(({ podUids }) => podUids.includes(uid))) {
        await within('unprepare', () => unprepareFor(uid, site, during))
      }
    },
    async run(isActive, running) {
      for (;;) {
        await world.clock.sleep(reconcileMs, running)
        const uids = new Set(cache.all().flatMap(({ podUids }) => podUids))
        for (const uid of uids) {
          if (isActive(uid)) continue
          await unprepareFor(uid, site, running).catch((error: unknown) => {
            if (running.aborted) throw error
            world.log.warn('devices of a pod that is gone could not be unprepared', {
              ...{ pod: uid, error: messageOf(error) },
            })
          })
        }
      }
    },
  }
}

interface Site {
  readonly world: KubeletWorld
  readonly cache: ClaimCache
  readonly driverOf: (name: string) => DeviceDriver
}

async function within(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw new Error(`${what} dynamic resources: ${messageOf(error)}`)
  }
}

function hasClaims({ spec, status }: Stored<Pod>): boolean {
  return Boolean(spec?.resourceClaims?.length || status?.extendedResourceClaimStatus)
}

async function preparePod(pod: Stored<Pod>, site: Site, signal: AbortSignal): Promise<void> {
  const { cache, driverOf } = site
  const claims: Claim[] = []
  for (const named of namedClaims(pod)) claims.push(await fetched(pod, named, site))
  // A driver that is away is a fault of the node, be the claim prepared or not.
  for (const claim of claims) for (const name of driversOf(claim)) driverOf(name)
  const records = claims.map((claim) => referenced(claim, pod, cache))
  // Whatever happens from here on, it is known who has to be told of the end of the pod.
  await cache.change(records, [], signal)
  const wanted = records.filter(({ isPrepared }) => !isPrepared)
  const prepared = new Map<ClaimRecord, Record<string, readonly PreparedDevice[]>>()
  for (const [driver, batch] of byDriver(wanted)) {
    const answers = await called('NodePrepareResources', () =>
      driverOf(driver).prepare(batch.map(driverClaimOf), signal),
    )
    for (const record of batch) {
      prepared.set(record, { ...prepared.get(record), [driver]: devicesIn(answers, record) })
    }
  }
  // Other pods may have come to the claim, or left it, while its drivers were asked.
  const done = wanted.map((record) => {
    const now = cache.get(record.namespace, record.name) ?? record
    return { ...now, drivers: { ...now.drivers, ...prepared.get(record) }, isPrepared: true }
  })
  await cache.change(done, [], signal)
}

/** @throws Error where the claim is not the pod's to use. */
async function fetched(
  pod: Stored<Pod>,
  { name, isMade }: NamedClaim,
  { world }: Site,
): Promise<Claim> {
  const { namespace = '', name: podName, uid } = pod.metadata
  const claim = await world.client
    .get(resourceClaims, { namespace, name })
    .catch((error: unknown) => {
      throw new Error(`fetch ResourceClaim ${name}: ${messageOf(error)}`)
    })
  if (isMade && controllerOf(claim)?.uid !== uid) {
    throw new Error(
      `ResourceClaim ${namespace}/${name} was not created for Pod ${namespace}/${podName} (Pod is not owner)`,
    )
  }
  if (!claim.status?.reservedFor?.some((consumer) => consumer.uid === uid)) {
    throw new Error(
      `pod ${podName} (${uid}) is not allowed to use ResourceClaim ${name} (${claim.metadata.uid})`,
    )
  }
  if (!claim.status.allocation) throw new Error(`ResourceClaim ${name}: not allocated`)
  return claim
}

function driversOf({ status }: Claim): readonly string[] {
  const results = status?.allocation?.devices?.results ?? []
  return [...new Set(results.map(({ driver }) => driver))]
}

function referenced(claim: Claim, pod: Stored<Pod>, cache: ClaimCache): ClaimRecord {
  const { namespace = '', name, uid } = claim.metadata
  const known = cache.get(namespace, name)
  if (known && known.uid !== uid) {
    throw new Error(
      `old ResourceClaim with same name ${name} and different UID ${known.uid} still exists (previous pod force-deleted?!)`,
    )
  }
  const record: ClaimRecord = known ?? {
    ...{ uid, name, namespace, podUids: [], isPrepared: false },
    drivers: Object.fromEntries(driversOf(claim).map((driver) => [driver, []])),
  }
  const podUids = [...new Set([...record.podUids, pod.metadata.uid])]
  return { ...record, podUids }
}

function byDriver(records: readonly ClaimRecord[]): ReadonlyMap<string, readonly ClaimRecord[]> {
  const batches = new Map<string, ClaimRecord[]>()
  for (const record of records) {
    for (const driver of Object.keys(record.drivers)) {
      batches.set(driver, [...(batches.get(driver) ?? []), record])
    }
  }
  return batches
}

const driverClaimOf = ({ namespace, uid, name }: ClaimRecord): DriverClaim => ({
  namespace,
  uid,
  name,
})

async function called<T>(method: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new Error(`${method}: ${messageOf(error)}`)
  }
}

function devicesIn(
  answers: ReadonlyMap<string, PrepareAnswer>,
  { uid, name }: ClaimRecord,
): readonly PreparedDevice[] {
  const answer = answers.get(uid)
  if (!answer) throw new Error('NodePrepareResources skipped 1 ResourceClaims')
  if ('devices' in answer) return answer.devices
  throw new Error(`NodePrepareResources failed for ResourceClaim ${name}: ${answer.error}`)
}

function devicesOf(
  pod: Stored<Pod>,
  container: AnyContainer,
  cache: ClaimCache,
): readonly string[] {
  if (!hasClaims(pod)) return []
  const { namespace = '' } = pod.metadata
  const ids = requestsOf(pod, container).flatMap(({ claim, request }) => {
    const record = cache.get(namespace, claim)
    if (!record) {
      throw new Error(
        `internal error: unable to get claim info for ResourceClaim ${claim} in namespace ${namespace}`,
      )
    }
    return Object.values(record.drivers)
      .flat()
      .filter((device) => isFor(device, request))
      .flatMap(({ cdiDeviceIds }) => cdiDeviceIds)
  })
  return [...new Set(ids)]
}

/** A device of an alternative belongs to the request that it is one of. */
function isFor({ requestNames }: PreparedDevice, request: string): boolean {
  if (request === '' || requestNames.length === 0) return true
  return requestNames.some((name) => name === request || name.split('/')[0] === request)
}

async function unprepareFor(uid: string, site: Site, signal: AbortSignal): Promise<void> {
  const { cache, driverOf } = site
  const used = cache.all().filter(({ podUids }) => podUids.includes(uid))
  const last = used.filter(({ podUids }) => podUids.length === 1)
  for (const [driver, batch] of byDriver(last)) {
    const answers = await called('NodeUnprepareResources', () =>
      driverOf(driver).unprepare(batch.map(driverClaimOf), signal),
    )
    for (const record of batch) {
      const answer = answers.get(record.uid)
      if (!answer) throw new Error('NodeUnprepareResources skipped 1 ResourceClaims')
      if (answer.error === undefined) continue
      throw new Error(
        `NodeUnprepareResources failed for ResourceClaim ${record.name}: ${answer.error}`,
      )
    }
  }
  const left = used.map((record) => {
    const now = cache.get(record.namespace, record.name) ?? record
    const podUids = now.podUids.filter((each) => each !== uid)
    // Who has come to it meanwhile has to have it prepared again.
    return { ...now, podUids, isPrepared: now.isPrepared && !last.includes(record) }
  })
  const isUsed = ({ podUids }: ClaimRecord) => podUids.length > 0
  await cache.change(
    left.filter(isUsed),
    left.filter((record) => !isUsed(record)),
    signal,
  )
}
