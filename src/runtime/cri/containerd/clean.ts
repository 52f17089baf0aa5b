import { spawnSync } from 'node:child_process'
import { readdirSync, rmdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '#lib'
import { identify, sendSignal } from './layout/process-identity.ts'
import {
  cachedResults,
  leasedAddresses,
  links,
  mounts,
  type NatRule,
  natRules,
  processes,
  run,
  type Traces,
} from './leftovers.ts'
import { deletion, tidyNat } from './tidy-nat.ts'

/**
 * Takes away everything but images and logs, whoever left it: after a clean stop there is only the
 * bridge; after a crash, containers, shims, mounts, addresses and rules as well.
 */
export async function removeTraces(
  traces: Traces,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { layout, netns, bridge } = traces
  await killAll(traces, clock, signal)
  for (const path of mounts(layout)) {
    if (spawnSync('umount', [path]).status !== 0) spawnSync('umount', ['--lazy', path])
  }
  for (const name of links(traces)) run(netns, ['ip', 'link', 'delete', 'dev', name])
  deleteRules(natRules(traces), netns)
  tidyNat(netns)
  const files = [...leasedAddresses(layout, bridge), ...cachedResults(bridge)]
  for (const file of files) rmSync(file, { force: true })
  const trees = [layout.state, layout.ipam, layout.socket, `${layout.socket}.ttrpc`]
  for (const path of trees) rmSync(path, { recursive: true, force: true })
  rmSync(layout.processFile, { force: true })
  removeEmpty(layout.home === dirname(layout.socket) ? [] : [dirname(layout.socket), '/run/knarr'])
  removeEmpty(['/run/containerd/s', '/run/containerd', ...defaultCgroups()])
}

/** Containers first, then shims: a shim that dies first leaves its container to nobody. */
async function killAll({ layout }: Traces, clock: Clock, signal: AbortSignal): Promise<void> {
  const deadlineMs = clock.monotonicMs() + 10_000
  let left = processes(layout)
  while (left.length > 0 && clock.monotonicMs() < deadlineMs) {
    const containers = left.filter(({ command }) => command.startsWith('container '))
    const next = containers.length > 0 ? containers : left
    for (const { pid } of next) if (identify(pid)) sendSignal(pid, 'SIGKILL')
    await clock.sleep(20, signal)
    left = processes(layout)
  }
}

/** Marked rules first, then the chains that only they led to. */
function deleteRules(rules: readonly NatRule[], netns: string | undefined): void {
  const nat = (command: string, argv: readonly string[]) =>
    run(netns, [command, '-w', '-t', 'nat', ...argv])
  for (const { command, rule } of rules) nat(command, deletion(rule))
  const chains = rules.flatMap(({ command, rule }) =>
    (rule.match(/\bCNI-(?:DN-)?[0-9a-f]{20,}/g) ?? []).map((chain) => ({ command, chain })),
  )
  for (const { command, chain } of chains) nat(command, ['-F', chain])
  for (const { command, chain } of chains) nat(command, ['-X', chain])
}

/** Where containerd puts containers without a cgroup parent. */
function defaultCgroups(): readonly string[] {
  const root = '/sys/fs/cgroup'
  try {
    return [`${root}/k8s.io`, ...readdirSync(root).map((name) => `${root}/${name}/k8s.io`)]
  } catch {
    return []
  }
}

/** Directories that others may use as well: they go only when they are empty. */
function removeEmpty(directories: readonly string[]): void {
  for (const directory of directories) {
    try {
      rmdirSync(directory)
    } catch {
      // in use, or never made
    }
  }
}
