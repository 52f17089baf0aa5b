import { type Fault, type FaultStatus, faults, type Pod, pods, readDuration } from '#api'
import type { Controller, ControllerContext, ControllerLoop, ReconcileContext } from '#controllers'
import { watching } from '#controllers'
import { formatMicroTime, keyOf, type Stored } from '#machinery'
import { matchesLabels, parseLabelSelector } from '#machinery/selectors'
import type { ContainerHarm } from '#node'
import { affectedParts, desiredNode, desiredRegistry, harmOf } from './desired.ts'
import type { FaultTargets, NoteFault } from './fault-targets.ts'

/** This finalizer keeps a Fault object until what it broke is healed. */
const finalizer = 'sim.knarr.dev/heal'

interface NotedTargets extends FaultTargets {
  readonly note: NoteFault
}

/** The fault controller breaks what Fault objects say, and heals it when they are deleted. */
export function faultController(faults: FaultTargets, note: NoteFault): Controller {
  const targets = { ...faults, note }
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
    start: (context) => start(targets, context),
  }
}

function start(targets: NotedTargets, { informers }: ControllerContext): ControllerLoop {
  const cache = informers.informer(faults)
  const active = () => cache.list().filter(({ metadata }) => !metadata.deletionTimestamp)
  return {
    watches: [watching(faults, (fault) => [keyOf(fault)])],
    async reconcile(key, context) {
      const fault = cache.get(key)
      if (!fault) return undefined
      if (fault.metadata.deletionTimestamp) return healFault(targets, fault, active(), context)
      return startFault(targets, fault, active(), context)
    },
  }
}

/** Brings the node or registry of a fault into the condition that all active faults ask for. */
async function applyFaults(
  targets: NotedTargets,
  { spec }: Fault,
  activeFaults: readonly Fault[],
): Promise<void> {
  const { node, registry } = spec
  if (node !== undefined) {
    const same = activeFaults.filter((each) => each.spec.node === node)
    await targets.node(node)?.become(desiredNode(same))
  }
  if (registry !== undefined) {
    const same = activeFaults.filter((each) => each.spec.registry === registry)
    targets.registries?.set(registry, desiredRegistry(same))
  }
}

/** Tells the story of everything that a fault touches, so that whoever asks why one of it fails is told. */
function noteFault(
  targets: NotedTargets,
  fault: Stored<Fault>,
  what: string,
  { informers }: ReconcileContext,
): void {
  const { node, peer, service, namespace = 'default', type } = fault.spec
  const text = `${type} ${what} (${fault.metadata.name})`
  const named = [node, peer].filter((name) => name !== undefined)
  for (const key of named) targets.note({ resource: 'nodes', key }, text)
  if (service !== undefined) {
    targets.note({ resource: 'services', key: `${namespace}/${service}` }, text)
  }
  if (!isOfPackets(fault)) return
  const touched = podsTouched(fault, informers.informer(pods).list())
  for (const pod of touched) targets.note({ resource: 'pods', key: keyOf(pod) }, text)
}

const isOfPackets = (fault: Fault): boolean => affectedParts(fault).includes('links')

/** The pods whose packets pass the node, or those of them that the fault picks. */
function podsTouched({ spec }: Fault, all: readonly Stored<Pod>[]): readonly Stored<Pod>[] {
  const selector = spec.selector === undefined ? undefined : parseLabelSelector(spec.selector)
  const isPicked = ({ metadata }: Stored<Pod>) =>
    (spec.namespace === undefined || metadata.namespace === spec.namespace) &&
    (selector === undefined || matchesLabels(selector, metadata.labels))
  return all.filter((pod) => pod.spec?.nodeName === spec.node && isPicked(pod))
}

async function startFault(
  targets: NotedTargets,
  fault: Stored<Fault>,
  activeFaults: readonly Fault[],
  context: ReconcileContext,
): Promise<undefined | { readonly againInMs: number }> {
  if (fault.status?.phase === 'Failed' || fault.status?.phase === 'Done') return undefined
  const refusal = unsupportedReason(targets, fault)
  if (refusal !== undefined) return setStatus(fault, { phase: 'Failed', message: refusal }, context)
  const how = harmOf(fault)
  if (how) return harmContainer(targets, fault, how, context)
  if (!fault.metadata.finalizers?.includes(finalizer)) {
    const finalizers = [...(fault.metadata.finalizers ?? []), finalizer]
    await context.client.update(faults, { ...fault, metadata: { ...fault.metadata, finalizers } })
    return undefined
  }
  if (fault.status?.phase !== 'Active') noteFault(targets, fault, 'strikes', context)
  await applyFaults(targets, fault, activeFaults)
  if (fault.status?.phase !== 'Active') return setStatus(fault, { phase: 'Active' }, context)
  return endAfterDuration(fault, context)
}

/** Deletes a fault whose duration is over; otherwise asks to be called again then. */
async function endAfterDuration(
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

async function healFault(
  targets: NotedTargets,
  fault: Stored<Fault>,
  activeFaults: readonly Fault[],
  context: ReconcileContext,
): Promise<undefined> {
  const { client } = context
  if (!fault.metadata.finalizers?.includes(finalizer)) return undefined
  noteFault(targets, fault, 'is healed', context)
  await applyFaults(targets, fault, activeFaults)
  const finalizers = fault.metadata.finalizers.filter((each) => each !== finalizer)
  await client.update(faults, { ...fault, metadata: { ...fault.metadata, finalizers } })
  return undefined
}

async function harmContainer(
  targets: NotedTargets,
  fault: Stored<Fault>,
  how: ContainerHarm,
  context: ReconcileContext,
): Promise<undefined> {
  const { namespace = 'default', pod: name = '', container } = fault.spec
  const pod = context.informers.informer(pods).get(`${namespace}/${name}`)
  const node = targets.node(pod?.spec?.nodeName ?? '')
  const chosen = container ?? pod?.spec?.containers[0]?.name ?? ''
  const isDone = pod !== undefined && node?.harm(pod.metadata.uid, chosen, how) === true
  const message = `no container ${chosen} of pod ${namespace}/${name} is running`
  return setStatus(fault, isDone ? { phase: 'Done' } : { phase: 'Failed', message }, context)
}

/** Returns why this cluster cannot bring about a fault; undefined when it can. */
function unsupportedReason(targets: NotedTargets, fault: Fault): string | undefined {
  const { node, registry, type } = fault.spec
  if (registry !== undefined && !targets.registries) return `${type} needs a simulated cluster`
  if (node === undefined) return undefined
  const target = targets.node(node)
  if (!target) return `there is no node ${node} here that faults can be done to`
  return affectedParts(fault).every((part) => target.supports.has(part))
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
