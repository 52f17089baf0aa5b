import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { linuxHost } from '#host'
import { silentLogger, systemClock } from '#lib'
import { loadRealRuntime } from '#runtime'
import { containerdOptions } from './engine.ts'
import { machineName } from './machine.ts'
import { type NodePlan, nodeIndex, nodeNetwork, planNode } from './node-plan.ts'

/** Every node of this machine that a data directory knows, also of a knarr that has died. */
export function nodesIn(dataDir: string): readonly NodePlan[] {
  const directory = join(dataDir, 'nodes')
  const machine = machineName()
  const names = existsSync(directory) ? readdirSync(directory) : []
  return names
    .flatMap((name) => nodeIndex(machine, name) ?? [])
    .toSorted((a, b) => a - b)
    .map((index) => planNode(dataDir, machine, index))
}

/** Ends a node's containers and their engine; images and logs stay. */
export async function stopNodeContainers(
  dataDir: string,
  plan: NodePlan,
  signal: AbortSignal,
): Promise<void> {
  const options = optionsToStop(dataDir, plan)
  if (!existsSync(join(options.dataDir, 'containerd'))) return
  const { stopContainerd } = await loadRealRuntime()
  await stopContainerd(options, signal)
}

/** Tells whether a node's engine or containers are still there, as after the death of a knarr. */
export async function hasContainers(dataDir: string, plan: NodePlan): Promise<boolean> {
  const options = optionsToStop(dataDir, plan)
  if (!existsSync(join(options.dataDir, 'containerd'))) return false
  const { containerdLeftovers } = await loadRealRuntime()
  return containerdLeftovers(options).length > 0
}

function optionsToStop(dataDir: string, plan: NodePlan): ReturnType<typeof containerdOptions> {
  return containerdOptions({
    plan,
    podCidrs: ['10.244.0.0/24'],
    registries: { mirrors: [], access: [] },
    ip: `${nodeNetwork(dataDir)}.${plan.index}`,
    clock: systemClock,
    log: silentLogger,
  })
}

/** Removes a stopped node's mounts, cgroups and kubelet directory. */
export async function destroyNodeHost(plan: NodePlan, signal: AbortSignal): Promise<void> {
  const { root, logs, cgroupRoot } = plan
  const host = await linuxHost({ root, logs, cgroupRoot, clock: systemClock })
  await host.destroy(signal)
}
