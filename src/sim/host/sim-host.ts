import type { Host, HostPaths, HostPods, NodeFacts } from '#host'
import type { Clock, Random } from '#lib'
import type { NodeLoad } from '../model/disk.ts'
import { outsideServer } from '../model/outside.ts'
import type { MemoryDisk } from './memory-disk.ts'
import { type SavedCgroups, simCgroups } from './sim-cgroups.ts'
import { simDrivers } from './sim-drivers.ts'
import { simFiles } from './sim-files.ts'
import {
  defaultMachine,
  hostsFileOf,
  type Machine,
  type SimulatedPressure,
  simNode,
} from './sim-node.ts'
import { namesIn, simVolumes } from './sim-volumes.ts'

export interface SimHostOptions {
  /** The node's host name. */
  readonly name: string
  /** The node's own addresses, the first being the one it is known by. */
  readonly addresses: readonly string[]
  readonly clock: Clock
  /** The node's own stream: identities of the machine and of its boots come from it. */
  readonly random: Random
  /** Shared with the runtime of the node. */
  readonly disk: MemoryDisk
  readonly load: NodeLoad
  readonly machine?: Partial<Machine>
  /** Replaces facts that the default machine shows. */
  readonly facts?: Partial<Pick<NodeFacts, 'kernelVersion' | 'osImage' | 'architecture'>>
  /** What its own `resolv.conf` names. */
  readonly nameservers?: readonly string[]
  /** What `save` returned; the disk is saved by itself. */
  readonly saved?: SavedHost
}

/** The state of a Host as plain JSON, its disk excepted. */
export interface SavedHost {
  readonly boots: number
  readonly pressure: SimulatedPressure
  readonly cgroups: SavedCgroups
}

/** A simulated node's machine, which is a Host, and what faults may do to it. */
export interface SimHost extends Host {
  /** Makes readings show this until the next call; the empty object lifts it. */
  setPressure(pressure: SimulatedPressure): void
  /** The machine starts again: a new boot ID, no cgroups, nothing in memory filesystems. */
  boot(): void
  save(): SavedHost
}

const paths: HostPaths = Object.freeze({
  root: '/var/lib/kubelet',
  podLogs: '/var/log/pods',
  containerLogs: '/var/log/containers',
  state: '/var/lib/kubelet/state',
})
const podsRoot = `${paths.root}/pods`

/** Creates the machine of a simulated node, powered on; `saved` is the state that it had before. */
export function createSimHost(options: SimHostOptions): SimHost {
  const { clock, disk, load, saved } = options
  const machine = { ...defaultMachine, ...options.machine }
  const cgroups = simCgroups('/kubepods', { load, disk }, saved?.cgroups)
  let boots = saved?.boots ?? 0
  let pressure = saved?.pressure ?? {}
  let bootedMs = clock.monotonicMs()
  let facts = factsOf(options, machine, boots)
  return {
    paths,
    pods: simPods(disk),
    volumes: simVolumes(disk, { podsRoot, clock, showKernel: cgroups.show }),
    files: simFiles(disk),
    cgroups,
    drivers: simDrivers(clock),
    node: simNode({
      disk,
      load,
      clock,
      machine,
      facts: () => facts,
      pressure: () => pressure,
      bootedMs: () => bootedMs,
      nameservers: options.nameservers ?? [outsideServer],
    }),
    prepare: async (signal) => {
      signal.throwIfAborted()
      disk.ensureDirectory(podsRoot, 0o750)
      disk.ensureDirectory(paths.state, 0o700)
      disk.ensureDirectory(paths.podLogs, 0o755)
      disk.ensureDirectory(paths.containerLogs, 0o755)
      for (const [path, text] of Object.entries(systemFiles(facts))) {
        if (disk.kindOf(path) === undefined) disk.write(path, Buffer.from(text))
      }
    },
    destroy: async (signal) => {
      signal.throwIfAborted()
      cgroups.forget()
      disk.unlink(paths.root)
    },
    setPressure: (given) => {
      pressure = given
    },
    boot: () => {
      boots++
      bootedMs = clock.monotonicMs()
      facts = factsOf(options, machine, boots)
      cgroups.forget()
      disk.losePower()
    },
    save: () => ({ boots, pressure, cgroups: cgroups.save() }),
    [Symbol.asyncDispose]: async () => {},
  }
}

/** What a host path may show of the machine itself. */
function systemFiles({
  hostname,
  machineId,
  osImage,
}: NodeFacts): Readonly<Record<string, string>> {
  return {
    '/etc/hostname': `${hostname}\n`,
    '/etc/hosts': hostsFileOf(hostname),
    '/etc/machine-id': `${machineId}\n`,
    '/etc/os-release': `PRETTY_NAME="${osImage}"\nNAME="Debian GNU/Linux"\nID=debian\n`,
  }
}

function simPods(disk: MemoryDisk): HostPods {
  const pathOf = (podUid: string) => `${podsRoot}/${podUid}`
  return {
    path: pathOf,
    prepare: async (podUid, signal) => {
      signal.throwIfAborted()
      for (const name of ['volumes', 'plugins', 'containers']) {
        disk.ensureDirectory(`${pathOf(podUid)}/${name}`, 0o750)
      }
    },
    list: async (signal) => {
      signal.throwIfAborted()
      return namesIn(disk, podsRoot)
    },
    remove: async (podUid, signal) => {
      signal.throwIfAborted()
      disk.unlink(pathOf(podUid))
    },
  }
}

/** A Debian machine, the same one in every run of a seed. */
function factsOf(options: SimHostOptions, machine: Machine, boots: number): NodeFacts {
  const { name, addresses, random, facts } = options
  return {
    hostname: name,
    machineId: random.fork('machine-id').uuid().replaceAll('-', ''),
    systemUuid: random.fork('system-uuid').uuid(),
    bootId: random.fork(`boot-id-${boots}`).uuid(),
    kernelVersion: '6.12.57+deb13-amd64',
    osImage: 'Debian GNU/Linux 13 (trixie)',
    architecture: 'amd64',
    ...facts,
    operatingSystem: 'linux',
    cpus: machine.cpus,
    memoryBytes: machine.memoryBytes,
    swapBytes: 0,
    maxPids: machine.maxPids,
    hugePages: {},
    addresses,
  }
}
