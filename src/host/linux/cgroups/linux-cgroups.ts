import { join } from 'node:path'
import type { Clock } from '#lib'
import {
  type CgroupLimits,
  type HostCgroups,
  type PodCgroup,
  type PodQos,
  podCgroupPath,
  qosCgroupPath,
} from '../../model/cgroups.ts'
import { hostIo } from '../system/errors.ts'
import { readMounts } from '../system/mounts.ts'
import { childGroups, removeGroup } from './cgroup-files.ts'
import {
  type CgroupHierarchy,
  type ControllerMounts,
  controllerMounts,
} from './cgroup-hierarchy.ts'
import { cgroupV1 } from './cgroup-v1.ts'
import { cgroupV2 } from './cgroup-v2.ts'

const classes: readonly PodQos[] = ['Guaranteed', 'Burstable', 'BestEffort']

/** The smallest share there is, which upstream gives to best-effort pods. */
const minimumShares = 2

/** The machine's cgroups, whichever version it has, below `root` (`/kubepods`). */
export async function linuxCgroups(root: string, clock: Clock): Promise<HostCgroups> {
  const hierarchy = chooseHierarchy(controllerMounts(await readMounts()))
  return hierarchy ? overHierarchy(hierarchy, root, clock) : withoutCgroups(root)
}

/** Version 1 as soon as a resource controller is mounted that way, even beside a version 2 tree. */
export function chooseHierarchy(mounts: ControllerMounts): CgroupHierarchy | undefined {
  if (mounts.has('memory') || mounts.has('cpu')) return cgroupV1(mounts)
  const unified = mounts.get('unified')
  return unified === undefined ? undefined : cgroupV2(unified)
}

function overHierarchy(hierarchy: CgroupHierarchy, root: string, clock: Clock): HostCgroups {
  const ensure = async (path: string, limits: CgroupLimits) => {
    await hierarchy.create(path)
    await hierarchy.apply(path, limits)
  }
  return {
    version: hierarchy.version,
    root,
    podPath: (qos, podUid) => podCgroupPath(root, qos, podUid),
    prepare: (limits) =>
      hostIo(async () => {
        await ensure(root, limits)
        await ensure(qosCgroupPath(root, 'Burstable'), {})
        await ensure(qosCgroupPath(root, 'BestEffort'), { cpuShares: minimumShares })
      }),
    ensure: (path, limits) => hostIo(() => ensure(path, limits)),
    remove: (path, signal) =>
      hostIo(async () => {
        for (const mount of hierarchy.mountPoints) {
          await removeGroup(join(mount, path), clock, signal)
        }
      }),
    listPods: () => hostIo(() => listPods(hierarchy, root)),
    usage: (path) => hostIo(() => hierarchy.usage(path)),
  }
}

async function listPods(hierarchy: CgroupHierarchy, root: string): Promise<readonly PodCgroup[]> {
  const found = new Map<string, PodCgroup>()
  for (const qos of classes) {
    const parent = qosCgroupPath(root, qos)
    for (const mount of hierarchy.mountPoints) {
      for (const name of (await childGroups(join(mount, parent))) ?? []) {
        if (!name.startsWith('pod')) continue
        found.set(`${parent}/${name}`, { podUid: name.slice(3), qos, path: `${parent}/${name}` })
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.podUid < b.podUid ? -1 : 1))
}

/** Without root there are no cgroups to write, and pods run unbounded. */
function withoutCgroups(root: string): HostCgroups {
  return {
    version: 'none',
    root,
    podPath: (qos, podUid) => podCgroupPath(root, qos, podUid),
    prepare: async () => {},
    ensure: async () => {},
    remove: async () => {},
    listPods: async () => [],
    usage: async () => undefined,
  }
}
