import {
  type Deployment,
  deployments,
  isPodTerminal,
  type Pod,
  pods,
  type ReplicaSet,
  replicaSets,
} from '#api'
import type { Lister } from '#client'
import { messageOf } from '#lib'
import { controllerOf, keyOf, parseKey, type Stored } from '#machinery'
import { matchesLabels, selectorFromObject } from '#machinery/selectors'
import { isAlreadyExists } from '#machinery/status'
import {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  type ReconcileContext,
  watching,
} from '../runner/controller.ts'
import { candidatesFor, claim, controllerIndex, controllerIndexValues } from '../shared/adoption.ts'
import { settleClaims, untilObserved } from '../shared/claims.ts'
import { type DeploymentAction, planDeployment } from './plan.ts'
import { isSameReplicaSet, replicaAnnotations, revisionAnnotation } from './replica-sets.ts'
import { progressing, withCondition } from './status.ts'
import { desiredReplicas } from './strategy.ts'

const indexes = { [controllerIndex]: controllerIndexValues }

/** Rolls Deployments out over ReplicaSets (upstream: pkg/controller/deployment). */
export const deploymentController: Controller = {
  name: 'deployment',
  workers: 5,
  permissions: [
    { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'update', 'watch'] },
    { apiGroups: ['apps'], resources: ['deployments/status'], verbs: ['update'] },
    { apiGroups: ['apps'], resources: ['deployments/finalizers'], verbs: ['update'] },
    {
      apiGroups: ['apps'],
      resources: ['replicasets'],
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    },
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'update', 'watch'] },
    {
      apiGroups: ['', 'events.k8s.io'],
      resources: ['events'],
      verbs: ['create', 'patch', 'update'],
    },
  ],
  start,
}

function start(context: ControllerContext): ControllerLoop {
  const cache = {
    deployments: context.informers.informer(deployments),
    replicaSets: context.informers.informer(replicaSets, { indexes }),
    pods: context.informers.informer(pods, { indexes }),
  }

  const deploymentsFor = (replicaSet: Stored<ReplicaSet>) => {
    const owner = controllerOf(replicaSet)
    const { namespace } = replicaSet.metadata
    if (owner) return owner.kind === 'Deployment' ? [`${namespace}/${owner.name}`] : []
    return cache.deployments
      .list(namespace)
      .filter(({ spec }) =>
        matchesLabels(selectorFromObject(spec?.selector), replicaSet.metadata.labels),
      )
      .map(keyOf)
  }
  const ownedBy = async (deployment: Stored<Deployment>, reconcile: ReconcileContext) => {
    const candidates = candidatesFor(deployment, cache.replicaSets)
    const selector = selectorFromObject(deployment.spec?.selector)
    const claims = claim(deployment, selector, candidates)
    return settleClaims(
      reconcile.client,
      replicaSets,
      { owner: deployment, kind: deployments },
      claims,
    )
  }

  return {
    watches: [
      watching(deployments, (deployment) => [keyOf(deployment)]),
      watching(replicaSets, deploymentsFor),
      // Recreate waits for the last old pod, which no ReplicaSet status tells.
      watching(pods, (pod, { after }) => {
        const owner = after ? undefined : controllerOf(pod)
        const replicaSet = owner && cache.replicaSets.get(`${pod.metadata.namespace}/${owner.name}`)
        return replicaSet ? deploymentsFor(replicaSet) : []
      }),
    ],
    async reconcile(key, reconcile) {
      const deployment = cache.deployments.get(key)
      if (!deployment) return undefined
      const owned = await ownedBy(deployment, reconcile)
      const current = planDeployment(
        { deployment, replicaSets: owned, oldPodsRunning: hasOldPods(deployment, owned, cache) },
        context.clock.wallMs(),
      )
      for (const action of current.actions) {
        const written = await execute(action, deployment, reconcile)
        if (written) await untilObserved(cache.replicaSets, written, reconcile)
      }
      return current.againInMs === undefined ? undefined : { againInMs: current.againInMs }
    },
  }
}

function hasOldPods(
  deployment: Stored<Deployment>,
  owned: readonly Stored<ReplicaSet>[],
  cache: { readonly pods: Lister<Pod> },
): boolean {
  return owned
    .filter((replicaSet) => !isSameReplicaSet(deployment, replicaSet))
    .some((replicaSet) =>
      cache.pods.by(controllerIndex, replicaSet.metadata.uid).some((pod) => !isPodTerminal(pod)),
    )
}

async function execute(
  action: DeploymentAction,
  deployment: Stored<Deployment>,
  context: ReconcileContext,
): Promise<Stored<ReplicaSet> | undefined> {
  const { client } = context
  switch (action.kind) {
    case 'create':
      return create(action.replicaSet, deployment, context)
    case 'refresh':
      return client.update(replicaSets, action.replicaSet)
    case 'resize':
      return resize(action.resize, deployment, context)
    case 'delete':
      await client.delete(replicaSets, action.replicaSet.metadata)
      return undefined
    case 'status': {
      const annotations = {
        ...deployment.metadata.annotations,
        ...(action.revision === undefined ? {} : { [revisionAnnotation]: action.revision }),
      }
      const metadata = { ...deployment.metadata, annotations }
      const updated = { ...deployment, metadata, status: action.status }
      await client.update(deployments, updated, { subresource: 'status' })
      return undefined
    }
  }
}

async function create(
  replicaSet: ReplicaSet,
  deployment: Stored<Deployment>,
  context: ReconcileContext,
): Promise<Stored<ReplicaSet> | undefined> {
  const { client, events } = context
  const name = replicaSet.metadata?.name ?? ''
  try {
    const created = await client.create(replicaSets, {
      ...replicaSet,
      metadata: { ...replicaSet.metadata },
    })
    const size = desiredReplicas(created)
    if (size > 0) {
      const message = `Scaled up replica set ${name} from 0 to ${size}`
      events.event(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message })
    }
    return created
  } catch (error) {
    if (isAlreadyExists(error)) return settleCollision(error, name, deployment, context)
    const message = `Failed to create new replica set "${name}": ${messageOf(error)}`
    events.event(deployment, { type: 'Warning', reason: 'FailedCreate', message })
    const condition = progressing('False', 'ReplicaSetCreateError', message)
    const status = withCondition(deployment.status ?? {}, condition, context.clock.wallMs())
    await client.update(deployments, { ...deployment, status }, { subresource: 'status' })
    throw error
  }
}

/**
 * The name is taken: by what we wanted, or by another template with the same hash. Then the next
 * attempt, with the count that is written here, finds another name; of this plan nothing is left.
 */
async function settleCollision(
  error: unknown,
  name: string,
  deployment: Stored<Deployment>,
  { client }: ReconcileContext,
): Promise<Stored<ReplicaSet>> {
  const { namespace } = parseKey(keyOf(deployment))
  const found = await client.get(replicaSets, { ...(namespace ? { namespace } : {}), name })
  if (isSameReplicaSet(deployment, found)) return found
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1
  const status = { ...deployment.status, collisionCount }
  await client.update(deployments, { ...deployment, status }, { subresource: 'status' })
  throw error
}

async function resize(
  { replicaSet, replicas }: { readonly replicaSet: Stored<ReplicaSet>; readonly replicas: number },
  deployment: Stored<Deployment>,
  { client, events }: ReconcileContext,
): Promise<Stored<ReplicaSet>> {
  const before = desiredReplicas(replicaSet)
  const annotations = { ...replicaSet.metadata.annotations, ...replicaAnnotations(deployment) }
  const updated = await client.update(replicaSets, {
    ...replicaSet,
    metadata: { ...replicaSet.metadata, annotations },
    spec: { ...replicaSet.spec, replicas } as NonNullable<ReplicaSet['spec']>,
  })
  const direction = replicas > before ? 'up' : 'down'
  const name = replicaSet.metadata.name
  if (replicas !== before) {
    const message = `Scaled ${direction} replica set ${name} from ${before} to ${replicas}`
    events.event(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message })
  }
  return updated
}
