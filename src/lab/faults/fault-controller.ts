import { type Fault, type FaultStatus, faults, pods, readDuration } from '#api'
import type { Controller, ControllerContext, ControllerLoop, ReconcileContext } from '#controllers'
import { watching } from '#controllers'
import { formatMicroTime, keyOf, type Stored } from '#machinery'
import { desiredNode, desiredRegistry, touchedBy } from './desired.ts'
import type { FaultWorld, NoteFault } from './fault-world.ts'

/** Holds a fault's object until what it broke is whole again. */
const finalizer = 'sim.knarr.dev/heal'

interface NotedWorld extends FaultWorld {
  readonly note: NoteFault
}

/** Brings about what Fault objects say, and heals what they no longer say. */
export function faultController(faults: FaultWorld, note: NoteFault): Controller {
  const world = { ...faults, note }
  return {
    name: 'fault',
    workers: 1,
    permissions: [
      {
        apiGroups: ['sim.knarr.dev'],
        resources: ['faults'],
        verbs: ['delete', 'get', 'list', 'patch', 'update', 'watch'],
      },
      { apiGroups: ['sim.knarr.dev'], resources: ['faults/status'], verbs: ['patch', 'update'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
    ],
    start: (context) => start(world, context),
  }
}

function start(world: NotedWorld, { informers }: ControllerContext): ControllerLoop {
  const cache = informers.informer(faults)
  const standing = (except?: Stored<Fault>) =>
    cache
      .list()
      .filter(
        ({ metadata }) => !metadata.deletionTimestamp && metadata.uid !== except?.metadata.uid,
      )
  return {
    watches: [watching(faults, (fault) => [keyOf(fault)])],
    async reconcile(key, context) {
      const fault = cache.get(key)
      if (!fault) return undefined
      if (fault.metadata.deletionTimestamp) return heal(world, fault, standing(), context)
      return strike(world, fault, standing(), context)
    },
  }
}

/** Makes the world be as all standing faults say. */
async function bringAbout(
  world: NotedWorld,
  { spec }: Fault,
  standing: readonly Fault[],
): Promise<void> {
  const { node, registry } = spec
  if (node !== undefined) {
    const same = standing.filter((each) => each.spec.node === node)
    await world.node(node)?.become(desiredNode(same))
  }
  if (registry !== undefined) {
    const same = standing.filter((each) => each.spec.registry === registry)
    world.registries?.set(registry, desiredRegistry(same))
  }
}

function tell(world: NotedWorld, { spec, metadata }: Stored<Fault>, what: string): void {
  if (spec.node !== undefined) world.note(spec.node, `${spec.type} ${what} (${metadata.name})`)
}

async function strike(
  world: NotedWorld,
  fault: Stored<Fault>,
  standing: readonly Fault[],
  context: ReconcileContext,
): Promise<undefined | { readonly againInMs: number }> {
  if (fault.status?.phase === 'Failed' || fault.status?.phase === 'Done') return undefined
  const refusal = refusalOf(world, fault)
  if (refusal !== undefined) return setStatus(fault, { phase: 'Failed', message: refusal }, context)
  if (fault.spec.type === 'OutOfMemory') return killForMemory(world, fault, context)
  if (!fault.metadata.finalizers?.includes(finalizer)) {
    const finalizers = [...(fault.metadata.finalizers ?? []), finalizer]
    await context.client.update(faults, { ...fault, metadata: { ...fault.metadata, finalizers } })
    return undefined
  }
  if (fault.status?.phase !== 'Active') tell(world, fault, 'strikes')
  await bringAbout(world, fault, standing)
  if (fault.status?.phase !== 'Active') return setStatus(fault, { phase: 'Active' }, context)
  return endInTime(fault, context)
}

/** A fault with a duration ends by itself. */
async function endInTime(
  { spec, status, metadata }: Stored<Fault>,
  { client, clock }: ReconcileContext,
): Promise<undefined | { readonly againInMs: number }> {
  if (spec.duration === undefined) return undefined
  const endsMs = Date.parse(status?.startTime ?? '') + readDuration(spec.duration)
  const leftMs = endsMs - clock.wallMs()
  if (leftMs > 0) return { againInMs: leftMs }
  await client.delete(faults, { name: metadata.name })
  return undefined
}

async function heal(
  world: NotedWorld,
  fault: Stored<Fault>,
  standing: readonly Fault[],
  { client }: ReconcileContext,
): Promise<undefined> {
  if (!fault.metadata.finalizers?.includes(finalizer)) return undefined
  tell(world, fault, 'is healed')
  await bringAbout(world, fault, standing)
  const finalizers = fault.metadata.finalizers.filter((each) => each !== finalizer)
  await client.update(faults, { ...fault, metadata: { ...fault.metadata, finalizers } })
  return undefined
}

async function killForMemory(
  world: NotedWorld,
  fault: Stored<Fault>,
  context: ReconcileContext,
): Promise<undefined> {
  const { namespace = 'default', pod: name = '', container } = fault.spec
  const pod = context.informers.informer(pods).get(`${namespace}/${name}`)
  const node = world.node(pod?.spec?.nodeName ?? '')
  const chosen = container ?? pod?.spec?.containers[0]?.name ?? ''
  const killed = pod !== undefined && node?.outOfMemory(pod.metadata.uid, chosen) === true
  const message = `no container ${chosen} of pod ${namespace}/${name} is running`
  return setStatus(fault, killed ? { phase: 'Done' } : { phase: 'Failed', message }, context)
}

/** Why this world cannot do it; undefined when it can. */
function refusalOf(world: NotedWorld, fault: Fault): string | undefined {
  const { node, registry, type } = fault.spec
  if (registry !== undefined && !world.registries) return `${type} needs a simulated cluster`
  if (node === undefined) return undefined
  const target = world.node(node)
  if (!target) return `there is no node ${node} here that faults can be done to`
  return touchedBy(fault).every((part) => target.supports.has(part))
    ? undefined
    : `${type} needs a simulated node`
}

async function setStatus(
  fault: Stored<Fault>,
  status: FaultStatus,
  { client, clock }: ReconcileContext,
): Promise<undefined> {
  // Durations may be shorter than the seconds of other times.
  const startTime = formatMicroTime(clock.wallMs())
  await client.update(
    faults,
    { ...fault, status: { startTime, ...status } },
    { subresource: 'status' },
  )
  return undefined
}
