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
  requiredField,
  tooLongField,
  validateAnnotations,
  validateLabels,
} from '#machinery/validation'
import type { Pod, PodSpec, PodTemplateSpec } from '../../../../generated/types/index.ts'
import {
  eachItem,
  ensure,
  invalidWith,
  onlyOnce,
  requireKnown,
  requireOneOf,
} from '../../../../shared/checks.ts'
import {
  validateResourceName,
  validateResourceQuantity,
} from '../../../../shared/resource-amounts.ts'
import { validateAffinity } from './affinity.ts'
import {
  validateContainers,
  validateEphemeralContainers,
  validateInitContainers,
} from './containers.ts'
import { validateVolumes } from './inputs/volumes.ts'
import { validateDns, validateDnsPolicy, validateHostAliases } from './network.ts'
import { validateHostNetworkPorts } from './ports.ts'
import { validatePodResources } from './resources.ts'
import { validateGates, validateSpreadConstraints, validateTolerations } from './scheduling.ts'
import { validateHostUsers, validatePodSecurityContext } from './security.ts'

const path = fieldPath('spec')
const maxInt32 = 2 ** 31 - 1
const restartPolicies = ['Always', 'OnFailure', 'Never']

/** A new pod. */
export function validatePod(pod: Pod): FieldErrors {
  const { nodeName, schedulingGates, ephemeralContainers } = pod.spec ?? {}
  return [
    ...validateLivePod(pod),
    ...ensure(!ephemeralContainers?.length, () =>
      forbiddenField(path.child('ephemeralContainers'), 'cannot be set on create'),
    ),
    ...ensure(!nodeName || !schedulingGates?.length, () =>
      forbiddenField(
        path.child('nodeName'),
        'cannot be set until all schedulingGates have been cleared',
      ),
    ),
  ]
}

/** Any pod, new or changed; of templates less is asked. */
export function validateLivePod({ spec = { containers: [] } }: Pod): FieldErrors {
  const lists = ['containers', 'initContainers', 'ephemeralContainers'] as const
  return [
    ...validateSpec(spec, path, true),
    ...validateTokens(spec),
    ...lists.flatMap((list) =>
      eachItem<{ readonly image?: string }>(spec[list], path.child(list), ({ image = '' }, at) =>
        ensure(image.trim() === image, () =>
          invalidField(at.child('image'), image, 'must not have leading or trailing whitespace'),
        ),
      ),
    ),
  ]
}

/** What controllers make pods from. */
export function validatePodTemplate(
  { metadata = {}, spec }: PodTemplateSpec,
  at: FieldPath,
): FieldErrors {
  return [
    ...validateLabels(metadata.labels ?? {}, at.child('labels')),
    ...validateAnnotations(metadata.annotations ?? {}, at.child('annotations')),
    ...validateSpec(spec ?? { containers: [] }, at.child('spec'), false),
    ...ensure(!spec?.ephemeralContainers?.length, () =>
      forbiddenField(
        at.child('spec', 'ephemeralContainers'),
        'ephemeral containers not allowed in pod template',
      ),
    ),
  ]
}

function validateSpec(spec: PodSpec, at: FieldPath, isPod: boolean): FieldErrors {
  const { errors, volumes } = validateVolumes(spec.volumes, at.child('volumes'))
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name))
  const context = { spec, volumes, claims }
  return [
    ...errors,
    ...validateResourceClaims(spec.resourceClaims, at.child('resourceClaims')),
    ...validateContainers(context, at.child('containers')),
    ...validateInitContainers(context, at.child('initContainers')),
    ...validateEphemeralContainers(context, at.child('ephemeralContainers')),
    ...validatePodResources(spec, at.child('resources')),
    ...(spec.hostNetwork
      ? validateHostNetworkPorts(spec.containers ?? [], at.child('containers'), isPod)
      : []),
    ...requireKnown(spec.restartPolicy, at.child('restartPolicy'), restartPolicies),
    ...validateDnsPolicy(spec.dnsPolicy, at.child('dnsPolicy')),
    ...validateLabels(spec.nodeSelector ?? {}, at.child('nodeSelector')),
    ...validatePodSecurityContext(spec, at.child('securityContext')),
    ...validateAffinity(spec.affinity, at.child('affinity')),
    ...validateDns(spec, at),
    ...validateGates(spec, at),
    ...validateSpreadConstraints(
      spec.topologySpreadConstraints,
      at.child('topologySpreadConstraints'),
    ),
    ...validateHostUsers(spec, at),
    ...validateSubdomains(spec, at, ['serviceAccountName', 'nodeName']),
    ...validateDeadline(spec.activeDeadlineSeconds, at.child('activeDeadlineSeconds')),
    ...validateHostNames(spec, at),
    ...validateTolerations(spec.tolerations, at.child('tolerations')),
    ...validateHostAliases(spec.hostAliases, at.child('hostAliases')),
    ...validateSubdomains(spec, at, ['priorityClassName', 'runtimeClassName']),
    ...validatePriorityAndOverhead(spec, at),
  ]
}

/** A token is for an account, which admission has named by now unless nobody did. */
function validateTokens({ serviceAccountName, volumes }: PodSpec): FieldErrors {
  if (serviceAccountName) return []
  return eachItem(volumes, path.child('volumes'), ({ projected }, at) =>
    eachItem(projected?.sources, at.child('projected', 'sources'), (source, sourceAt) =>
      ensure(!source.serviceAccountToken, () =>
        forbiddenField(
          sourceAt.child('serviceAccountToken'),
          'must not be specified when serviceAccountName is not set',
        ),
      ),
    ),
  )
}

function validateResourceClaims(claims: PodSpec['resourceClaims'], at: FieldPath): FieldErrors {
  const names = new Set<string>()
  return eachItem(claims, at, (claim, index) => {
    const { name, resourceClaimName, resourceClaimTemplateName } = claim
    const sources = [resourceClaimName, resourceClaimTemplateName].filter(
      (each) => each !== undefined,
    )
    return [
      ...(name
        ? [
            ...onlyOnce(names, name, index.child('name')),
            ...invalidWith(index.child('name'), name, checkDns1123Label(name)),
          ]
        : [requiredField(index.child('name'))]),
      ...ensure(sources.length < 2, () =>
        invalidField(
          index,
          claim,
          'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
        ),
      ),
      ...ensure(sources.length > 0, () =>
        invalidField(
          index,
          claim,
          'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
        ),
      ),
    ]
  })
}

type SubdomainField = 'serviceAccountName' | 'nodeName' | 'priorityClassName' | 'runtimeClassName'

function validateSubdomains(
  spec: PodSpec,
  at: FieldPath,
  fields: readonly SubdomainField[],
): FieldErrors {
  return fields.flatMap((field) => {
    const value = spec[field]
    return value ? invalidWith(at.child(field), value, checkDns1123Subdomain(value)) : []
  })
}

function validateHostNames(spec: PodSpec, at: FieldPath): FieldErrors {
  const labels = (['hostname', 'subdomain'] as const).flatMap((field) => {
    const value = spec[field]
    return value ? invalidWith(at.child(field), value, checkDns1123Label(value)) : []
  })
  return [...labels, ...validateHostnameOverride(spec, at.child('hostnameOverride'))]
}

const longestOverride = 64

function validateHostnameOverride(
  { hostnameOverride: name, setHostnameAsFQDN, hostNetwork }: PodSpec,
  at: FieldPath,
): FieldErrors {
  if (name === undefined) return []
  const unless = (isWrong: boolean | undefined, what: string) =>
    ensure(!isWrong, () => forbiddenField(at, `may not be specified when ${what} is true`))
  return [
    ...unless(setHostnameAsFQDN, 'setHostnameAsFQDN'),
    ...unless(hostNetwork, 'hostNetwork'),
    ...ensure(name.length <= longestOverride, () => tooLongField(at, longestOverride)),
    ...invalidWith(at, name, checkDns1123Subdomain(name)),
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
          'PreemptLowerPriority',
          'Never',
        ])
      : []),
    ...Object.entries(overhead).flatMap(([name, text]) => [
      ...validateResourceName(name, path.child('overhead').key(name)),
      ...validateResourceQuantity(name, text, path.child('overhead').key(name)),
    ]),
    ...(os ? requireKnown(os.name, path.child('os', 'name'), ['linux', 'windows']) : []),
  ]
}
