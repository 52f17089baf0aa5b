import type { KubeObject } from '#machinery'

/** The keys that workloads ask for of ConfigMaps and Secrets: `default/db` → `password`. */
export interface ReferredKeys {
  readonly ConfigMap: ReadonlyMap<string, ReadonlySet<string>>
  readonly Secret: ReadonlyMap<string, ReadonlySet<string>>
}

/**
 * Finds the keys that pods of these objects read, wherever in them a reference stands: `secretKeyRef` and
 * `configMapKeyRef` of environments, `items` of volumes and of projected sources. Their values are not needed for
 * a pod to start, but the keys are.
 */
export function referredKeys(objects: readonly KubeObject[]): ReferredKeys {
  const found = {
    ConfigMap: new Map<string, Set<string>>(),
    Secret: new Map<string, Set<string>>(),
  }
  for (const object of objects) {
    const namespace = object.metadata?.namespace ?? 'default'
    visit(object, (member, value) => {
      const kind = kinds[member]
      const name = value.name ?? value.secretName
      if (!kind || name === undefined) return
      const id = `${namespace}/${name}`
      const keys = found[kind].get(id) ?? new Set<string>()
      found[kind].set(id, keys)
      if (value.key !== undefined) keys.add(value.key)
      for (const { key } of value.items ?? []) keys.add(key)
    })
  }
  return found
}

interface Reference {
  readonly name?: string
  readonly secretName?: string
  readonly key?: string
  readonly items?: readonly { readonly key: string }[]
}

const kinds: Readonly<Record<string, keyof ReferredKeys>> = {
  configMapKeyRef: 'ConfigMap',
  configMapRef: 'ConfigMap',
  configMap: 'ConfigMap',
  secretKeyRef: 'Secret',
  secretRef: 'Secret',
  secret: 'Secret',
}

function visit(value: unknown, found: (member: string, value: Reference) => void): void {
  if (typeof value !== 'object' || value === null) return
  for (const [member, inner] of Object.entries(value)) {
    if (member in kinds && typeof inner === 'object' && inner !== null) {
      // Cast: whether it is a reference its members say, each of which may be absent.
      found(member, inner as Reference)
    }
    visit(inner, found)
  }
}
