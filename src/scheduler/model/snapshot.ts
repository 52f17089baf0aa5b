import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  StorageClass,
} from '#api'
import type { Stored } from '#machinery'
import type { Labels, Selector } from '#machinery/selectors'
import type { DeviceView } from '../devices/device-view.ts'
import type { Aggregate, AggregateQuery } from './aggregate.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'

/** What placement depends on besides nodes and pods. */
export interface ClusterView {
  namespaceLabels(namespace: string): Labels
  namespacesMatching(selector: Selector): readonly string[]
  /** Selects the pods that belong together with this one: its services' and its owner's. */
  groupSelector(pod: PodInfo): Selector
  disruptionBudgets(namespace: string): readonly Stored<PodDisruptionBudget>[]
  claim(namespace: string, name: string): Stored<PersistentVolumeClaim> | undefined
  volume(name: string): Stored<PersistentVolume> | undefined
  storageClass(name: string): Stored<StorageClass> | undefined
  readonly devices: DeviceView
}

/** The cluster at one instant, as one scheduling cycle sees it; never changes. */
export interface Snapshot {
  /** Zone by zone in turn, so that a part of the list still spreads over the zones. */
  readonly nodes: readonly NodeInfo[]
  find(name: string): NodeInfo | undefined
  /** On how many nodes an image is present. */
  readonly imageNodes: ReadonlyMap<string, number>
  /** Pods that wait for victims to leave a node, by that node. */
  readonly nominated: ReadonlyMap<string, readonly PodInfo[]>
  readonly cluster: ClusterView
  /** Answers a query about the pods of all nodes. To be read within the cycle. */
  aggregate(query: AggregateQuery): Aggregate
}
