import { existsSync, rmSync } from 'node:fs'
import { stopNameServers } from '#dns/process'
import { type Clock, KnarrError, systemClock } from '#lib'
import { removeNamespaceNodes, removeNodeTables } from '#network'
import { destroyNodeHost, linkPrefix, nodesIn, nodeTableOf, stopNodeContainers } from '#node/local'
import { isAlive, readState, removeState } from '../data-dir/state.ts'
import type { Progress } from '../serving/progress.ts'

/** What `stopCluster` does besides stopping. */
export interface StopOptions {
  /** Removes the data directory too: objects, images and keys. */
  readonly deleteData: boolean
}

/** How long the server process may take to end before it is killed. */
const serverLimitMs = 15_000

/**
 * Stops the cluster of a data directory, also one whose knarr has died, and leaves no process,
 * mount, network namespace, nftables table or cgroup behind. Objects, images and keys stay unless told otherwise.
 */
export async function stopCluster(
  dataDir: string,
  { deleteData }: StopOptions,
  progress: Progress,
): Promise<void> {
  if (!existsSync(dataDir)) {
    throw new KnarrError('NoCluster', `there is no cluster in ${dataDir}`, {
      hint: 'Name its directory with --data-dir.',
    })
  }
  const isSimulated = readState(dataDir)?.simulated === true
  progress.step('Stopping the control plane')
  await endServer(dataDir, systemClock)
  if (isSimulated) {
    if (deleteData) rmSync(dataDir, { recursive: true, force: true })
    return
  }
  await removeNodes(dataDir, progress)
  if (deleteData) rmSync(dataDir, { recursive: true, force: true })
}

/** Takes the nodes of a data directory off this machine; images and logs stay. */
export async function removeNodes(dataDir: string, progress: Progress): Promise<void> {
  const { signal } = new AbortController()
  progress.step('Stopping containers')
  const plans = nodesIn(dataDir)
  await Promise.all(plans.map((plan) => stopNodeContainers(dataDir, plan, signal)))
  await stopNameServers(dataDir, systemClock)
  progress.step('Removing routes, mounts and cgroups')
  await removeNodeTables({ table: nodeTableOf(dataDir) }, signal)
  await removeNamespaceNodes(linkPrefix(dataDir), signal)
  for (const plan of plans) await destroyNodeHost(plan, signal)
}

async function endServer(dataDir: string, clock: Clock): Promise<void> {
  const running = readState(dataDir)
  if (!running) return
  process.kill(running.pid, 'SIGTERM')
  const untilMs = clock.monotonicMs() + serverLimitMs
  while (isAlive(running) && clock.monotonicMs() < untilMs) await clock.sleep(50)
  if (isAlive(running)) process.kill(running.pid, 'SIGKILL')
  removeState(dataDir)
}
