import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, freePort, must } from '../fixture/real-cluster.ts'
import { knarr } from '../fixture/tools.ts'
import type { ImageDefinition } from '../images/definitions.ts'
import { startTestRegistry } from '../images/registry.ts'
import type { World } from './results.ts'

/** A cluster that specs run against; disposing leaves nothing of it. */
export interface ConformanceCluster extends AsyncDisposable {
  readonly kubeconfig: string
  readonly dataDir: string
}

/** How many times faster than wall time a simulated cluster's time goes. */
export type Speed = '10x' | '1x'

export async function startCluster(
  world: World,
  images: () => readonly ImageDefinition[],
  speed: Speed,
): Promise<ConformanceCluster> {
  await using stack = new AsyncDisposableStack()
  const dataDir = mkdtempSync(join(tmpdir(), 'knarr-conformance-'))
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const port = String(await freePort())
  const first = ['up', '--detach', '--nodes', '2', '--data-dir', dataDir, '--port', port]
  const mirrors: string[] = []
  if (world === 'real') {
    const registry = await startTestRegistry({ images: images() })
    stack.defer(() => registry.stop())
    for (const { registry: name, endpoints } of registry.mirrors) {
      mirrors.push('--registry-mirror', `${name}=${endpoints[0]}`)
    }
  }
  stack.defer(async () => {
    must(await command(knarr, ['down', '--data-dir', dataDir, '--delete-data']))
  })
  must(await command(knarr, [...first, ...(world === 'sim' ? ['--sim'] : mirrors)]))
  if (world === 'sim') {
    must(await command(knarr, ['clock', 'speed', speed, '--data-dir', dataDir]))
  }
  const kept = stack.move()
  return {
    dataDir,
    kubeconfig: join(dataDir, 'kubeconfig'),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
