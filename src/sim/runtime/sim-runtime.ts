import { isIPv6 } from 'node:net'
import type { PortMapping, Runtime } from '#runtime'
import type { NodeLoad } from '../model/disk.ts'
import type { TransportProtocol } from '../model/fabric.ts'
import { runtimeOf } from './calls.ts'
import { harmContainer, loseContainers } from './container/containers.ts'
import { isStopping, listenerIn } from './container/listener.ts'
import { startMain } from './container/processes.ts'
import { recordsOf } from './container/records.ts'
import { type EngineFault, type SimRuntimeOptions, soundEngine } from './container/runtime-node.ts'
import { createEngine, type SimulatedEngine } from './engine.ts'
import { type SimRuntimeState, saveContainer, saveSandbox } from './saved-runtime.ts'
import { nodeLoad } from './statistics.ts'

/** The container engine of a simulated node, and what faults may do to it. */
export interface SimRuntime extends Runtime {
  readonly load: NodeLoad
  setFault(fault: EngineFault): void
  /** The machine loses its power. */
  crash(): void
  /** Kills a running container, for want of memory or not, or hangs it; false when there is none of that name. */
  harm(podUid: string, container: string, how: 'outOfMemory' | 'crash' | 'hang'): boolean
  /** Whether what serves a port of a pod was sent its stop signal already. */
  isStopping(podUid: string, port: number): boolean
  /** How many steps of scripts the running containers of each pod have computed, by `namespace/name`. */
  computed(): ReadonlyMap<string, number>
  save(): SimRuntimeState
}

/**
 * Starts the container engine of a simulated node, empty or as it was saved, and attaches what it serves
 * to the fabric at the node's address.
 */
export function createSimRuntime(options: SimRuntimeOptions, saved?: SimRuntimeState): SimRuntime {
  let fault = soundEngine
  const engine = createEngine(options, saved, () => fault)
  if (saved) resume(engine, saved)
  for (const ip of options.nodeIps) {
    options.fabric.attach(ip, {
      node: options.node,
      listener: (port, address, transport = 'tcp') =>
        onNodeNetwork(engine, { port, ip: address, transport }),
    })
  }
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
    harm(podUid, name, how) {
      const found = [...records.containers.values()].find(
        ({ sandboxId, config, state }) =>
          state === 'running' &&
          config.metadata.name === name &&
          records.sandboxes.get(sandboxId)?.config.metadata.uid === podUid,
      )
      return found !== undefined && harmContainer(found, how)
    },
    isStopping: (podUid, port) =>
      [...records.sandboxes.values()].some(
        ({ id, state, config }) =>
          state === 'ready' &&
          config.metadata.uid === podUid &&
          isStopping(recordsOf(records, id), port),
      ),
    computed() {
      const byPod = new Map<string, number>()
      for (const { sandboxId, process } of records.containers.values()) {
        const pod = records.sandboxes.get(sandboxId)?.config.metadata
        const steps = process?.process.steps ?? 0
        if (!pod || steps === 0) continue
        const key = `${pod.namespace}/${pod.name}`
        byPod.set(key, (byPod.get(key) ?? 0) + steps)
      }
      return byPod
    },
    save: () => ({
      images: engine.nodeImages.save(),
      pool: engine.sandboxes.pool,
      sandboxes: [...records.sandboxes.values()].map(saveSandbox),
      containers: [...records.containers.values()].map(saveContainer),
    }),
  }
}

/** Sandboxes and containers go on where they were. */
function resume(engine: SimulatedEngine, saved: SimRuntimeState): void {
  for (const sandbox of engine.records.sandboxes.values()) {
    if (sandbox.state === 'ready' && sandbox.ips.length > 0) engine.sandboxes.reattach(sandbox)
  }
  for (const { id, process } of saved.containers) {
    const container = engine.records.containers.get(id)
    if (container && process) startMain(engine, container, process)
  }
}

/** Containers on the node's network, and the ports of the node that pods are reached at. */
function onNodeNetwork({ records }: SimulatedEngine, asked: AskedPort) {
  for (const sandbox of records.sandboxes.values()) {
    if (sandbox.state !== 'ready') continue
    const { config, id } = sandbox
    const own = recordsOf(records, id)
    const onNode = config.linux.securityContext.namespaces.network === 'node'
    const mapping = config.portMappings?.find((each) => isMappedAt(each, asked))
    const inside = onNode ? asked.port : mapping?.containerPort
    const found =
      inside === undefined ? undefined : listenerIn(sandbox, own, inside, asked.transport)
    if (found) return found
  }
  return undefined
}

/** A port of the node that is asked, at one of its addresses. */
interface AskedPort {
  readonly ip: string
  readonly port: number
  readonly transport: TransportProtocol
}

/** Without an address of its own, a port is every address's. */
function isMappedAt({ protocol, hostPort, hostIp }: PortMapping, asked: AskedPort) {
  if (protocol.toLowerCase() !== asked.transport || hostPort !== asked.port) return false
  // What listens at all addresses of IPv6 does at those of IPv4 too, but not the other way.
  const isEvery = hostIp === '' || hostIp === '::' || (hostIp === '0.0.0.0' && !isIPv6(asked.ip))
  return isEvery || hostIp === asked.ip
}
