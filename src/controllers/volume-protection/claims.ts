import {
  isPodTerminal,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
  type Volume,
} from '#api'
import type { Informer } from '#client'
import { controllerOf, keyOf, type Stored } from '#machinery'
import { type Controller, type ReconcileContext, watching } from '../runner/controller.ts'
import { addProtection, isLeavingWith, lacksProtection, removeProtection } from './finalizer.ts'

const finalizer = 'kubernetes.io/pvc-protection'

/** Keeps claims that are to be deleted while a pod uses them (upstream: pvcprotection). */
export const pvcProtectionController: Controller = {
  name: 'pvc-protection-controller',
  workers: 1,
  permissions: [
    {
      apiGroups: [''],
      resources: ['persistentvolumeclaims'],
      verbs: ['get', 'list', 'update', 'watch'],
    },
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
  ],
  start({ informers }) {
    const claims = informers.informer(persistentVolumeClaims)
    const cachedPods = informers.informer(pods)
    return {
      watches: [
        watching(persistentVolumeClaims, (claim) =>
          isLeavingWith(claim, finalizer) || lacksProtection(claim, finalizer)
            ? [keyOf(claim)]
            : [],
        ),
        watching(pods, (pod, { after }) => (mayFree(pod, after) ? claimKeys(pod) : [])),
      ],
      async reconcile(key, context) {
        const claim = claims.get(key)
        if (!claim) return undefined
        if (isLeavingWith(claim, finalizer)) await release(claim, cachedPods, context)
        else if (lacksProtection(claim, finalizer)) {
          await addProtection(context.client, persistentVolumeClaims, claim, finalizer)
        }
        return undefined
      },
    }
  },
}

/** Lets a claim go that no pod uses; the cache may not know of a pod yet, so the API is asked as well. */
async function release(
  claim: Stored<PersistentVolumeClaim>,
  cachedPods: Informer<Pod>,
  { client }: ReconcileContext,
): Promise<void> {
  const { namespace = '' } = claim.metadata
  if (cachedPods.list(namespace).some((pod) => uses(pod, claim))) return
  const { items } = await client.list(pods, { namespace })
  if (items.some((pod) => uses(pod, claim))) return
  await removeProtection(client, persistentVolumeClaims, claim, finalizer)
}

/** Whether what happened to a pod can have freed its claims: it is gone, ends, or has no node yet. */
function mayFree(pod: Stored<Pod>, after: Stored<Pod> | undefined): boolean {
  if (after?.metadata.uid !== pod.metadata.uid) return true
  return isPodTerminal(pod) || pod.metadata.deletionTimestamp !== undefined || !pod.spec?.nodeName
}

function claimKeys(pod: Stored<Pod>): readonly string[] {
  const { namespace = '' } = pod.metadata
  return (pod.spec?.volumes ?? []).flatMap((volume) => {
    const name = claimNameIn(volume, pod)
    return name === undefined ? [] : [keyOf({ namespace, name })]
  })
}

/** Kubelets start no pod whose claim is leaving, so only pods that have a node count. */
function uses(pod: Stored<Pod>, claim: Stored<PersistentVolumeClaim>): boolean {
  if (!pod.spec?.nodeName) return false
  return (pod.spec.volumes ?? []).some((volume) => {
    if (claimNameIn(volume, pod) !== claim.metadata.name) return false
    // A pod that waits for a finalizer alone must not wait for what waits for the pod.
    return !volume.ephemeral || (!isShutDown(pod) && isMadeFor(pod, claim))
  })
}

function claimNameIn(volume: Volume, { metadata }: Stored<Pod>): string | undefined {
  if (volume.ephemeral) return `${metadata.name}-${volume.name}`
  return volume.persistentVolumeClaim?.claimName
}

function isShutDown({ metadata }: Stored<Pod>): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0
}

function isMadeFor({ metadata }: Stored<Pod>, claim: Stored<PersistentVolumeClaim>): boolean {
  return controllerOf(claim)?.uid === metadata.uid
}
