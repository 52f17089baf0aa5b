import type { SceneWorkload } from '../input/scene.ts'
import type { DrillObservation, ObservedRequest } from '../run/observation.ts'
import type { SampledPod } from '../run/sampler.ts'
import { lossOf, lossTargetOf } from './figures.ts'

interface LossContext {
  readonly observation: Pick<DrillObservation, 'faults' | 'zeroWallMs'>
  readonly pod: SampledPod | undefined
  readonly workload: SceneWorkload | undefined
}

interface LossCause {
  readonly id: string
  /** What goes on from `12 requests to default/web:80 …`. */
  readonly sentence: string
}

/** Says why a request was lost, from what its client saw and what became of the pod that it was sent to. */
export function lossCauseOf(request: ObservedRequest, context: LossContext): LossCause {
  const reason = lossOf(request)
  const target = lossTargetOf(request)
  if (reason === 'unknownHost') {
    return { id: 'no-name', sentence: 'were lost because the name of the Service was not answered' }
  }
  const lostNode = lostNodeOf(request, context)
  if (reason === 'timeout' && lostNode !== undefined) {
    return {
      id: 'lost-node',
      sentence: `got no answer, because they were sent to pods on ${lostNode}, which stay endpoints until the node is NotReady`,
    }
  }
  if (target === 'none') return withoutPod(request)
  if (target === 'stopped' || target === 'terminating') return ofStopping(request, target)
  if (reason === 'status') {
    return { id: 'answered-5xx', sentence: `were answered ${request.status} by a pod that is up` }
  }
  return ofRunning(request, context)
}

function withoutPod(request: ObservedRequest): LossCause {
  return lossOf(request) === 'refused'
    ? { id: 'no-endpoint', sentence: 'were refused because no pod behind it was Ready' }
    : {
        id: 'stale-endpoint',
        sentence:
          'went to the address of a pod that had ended: endpoints and proxies follow up to a second later',
      }
}

/**
 * A node that was being lost when the request was sent there. Of a machine that is gone nobody says which of its
 * pods an address belonged to.
 */
function lostNodeOf(
  { atMs, tookMs }: ObservedRequest,
  { observation, pod }: LossContext,
): string | undefined {
  return observation.faults.find(
    ({ target, fromMs, toMs }) =>
      (pod === undefined || target === pod.node) &&
      fromMs <= atMs + tookMs &&
      (toMs === null || toMs >= atMs),
  )?.target
}

function ofStopping(request: ObservedRequest, target: 'stopped' | 'terminating'): LossCause {
  const reason = lossOf(request)
  if (reason === 'reset') {
    return {
      id: 'cut-off',
      sentence: 'were cut off, because the process ended while it worked on them',
    }
  }
  if (reason === 'timeout') {
    return {
      id: 'stopping-silent',
      sentence: 'got no answer from a pod that was being stopped',
    }
  }
  return target === 'stopped'
    ? {
        id: 'sent-after-sigterm',
        sentence:
          'came to a pod after its SIGTERM, when it took no more: endpoints and proxies follow a moment later',
      }
    : { id: 'sent-while-terminating', sentence: 'came to a pod that was being deleted' }
}

function ofRunning(request: ObservedRequest, { workload }: LossContext): LossCause {
  const reason = lossOf(request)
  if (reason === 'reset') {
    return {
      id: 'crashed',
      sentence: 'were cut off, because the process ended while it worked on them',
    }
  }
  if (reason === 'timeout') {
    return { id: 'hangs', sentence: 'got no answer from a process that is there' }
  }
  const containers = workload?.template.spec?.containers ?? []
  const hasProbe = containers.some(({ readinessProbe }) => readinessProbe)
  if (!hasProbe) {
    return {
      id: 'no-readiness-probe',
      sentence: `were refused by a pod that counts as Ready without listening: ${workload?.id ?? 'it'} has no readiness probe`,
    }
  }
  return {
    id: 'not-listening',
    sentence:
      'were refused by a pod that does not listen, and of which its probe does not know yet',
  }
}
