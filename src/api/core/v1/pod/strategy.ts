import type { Stored, Subresource } from '#machinery'
import { validateMetaOnUpdate } from '#machinery/validation'
import type { Pod, PodStatus } from '../../../generated/types/index.ts'
import { change, changeMember } from '../../../shared/change.ts'
import type { ResourceRules } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { defaultPod } from './defaults.ts'
import { applyMatchLabelKeys } from './match-label-keys.ts'
import { isPodTerminal, showTimes } from './model/conditions.ts'
import { podQosClass } from './model/qos.ts'
import { resizedPod, validateResize } from './resize.ts'
import { validatePod } from './validation/pod.ts'
import { mirrorIps, validatePodStatus } from './validation/status.ts'
import { validateEphemeralUpdate, validatePodUpdate } from './validation/update.ts'
import { podWarnings } from './warnings.ts'

/** How pods differ from other kinds when they are written. */
export const podRules: Omit<ResourceRules<Pod>, 'columns'> = {
  tracksGeneration: true,
  default: defaultPod,
  prepareForCreate: (draft) => applyMatchLabelKeys(withStatus(draft, initialStatus(draft))),
  prepareForUpdate: keepStatus,
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  // People seldom update pods themselves (upstream: podStrategy.WarningsOnUpdate).
  warnings: (pod, old) => (old ? [] : podWarnings(pod)),
  gracePeriod: podGracePeriod,
}

/**
 * The grace period of a delete in seconds (upstream: CheckGracefulDelete): what is asked for, else
 * the pod's own; none for a pod that no node has yet or that has ended; negative means 1.
 */
export function podGracePeriod(pod: Stored<Pod>, requestedSeconds: number | undefined): number {
  if (!pod.spec?.nodeName || isPodTerminal(pod)) return 0
  const seconds = requestedSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 0
  return seconds < 0 ? 1 : seconds
}

function initialStatus(pod: Pod): PodStatus {
  const status: PodStatus = { phase: 'Pending', qosClass: podQosClass(pod) }
  if (!pod.spec?.schedulingGates?.length) return status
  const gated = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
  }
  return showTimes({ ...status, conditions: [gated] })
}

const ephemeralContainers: Subresource<Pod> = {
  kind: 'part',
  verbs: ['get', 'patch', 'update'],
  prepareForUpdate: (draft, old) =>
    change<Pod>(old, {
      metadata: draft.metadata,
      spec: changeMember<Pod, 'spec'>(old, 'spec', (spec) =>
        change(spec, { ephemeralContainers: defaultPod(draft).spec?.ephemeralContainers }),
      ).spec,
    }),
  validateUpdate: (pod, old) => [
    ...validateMetaOnUpdate(pod, old),
    ...validateEphemeralUpdate(pod, old),
  ],
}

const resize: Subresource<Pod> = {
  kind: 'part',
  verbs: ['get', 'patch', 'update'],
  prepareForUpdate: resizedPod,
  validateUpdate: (pod, old) => [...validateMetaOnUpdate(pod, old), ...validateResize(pod, old)],
}

const status = statusPart<Pod>({
  // Old kubelets sent owners that were no longer true.
  keeps: ['ownerReferences'],
  prepare: (draft, old) =>
    changeMember(draft, 'status', (next) => {
      const { qosClass } = old.status ?? {}
      return showTimes(mirrorIps(next.qosClass || !qosClass ? next : { ...next, qosClass }))
    }),
  validate: validatePodStatus,
})

const streamMethods = ['GET', 'POST'] as const
const core = { group: '', version: 'v1' } as const

export const podSubresources: Readonly<Record<string, Subresource<Pod>>> = {
  status,
  ephemeralcontainers: ephemeralContainers,
  resize,
  binding: {
    kind: 'action',
    ...core,
    objectKind: 'Binding',
    schemaName: 'io.k8s.api.core.v1.Binding',
  },
  eviction: {
    kind: 'action',
    group: 'policy',
    version: 'v1',
    objectKind: 'Eviction',
    schemaName: 'io.k8s.api.policy.v1.Eviction',
  },
  log: { kind: 'connect', methods: ['GET'] },
  exec: { kind: 'connect', methods: streamMethods },
  attach: { kind: 'connect', methods: streamMethods },
  portforward: { kind: 'connect', methods: streamMethods },
  proxy: { kind: 'connect', methods: ['GET', 'POST', 'PUT', 'DELETE'] },
}
