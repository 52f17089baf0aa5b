import { type Pod, pods, resourceClaims, resourceClaimTemplates } from '#api'
import type { Informer } from '#client'
import { keyOf, type Stored } from '#machinery'
import {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  watching,
} from '../runner/controller.ts'
import { type ClaimCaches, claimsByOwner, podsByClaim, podsByTemplate } from './caches.ts'
import { claimNamesOf, isDone } from './plan.ts'
import { syncClaim } from './sync-claim.ts'
import { syncClaimsOfPod } from './sync-pod.ts'

/**
 * Makes the claims of pods from their templates, and gives back the devices of claims that no pod uses any more
 * (upstream: pkg/controller/resourceclaim).
 */
export const resourceClaimController: Controller = {
  name: 'resource-claim-controller',
  eventSource: 'resource_claim',
  workers: 10,
  permissions: [
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['pods/finalizers'], verbs: ['update'] },
    { apiGroups: [''], resources: ['pods/status'], verbs: ['patch', 'update'] },
    {
      apiGroups: ['resource.k8s.io'],
      resources: ['resourceclaims'],
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    },
    {
      apiGroups: ['resource.k8s.io'],
      resources: ['resourceclaims/binding', 'resourceclaims/status'],
      verbs: ['patch', 'update'],
    },
    {
      apiGroups: ['resource.k8s.io'],
      resources: ['resourceclaimtemplates'],
      verbs: ['get', 'list', 'watch'],
    },
    {
      apiGroups: ['', 'events.k8s.io'],
      resources: ['events'],
      verbs: ['create', 'patch', 'update'],
    },
  ],
  start,
}

const podKey = (key: string) => `pod:${key}`
const claimKey = (key: string) => `claim:${key}`

function start({ informers }: ControllerContext): ControllerLoop {
  const cache: ClaimCaches = {
    pods: informers.informer(pods, { indexes: { ...podsByClaim, ...podsByTemplate } }),
    claims: informers.informer(resourceClaims, { indexes: claimsByOwner }),
    templates: informers.informer(resourceClaimTemplates),
  }
  return {
    watches: [
      watching(pods, (pod, { after }) => keysOfPod(pod, after === undefined)),
      watching(resourceClaims, (claim, { after }) => [
        ...(after ? [claimKey(keyOf(claim))] : []),
        ...keysOfPods(cache.pods.by('claim', keyOf(claim))),
      ]),
      watching(resourceClaimTemplates, (template) =>
        keysOfPods(cache.pods.by('template', keyOf(template))),
      ),
    ],
    async reconcile(key, context) {
      const colon = key.indexOf(':')
      const object = key.slice(colon + 1)
      if (key.startsWith('pod:')) await syncClaimsOfPod(object, cache, context)
      else await syncClaim(object, cache, context)
      return undefined
    },
  }
}

/** A pod that is over concerns its claims; one that may run may need some. */
function keysOfPod(pod: Stored<Pod>, isGone: boolean): readonly string[] {
  const { namespace = '' } = pod.metadata
  if (isGone || isDone(pod)) {
    return claimNamesOf(pod).map((name) => claimKey(keyOf({ namespace, name })))
  }
  const needs = pod.spec?.resourceClaims?.length && !pod.metadata.deletionTimestamp
  return needs ? [podKey(keyOf(pod))] : []
}

function keysOfPods(all: ReturnType<Informer<Pod>['list']>): readonly string[] {
  return all.flatMap((pod) => keysOfPod(pod, false))
}
