import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { linuxHost } from '#host'
import { type Clock, KnarrError, silentLogger, systemClock } from '#lib'
import { removeNftablesTable } from '#network'
import { loadRealRuntime } from '#runtime'
import { machineName } from '../machine.ts'
import { defaultClusterOptions, type Progress } from '../options.ts'
import { isAlive, readState, removeState } from '../state.ts'
import { cgroupRootOf, containerdOptions, tableOf } from './local-node.ts'
import { clusterPaths } from './paths.ts'

export interface StopOptions {
  readonly deleteData: boolean
}

/** How long the server process may take to end before it is killed. */
const serverLimitMs = 15_000

/**
 * Stops the cluster of a data directory, also one whose knarr has died, and leaves no process,
 * mount, nftables table or cgroup behind. Objects, images and keys stay unless told otherwise.
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
  const signal = new AbortController().signal
  progress.step('Stopping the control plane')
  await endServer(dataDir, systemClock)
  progress.step('Stopping containers')
  const name = machineName()
  const cluster = { ...defaultClusterOptions, dataDir }
  const containerd = containerdOptions({
    cluster,
    name,
    podCidr: '10.244.0.0/24',
    clock: systemClock,
    log: silentLogger,
  })
  if (existsSync(join(containerd.dataDir, 'containerd'))) {
    const { stopContainerd } = await loadRealRuntime()
    await stopContainerd(containerd, signal)
  }
  progress.step('Removing routes, mounts and cgroups')
  await removeNftablesTable({ table: tableOf(dataDir) }, signal)
  const paths = clusterPaths(dataDir).node(name)
  const host = await linuxHost({
    root: paths.root,
    logs: paths.logs,
    cgroupRoot: cgroupRootOf(dataDir),
    clock: systemClock,
  })
  await host.destroy(signal)
  if (deleteData) rmSync(dataDir, { recursive: true, force: true })
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
