import {
  type Deployment,
  deployments,
  isNodeReady,
  isPodReady,
  type Job,
  jobs,
  type Node,
  nodes,
  type Pod,
  pods,
  summarizePod,
} from '#api'
import type { SimCluster } from '#cluster/simulation'
import { KnarrError } from '#lib'
import type { KubeObject, ResourceRef, Stored } from '#machinery'

/** A view of an object, whose members are read anew each time. */
export interface View<T extends KubeObject> {
  readonly name: string
  readonly namespace: string
  readonly exists: boolean
  /** The object itself. @throws KnarrError `NotFound` while there is none. */
  readonly object: Stored<T>
}

/** A view of a Deployment. */
export interface DeploymentView extends View<Deployment> {
  /** Whether its condition Available is True, for the newest generation. */
  readonly available: boolean
  readonly replicas: number
  readonly readyReplicas: number
}

/** A view of a pod. */
export interface PodView extends View<Pod> {
  readonly phase: string
  readonly ready: boolean
  readonly restarts: number
  /** The text that `kubectl get pods` shows under STATUS. */
  readonly status: string
  readonly node: string | undefined
}

/** A view of a Job. */
export interface JobView extends View<Job> {
  readonly complete: boolean
  readonly failed: boolean
}

/** A view of a node. */
export interface NodeView extends View<Node> {
  readonly ready: boolean
}

/** Reads objects as they are now. */
export type ObjectsNow = SimCluster['objects']

/** Implements views so that making one costs next to nothing, for conditions do so at every instant. */
export class ObjectView<T extends KubeObject> implements View<T> {
  readonly name: string
  readonly namespace: string
  protected readonly reader: ObjectsNow
  readonly #resource: ResourceRef<T>

  constructor(reader: ObjectsNow, resource: ResourceRef<T>, name: string, namespace: string) {
    this.name = name
    this.namespace = namespace
    this.reader = reader
    this.#resource = resource
  }

  get exists(): boolean {
    return this.found !== undefined
  }

  get object(): Stored<T> {
    const { found } = this
    if (found) return found
    throw new KnarrError('NotFound', `${this.#resource.plural} "${this.name}" not found`)
  }

  protected get found(): Stored<T> | undefined {
    const { name, namespace } = this
    return this.reader.get(this.#resource, namespace === '' ? { name } : { name, namespace })
  }
}

class LiveDeployment extends ObjectView<Deployment> implements DeploymentView {
  get available(): boolean {
    const { metadata, status } = this.found ?? {}
    const isObserved = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0)
    return isObserved && isTrue(status?.conditions, 'Available')
  }

  get replicas(): number {
    return this.found?.status?.replicas ?? 0
  }

  get readyReplicas(): number {
    return this.found?.status?.readyReplicas ?? 0
  }
}

class LivePod extends ObjectView<Pod> implements PodView {
  get phase(): string {
    return this.found?.status?.phase ?? ''
  }

  get ready(): boolean {
    const { found } = this
    return found !== undefined && isPodReady(found)
  }

  get restarts(): number {
    const { found } = this
    return found ? summarizePod(found).restarts : 0
  }

  get status(): string {
    const { found } = this
    return found ? summarizePod(found).reason : ''
  }

  get node(): string | undefined {
    return this.found?.spec?.nodeName
  }
}

class LiveJob extends ObjectView<Job> implements JobView {
  get complete(): boolean {
    return isTrue(this.found?.status?.conditions, 'Complete')
  }

  get failed(): boolean {
    return isTrue(this.found?.status?.conditions, 'Failed')
  }
}

/** Implements the view of a node. */
export class LiveNode extends ObjectView<Node> implements NodeView {
  constructor(reader: ObjectsNow, name: string) {
    super(reader, nodes, name, '')
  }

  get ready(): boolean {
    const { found } = this
    return found !== undefined && isNodeReady(found)
  }
}

export function deploymentView(
  reader: ObjectsNow,
  name: string,
  namespace: string,
): DeploymentView {
  return new LiveDeployment(reader, deployments, name, namespace)
}

export function podView(reader: ObjectsNow, name: string, namespace: string): PodView {
  return new LivePod(reader, pods, name, namespace)
}

export function jobView(reader: ObjectsNow, name: string, namespace: string): JobView {
  return new LiveJob(reader, jobs, name, namespace)
}

interface ConditionLike {
  readonly type: string
  readonly status: string
}

function isTrue(conditions: readonly ConditionLike[] | undefined, type: string): boolean {
  return conditions?.some((each) => each.type === type && each.status === 'True') ?? false
}
