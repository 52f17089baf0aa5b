import { clockName, clocks, nodes, type Pod, pods } from '#api'
import type { Client } from '#client'
import { type Clock, KnarrError, messageOf } from '#lib'
import type { KubeObject, Stored } from '#machinery'
import { isNotFound, isTooManyRequests } from '#machinery/status'
import type { Terminal } from '../terminal/command.ts'

/** How long to wait before asking again for an eviction that a budget refuses. */
const retryMs = 5_000
const pollMs = 250

/** What draining a node takes. */
export interface DrainOptions {
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>
  readonly terminal: Terminal
  /** How long to wait for the pods at most; default for ever. */
  readonly limitMs?: number
}

interface Drain extends DrainOptions {
  readonly client: Client
  readonly untilMs: number
}

/**
 * Cordons a node and evicts its pods, as `kubectl drain --ignore-daemonsets` does.
 * @throws KnarrError `NotDrained` when they are not gone in time
 */
export async function drainNode(
  client: Client,
  name: string,
  options: DrainOptions,
): Promise<void> {
  const { clock, terminal, limitMs = Number.POSITIVE_INFINITY } = options
  await client.patch(nodes, { name }, { kind: 'merge', patch: { spec: { unschedulable: true } } })
  terminal.out(`node/${name} cordoned\n`)
  const { items } = await client.list(pods, { fieldSelector: `spec.nodeName=${name}` })
  const evictable = items.filter(isEvictable)
  if (evictable.length > 0) await warnIfPaused(client, terminal)
  const drain = { ...options, client, untilMs: clock.monotonicMs() + limitMs }
  await Promise.all(evictable.map((pod) => evict(drain, pod)))
  terminal.out(`node/${name} drained\n`)
}

function isEvictable({ metadata }: Stored<Pod>): boolean {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller)
  return owner?.kind !== 'DaemonSet' && !metadata.annotations?.['kubernetes.io/config.mirror']
}

/** Pods take time to end, which a simulated cluster may not let pass by itself. */
async function warnIfPaused(client: Client, terminal: Terminal): Promise<void> {
  const { items } = await client.list(clocks)
  const clock = items.find(({ metadata }) => metadata.name === clockName)
  if (!clock?.spec?.paused) return
  terminal.err(
    "time stands still: pods go once it is moved ('knarr clock advance 1m', or 'resume')\n",
  )
}

async function evict(drain: Drain, { metadata }: Stored<Pod>): Promise<void> {
  const { client, terminal } = drain
  const { name, namespace = '', uid } = metadata
  const body: KubeObject = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
  }
  for (;;) {
    try {
      await client.createSubresource(pods, { name, namespace }, 'eviction', body)
      break
    } catch (error) {
      if (isNotFound(error)) return
      if (!isTooManyRequests(error)) throw error
      const what = `error when evicting pods/"${name}" -n "${namespace}"`
      terminal.err(`${what} (will retry after ${retryMs / 1000}s): ${messageOf(error)}\n`)
      await pause(drain, retryMs, name)
    }
  }
  terminal.out(`pod/${name} evicted\n`)
  while (await exists(client, { name, namespace, uid })) await pause(drain, pollMs, name)
}

/** @throws KnarrError `NotDrained` when the time is over */
async function pause({ clock, untilMs }: Drain, ms: number, pod: string): Promise<void> {
  const leftMs = untilMs - clock.monotonicMs()
  if (leftMs <= 0) throw new KnarrError('NotDrained', `pod ${pod} was not gone in time`)
  await clock.sleep(Math.min(ms, leftMs))
}

async function exists(
  client: Client,
  { name, namespace, uid }: { name: string; namespace: string; uid: string },
): Promise<boolean> {
  try {
    const pod = await client.get(pods, { name, namespace })
    return pod.metadata.uid === uid
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}
