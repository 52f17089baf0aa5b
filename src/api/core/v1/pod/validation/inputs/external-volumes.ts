import {
  type FieldErrors,
  type FieldPath,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type { Volume } from '../../../../../generated/types/index.ts'
import { ensure } from '../../../../../shared/checks.ts'

/**
 * What each source outside the cluster must name. Of storage that only foreign systems give, this
 * much is checked: the kubelet mounts none of it itself.
 */
const requiredFields: { readonly [K in keyof Volume]?: readonly string[] } = {
  nfs: ['server', 'path'],
  iscsi: ['targetPortal', 'iqn'],
  glusterfs: ['endpoints', 'path'],
  rbd: ['monitors', 'image'],
  cinder: ['volumeID'],
  cephfs: ['monitors'],
  flexVolume: ['driver'],
  gcePersistentDisk: ['pdName'],
  awsElasticBlockStore: ['volumeID'],
  azureFile: ['secretName', 'shareName'],
  azureDisk: ['diskName', 'diskURI'],
  vsphereVolume: ['volumePath'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  quobyte: ['registry', 'volume'],
  scaleIO: ['gateway', 'system', 'volumeName'],
  storageos: ['volumeName'],
  csi: ['driver'],
}

/** Rules for a source of a volume or a persistent volume that lies outside the cluster. */
export function validateExternalSource(
  kind: string,
  source: unknown,
  path: FieldPath,
): FieldErrors {
  const values = source as Readonly<Record<string, unknown>>
  const names = requiredFields[kind as keyof Volume] ?? []
  const missing = names.filter((name) => isEmpty(values[name]))
  return [
    ...missing.map((name) => requiredField(path.child(name))),
    ...(kind === 'nfs' && values.path ? validateNfsPath(String(values.path), path) : []),
  ]
}

function validateNfsPath(value: string, path: FieldPath): FieldErrors {
  return ensure(value.startsWith('/'), () =>
    invalidField(path.child('path'), value, 'must be an absolute path'),
  )
}

function isEmpty(value: unknown): boolean {
  return !value || (Array.isArray(value) && value.length === 0)
}
