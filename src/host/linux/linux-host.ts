import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '#lib'
import type { Host, HostPaths, HostPods } from '../model/host.ts'
import { linuxCgroups } from './cgroups/linux-cgroups.ts'
import { linuxDrivers } from './drivers/linux-drivers.ts'
import { linuxFiles, makeDirectory } from './linux-files.ts'
import { type LinuxNodeOptions, linuxNode } from './linux-node.ts'
import { linuxVolumes, removeTree } from './linux-volumes.ts'
import { hostIo, unlessMissing } from './system/errors.ts'
import { makeShared } from './system/mounts.ts'

/** Options of a host on Linux: the directories and the cgroup below which it makes everything. */
export interface LinuxHostOptions extends LinuxNodeOptions {
  /** Directory of container logs; `pods` and `containers` are made below it. */
  readonly logs: string
  /** Parent of all cgroups, e.g. `/kubepods`; one per node of a machine, as its name is shared. */
  readonly cgroupRoot: string
  readonly clock: Clock
}

/**
 * This machine as a node. Everything it makes is below `root`, `logs` and `cgroupRoot`. Needs root
 * for mounts and cgroups; plain files work without.
 */
export async function linuxHost(options: LinuxHostOptions): Promise<Host> {
  const { root, logs, clock } = options
  const paths: HostPaths = Object.freeze({
    root,
    podLogs: join(logs, 'pods'),
    containerLogs: join(logs, 'containers'),
    state: join(root, 'state'),
  })
  const podsRoot = join(root, 'pods')
  const cgroups = await linuxCgroups(options.cgroupRoot, clock)
  return {
    paths,
    pods: linuxPods(podsRoot),
    volumes: linuxVolumes(podsRoot, clock),
    files: linuxFiles(clock),
    cgroups,
    node: linuxNode(options),
    drivers: linuxDrivers(join(root, 'plugins_registry'), clock),
    prepare: (signal) => hostIo(() => prepare(paths, podsRoot, signal)),
    destroy: (signal) =>
      hostIo(async () => {
        await cgroups.remove(options.cgroupRoot, signal)
        await removeTree(root, signal)
      }),
    [Symbol.asyncDispose]: async () => {},
  }
}

async function prepare(paths: HostPaths, podsRoot: string, signal: AbortSignal): Promise<void> {
  await makeDirectory(paths.root, 0o750)
  await makeDirectory(podsRoot, 0o750)
  await makeDirectory(paths.state, 0o700)
  await makeDirectory(join(paths.root, 'plugins'), 0o750)
  await makeDirectory(join(paths.root, 'plugins_registry'), 0o750)
  await makeDirectory(paths.podLogs, 0o755)
  await makeDirectory(paths.containerLogs, 0o755)
  // Volumes mounted after a container started reach it only through a shared mount.
  await makeShared(podsRoot, signal)
}

function linuxPods(podsRoot: string): HostPods {
  const pathOf = (podUid: string) => join(podsRoot, podUid)
  return {
    path: pathOf,
    prepare: (podUid) =>
      hostIo(async () => {
        for (const name of ['', 'volumes', 'plugins', 'containers']) {
          await makeDirectory(join(pathOf(podUid), name), 0o750)
        }
      }),
    list: () => hostIo(async () => ((await unlessMissing(() => readdir(podsRoot))) ?? []).sort()),
    remove: (podUid, signal) => hostIo(() => removeTree(pathOf(podUid), signal)),
  }
}
