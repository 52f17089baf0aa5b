import type { Container, PodTemplateSpec, Service } from '#api'
import { findKind } from '#api'
import type { SimNodeSpec } from '#cluster/simulation'
import type { KubeObject } from '#machinery'
import type { DrilledService } from '../model/report.ts'
import { drilledObject, type ManifestObject, UnusableManifest } from './manifest.ts'

/** A workload of the manifest: what makes pods. */
export interface SceneWorkload {
  readonly source: ManifestObject
  /** `deployment/web`. */
  readonly id: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly replicas: number
  readonly template: PodTemplateSpec
}

/** A port of a Service that clients ask. */
export interface SceneService extends DrilledService {
  readonly namespace: string
  readonly name: string
  readonly port: number
}

/** On which nodes the pods of a workload ran, and how many on each. */
export interface Placement {
  readonly namespace: string
  /** The kind and name of what wants the pods: a Deployment, not its ReplicaSet. */
  readonly kind: string
  readonly name: string
  readonly nodes: Readonly<Record<string, number>>
}

/** What drills are run on: a manifest, the nodes under it, and what was found in it. */
export interface Scene {
  readonly objects: readonly ManifestObject[]
  readonly nodes: readonly SimNodeSpec[]
  readonly workloads: readonly SceneWorkload[]
  readonly services: readonly SceneService[]
  /** What was left out, as sentences. */
  readonly leftOut: readonly string[]
  /** Of a twin: on which nodes the pods of its workloads ran. */
  readonly placements?: readonly Placement[]
  /** Of a twin: the nodes that took no new pods. */
  readonly cordoned?: readonly string[]
}

const workloadKinds: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Pod',
])

/** Finds the workloads and Services of a manifest. @throws UnusableManifest when there are none */
export function sceneOf(all: readonly ManifestObject[], nodes: readonly SimNodeSpec[]): Scene {
  const placed = all.map(inNamespace)
  const workloads = placed.flatMap(workloadOf)
  if (workloads.length === 0) throw noWorkload(placed)
  const services = placed.flatMap((each) => servicesOf(each, workloads))
  if (services.length === 0) throw noService(placed, workloads)
  const leftOut = placed.flatMap(({ object }) =>
    object.kind === 'Service' && !services.some(({ object: of }) => isSame(of, object))
      ? [`The Service ${object.metadata?.name} is not asked: ${whyNotAsked(object)}.`]
      : [],
  )
  return { objects: placed, nodes, workloads, services, leftOut }
}

/** Objects without a namespace stand in `default`, as kubectl has it. */
function inNamespace({ object, at }: ManifestObject): ManifestObject {
  const [group = '', version = group] = (object.apiVersion ?? '').includes('/')
    ? (object.apiVersion ?? '').split('/')
    : ['', object.apiVersion ?? '']
  const info = findKind({ group, version, kind: object.kind ?? '' })
  if (object.metadata?.namespace || info?.namespaced === false) return { object, at }
  if (!info && object.kind === 'CustomResourceDefinition') return { object, at }
  const metadata = { ...object.metadata, namespace: 'default' }
  // Cast: an object with another namespace is one still.
  return { object: { ...object, metadata } as KubeObject, at }
}

interface WorkloadFields extends KubeObject {
  readonly spec?: {
    readonly replicas?: number
    readonly template?: PodTemplateSpec
    readonly containers?: readonly Container[]
  }
}

function workloadOf(source: ManifestObject): readonly SceneWorkload[] {
  // Cast: the fields are those of all workloads.
  const object = source.object as WorkloadFields
  const { kind = '', metadata, spec } = object
  if (!workloadKinds.has(kind)) return []
  const template =
    // Cast: a pod is its own template.
    kind === 'Pod' ? ({ metadata, spec: object.spec } as PodTemplateSpec) : spec?.template
  if (!template?.spec) return []
  return [
    {
      source,
      id: `${kind.toLowerCase()}/${metadata?.name}`,
      kind,
      namespace: metadata?.namespace ?? 'default',
      name: metadata?.name ?? '',
      replicas: kind === 'Pod' ? 1 : (spec?.replicas ?? 1),
      template,
    },
  ]
}

function servicesOf(
  source: ManifestObject,
  workloads: readonly SceneWorkload[],
): readonly SceneService[] {
  if (source.object.kind !== 'Service') return []
  // Cast: it says that it is one.
  const service = source.object as Service
  const { name = '', namespace = 'default' } = service.metadata ?? {}
  const { selector = {}, ports = [], type } = service.spec ?? {}
  if (type === 'ExternalName' || Object.keys(selector).length === 0) return []
  const behind = workloads.filter(
    (workload) =>
      workload.namespace === namespace &&
      Object.entries(selector).every(
        ([key, value]) => workload.template.metadata?.labels?.[key] === value,
      ),
  )
  return ports
    .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
    .map(({ port }) => ({
      service: `${namespace}/${name}:${port}`,
      object: drilledObject(source),
      path: '/',
      workloads: behind.map(({ id }) => id),
      namespace,
      name,
      port,
    }))
}

function whyNotAsked({ spec }: Service): string {
  if (spec?.type === 'ExternalName') return 'it stands for a name outside of the cluster'
  if (Object.keys(spec?.selector ?? {}).length === 0) return 'it selects no pods'
  return 'none of its ports is TCP'
}

function isSame(
  a: { readonly kind: string; readonly namespace?: string; readonly name: string },
  { kind, metadata }: KubeObject,
): boolean {
  return a.kind === kind && a.namespace === metadata?.namespace && a.name === metadata?.name
}

function noWorkload(all: readonly ManifestObject[]): UnusableManifest {
  const found = [...new Set(all.map(({ object }) => object.kind ?? ''))].sort().join(', ')
  return new UnusableManifest(
    all.length === 0
      ? 'the manifest holds no object'
      : `the manifest holds no workload, only ${found}`,
    'Hand over what makes pods as well: a Deployment, StatefulSet, DaemonSet or Pod.',
  )
}

function noService(
  all: readonly ManifestObject[],
  workloads: readonly SceneWorkload[],
): UnusableManifest {
  const some = all.find(({ object }) => object.kind === 'Service')
  const names = workloads.map(({ id }) => id).join(', ')
  // Cast: they were found by their kind.
  return some
    ? new UnusableManifest(
        `the Service ${some.object.metadata?.name} cannot be asked: ${whyNotAsked(some.object as Service)}`,
        'Drills send requests to TCP ports of Services that select pods: add one.',
      )
    : new UnusableManifest(
        `the manifest holds no Service, so that nobody can send a request to ${names}`,
        'Add the Service that clients use to the files, for it is what a drill asks.',
      )
}
