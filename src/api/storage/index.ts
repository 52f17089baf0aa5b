import { resourceList } from '../shared/define-resource.ts'
import { csiDrivers } from './v1/csi-driver/index.ts'
import { csiNodes } from './v1/csi-node/index.ts'
import { csiStorageCapacities } from './v1/csi-storage-capacity/index.ts'
import { storageClasses } from './v1/storage-class/index.ts'
import { volumeAttachments } from './v1/volume-attachment/index.ts'
import { volumeAttributesClasses } from './v1/volume-attributes-class/index.ts'

export { csiDrivers } from './v1/csi-driver/index.ts'
export { csiNodes } from './v1/csi-node/index.ts'
export { csiStorageCapacities } from './v1/csi-storage-capacity/index.ts'
export { storageClasses } from './v1/storage-class/index.ts'
export { volumeAttachments } from './v1/volume-attachment/index.ts'
export { volumeAttributesClasses } from './v1/volume-attributes-class/index.ts'

/** The kinds of storage.k8s.io. */
export const storageResources = resourceList([
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  storageClasses,
  volumeAttachments,
  volumeAttributesClasses,
])
