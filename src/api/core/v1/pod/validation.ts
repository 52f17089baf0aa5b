/** Rules for pod specs, in the order and with the texts of upstream's core validation. */
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  rangeMessage,
  validateAnnotations,
  validateLabelKey,
  validateLabels,
} from '#machinery'
import type { Pod, PodSpec, PodTemplateSpec } from '../../../generated/types/index.ts'
import {
  eachItem,
  ensure,
  invalidWith,
  requireKnown,
  requireOneOf,
  requireValue,
} from '../../../shared/checks.ts'
import { validateResourceName, validateResourceQuantity } from '../../../shared/resource-amounts.ts'
import { validateAffinity } from './validate-affinity.ts'
import {
  validateContainers,
  validateEphemeralContainers,
  validateInitContainers,
} from './validate-containers.ts'
import { validateDns, validateHostAliases } from './validate-network.ts'
import { validateHostNetworkPorts } from './validate-ports.ts'
import { validatePodResources } from './validate-resources.ts'
import {
  validateGates,
  validateSpreadConstraints,
  validateTolerations,
} from './validate-scheduling.ts'
import { validateHostUsers, validatePodSecurityContext } from './validate-security.ts'
import { validateVolumes } from './validate-volumes.ts'

const maxInt32 = 2 ** 31 - 1

/** A new pod. */
export function validatePod({ spec }: Pod): FieldErrors {
  const path = fieldPath('spec')
  const { nodeName, schedulingGates, ephemeralContainers } = spec ?? {}
  return [
    ...validatePodSpec(spec ?? { containers: [] }, path),
    ...ensure(!nodeName || !schedulingGates?.length, () =>
      forbiddenField(
        path.child('nodeName'),
        'cannot be set until all schedulingGates have been cleared',
      ),
    ),
    ...ensure(!ephemeralContainers?.length, () =>
      forbiddenField(path.child('ephemeralContainers'), 'cannot be set on create'),
    ),
  ]
}

/** What controllers make pods from. */
export function validatePodTemplate(
  { metadata = {}, spec }: PodTemplateSpec,
  path: FieldPath,
): FieldErrors {
  return [
    ...validateLabels(metadata.labels ?? {}, path.child('labels')),
    ...validateAnnotations(metadata.annotations ?? {}, path.child('annotations')),
    ...validatePodSpec(spec ?? { containers: [] }, path.child('spec')),
    ...ensure(!spec?.ephemeralContainers?.length, () =>
      forbiddenField(
        path.child('spec', 'ephemeralContainers'),
        'ephemeral containers not allowed in pod template',
      ),
    ),
  ]
}

/** A pod's spec, wherever it stands. */
export function validatePodSpec(spec: PodSpec, path: FieldPath): FieldErrors {
  const { errors, volumes } = validateVolumes(spec.volumes, path.child('volumes'))
  const context = { spec, volumes }
  return [
    ...errors,
    ...validateContainers(context, path.child('containers')),
    ...validateInitContainers(context, path.child('initContainers')),
    ...validateEphemeralContainers(context, path.child('ephemeralContainers')),
    ...validatePodResources(spec.resources, path.child('resources')),
    ...requireKnown(spec.restartPolicy, path.child('restartPolicy'), [
      'Always',
      'OnFailure',
      'Never',
    ]),
    ...validateDns(spec, path),
    ...validateLabels(spec.nodeSelector ?? {}, path.child('nodeSelector')),
    ...validatePodSecurityContext(spec, path.child('securityContext')),
    ...validateHostUsers(spec, path.child('hostUsers')),
    ...(spec.hostNetwork
      ? [
          ...validateHostNetworkPorts(spec.containers ?? [], path.child('containers')),
          ...validateHostNetworkPorts(spec.initContainers ?? [], path.child('initContainers')),
        ]
      : []),
    ...eachItem(spec.imagePullSecrets, path.child('imagePullSecrets'), ({ name }, at) =>
      requireValue(name, at.child('name')),
    ),
    ...validateAffinity(spec.affinity, path.child('affinity')),
    ...validateGates(spec, path),
    ...validateSpreadConstraints(
      spec.topologySpreadConstraints,
      path.child('topologySpreadConstraints'),
    ),
    ...validateNames(spec, path),
    ...validateDeadline(spec.activeDeadlineSeconds, path.child('activeDeadlineSeconds')),
    ...validateTolerations(spec.tolerations, path.child('tolerations')),
    ...validateHostAliases(spec.hostAliases, path.child('hostAliases')),
    ...validatePriorityAndOverhead(spec, path),
  ]
}

function validateNames(spec: PodSpec, path: FieldPath): FieldErrors {
  const subdomains = [
    'serviceAccountName',
    'nodeName',
    'priorityClassName',
    'runtimeClassName',
  ] as const
  return [
    ...subdomains.flatMap((field) => {
      const value = spec[field]
      return value ? invalidWith(path.child(field), value, checkDns1123Subdomain(value)) : []
    }),
    ...(['hostname', 'subdomain'] as const).flatMap((field) => {
      const value = spec[field]
      return value ? invalidWith(path.child(field), value, checkDns1123Label(value)) : []
    }),
    ...validateLabelKey(spec.schedulerName ?? '', path.child('schedulerName')),
  ]
}

function validateDeadline(seconds: number | undefined, path: FieldPath): FieldErrors {
  return ensure(seconds === undefined || (seconds >= 1 && seconds <= maxInt32), () =>
    invalidField(path, seconds, rangeMessage(1, maxInt32)),
  )
}

function validatePriorityAndOverhead(spec: PodSpec, path: FieldPath): FieldErrors {
  const { preemptionPolicy, overhead = {}, os } = spec
  return [
    ...(preemptionPolicy
      ? requireOneOf(preemptionPolicy, path.child('preemptionPolicy'), [
          'Never',
          'PreemptLowerPriority',
        ])
      : []),
    ...Object.entries(overhead).flatMap(([name, text]) => [
      ...validateResourceName(name, path.child('overhead').key(name)),
      ...validateResourceQuantity(name, text, path.child('overhead').key(name)),
    ]),
    ...(os ? requireKnown(os.name, path.child('os', 'name'), ['linux', 'windows']) : []),
  ]
}
