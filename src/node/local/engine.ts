import type { Clock, Logger } from '#lib'
import { type ContainerdOptions, loadRealRuntime, type Runtime } from '#runtime'
import type { NodePlan } from './node-plan.ts'
import type { Registries } from './registries-file.ts'

/** What runs the containers of one node. */
export interface NodeEngine {
  readonly runtime: Runtime
  /** Keeps it running until `signal` aborts. */
  supervise(signal: AbortSignal): Promise<void>
  /** Kills it and its containers; it stays down until `boot`. */
  crash(signal: AbortSignal): Promise<void>
  boot(signal: AbortSignal): Promise<void>
}

/** A private containerd; what `options` describe. */
export async function startEngine(
  options: ContainerdOptions,
  signal: AbortSignal,
): Promise<NodeEngine> {
  const real = await loadRealRuntime()
  const { clock, log } = options
  let daemon = await real.startContainerd(options, signal)
  let isDown = false
  return {
    runtime: daemon.connect(),
    async supervise(running) {
      while (!running.aborted) {
        await daemon.gone(running).catch(() => undefined)
        await clock.sleep(isDown ? downPollMs : 0, running).catch(() => undefined)
        if (running.aborted) return
        if (isDown) continue
        log.warn('containerd is gone; it is started again')
        daemon = await real.startContainerd(options, running)
      }
    },
    async crash(running) {
      isDown = true
      await real.killContainerd(options, running)
    },
    async boot(running) {
      daemon = await real.startContainerd(options, running)
      isDown = false
    },
  }
}

/** How often a crashed engine is looked at. */
const downPollMs = 200

/** Whatever speaks the CRI at an endpoint; somebody else keeps it running. */
export async function connectEngine(endpoint: string, clock: Clock): Promise<NodeEngine> {
  const real = await loadRealRuntime()
  return {
    runtime: real.createCriRuntime({ endpoint, clock }),
    supervise: async () => undefined,
    crash: async () => undefined,
    boot: async () => undefined,
  }
}

export interface EngineSite {
  readonly plan: NodePlan
  readonly podCidrs: readonly string[]
  readonly registries: Registries
  /** The node's own address; where containerd's streams are reached inside a namespace. */
  readonly ip: string
  readonly clock: Clock
  readonly log: Logger
}

/** What the private containerd of a node is started with; the same again to stop it. */
export function containerdOptions(site: EngineSite): ContainerdOptions {
  const { plan, podCidrs, registries, ip, clock, log } = site
  return {
    dataDir: plan.runtime,
    // Our own table masquerades, so that pods of other nodes see who talks to them.
    network: { podCidrs, bridge: plan.bridge, masquerade: false },
    mirrors: registries.mirrors,
    registries: registries.access,
    ...(plan.netns === undefined ? {} : { netns: plan.netns, streamAddress: ip }),
    clock,
    log,
  }
}
