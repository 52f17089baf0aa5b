import type {
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  ResourceV1,
  StorageClass,
} from '#api'
import { deepEqual, type Stored } from '#machinery'
import type { PodInfo } from './pod-info.ts'

/** Something that happened in the cluster and may make waiting pods schedulable. */
export type ClusterEvent =
  | {
      readonly kind: 'node'
      readonly before?: Stored<Node> | undefined
      readonly after?: Stored<Node> | undefined
    }
  /** A pod that has a node came, changed or went. */
  | { readonly kind: 'pod'; readonly before?: PodInfo; readonly after?: PodInfo }
  /** The waiting pod itself changed. */
  | { readonly kind: 'self'; readonly before: PodInfo; readonly after: PodInfo }
  | {
      readonly kind: 'namespace'
      readonly before?: Stored<Namespace> | undefined
      readonly after?: Stored<Namespace> | undefined
    }
  | ObjectEvent<'claim', PersistentVolumeClaim>
  | ObjectEvent<'volume', PersistentVolume>
  | ObjectEvent<'storageClass', StorageClass>
  | ObjectEvent<'deviceClaim', ResourceV1.ResourceClaim>
  | ObjectEvent<'deviceClass', ResourceV1.DeviceClass>
  | ObjectEvent<'deviceSlice', ResourceV1.ResourceSlice>

interface ObjectEvent<Kind extends string, T extends object> {
  readonly kind: Kind
  readonly before?: Stored<T> | undefined
  readonly after?: Stored<T> | undefined
}

const eventResources: Readonly<Record<ClusterEvent['kind'], string>> = {
  node: 'Node',
  pod: 'AssignedPod',
  self: 'UnscheduledPod',
  namespace: 'Namespace',
  claim: 'PersistentVolumeClaim',
  volume: 'PersistentVolume',
  storageClass: 'StorageClass',
  deviceClaim: 'ResourceClaim',
  deviceClass: 'DeviceClass',
  deviceSlice: 'ResourceSlice',
}

/** What metrics call an event: what came, changed or went. */
export function eventLabel({ kind, before, after }: ClusterEvent): string {
  const action = before ? (after ? 'Update' : 'Delete') : 'Add'
  return `${eventResources[kind]}${action}`
}

/** Whether a node changed in anything that scheduling looks at; heartbeats do not. */
export function nodeChanged(before: Stored<Node>, after: Stored<Node>): boolean {
  const view = ({ metadata, spec, status }: Stored<Node>) => ({
    labels: metadata.labels,
    taints: spec?.taints,
    unschedulable: spec?.unschedulable,
    allocatable: status?.allocatable,
    conditions: status?.conditions?.map(({ type, status }) => [type, status]),
  })
  return !deepEqual(view(before), view(after))
}

/** Whether labels differ. */
export function labelsChanged(
  before: Stored<Node> | undefined,
  after: Stored<Node> | undefined,
): boolean {
  return !deepEqual(before?.metadata.labels, after?.metadata.labels)
}
