import { persistentVolumeClaims, persistentVolumes } from '#api'
import type { Admission, AdmissionAttributes } from '../admission.ts'
import { isAbout } from '../attributes.ts'

/**
 * Upstream's StorageObjectInUseProtection: claims and volumes carry a finalizer from the start, which the
 * protection controllers take away once nobody uses them.
 */
export const storageInUse: Admission = {
  name: 'StorageObjectInUseProtection',
  handles: (attributes) => attributes.verb === 'create' && protectionOf(attributes) !== undefined,
  mutate(attributes) {
    const { object } = attributes
    const finalizer = protectionOf(attributes)
    const finalizers = object.metadata?.finalizers ?? []
    if (finalizer === undefined || finalizers.includes(finalizer)) return object
    return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } }
  },
}

function protectionOf(attributes: AdmissionAttributes): string | undefined {
  if (isAbout(attributes, persistentVolumeClaims)) return 'kubernetes.io/pvc-protection'
  return isAbout(attributes, persistentVolumes) ? 'kubernetes.io/pv-protection' : undefined
}
