import { namespaces } from '#api'
import type { SimCluster } from '#cluster/simulation'
import { messageOf } from '#lib'
import { groupVersionOf, type KubeObject, type Resource } from '#machinery'
import { StatusError } from '#machinery/status'
import { type ManifestObject, UnusableManifest } from '../input/manifest.ts'

/** What others need comes before them, as helm has it. */
const order = [
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
  'ResourceQuota',
  'LimitRange',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Service',
]

/**
 * Applies a manifest as `kubectl apply --server-side` does, and makes the namespaces that it takes for granted.
 * Resolves to the objects that were left out because the cluster has no such kind.
 * @throws UnusableManifest for what the API server refuses
 */
export async function applyScene(
  cluster: SimCluster,
  objects: readonly ManifestObject[],
): Promise<readonly ManifestObject[]> {
  await makeNamespaces(cluster, objects)
  const leftOut: ManifestObject[] = []
  for (const source of objects.toSorted((a, b) => rank(a.object) - rank(b.object))) {
    const resource = resourceOf(cluster, source.object)
    if (resource) await applyObject(cluster, resource, source)
    else leftOut.push(source)
  }
  return leftOut
}

/** Applies one object. @throws UnusableManifest for one that the API server refuses */
async function applyObject(
  { client }: SimCluster,
  resource: Resource,
  { object, at }: ManifestObject,
): Promise<void> {
  const { name = '', namespace = 'default' } = object.metadata ?? {}
  const key = resource.scope === 'Namespaced' ? { name, namespace } : { name }
  const patch = { kind: 'apply', patch: object, fieldManager: 'knarr', force: true } as const
  try {
    await client.patch(resource, key, patch)
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    throw new UnusableManifest(
      `${at.file}:${at.line}: the API server refuses ${object.kind} ${name}: ${messageOf(error)}`,
      'Mend it there, and try again.',
    )
  }
}

function rank({ kind = '' }: KubeObject): number {
  const index = order.indexOf(kind)
  return index < 0 ? order.length : index
}

async function makeNamespaces(
  { client, objects: there }: SimCluster,
  objects: readonly ManifestObject[],
): Promise<void> {
  const wanted = new Set(objects.flatMap(({ object }) => object.metadata?.namespace ?? []))
  for (const { object } of objects) {
    if (object.kind === 'Namespace') wanted.delete(object.metadata?.name ?? '')
  }
  for (const name of wanted) {
    if (!there.get(namespaces, { name })) await client.create(namespaces, { metadata: { name } })
  }
}

function resourceOf(
  { served }: SimCluster,
  { apiVersion = '', kind = '' }: KubeObject,
): Resource | undefined {
  return served.all.find((each) => each.kind === kind && groupVersionOf(each) === apiVersion)
}
