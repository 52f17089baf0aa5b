import type { FieldGap } from './field-gap.ts'

/**
 * Kinds, and parts of kinds, that are stored while nothing acts on them, and what does not happen
 * for that. Whoever makes something act on one takes it out; warnings and docs follow.
 */
export const kindGaps: Readonly<Record<string, string>> = {
  'v1 PersistentVolume': 'no volume is bound to a claim, reclaimed or mounted',
  'v1 PersistentVolumeClaim': 'no volume is bound or provisioned; pods that use it stay Pending',
  'autoscaling/v1 HorizontalPodAutoscaler': 'nothing is scaled',
  'autoscaling/v2 HorizontalPodAutoscaler': 'nothing is scaled',
  'extensions/v1beta1 Ingress': 'no ingress controller is included, so nothing is routed',
  'networking.k8s.io/v1 Ingress': 'no ingress controller is included, so nothing is routed',
  'networking.k8s.io/v1 IngressClass': 'no ingress controller is included',
  'storage.k8s.io/v1 CSIDriver': 'no CSI driver is called',
  'storage.k8s.io/v1 CSINode': 'no CSI driver is called, and no limit of volumes counted',
  'storage.k8s.io/v1 CSIStorageCapacity': 'no volume is provisioned, so nothing asks for room',
  'storage.k8s.io/v1 StorageClass': 'claims get it as their default, but no volume is provisioned',
  'storage.k8s.io/v1 VolumeAttachment': 'no volume is attached',
  'storage.k8s.io/v1 VolumeAttributesClass': 'no CSI driver is called, so no volume is changed',
}

const notMounted = 'the kubelet does not mount it; the pod waits with FailedMount'
const noLabels = 'containers run without these labels'
const noWindows = 'there are no Windows nodes'
const noProfile = 'containers run with the AppArmor profile of the runtime'
const outlives = 'the claims are kept'
const unbound = 'the claims are made, but never bound; the pods stay Pending'

/** Kinds of volumes that the kubelet does not mount. */
const foreignVolumes = [
  ...['awsElasticBlockStore', 'azureDisk', 'azureFile', 'cephfs', 'cinder', 'csi'],
  ...['fc', 'flexVolume', 'flocker', 'gcePersistentDisk', 'gitRepo', 'glusterfs', 'iscsi'],
  ...['nfs', 'persistentVolumeClaim', 'photonPersistentDisk', 'portworxVolume', 'quobyte', 'rbd'],
  ...['scaleIO', 'storageos', 'vsphereVolume'],
]

/** Fields that are stored while nothing acts on them, by the type that has them. */
export const fieldGaps: Readonly<Record<string, Readonly<Record<string, FieldGap>>>> = {
  'core.v1.PodSpec': {
    hostUsers: { missing: 'the pod runs in the user namespace of its node', values: [false] },
    runtimeClassName: { missing: "the runtime's default handler runs the pod" },
    schedulingGroup: { missing: 'each pod is scheduled for itself' },
  },
  'core.v1.PodSecurityContext': {
    appArmorProfile: { missing: noProfile },
    seLinuxChangePolicy: { missing: 'volumes are not relabelled' },
    seLinuxOptions: { missing: noLabels },
    windowsOptions: { missing: noWindows },
  },
  'core.v1.SecurityContext': {
    appArmorProfile: { missing: noProfile },
    seLinuxOptions: { missing: noLabels },
    windowsOptions: { missing: noWindows },
  },
  'core.v1.Container': {
    volumeDevices: { missing: 'no block device is passed to the container' },
  },
  'core.v1.EphemeralContainer': {
    volumeDevices: { missing: 'no block device is passed to the container' },
  },
  'core.v1.EnvVarSource': { fileKeyRef: { missing: 'the variable is not set' } },
  'core.v1.ResourceRequirements': {
    limits: {
      missing: 'the limit is not enforced',
      keys: (name) => name === 'ephemeral-storage' || name.startsWith('hugepages-'),
      says: 'ephemeral-storage and hugepages-*',
    },
  },
  'core.v1.EmptyDirVolumeSource': {
    sizeLimit: {
      missing: 'the pod is not evicted when it writes more',
      unless: ({ medium }) => medium === 'Memory',
      says: 'unless the medium is Memory',
    },
  },
  'core.v1.Volume': {
    ...Object.fromEntries(foreignVolumes.map((name) => [name, { missing: notMounted }])),
    ephemeral: { missing: 'no claim is made for it; the pod stays Pending' },
  },
  'core.v1.VolumeProjection': {
    clusterTrustBundle: { missing: 'the file is not written' },
    podCertificate: { missing: 'the file is not written' },
  },
  'core.v1.Secret': {
    type: {
      missing: 'no token is made for it; use kubectl create token',
      values: ['kubernetes.io/service-account-token'],
    },
  },
  'apps.v1.StatefulSetSpec': { volumeClaimTemplates: { missing: unbound } },
  'apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy': {
    whenDeleted: { missing: outlives, values: ['Delete'] },
    whenScaled: { missing: outlives, values: ['Delete'] },
  },
  'node.v1.RuntimeClass': { handler: { missing: "the runtime's default handler runs its pods" } },
}
