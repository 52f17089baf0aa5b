import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ContainerdLayout } from './layout/layout.ts'
import { identify } from './layout/process-identity.ts'

/** Something of a private containerd that is still on the machine. */
export type Leftover =
  | { readonly kind: 'process'; readonly pid: number; readonly command: string }
  | { readonly kind: 'mount'; readonly path: string }
  | { readonly kind: 'link'; readonly name: string }
  | { readonly kind: 'address'; readonly file: string }
  | NatRule
  | { readonly kind: 'file'; readonly path: string }

/** A rule as `iptables -S` prints it. */
export interface NatRule {
  readonly kind: 'natRule'
  readonly command: 'iptables' | 'ip6tables'
  readonly rule: string
}

export interface Traces {
  readonly layout: ContainerdLayout
  /** The bridge, whose name is the network's too. */
  readonly bridge: string
  readonly netns?: string
}

/** Where CNI keeps what its plugins answered, for every network of the machine. */
const cniCache = '/var/lib/cni/results'

/** What a stopped containerd should not have left; empty when nothing did. */
export function leftovers(traces: Traces): readonly Leftover[] {
  return [
    ...processes(traces.layout),
    ...mounts(traces.layout).map((path) => ({ kind: 'mount' as const, path })),
    ...links(traces).map((name) => ({ kind: 'link' as const, name })),
    ...leasedAddresses(traces.layout, traces.bridge).map((file) => ({
      kind: 'address' as const,
      file,
    })),
    ...natRules(traces),
    ...files(traces).map((path) => ({ kind: 'file' as const, path })),
  ]
}

type ProcessLeftover = Extract<Leftover, { kind: 'process' }>

/** The daemon and its shims, which name the socket, and the containers that runc knows. */
export function processes(layout: ContainerdLayout): readonly ProcessLeftover[] {
  const mine = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ kind: 'process' as const, pid: Number(name), command: commandOf(name) }))
    .filter(({ pid, command }) => belongs(command, layout) && identify(pid) !== undefined)
  return [...mine, ...containerProcesses(layout)]
}

function belongs(command: string, layout: ContainerdLayout): boolean {
  const argv = command.split(' ')
  const isShim = (argv[0] ?? '').includes('containerd-shim') && argv.includes(layout.socket)
  return isShim || (argv.includes(layout.config) && (argv[0] ?? '').endsWith('containerd'))
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trimEnd()
  } catch {
    return ''
  }
}

function containerProcesses(layout: ContainerdLayout): readonly ProcessLeftover[] {
  const root = join(layout.runcRoot, 'k8s.io')
  return namesIn(root).flatMap((id) => {
    const state = readJson(join(root, id, 'state.json')) as RuncState | undefined
    const pid = state?.init_process_pid ?? 0
    const startTicks = String(state?.init_process_start ?? '')
    if (pid === 0 || identify(pid)?.startTicks !== startTicks) return []
    return [{ kind: 'process' as const, pid, command: `container ${id}` }]
  })
}

interface RuncState {
  readonly init_process_pid?: number
  readonly init_process_start?: number
}

/** Mount points below the layout, the deepest first. */
export function mounts(layout: ContainerdLayout): readonly string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => unescapePath(line.split(' ')[4] ?? ''))
    .filter((path) => path.startsWith(`${layout.home}/`))
    .reverse()
}

/** The kernel writes blanks and backslashes of paths in octal. */
function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}

/** The bridge and what is still plugged into it. */
export function links({ bridge, netns }: Traces): readonly string[] {
  if (netns && !existsSync(netns)) return []
  const shown = run(netns, ['ip', '-o', 'link', 'show', 'master', bridge])
  const plugged = shown.split('\n').flatMap((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? [])
  const itself = run(netns, ['ip', '-o', 'link', 'show', 'dev', bridge])
  return itself === '' ? [] : [...plugged, bridge]
}

/** Files of host-local's address book that are named by an address. */
export function leasedAddresses(layout: ContainerdLayout, network: string): readonly string[] {
  const book = join(layout.ipam, network)
  return namesIn(book)
    .filter((name) => /^[0-9a-f]+[.:]/.test(name))
    .map((name) => join(book, name))
}

/** Rules of our pods in the nat table; the plugins mark them with the network's name. */
export function natRules({ bridge, netns }: Traces): readonly NatRule[] {
  if (netns && !existsSync(netns)) return []
  return (['iptables', 'ip6tables'] as const).flatMap((command) =>
    run(netns, [command, '-w', '-t', 'nat', '-S'])
      .split('\n')
      .filter((rule) => rule.includes(`name: \\"${bridge}\\"`))
      .map((rule) => ({ kind: 'natRule' as const, command, rule })),
  )
}

function files({ layout, bridge }: Traces): readonly string[] {
  const own = [layout.socket, layout.processFile, layout.state].filter((path) => existsSync(path))
  return [...own, ...cachedResults(bridge)]
}

/** CNI's cache entries of this network's pods. */
export function cachedResults(network: string): readonly string[] {
  return namesIn(cniCache)
    .filter((name) => name.startsWith(`${network}-`))
    .map((name) => join(cniCache, name))
}

/** The output of a command in the node's network namespace; empty when it fails. */
export function run(netns: string | undefined, argv: readonly string[]): string {
  const command = netns ? ['nsenter', `--net=${netns}`, ...argv] : argv
  const { status, stdout } = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8' })
  return status === 0 ? stdout : ''
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
