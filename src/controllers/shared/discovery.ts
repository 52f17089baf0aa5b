import type { Client } from '#client'
import { messageOf } from '#lib'
import { groupResourceOf, groupVersionOf, type ResourceRef } from '#machinery'

/** A resource as discovery names it, in the version that its group prefers. */
export interface ServedResource extends ResourceRef {
  readonly verbs: readonly string[]
}

export interface Discovery {
  readonly resources: readonly ServedResource[]
  /** Group versions that did not answer, each with why. */
  readonly failures: readonly string[]
}

interface GroupList {
  readonly groups?: readonly Group[]
}

interface Group {
  readonly name: string
  readonly versions: readonly { readonly version: string }[]
  readonly preferredVersion?: { readonly version: string }
}

interface ResourceList {
  readonly resources?: readonly {
    readonly name: string
    readonly kind: string
    readonly namespaced: boolean
    readonly verbs: readonly string[]
  }[]
}

/**
 * Asks the API what it serves (upstream: ServerPreferredResources): each resource once, in the
 * preferred version of its group or, where that lacks it, in the first version that has it.
 * Group versions that fail are told beside those that answer.
 */
export async function discoverResources(client: Client): Promise<Discovery> {
  const { groups = [] } = (await client.getPath('/apis')) as GroupList
  const found = new Map<string, ServedResource>()
  const failures: string[] = []
  for (const at of [{ group: '', version: 'v1' }, ...groups.flatMap(versionsOf)]) {
    try {
      for (const each of await resourcesAt(client, at)) {
        const id = groupResourceOf(each)
        if (!found.has(id)) found.set(id, each)
      }
    } catch (error) {
      failures.push(`${groupVersionOf(at)}: ${messageOf(error)}`)
    }
  }
  return { resources: [...found.values()], failures }
}

type GroupVersion = Pick<ResourceRef, 'group' | 'version'>

/** The versions of a group, the preferred one first. */
function versionsOf(group: Group): readonly GroupVersion[] {
  const first = group.preferredVersion?.version
  return group.versions
    .map(({ version }) => ({ group: group.name, version }))
    .toSorted((a, b) => Number(b.version === first) - Number(a.version === first))
}

async function resourcesAt(client: Client, at: GroupVersion): Promise<readonly ServedResource[]> {
  const path = at.group === '' ? `/api/${at.version}` : `/apis/${at.group}/${at.version}`
  return servedBy(at, (await client.getPath(path)) as ResourceList)
}

function servedBy(at: GroupVersion, { resources = [] }: ResourceList): readonly ServedResource[] {
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced, verbs }) => ({
      ...at,
      kind,
      plural: name,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      verbs,
    }))
}

/** True for a resource that lists, watches or deletes as asked. */
export function supports({ verbs }: ServedResource, ...wanted: readonly string[]): boolean {
  return wanted.every((verb) => verbs.includes(verb))
}
