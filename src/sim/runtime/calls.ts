import { createChannel } from '#lib'
import { type ContainerEvent, type Runtime, RuntimeError, type RuntimeStatus } from '#runtime'
import {
  containerById,
  createContainer,
  endContainer,
  removeContainer,
  startContainer,
  updateResources,
} from './container/containers.ts'
import { createStreams, execSync } from './container/exec.ts'
import { logPathOf } from './container/processes.ts'
import { recordsOf } from './container/records.ts'
import { engineGone } from './container/runtime-node.ts'
import type { SimulatedEngine } from './engine.ts'
import { statsOfContainer, statsOfSandbox } from './statistics.ts'
import { fitsContainer, shownContainer, statusOf } from './status.ts'

/** Events that wait to be read; more are dropped, as real runtimes do. */
const eventBuffer = 10_000

/** What containerd's runc can do on a kernel of today. */
const abilities = { recursiveReadOnlyMounts: true, userNamespaces: true }

function statusNow({ fault, sandboxes }: SimulatedEngine): RuntimeStatus {
  const isNetworkReady = !fault().networkNotReady && sandboxes.pool !== undefined
  const network = isNetworkReady
    ? { reason: '', message: '' }
    : {
        reason: 'NetworkPluginNotReady',
        message: 'Network plugin returns error: cni plugin not initialized',
      }
  return {
    conditions: [
      { type: 'RuntimeReady', status: true, reason: '', message: '' },
      { type: 'NetworkReady', status: isNetworkReady, ...network },
    ],
    handlers: ['', 'runc'].map((name) => ({ name, ...abilities })),
    supplementalGroupsPolicy: true,
  }
}

/**
 * What a call over the engine's socket takes. It keeps apart what the kubelet sees one after the
 * other: without it a container would be started, ended and backed off in one instant.
 */
const callMs = 1

/** The CRI's verbs over an engine. */
export function runtimeOf(engine: SimulatedEngine): Runtime {
  const streams = createStreams(engine)
  /**
   * Lets a call through unless the caller gave up, or nobody is there. For what a person waits for,
   * also while time stands, and for what is asked every few seconds and tells nothing of a container.
   */
  const atOnce: Call = async (signal, work) => {
    signal.throwIfAborted()
    assertRunning(engine)
    return work()
  }
  const call: Call = (signal, work) =>
    engine.clock.sleep(callMs, signal).then(() => {
      signal.throwIfAborted()
      assertRunning(engine)
      return work()
    })
  const images = engine.nodeImages
  return {
    ...sandboxCalls(engine, call),
    ...containerCalls(engine, call),
    ...statsCalls(engine, call),
    images: {
      list: (filter, signal) => atOnce(signal, () => images.list(filter, signal)),
      status: (ref, signal) => call(signal, () => images.status(ref, signal)),
      pull: (ref, given, signal) => call(signal, () => images.pull(ref, given, signal)),
      remove: (ref, signal) => call(signal, () => images.remove(ref, signal)),
      fsInfo: (signal) => atOnce(signal, () => images.fsInfo(signal)),
    },
    streams: {
      exec: (request, signal) => atOnce(signal, () => streams.exec(request, signal)),
      attach: (request, signal) => atOnce(signal, () => streams.attach(request, signal)),
      portForward: (id, port, signal) =>
        atOnce(signal, () => streams.portForward(id, port, signal)),
    },
    version: (signal) =>
      atOnce(signal, () => ({ name: 'containerd', version: 'v2.1.0', apiVersion: 'v1' })),
    status: (signal) => atOnce(signal, () => statusNow(engine)),
    updatePodCidr: (podCidr, signal) => call(signal, () => engine.sandboxes.setPodCidr(podCidr)),
    events: (signal) => eventsOf(engine, signal),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

function assertRunning({ fault }: SimulatedEngine): void {
  if (fault().engineDown) throw engineGone()
}

type Call = <T>(signal: AbortSignal, work: () => T | Promise<T>) => Promise<T>

function sandboxCalls({ sandboxes }: SimulatedEngine, call: Call) {
  return {
    runSandbox: (config, signal) => call(signal, () => sandboxes.run(config, signal)),
    stopSandbox: (id, signal) => call(signal, () => sandboxes.stop(id)),
    removeSandbox: (id, signal) => call(signal, () => sandboxes.remove(id)),
    sandboxStatus: (id, signal) => call(signal, () => sandboxes.status(id)),
    listSandboxes: (filter, signal) => call(signal, () => sandboxes.list(filter)),
  } satisfies Partial<Runtime>
}

function containerCalls(engine: SimulatedEngine, call: Call) {
  const { records } = engine
  return {
    createContainer: (sandboxId, config, sandboxConfig, signal) =>
      call(signal, () => createContainer(engine, sandboxId, config, sandboxConfig)),
    startContainer: (id, signal) => call(signal, () => startContainer(engine, id, signal)),
    stopContainer: (id, graceMs, signal) =>
      call(signal, () => endContainer(engine, id, graceMs, signal)),
    removeContainer: (id, signal) => call(signal, () => removeContainer(engine, id)),
    containerStatus: (id, signal) =>
      call(signal, () => {
        const container = containerById(engine, id)
        return statusOf(
          container,
          logPathOf(engine, container),
          engine.nodeImages.find(container.imageId),
        )
      }),
    listContainers: (filter, signal) =>
      call(signal, () =>
        candidates(engine, filter.sandboxId)
          .filter((each) => fitsContainer(each, filter))
          .map(shownContainer),
      ),
    updateContainerResources: (id, resources, signal) =>
      call(signal, () => updateResources(containerById(engine, id), resources)),
    reopenContainerLog: (id, signal) =>
      call(signal, () => {
        const container = containerById(engine, id)
        if (container.state !== 'running') throw notRunning()
        container.log?.reopen()
      }),
    execSync: (id, argv, timeoutMs, signal) =>
      call(signal, () => execSync(engine, { id, argv, timeoutMs }, signal)),
    containerStats: (id, signal) =>
      call(signal, () => statsOfContainer(containerById(engine, id), engine.clock)),
    listContainerStats: ({ id, sandboxId, labels }, signal) =>
      call(signal, () =>
        [...records.containers.values()]
          .filter((each) =>
            fitsContainer(each, {
              ...(id === undefined ? {} : { id }),
              ...(sandboxId === undefined ? {} : { sandboxId }),
              ...(labels === undefined ? {} : { labels }),
            }),
          )
          .map((each) => statsOfContainer(each, engine.clock)),
      ),
  } satisfies Partial<Runtime>
}

function statsCalls({ records, sandboxes, clock }: SimulatedEngine, call: Call) {
  const stats = (id: string) => {
    const sandbox = records.sandboxes.get(id)
    if (!sandbox) throw new RuntimeError('notFound', `sandbox ${id}: not found`)
    return statsOfSandbox(sandbox, records, clock)
  }
  return {
    sandboxStats: (id, signal) => call(signal, () => stats(id)),
    listSandboxStats: ({ id, labels }, signal) =>
      call(signal, () =>
        sandboxes
          .list({
            ...(id === undefined ? {} : { id }),
            ...(labels === undefined ? {} : { labels }),
          })
          .map((each) => stats(each.id)),
      ),
  } satisfies Partial<Runtime>
}

function candidates({ records }: SimulatedEngine, sandboxId: string | undefined) {
  return sandboxId === undefined ? [...records.containers.values()] : recordsOf(records, sandboxId)
}

async function* eventsOf(
  engine: SimulatedEngine,
  signal: AbortSignal,
): AsyncIterable<ContainerEvent> {
  assertRunning(engine)
  const { listeners } = engine
  const channel = createChannel<ContainerEvent>(eventBuffer, { signal })
  listeners.add(channel)
  try {
    yield* channel
  } finally {
    listeners.delete(channel)
  }
}

function notRunning(): RuntimeError {
  return new RuntimeError('unknown', 'container is not running')
}
