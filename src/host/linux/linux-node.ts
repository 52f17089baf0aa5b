import { lstat, readdir, statfs } from 'node:fs/promises'
import { arch, cpus, hostname, networkInterfaces, release } from 'node:os'
import { join } from 'node:path'
import type {
  FilesystemUsage,
  HostNode,
  InterfaceUsage,
  NodeFacts,
  NodeReadings,
  PressureStall,
  StallFigures,
} from '../model/node.ts'
import { beyondLoopback, parseResolvConf } from '../model/resolver.ts'
import {
  parseCpuNs,
  parseDefaultInterface,
  parseMeminfo,
  parseOsRelease,
  parseTasks,
  readText,
} from './procfs.ts'
import { hostIo, unlessMissing } from './system/errors.ts'

export interface LinuxNodeOptions {
  /** The kubelet's directory, whose filesystem is the node's. */
  readonly root: string
  /** For a node that shares its machine with others; the machine's own otherwise. */
  readonly hostname?: string
  readonly addresses?: readonly string[]
  /** Tells nodes of one machine apart where upstream would have a machine each. */
  readonly machineId?: string
}

/** The machine as `HostNode` describes it. */
export function linuxNode(options: LinuxNodeOptions): HostNode {
  return {
    facts: () => hostIo(() => readFacts(options)),
    readings: () => hostIo(() => readReadings(options.root)),
    filesystem: (path) => hostIo(() => readFilesystem(path)),
    diskUsage: (path, signal) => hostIo(() => measure(path, signal)),
    hostsFile: () => hostIo(() => readText('/etc/hosts')),
    resolver: () =>
      hostIo(async () => {
        const [own, behind] = await Promise.all(
          ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'].map(readText),
        )
        return beyondLoopback(
          parseResolvConf(own ?? ''),
          behind ? parseResolvConf(behind) : undefined,
        )
      }),
  }
}

const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' }

async function readFacts(options: LinuxNodeOptions): Promise<NodeFacts> {
  const memory = parseMeminfo(await readText('/proc/meminfo'))
  const osRelease = (await readText('/etc/os-release')) || (await readText('/usr/lib/os-release'))
  const machineId = options.machineId ?? (await readText('/etc/machine-id')).trim()
  const uuid = (await readText('/sys/class/dmi/id/product_uuid')).trim()
  return {
    hostname: options.hostname ?? hostname(),
    machineId,
    systemUuid: uuid || machineId,
    bootId: (await readText('/proc/sys/kernel/random/boot_id')).trim(),
    kernelVersion: release(),
    osImage: parseOsRelease(osRelease, 'PRETTY_NAME') ?? 'Unknown',
    operatingSystem: 'linux',
    architecture: goArchitectures[arch()] ?? arch(),
    cpus: cpus().length,
    memoryBytes: memory.get('MemTotal') ?? 0,
    swapBytes: memory.get('SwapTotal') ?? 0,
    maxPids: Math.min(
      Number(await readText('/proc/sys/kernel/pid_max')),
      Number(await readText('/proc/sys/kernel/threads-max')),
    ),
    hugePages: await readHugePages(),
    addresses: options.addresses ?? (await ownAddresses()),
  }
}

const hugePagesRoot = '/sys/kernel/mm/hugepages'

async function readHugePages(): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {}
  for (const name of ((await unlessMissing(() => readdir(hugePagesRoot))) ?? []).sort()) {
    const sizeBytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0) * 1024
    const count = Number(await readText(join(hugePagesRoot, name, 'nr_hugepages')))
    if (sizeBytes > 0) found[sizeBytes] = sizeBytes * count
  }
  return found
}

/** Global addresses; those of the default route's interface come first, IPv4 before IPv6. */
async function ownAddresses(): Promise<readonly string[]> {
  const preferred = parseDefaultInterface(await readText('/proc/net/route'))
  const rank = (name: string, family: string) =>
    (name === preferred ? 0 : 2) + (family === 'IPv4' ? 0 : 1)
  return Object.entries(networkInterfaces())
    .flatMap(([name, list]) => (list ?? []).map((entry) => ({ name, ...entry })))
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .sort((a, b) => rank(a.name, a.family) - rank(b.name, b.family))
    .map(({ address }) => address)
}

async function readReadings(root: string): Promise<NodeReadings> {
  const memory = parseMeminfo(await readText('/proc/meminfo'))
  const field = (name: string) => memory.get(name) ?? 0
  const usageBytes = field('MemTotal') - field('MemFree')
  const workingSetBytes = Math.max(0, usageBytes - field('Inactive(file)'))
  const pressure = await readPressure()
  return {
    cpuNs: parseCpuNs(await readText('/proc/stat')),
    memoryAvailableBytes: field('MemTotal') - workingSetBytes,
    memoryWorkingSetBytes: workingSetBytes,
    memoryUsageBytes: usageBytes,
    memoryRssBytes: field('AnonPages'),
    swapUsedBytes: field('SwapTotal') - field('SwapFree'),
    runningPids: parseTasks(await readText('/proc/loadavg')),
    nodeFs: await readFilesystem(root),
    interfaces: parseInterfaces(await readText('/proc/net/dev')),
    ...(pressure && { pressure }),
  }
}

/** `/proc/net/dev` without the loopback interface. */
export function parseInterfaces(text: string): readonly InterfaceUsage[] {
  const lines = text.split('\n').filter((line) => line.includes(':'))
  const interfaces = lines.map((line) => {
    const colon = line.indexOf(':')
    const [receivedBytes = 0, , receiveErrors = 0, , , , , , sentBytes = 0, , sendErrors = 0] = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number)
    return {
      name: line.slice(0, colon).trim(),
      receivedBytes,
      receiveErrors,
      sentBytes,
      sendErrors,
    }
  })
  return interfaces.filter(({ name }) => name !== 'lo')
}

async function readPressure(): Promise<NodeReadings['pressure'] | undefined> {
  const [cpu, memory, io] = await Promise.all(
    ['cpu', 'memory', 'io'].map((name) => readText(`/proc/pressure/${name}`)),
  )
  if (!cpu || !memory || !io) return undefined
  return { cpu: parsePressure(cpu), memory: parsePressure(memory), io: parsePressure(io) }
}

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=123` and the same for `full`; µs in total. */
export function parsePressure(text: string): PressureStall {
  return { some: stallFigures(text, 'some'), full: stallFigures(text, 'full') }
}

function stallFigures(text: string, kind: 'some' | 'full'): StallFigures {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${kind} `)) ?? ''
  const figure = (name: string) => Number.parseFloat(line.split(`${name}=`)[1] ?? '0')
  return {
    avg10: figure('avg10'),
    avg60: figure('avg60'),
    avg300: figure('avg300'),
    totalNs: figure('total') * 1000,
  }
}

async function readFilesystem(path: string): Promise<FilesystemUsage> {
  const stats = await statfs(path)
  return {
    capacityBytes: stats.blocks * stats.bsize,
    availableBytes: stats.bavail * stats.bsize,
    usedBytes: (stats.blocks - stats.bfree) * stats.bsize,
    inodes: stats.files,
    inodesFree: stats.ffree,
  }
}

async function measure(
  path: string,
  signal: AbortSignal,
): Promise<{ bytes: number; inodes: number }> {
  const root = await lstat(path)
  const seen = new Set<number>()
  let bytes = 0
  const visit = async (current: string) => {
    signal.throwIfAborted()
    const stats = await unlessMissing(() => lstat(current))
    // Gone meanwhile, another filesystem, or a further name of a file that was counted.
    if (stats === undefined || stats.dev !== root.dev || seen.has(stats.ino)) return
    seen.add(stats.ino)
    bytes += stats.blocks * 512
    if (!stats.isDirectory()) return
    for (const name of (await unlessMissing(() => readdir(current))) ?? []) {
      await visit(join(current, name))
    }
  }
  await visit(path)
  return { bytes, inodes: seen.size }
}
