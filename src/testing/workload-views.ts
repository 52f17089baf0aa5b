import {
  type CronJob,
  cronJobs,
  type DaemonSet,
  daemonSets,
  endpointSlices,
  type ReplicaSet,
  replicaSets,
  type Service,
  type StatefulSet,
  serviceNameLabel,
  services,
  statefulSets,
} from '#api'
import { type ObjectsNow, ObjectView, type View } from './views.ts'

/** A view of a workload that counts its pods. */
interface CountingView {
  /** Whether all pods that are wanted are ready, and the newest generation was seen. */
  readonly ready: boolean
  readonly replicas: number
  readonly readyReplicas: number
}

/** A view of a StatefulSet. */
export interface StatefulSetView extends View<StatefulSet>, CountingView {
  /** How many pods have the newest revision. */
  readonly updatedReplicas: number
}

/** A view of a ReplicaSet. */
export interface ReplicaSetView extends View<ReplicaSet>, CountingView {}

/** A view of a DaemonSet; `replicas` are the nodes that are to have a pod. */
export interface DaemonSetView extends View<DaemonSet>, CountingView {
  /** How many nodes have a pod of the newest revision. */
  readonly updatedReplicas: number
}

/** A view of a CronJob. */
export interface CronJobView extends View<CronJob> {
  readonly suspended: boolean
  /** The names of the Jobs that run now. */
  readonly active: readonly string[]
  readonly lastScheduled: Date | undefined
}

/** A view of a Service. */
export interface ServiceView extends View<Service> {
  readonly clusterIP: string
  /** The addresses that are ready, sorted. */
  readonly endpoints: readonly string[]
}

interface Observed {
  readonly metadata: { readonly generation?: number }
  readonly status?: { readonly observedGeneration?: number }
}

function isObserved(object: Observed | undefined): boolean {
  if (!object) return false
  return (object.status?.observedGeneration ?? 0) >= (object.metadata.generation ?? 0)
}

abstract class LiveReplicas<T extends StatefulSet | ReplicaSet> extends ObjectView<T> {
  get ready(): boolean {
    const { found } = this
    return isObserved(found) && this.readyReplicas === (found?.spec?.replicas ?? 1)
  }

  get replicas(): number {
    return this.found?.status?.replicas ?? 0
  }

  get readyReplicas(): number {
    return this.found?.status?.readyReplicas ?? 0
  }
}

class LiveReplicaSet extends LiveReplicas<ReplicaSet> implements ReplicaSetView {}

class LiveStatefulSet extends LiveReplicas<StatefulSet> implements StatefulSetView {
  get updatedReplicas(): number {
    return this.found?.status?.updatedReplicas ?? 0
  }
}

class LiveDaemonSet extends ObjectView<DaemonSet> implements DaemonSetView {
  get ready(): boolean {
    return isObserved(this.found) && this.readyReplicas === this.replicas
  }

  get replicas(): number {
    return this.found?.status?.desiredNumberScheduled ?? 0
  }

  get readyReplicas(): number {
    return this.found?.status?.numberReady ?? 0
  }

  get updatedReplicas(): number {
    return this.found?.status?.updatedNumberScheduled ?? 0
  }
}

class LiveCronJob extends ObjectView<CronJob> implements CronJobView {
  get suspended(): boolean {
    return this.found?.spec?.suspend ?? false
  }

  get active(): readonly string[] {
    return (this.found?.status?.active ?? []).map(({ name = '' }) => name)
  }

  get lastScheduled(): Date | undefined {
    const time = this.found?.status?.lastScheduleTime
    return time === undefined ? undefined : new Date(time)
  }
}

class LiveService extends ObjectView<Service> implements ServiceView {
  get clusterIP(): string {
    return this.found?.spec?.clusterIP ?? ''
  }

  get endpoints(): readonly string[] {
    return this.reader
      .list(endpointSlices, this.namespace)
      .filter(({ metadata }) => metadata.labels?.[serviceNameLabel] === this.name)
      .flatMap((slice) => slice.endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses }) => addresses)
      .toSorted()
  }
}

/** Makes the views of workloads; the objects may not exist yet. */
export function workloadViews(reader: ObjectsNow): WorkloadViews {
  return {
    statefulSet: (name, namespace = 'default') =>
      new LiveStatefulSet(reader, statefulSets, name, namespace),
    daemonSet: (name, namespace = 'default') =>
      new LiveDaemonSet(reader, daemonSets, name, namespace),
    replicaSet: (name, namespace = 'default') =>
      new LiveReplicaSet(reader, replicaSets, name, namespace),
    cronJob: (name, namespace = 'default') => new LiveCronJob(reader, cronJobs, name, namespace),
    service: (name, namespace = 'default') => new LiveService(reader, services, name, namespace),
  }
}

/** Views of workloads and Services by their names, which may not exist yet. */
export interface WorkloadViews {
  statefulSet(name: string, namespace?: string): StatefulSetView
  daemonSet(name: string, namespace?: string): DaemonSetView
  replicaSet(name: string, namespace?: string): ReplicaSetView
  cronJob(name: string, namespace?: string): CronJobView
  service(name: string, namespace?: string): ServiceView
}
