import { type APIService, apiServicePriorities, apiServices } from '#api'
import type { Client } from '#client'
import { deepEqual, type ResourceRef, type Stored } from '#machinery'

const managedLabel = 'kube-aggregator.kubernetes.io/automanaged'

/** The APIServices of what a server serves itself, as they are at every start (upstream: `manageOnStart`). */
export function localApiServices(
  resources: readonly ResourceRef[],
): readonly (APIService & { readonly metadata: { readonly name: string } })[] {
  const versions = new Map(resources.map((each) => [`${each.version}.${each.group}`, each]))
  return [...versions].flatMap(([name, { group, version }]) => {
    const priorities = apiServicePriorities(group, version)
    if (!priorities) return []
    const spec = {
      ...(group !== '' && { group }),
      version,
      groupPriorityMinimum: priorities.group,
      versionPriority: priorities.version,
    }
    return [{ metadata: { name, labels: { [managedLabel]: 'onstart' } }, spec }]
  })
}

/** Brings an APIService up to date that was made at an earlier start. */
export function mendedApiService(held: Stored<APIService>, wanted: APIService): Stored<APIService> {
  const isOurs = held.metadata.labels?.[managedLabel] === 'onstart'
  if (!isOurs || !wanted.spec || deepEqual(held.spec, wanted.spec)) return held
  return { ...held, spec: wanted.spec }
}

/** Deletes those that an earlier start has made of what is not served any more. */
export async function dropApiServices(
  client: Client,
  wanted: readonly APIService[],
): Promise<void> {
  const names = new Set(wanted.map(({ metadata }) => metadata?.name))
  const { items } = await client.list(apiServices)
  for (const { metadata } of items) {
    const isOurs = metadata.labels?.[managedLabel] === 'onstart'
    if (isOurs && !names.has(metadata.name)) await client.delete(apiServices, metadata)
  }
}
