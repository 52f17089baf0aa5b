import { type Pod, pods } from '#api'
import { messageOf } from '#lib'
import type { KubeObject, ObjectMeta, Stored } from '#machinery'
import type { ReconcileContext } from '../runner/controller.ts'
import { namespaceIsTerminating } from './namespaces.ts'

/**
 * Makes a pod and tells of it, or of why it could not be made, in events of its owner (upstream:
 * RealPodControl). A namespace that is going refuses pods without that being news.
 */
export async function createPod(
  owner: Stored<KubeObject>,
  wanted: Pod & { readonly metadata: ObjectMeta },
  { client, events }: Pick<ReconcileContext, 'client' | 'events'>,
): Promise<Stored<Pod>> {
  try {
    const pod = await client.create(pods, wanted)
    const message = `Created pod: ${pod.metadata.name}`
    events.event(owner, { type: 'Normal', reason: 'SuccessfulCreate', message })
    return pod
  } catch (error) {
    if (!namespaceIsTerminating(error)) {
      const message = `Error creating: ${messageOf(error)}`
      events.event(owner, { type: 'Warning', reason: 'FailedCreate', message })
    }
    throw error
  }
}
