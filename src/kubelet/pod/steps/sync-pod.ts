import type { Pod } from '#api'
import type { Stored } from '#machinery'
import type { EnvironmentSources } from '../../containers/environment.ts'
import { linuxResources, podCgroupLimits } from '../../containers/resources.ts'
import { sandboxConfig } from '../../containers/sandbox-config.ts'
import { createStarter } from '../../containers/start.ts'
import { stopAll, stopContainer } from '../../containers/stop.ts'
import { type AnyContainer, isRestartable } from '../../model/containers.ts'
import { StartError, type StartFailure, SyncError, textOf } from '../../model/errors.ts'
import { instancesOf } from '../../model/observed.ts'
import { qosOf } from '../../model/qos.ts'
import { verdictsOf } from '../../probes/pod-probes.ts'
import type { MountedVolumes } from '../../volumes/mount.ts'
import { mountPodVolumes, referencesOf } from '../../volumes/pod-volumes.ts'
import type { ContentSources } from '../../volumes/sources.ts'
import { msUntilPodDeadline } from '../deadline.ts'
import { type PodPlan, planPod } from '../plan.ts'
import { observe, observedOf, type PodContext } from '../pod-context.ts'
import { type ContainerResize, grantedPod, resizesOf, resourcesOf } from '../resizing.ts'

/** What a sync leaves to be done. */
interface SyncOutcome {
  /** When to look again, if nothing happens before. */
  readonly againInMs?: number
}

/** While the pod network is down only pods on the node's own network can start. */
const networkRetryMs = 1_000
/** A container that could not be started, for no planned reason, is tried again after this long. */
const startRetryMs = 10_000
/** What a node has no room for is asked for again after this long (upstream: three minutes). */
const resizeRetryMs = 180_000

/** What one sync works with; the pod is the one that it began with. */
interface SyncRequest {
  readonly context: PodContext
  readonly pod: Stored<Pod>
}

/**
 * Carries the plan for a pod out, once (upstream: SyncPod). `changed` is called when something that
 * the pod refers to has changed.
 * @throws SyncError when the pod as a whole cannot go on yet.
 */
export async function syncPod(
  context: PodContext,
  changed: (what: string) => void,
  signal: AbortSignal,
): Promise<SyncOutcome> {
  const { shared, mounts, probes } = context
  const { world, results } = shared
  const pod = grantedPod(context)
  const request: SyncRequest = { context, pod }
  const fault = shared.networkFault()
  if (fault !== undefined && !pod.spec?.hostNetwork) {
    throw new SyncError('NetworkNotReady', `network is not ready: ${fault}`, networkRetryMs)
  }
  const { uid } = pod.metadata
  world.references.follow(uid, referencesOf(pod), changed)
  const qos = qosOf(pod)
  await world.host.pods.prepare(uid, signal)
  const cgroup = world.host.cgroups.podPath(qos, uid)
  const limits = podCgroupLimits(pod, qos, world.config.podPidsLimit)
  await world.host.cgroups.ensure(cgroup, limits, signal)
  const sources = sourcesOf(request)
  const volumes = await mountPodVolumes(pod, mounts, { world, sources }, signal)
  probes.ensure(pod)
  const restarts = resizesOf(pod, context).filter(({ action }) => action === 'restart')
  const plan = planPod(
    pod,
    observedOf(context),
    verdictsOf(results),
    new Set(restarts.map(({ newest }) => newest.id)),
  )
  const failures = await carryOut(plan, request, { sources, volumes }, signal)
  return againAfter(failures, request)
}

interface Prepared {
  readonly sources: ContentSources & EnvironmentSources
  readonly volumes: MountedVolumes
}

async function carryOut(
  plan: PodPlan,
  request: SyncRequest,
  prepared: Prepared,
  signal: AbortSignal,
): Promise<readonly StartFailure[]> {
  const { pod, context } = request
  const { world } = context.shared
  if (plan.createSandbox && observedOf(context).sandboxes.length > 0) {
    const message = 'Pod sandbox changed, it will be killed and re-created.'
    world.events.event(pod, { type: 'Normal', reason: 'SandboxChanged', message })
  }
  if (plan.stopAll) {
    await stopAll({ pod, observed: observedOf(context) }, world, signal)
    await observe(context, signal)
  }
  for (const kill of plan.kill) {
    const probe = kill.cause === 'liveness' || kill.cause === 'startup' ? { probe: kill.cause } : {}
    await stopContainer(
      { pod, container: kill.container, message: kill.message, ...probe },
      world,
      signal,
    )
  }
  if (plan.kill.length > 0) await observe(context, signal)
  if (plan.createSandbox) await createSandbox(plan.attempt, request, signal)
  await resizeRunning(request, signal)
  const failures: StartFailure[] = []
  for (const container of plan.startEphemeral) await tryStart(container)
  for (const container of plan.startInit) {
    const failed = await tryStart(container)
    // What comes after a failed init container has to wait; a sidecar holds up nobody.
    if (failed && !isRestartable(container)) return failures
  }
  for (const container of plan.start) await tryStart(container)
  return failures

  async function tryStart(container: AnyContainer): Promise<boolean> {
    const failure = await startOne(container, request, prepared, signal)
    if (failure) failures.push(failure)
    return failure !== undefined
  }
}

/** Gives running containers what they were granted; those with less first, so that the others find room. */
async function resizeRunning({ pod, context }: SyncRequest, signal: AbortSignal): Promise<void> {
  const { world } = context.shared
  const updates = resizesOf(pod, context).filter(({ action }) => action === 'update')
  const memoryOf = ({ container }: ContainerResize) =>
    linuxResources(container, qosOf(pod), world.facts).memoryLimitBytes ?? 0
  const growth = (each: ContainerResize) =>
    memoryOf(each) - (each.newest.resources?.memoryLimitBytes ?? 0)
  for (const each of updates.toSorted((a, b) => growth(a) - growth(b))) {
    const { container, newest } = each
    const { oomScoreAdj: _, ...resources } = linuxResources(container, qosOf(pod), world.facts)
    try {
      await world.runtime.updateContainerResources(newest.id, resources, signal)
      context.resize.actuate(newest.id, resourcesOf(container))
    } catch (error) {
      if (signal.aborted) throw error
      context.resize.failed(pod, textOf(error))
      throw new SyncError(undefined, `resizing container ${container.name}: ${textOf(error)}`)
    }
  }
  if (updates.length > 0) await observe(context, signal)
}

async function createSandbox(
  attempt: number,
  request: SyncRequest,
  signal: AbortSignal,
): Promise<void> {
  const { pod, context } = request
  const { world, devices } = context.shared
  await devices.prepare(pod, signal).catch((error: unknown) => {
    if (signal.aborted) throw error
    const message = `Failed to prepare dynamic resources: ${textOf(error)}`
    throw new SyncError('FailedPrepareDynamicResources', message)
  })
  const config = await sandboxConfig(pod, attempt, world, signal)
  try {
    await world.host.files.makeDirectory(config.logDirectory, 0o755, signal)
    await world.runtime.runSandbox(config, signal)
  } catch (error) {
    if (signal.aborted) throw error
    const message = `Failed to create pod sandbox: ${textOf(error)}`
    throw new SyncError('FailedCreatePodSandBox', message)
  }
  await observe(context, signal)
}

/** Starts one container; the reason of a failure is kept for `state.waiting`. */
async function startOne(
  container: AnyContainer,
  request: SyncRequest,
  { sources, volumes }: Prepared,
  signal: AbortSignal,
): Promise<StartFailure | undefined> {
  const { pod, context } = request
  const { shared, crashes, waiting } = context
  const [sandbox] = observedOf(context).sandboxes
  if (!sandbox) throw new SyncError(undefined, 'the pod has no sandbox')
  const config = await sandboxConfig(pod, sandbox.metadata.attempt, shared.world, signal)
  const starter = createStarter(shared.world, shared.images, crashes)
  const podIps = pod.spec?.hostNetwork ? shared.world.config.nodeIps : sandbox.ips
  try {
    const putOff = await starter.start(
      {
        pod,
        container,
        sandboxId: sandbox.id,
        sandboxConfig: config,
        observed: observedOf(context),
        volumes,
        recursiveReadOnlyMounts: shared.recursiveReadOnlyMounts(),
        cdiDevices: () => shared.devices.devicesOf(pod, container),
        podIps,
        sources: { ...sources, podIps },
      },
      signal,
    )
    if (putOff) {
      waiting.set(container.name, { reason: putOff.reason, message: putOff.message })
      return putOff
    }
    waiting.delete(container.name)
    await observe(context, signal)
    await removeOldInstances(container.name, request, signal)
    return undefined
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    waiting.set(container.name, { reason: error.reason, message: error.message })
    // A start that is put off has changed nothing.
    if (error.retryInMs === undefined) await observe(context, signal)
    return error
  }
}

/** The runtime keeps the running instance and the one before it, for `kubectl logs --previous`. */
async function removeOldInstances(
  name: string,
  { context }: SyncRequest,
  signal: AbortSignal,
): Promise<void> {
  const { runtime, host } = context.shared.world
  for (const old of instancesOf(observedOf(context), name).slice(2)) {
    context.send({ kind: 'dropped', containerId: old.id })
    await runtime.removeContainer(old.id, signal)
    await host.files.remove(old.logPath, signal)
  }
}

/** The earliest time at which something that waits may be tried again. */
function againAfter(failures: readonly StartFailure[], { pod, context }: SyncRequest): SyncOutcome {
  const { statuses, tokens, world } = context.shared
  const { clock, random } = world
  const { uid } = pod.metadata
  const times = failures.map(({ retryInMs }) => retryInMs ?? startRetryMs * (1 + random.next() / 2))
  const renewalMs = tokens.nextRenewalMs(uid)
  if (renewalMs !== undefined) times.push(Math.max(1000, renewalMs - clock.monotonicMs()))
  const deadlineMs = msUntilPodDeadline(pod, statuses.get(uid), clock.wallMs())
  if (Number.isFinite(deadlineMs)) times.push(Math.max(1, deadlineMs))
  if (context.resize.conditions.pending) times.push(resizeRetryMs)
  return times.length > 0 ? { againInMs: Math.min(...times) } : {}
}

function sourcesOf({ pod, context }: SyncRequest): Prepared['sources'] {
  const { shared } = context
  const { world, tokens } = shared
  const namespace = pod.metadata.namespace ?? ''
  const status = shared.statuses.get(pod.metadata.uid) ?? pod.status
  return {
    pod,
    podIps: (status?.podIPs ?? []).map(({ ip }) => ip),
    hostIps: world.config.nodeIps,
    nodeName: world.config.nodeName,
    allocatable: shared.allocatable(),
    references: world.references,
    services: world.references.services(),
    configMap: (name) => world.references.configMap(namespace, name),
    secret: (name) => world.references.secret(namespace, name),
    token: (audience, seconds) => tokens.get(pod, audience, seconds),
  }
}
