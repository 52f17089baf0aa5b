import { procMount } from './baseline.ts'
import {
  type Check,
  type CheckedContainer,
  type CheckPod,
  containersText,
  containersThat,
  counted,
  everyContainer,
  quoted,
  settersText,
  sorted,
  unlessUserNamespace,
  unlessWindows,
} from './check.ts'
import { isKnownSeccomp, seccompSetters } from './seccomp.ts'

const privilegeEscalation: CheckPod = (pod) => {
  const names = containersThat(
    pod,
    ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
  )
  if (names.length === 0) return undefined
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${containersText(names)} must set securityContext.allowPrivilegeEscalation=false`,
  }
}

const capabilities: CheckPod = (pod) => {
  const foreign = ({ securityContext }: CheckedContainer) =>
    (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE')
  const keeping = containersThat(
    pod,
    ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'),
  )
  const adding = containersThat(pod, (container) => foreign(container).length > 0)
  if (keeping.length === 0 && adding.length === 0) return undefined
  const added = quoted(sorted(everyContainer(pod).flatMap(foreign)))
  const faults = [
    ...(keeping.length > 0
      ? [`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(adding.length > 0
      ? [`${containersText(adding)} must not include ${added} in securityContext.capabilities.add`]
      : []),
  ]
  return { reason: 'unrestricted capabilities', detail: faults.join('; ') }
}

/** Volumes of the cluster, or of the pod alone. */
const allowedVolumes = [
  ...['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image'],
  ...['persistentVolumeClaim', 'projected', 'secret'],
]
const restrictedVolumeTypes = [
  ...['hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'gitRepo', 'nfs', 'iscsi'],
  ...['glusterfs', 'rbd', 'flexVolume', 'cinder', 'cephfs', 'flocker', 'fc', 'azureFile'],
  ...['vsphereVolume', 'quobyte', 'azureDisk', 'photonPersistentDisk', 'portworxVolume'],
  ...['scaleIO', 'storageos'],
]

const volumeTypes: CheckPod = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter(
    (volume) => !allowedVolumes.some((type) => Object.hasOwn(volume, type)),
  )
  if (bad.length === 0) return undefined
  const types = sorted(
    bad.map(
      (volume) => restrictedVolumeTypes.find((type) => Object.hasOwn(volume, type)) ?? 'unknown',
    ),
  )
  const names = quoted(bad.map(({ name }) => name))
  const what = 'restricted volume type'
  const uses = `${counted('uses', 'use', bad.length)} ${counted(what, `${what}s`, types.length)}`
  const detail = `${counted('volume', 'volumes', bad.length)} ${names} ${uses} ${quoted(types)}`
  return { reason: 'restricted volume types', detail }
}

const runAsNonRoot: CheckPod = (pod) => {
  const reason = 'runAsNonRoot != true'
  const setters = settersText(pod, (context) => context.runAsNonRoot === false)
  if (setters) {
    return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` }
  }
  if (pod.spec.securityContext?.runAsNonRoot) return undefined
  const names = containersThat(
    pod,
    ({ securityContext }) => securityContext?.runAsNonRoot === undefined,
  )
  if (names.length === 0) return undefined
  const detail = `pod or ${containersText(names)} must set securityContext.runAsNonRoot=true`
  return { reason, detail }
}

const runAsUser: CheckPod = (pod) => {
  const setters = settersText(pod, (context) => context.runAsUser === 0)
  if (!setters) return undefined
  return { reason: 'runAsUser=0', detail: `${setters} must not set runAsUser=0` }
}

const seccompProfile: CheckPod = (pod) => {
  const bad = seccompSetters(pod, (type) => type !== undefined && !isKnownSeccomp(type))
  if (bad || pod.spec.securityContext?.seccompProfile) return bad
  const names = containersThat(pod, ({ securityContext }) => !securityContext?.seccompProfile)
  if (names.length === 0) return undefined
  const detail = `pod or ${containersText(names)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`
  return { reason: 'seccompProfile', detail }
}

const overridden = (id: string) => ({ overrides: [id] })

/** The checks of the restricted level, in the order in which they are told of. */
export const restrictedChecks: readonly Check[] = [
  {
    id: 'allowPrivilegeEscalation',
    level: 'restricted',
    versions: [
      { since: 8, check: privilegeEscalation },
      { since: 25, check: unlessWindows(privilegeEscalation) },
    ],
  },
  {
    id: 'capabilities_restricted',
    level: 'restricted',
    versions: [
      { since: 22, check: capabilities, ...overridden('capabilities_baseline') },
      { since: 25, check: unlessWindows(capabilities), ...overridden('capabilities_baseline') },
    ],
  },
  {
    id: 'procMount_restricted',
    level: 'restricted',
    versions: [{ since: 35, check: procMount, ...overridden('procMount') }],
  },
  {
    id: 'restrictedVolumes',
    level: 'restricted',
    versions: [{ since: 0, check: volumeTypes, ...overridden('hostPathVolumes') }],
  },
  {
    id: 'runAsNonRoot',
    level: 'restricted',
    versions: [
      { since: 0, check: runAsNonRoot },
      { since: 35, check: unlessUserNamespace(runAsNonRoot) },
    ],
  },
  {
    id: 'runAsUser',
    level: 'restricted',
    versions: [
      { since: 23, check: runAsUser },
      { since: 35, check: unlessUserNamespace(runAsUser) },
    ],
  },
  {
    id: 'seccompProfile_restricted',
    level: 'restricted',
    versions: [
      { since: 19, check: seccompProfile, ...overridden('seccompProfile_baseline') },
      { since: 25, check: unlessWindows(seccompProfile), ...overridden('seccompProfile_baseline') },
    ],
  },
]
