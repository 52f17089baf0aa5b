import { allContainersOf, type Pod, type Volume } from '#api'

/** What a pod can refer to by name in its own namespace. */
export type ReferredKind = 'Secret' | 'ConfigMap' | 'Claim' | 'ResourceClaim' | 'ServiceAccount'

const mirrorAnnotation = 'kubernetes.io/config.mirror'

/**
 * Whether a pod refers to an object of its namespace. The mirror of a static pod refers to nothing:
 * else a kubelet could read any secret by making a mirror that names it.
 */
export function podRefersTo(pod: Pod, kind: ReferredKind, name: string): boolean {
  if (pod.metadata?.annotations?.[mirrorAnnotation] !== undefined) return false
  switch (kind) {
    case 'Secret':
      return secretsOf(pod).includes(name)
    case 'ConfigMap':
      return configMapsOf(pod).includes(name)
    case 'Claim':
      return claimNamesOf(pod).includes(name)
    case 'ResourceClaim':
      return deviceClaimNamesOf(pod).includes(name)
    case 'ServiceAccount':
      return (pod.spec?.serviceAccountName ?? '') === name
  }
}

/** Whether a pod names any Secret at all. */
export function podRefersToAnySecret(pod: Pod): boolean {
  return secretsOf(pod).some((name) => name !== undefined)
}

/** Whether a pod names any ConfigMap at all. */
export function podRefersToAnyConfigMap(pod: Pod): boolean {
  return configMapsOf(pod).some((name) => name !== undefined)
}

type Names = readonly (string | undefined)[]

function secretsOf({ spec }: Pod): Names {
  return [
    ...(spec?.imagePullSecrets ?? []).map(({ name }) => name),
    ...environmentOf(spec).flatMap(({ env = [], envFrom = [] }) => [
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
      ...envFrom.map(({ secretRef }) => secretRef?.name),
    ]),
    ...(spec?.volumes ?? []).flatMap(volumeSecrets),
  ]
}

function volumeSecrets(volume: Volume): Names {
  return [
    volume.secret?.secretName,
    volume.csi?.nodePublishSecretRef?.name,
    volume.cephfs?.secretRef?.name,
    volume.rbd?.secretRef?.name,
    volume.iscsi?.secretRef?.name,
    volume.flexVolume?.secretRef?.name,
    ...(volume.projected?.sources ?? []).map(({ secret }) => secret?.name),
  ]
}

function configMapsOf({ spec }: Pod): Names {
  return [
    ...environmentOf(spec).flatMap(({ env = [], envFrom = [] }) => [
      ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
      ...envFrom.map(({ configMapRef }) => configMapRef?.name),
    ]),
    ...(spec?.volumes ?? []).flatMap(({ configMap, projected }) => [
      configMap?.name,
      ...(projected?.sources ?? []).map((source) => source.configMap?.name),
    ]),
  ]
}

function claimNamesOf({ metadata, spec }: Pod): Names {
  return (spec?.volumes ?? []).map(
    ({ name, persistentVolumeClaim, ephemeral }) =>
      persistentVolumeClaim?.claimName ?? (ephemeral && `${metadata?.name}-${name}`),
  )
}

/** A claim that is made of a template has its name in the pod's status. */
function deviceClaimNamesOf({ spec, status }: Pod): Names {
  return [
    ...(spec?.resourceClaims ?? []).map(
      ({ name, resourceClaimName }) =>
        resourceClaimName ??
        status?.resourceClaimStatuses?.find((each) => each.name === name)?.resourceClaimName,
    ),
    status?.extendedResourceClaimStatus?.resourceClaimName,
  ]
}

function environmentOf(spec: Pod['spec']) {
  return [...allContainersOf(spec), ...(spec?.ephemeralContainers ?? [])]
}
