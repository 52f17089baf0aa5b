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

/** One object as it is right now; reading it takes no time. */
export interface View<T extends KubeObject> {
  readonly name: string
  readonly namespace: string
  readonly exists: boolean
  /** @throws KnarrError `NotFound` while there is none. */
  readonly object: Stored<T>
}

export interface DeploymentView extends View<Deployment> {
  /** Its condition Available is True, for the generation that was asked for last. */
  readonly available: boolean
  readonly replicas: number
  readonly readyReplicas: number
}

export interface PodView extends View<Pod> {
  readonly phase: string
  readonly ready: boolean
  readonly restarts: number
  /** What `kubectl get pods` shows under STATUS. */
  readonly status: string
  readonly node: string | undefined
}

export interface JobView extends View<Job> {
  readonly complete: boolean
  readonly failed: boolean
}

export interface NodeView extends View<Node> {
  readonly ready: boolean
}

type Reader = SimCluster['objects']

export function deploymentView(reader: Reader, name: string, namespace: string): DeploymentView {
  const view = viewOf(reader, deployments, name, namespace)
  const status = () => (view.exists ? view.object.status : undefined)
  return extend(view, {
    get available() {
      if (!view.exists) return false
      const { metadata } = view.object
      const isSeen = (status()?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
      return isSeen && isTrue(status()?.conditions, 'Available')
    },
    get replicas() {
      return status()?.replicas ?? 0
    },
    get readyReplicas() {
      return status()?.readyReplicas ?? 0
    },
  })
}

export function podView(reader: Reader, name: string, namespace: string): PodView {
  const view = viewOf(reader, pods, name, namespace)
  const summary = () => (view.exists ? summarizePod(view.object) : undefined)
  return extend(view, {
    get phase() {
      return view.exists ? (view.object.status?.phase ?? '') : ''
    },
    get ready() {
      return view.exists && isPodReady(view.object)
    },
    get restarts() {
      return summary()?.restarts ?? 0
    },
    get status() {
      return summary()?.reason ?? ''
    },
    get node() {
      return view.exists ? view.object.spec?.nodeName : undefined
    },
  })
}

export function jobView(reader: Reader, name: string, namespace: string): JobView {
  const view = viewOf(reader, jobs, name, namespace)
  const conditions = () => (view.exists ? view.object.status?.conditions : undefined)
  return extend(view, {
    get complete() {
      return isTrue(conditions(), 'Complete')
    },
    get failed() {
      return isTrue(conditions(), 'Failed')
    },
  })
}

export function nodeView(reader: Reader, name: string): NodeView {
  const view = viewOf(reader, nodes, name, '')
  return extend(view, {
    get ready() {
      return view.exists && isNodeReady(view.object)
    },
  })
}

function viewOf<T extends KubeObject>(
  reader: Reader,
  resource: ResourceRef<T>,
  name: string,
  namespace: string,
): View<T> {
  const find = () => reader.get(resource, namespace === '' ? { name } : { name, namespace })
  return {
    name,
    namespace,
    get exists() {
      return find() !== undefined
    },
    get object() {
      const found = find()
      if (found) return found
      throw new KnarrError('NotFound', `${resource.plural} "${name}" not found`)
    },
  }
}

/** Both together, their getters still getters. */
export function extend<A extends object, B extends object>(view: A, more: B): A & B {
  return Object.defineProperties(view, Object.getOwnPropertyDescriptors(more)) as A & B
}

interface ConditionLike {
  readonly type: string
  readonly status: string
}

function isTrue(conditions: readonly ConditionLike[] | undefined, type: string): boolean {
  return conditions?.some((each) => each.type === type && each.status === 'True') ?? false
}
