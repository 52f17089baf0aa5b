import { messageOf } from '#lib'
import type { Container } from '#runtime'
import {
  containerNameLabel,
  podNameLabel,
  podNamespaceLabel,
  podUidLabel,
} from '../model/labels.ts'
import type { KubeletWorld } from '../model/world.ts'
import { containerLogPath } from './paths.ts'
import { planRotation, rotatedName } from './rotation-plan.ts'

/** How often logs are looked at (upstream: containerLogMonitorInterval). */
const periodMs = 10_000

/** Keeps the logs of running containers short, until `signal` aborts. */
export async function rotateLogs(world: KubeletWorld, signal: AbortSignal): Promise<void> {
  const { clock, host, runtime, log } = world
  const pathOf = createLogPaths(host.paths.podLogs)
  while (!signal.aborted) {
    await clock.sleep(periodMs, signal).catch(() => undefined)
    if (signal.aborted) return
    try {
      const running = await runtime.listContainers({ state: 'running' }, signal)
      for (const container of running) {
        await rotateWhenLong(world, { id: container.id, path: pathOf(container) }, signal)
      }
    } catch (error) {
      if (!signal.aborted) log.warn('cannot rotate logs', { error: messageOf(error) })
    }
  }
}

async function rotateWhenLong(
  world: KubeletWorld,
  { id, path }: { readonly id: string; readonly path: string },
  signal: AbortSignal,
): Promise<void> {
  const { host, config, log } = world
  const status = await host.files.status(path, signal)
  if (!status || status.sizeBytes < config.containerLogMaxBytes) return
  try {
    await rotate(world, id, path, signal)
  } catch (error) {
    if (!signal.aborted) log.warn('cannot rotate a log', { path, error: messageOf(error) })
  }
}

/** Where the log of a container is, by what the kubelet named it after; it stays there. */
function createLogPaths(root: string): (container: Container) => string {
  const paths = new Map<string, string>()
  return (container) => {
    const known = paths.get(container.id)
    if (known !== undefined) return known
    if (paths.size >= maxPaths) paths.clear()
    const path = `${root}/${logPathBelow(container)}`
    paths.set(container.id, path)
    return path
  }
}

/** More than run on a node. */
const maxPaths = 1000

function logPathBelow({ labels, metadata }: Container): string {
  const pod = [podNamespaceLabel, podNameLabel, podUidLabel].map((label) => labels[label]).join('_')
  const name = labels[containerNameLabel] ?? metadata.name
  return `${pod}/${containerLogPath(name, metadata.attempt)}`
}

async function rotate(
  { host, runtime, clock, config }: KubeletWorld,
  id: string,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const { files } = host
  const at = path.lastIndexOf('/')
  const [directory, name] = [path.slice(0, at), path.slice(at + 1)]
  const names = (await files.list(directory, signal)) ?? []
  const plan = planRotation(name, names, config.containerLogMaxFiles)
  for (const each of plan.remove) await files.remove(`${directory}/${each}`, signal)
  for (const each of plan.compress) {
    const old = `${directory}/${each}`
    await files.compress(old, `${old}.tmp`, signal)
    await files.rename(`${old}.tmp`, `${old}.gz`, signal)
    await files.remove(old, signal)
  }
  const rotated = `${directory}/${rotatedName(name, clock.wallMs())}`
  await files.rename(path, rotated, signal)
  try {
    await runtime.reopenContainerLog(id, signal)
  } catch (error) {
    // The runtime goes on writing where it wrote: under its old name, for the next attempt.
    await files.rename(rotated, path, signal)
    throw error
  }
}
