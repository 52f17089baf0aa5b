import { createChannel } from '#lib'
import {
  type ContainerEvent,
  type Runtime,
  RuntimeError,
  type RuntimeStatus,
  type SandboxConfig,
} from '#runtime'
import type { NodeLoad } from '../disk.ts'
import { imageBehaviour } from './behaviour-of.ts'
import {
  type ContainersWorld,
  containerById,
  createContainer,
  killForMemory,
  loseContainers,
  noteExit,
  removeContainer,
  startContainer,
  stopContainer,
  updateResources,
} from './containers.ts'
import { createStreams, execSync } from './exec.ts'
import { createNodeImages } from './image-service.ts'
import { isStopping, listenerIn } from './listener.ts'
import { logPathOf, startMain } from './processes.ts'
import { containersOf, createRecords, type Tell } from './records.ts'
import {
  type EngineFault,
  engineGone,
  type SimRuntimeOptions,
  soundEngine,
} from './runtime-node.ts'
import { createSandboxes, type Sandboxes } from './sandboxes.ts'
import { loadRecords, type SimRuntimeState, saveContainer, saveSandbox } from './saved-runtime.ts'
import { nodeLoad, statsOfContainer, statsOfSandbox } from './statistics.ts'
import { fitsContainer, shownContainer, statusOf } from './status.ts'

/** A container engine in memory, and what faults may do to it. */
export interface SimRuntime extends Runtime {
  readonly load: NodeLoad
  setFault(fault: EngineFault): void
  /** The machine loses its power. */
  crash(): void
  /** Kills a running container for want of memory; false when there is none of that name. */
  oomKill(podUid: string, container: string): boolean
  /** Whether what serves a port of a pod was sent its stop signal already. */
  isStopping(podUid: string, port: number): boolean
  save(): SimRuntimeState
}

/** Everything about one engine that its parts share. */
interface Engine extends ContainersWorld {
  readonly sandboxes: Sandboxes
  readonly listeners: Set<Listening>
  readonly fault: () => EngineFault
}

type Listening = ReturnType<typeof createChannel<ContainerEvent>>

/** Events that wait to be read; more are dropped, as real runtimes do. */
const eventBuffer = 10_000

/** Starts a container engine, empty or as it was saved. Its stack answers at the node's address. */
export function createSimRuntime(options: SimRuntimeOptions, saved?: SimRuntimeState): SimRuntime {
  let fault = soundEngine
  const engine = createEngine(options, saved, () => fault)
  if (saved) resume(engine, saved)
  options.fabric.attach(options.nodeIp, {
    node: options.node,
    listener: (port) => onNodeNetwork(engine, port),
  })
  const { records, listeners } = engine
  return {
    ...runtimeOf(engine),
    load: nodeLoad(records),
    setFault(next) {
      fault = next
      if (next.engineDown) for (const listening of listeners) listening.close()
    },
    crash() {
      for (const listening of listeners) listening.close()
      loseContainers(engine)
      engine.sandboxes.lose()
    },
    oomKill(podUid, name) {
      const found = [...records.containers.values()].find(
        ({ sandboxId, config, state }) =>
          state === 'running' &&
          config.metadata.name === name &&
          records.sandboxes.get(sandboxId)?.config.metadata.uid === podUid,
      )
      return found !== undefined && killForMemory(found)
    },
    isStopping: (podUid, port) =>
      [...records.sandboxes.values()].some(
        ({ id, state, config }) =>
          state === 'ready' &&
          config.metadata.uid === podUid &&
          isStopping(containersOf(records, id), port),
      ),
    save: () => ({
      images: engine.nodeImages.save(),
      pool: engine.sandboxes.pool,
      sandboxes: [...records.sandboxes.values()].map(saveSandbox),
      containers: [...records.containers.values()].map(saveContainer),
    }),
  }
}

function createEngine(
  options: SimRuntimeOptions,
  saved: SimRuntimeState | undefined,
  fault: () => EngineFault,
): Engine {
  const records = createRecords()
  if (saved) loadRecords(saved, records)
  const listeners = new Set<Listening>()
  const tell: Tell = (kind, id, sandbox) => {
    const podUid = sandbox?.config.metadata.uid
    const event = { kind, id, atMs: options.clock.wallMs(), ...(podUid ? { podUid } : {}) }
    for (const listening of listeners) listening.push(event)
  }
  const nodeImages = createNodeImages({
    world: options.images,
    clock: options.clock,
    expectation: (reference, pod) => expectedImage(options, reference, pod),
    saved: saved?.images ?? [],
  })
  const world: ContainersWorld = {
    ...options,
    records,
    tell,
    nodeImages,
    onExit: (container) => noteExit(world, container),
  }
  const sandboxes = createSandboxes({
    ...world,
    networkReady: () => !fault().networkNotReady,
    ...(saved?.pool ? { pool: saved.pool } : {}),
  })
  return { ...world, sandboxes, listeners, fault }
}

/** What the containers of a pod say about their image. */
function expectedImage(
  { behaviours: rules }: SimRuntimeOptions,
  reference: string,
  sandbox: SandboxConfig | undefined,
) {
  const { image: condition, imageSizeBytes: sizeBytes } = imageBehaviour(reference, sandbox, rules)
  return {
    ...(condition === undefined ? {} : { condition }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
  }
}

/** Sandboxes and containers go on where they were. */
function resume(engine: Engine, saved: SimRuntimeState): void {
  for (const sandbox of engine.records.sandboxes.values()) {
    if (sandbox.state === 'ready' && sandbox.ip !== '') engine.sandboxes.reattach(sandbox)
  }
  for (const { id, process } of saved.containers) {
    const container = engine.records.containers.get(id)
    if (container && process) startMain(engine, container, process)
  }
}

/** Containers on the node's network, and the ports of the node that pods are reached at. */
function onNodeNetwork({ records }: Engine, port: number) {
  for (const sandbox of records.sandboxes.values()) {
    if (sandbox.state !== 'ready') continue
    const { config, id } = sandbox
    const own = containersOf(records, id)
    const onNode = config.linux.securityContext.namespaces.network === 'node'
    const mapping = config.portMappings?.find(({ hostPort }) => hostPort === port)
    const inside = onNode ? port : mapping?.containerPort
    const found = inside === undefined ? undefined : listenerIn(sandbox, own, inside)
    if (found) return found
  }
  return undefined
}

function statusNow({ fault, sandboxes }: Engine): RuntimeStatus {
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
    handlers: [],
    supplementalGroupsPolicy: true,
  }
}

/**
 * What a call over the engine's socket takes. It keeps apart what the kubelet sees one after the
 * other: without it a container would be started, ended and backed off in one instant.
 */
const callMs = 1

function runtimeOf(engine: Engine): Runtime {
  const streams = createStreams(engine)
  /** Lets a call through unless the caller gave up, or nobody is there. */
  const atOnce: Call = async (signal, work) => {
    signal.throwIfAborted()
    if (engine.fault().engineDown) throw engineGone()
    return work()
  }
  const call: Call = async (signal, work) => {
    signal.throwIfAborted()
    await engine.clock.sleep(callMs, signal)
    return atOnce(signal, work)
  }
  const images = engine.nodeImages
  return {
    ...sandboxCalls(engine, call),
    ...containerCalls(engine, call),
    ...statsCalls(engine, call),
    images: {
      list: (filter, signal) => call(signal, () => images.list(filter, signal)),
      status: (ref, signal) => call(signal, () => images.status(ref, signal)),
      pull: (ref, given, signal) => call(signal, () => images.pull(ref, given, signal)),
      remove: (ref, signal) => call(signal, () => images.remove(ref, signal)),
      fsInfo: (signal) => call(signal, () => images.fsInfo(signal)),
    },
    // A person waits for these, also while time stands.
    streams: {
      exec: (request, signal) => atOnce(signal, () => streams.exec(request, signal)),
      attach: (request, signal) => atOnce(signal, () => streams.attach(request, signal)),
      portForward: (id, port, signal) =>
        atOnce(signal, () => streams.portForward(id, port, signal)),
    },
    version: (signal) =>
      call(signal, () => ({ name: 'containerd', version: 'v2.1.0', apiVersion: 'v1' })),
    status: (signal) => call(signal, () => statusNow(engine)),
    updatePodCidr: (podCidr, signal) => call(signal, () => engine.sandboxes.setPodCidr(podCidr)),
    events: (signal) => eventsOf(engine, signal),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

type Call = <T>(signal: AbortSignal, work: () => T | Promise<T>) => Promise<T>

function sandboxCalls({ sandboxes }: Engine, call: Call) {
  return {
    runSandbox: (config, signal) => call(signal, () => sandboxes.run(config, signal)),
    stopSandbox: (id, signal) => call(signal, () => sandboxes.stop(id)),
    removeSandbox: (id, signal) => call(signal, () => sandboxes.remove(id)),
    sandboxStatus: (id, signal) => call(signal, () => sandboxes.status(id)),
    listSandboxes: (filter, signal) => call(signal, () => sandboxes.list(filter)),
  } satisfies Partial<Runtime>
}

function containerCalls(engine: Engine, call: Call) {
  const { records } = engine
  return {
    createContainer: (sandboxId, config, sandboxConfig, signal) =>
      call(signal, () => createContainer(engine, sandboxId, config, sandboxConfig)),
    startContainer: (id, signal) => call(signal, () => startContainer(engine, id, signal)),
    stopContainer: (id, graceMs, signal) =>
      call(signal, () => stopContainer(engine, id, graceMs, signal)),
    removeContainer: (id, signal) => call(signal, () => removeContainer(engine, id)),
    containerStatus: (id, signal) =>
      call(signal, () => {
        const container = containerById(engine, id)
        return statusOf(container, logPathOf(engine, container))
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

function statsCalls({ records, sandboxes, clock }: Engine, call: Call) {
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

function candidates({ records }: Engine, sandboxId: string | undefined) {
  return sandboxId === undefined
    ? [...records.containers.values()]
    : containersOf(records, sandboxId)
}

async function* eventsOf(
  { listeners, fault }: Engine,
  signal: AbortSignal,
): AsyncIterable<ContainerEvent> {
  if (fault().engineDown) throw engineGone()
  const channel = createChannel<ContainerEvent>(eventBuffer, signal)
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
