import { existsSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger, systemClock } from '#lib'
import type { ContainerdOptions } from '../../src/runtime/cri/containerd/options.ts'
import { stopContainerd } from '../../src/runtime/cri/containerd/private-containerd.ts'
import { startTestRegistry, type TestRegistry } from './registry.ts'

/** A data directory, a registry and a cgroup for the tests of one file; all gone when disposed. */
export interface TestWorld extends AsyncDisposable {
  readonly options: ContainerdOptions
  readonly registry: TestRegistry
  readonly cgroupRoot: string
  readonly signal: AbortSignal
}

export interface TestWorldOptions {
  /** At most 15 characters; different in files that run at the same time. */
  readonly bridge: string
  readonly podCidr: string
}

export async function createTestWorld({ bridge, podCidr }: TestWorldOptions): Promise<TestWorld> {
  const dataDir = mkdtempSync(join(tmpdir(), 'knarr-runtime-'))
  const registry = await startTestRegistry()
  const options: ContainerdOptions = {
    dataDir,
    network: { podCidrs: [podCidr], bridge },
    mirrors: registry.mirrors,
    clock: systemClock,
    log: silentLogger,
  }
  const signal = AbortSignal.timeout(300_000)
  return {
    options,
    registry,
    cgroupRoot: `/${bridge}`,
    signal,
    [Symbol.asyncDispose]: async () => {
      await stopContainerd(options, signal)
      await registry.stop()
      removeCgroups(bridge)
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** What a kubelet would do: runtimes leave the parents of their cgroups behind. */
function removeCgroups(name: string): void {
  const root = '/sys/fs/cgroup'
  const hierarchies = ['.', ...readdirSync(root)].map((hierarchy) => join(root, hierarchy, name))
  for (const directory of hierarchies.filter((path) => existsSync(path))) {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) rmdirSync(join(directory, entry.name))
    }
    rmdirSync(directory)
  }
}
