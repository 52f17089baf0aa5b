import { rmSync } from 'node:fs'
import { nodes, pods } from '#api'
import type { Client } from '#client'
import { isNotFound } from '#machinery/status'
import { destroyNodeHost, nodesIn, stopNodeContainers } from '#node/local'
import type { ClusterOptions } from './options.ts'

/** Takes away nodes of an earlier run that had more: containers, files, and their objects. */
export async function removeSurplusNodes(
  { dataDir, nodes: count }: ClusterOptions,
  client: Client,
  signal: AbortSignal,
): Promise<void> {
  for (const plan of nodesIn(dataDir)) {
    if (plan.index < count) continue
    await stopNodeContainers(dataDir, plan, signal)
    await destroyNodeHost(plan, signal)
    await removeNodeObjects(plan.name, client)
    rmSync(plan.directory, { recursive: true, force: true })
  }
}

/** Its containers are known to be gone, so its pods need not wait for the pod GC to believe it. */
export async function removeNodeObjects(name: string, client: Client): Promise<void> {
  await client.delete(nodes, { name }).catch(unlessGone)
  const { items } = await client.list(pods, { fieldSelector: `spec.nodeName=${name}` })
  for (const { metadata } of items) {
    await client.delete(pods, metadata, { gracePeriodSeconds: 0 }).catch(unlessGone)
  }
}

function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error
}
