import {
  csiDrivers,
  type PersistentVolume,
  type Pod,
  persistentVolumeClaims,
  persistentVolumes,
  type Volume,
} from '#api'
import type { Stored } from '#machinery'
import { notFound } from '#machinery/status'
import type { ObjectReader } from '../../../cache/object-reader.ts'

/** Drivers that serve volumes of kinds which Kubernetes served itself (upstream: csi-translation-lib). */
const successors = {
  awsElasticBlockStore: 'ebs.csi.aws.com',
  azureDisk: 'disk.csi.azure.com',
  azureFile: 'file.csi.azure.com',
  cinder: 'cinder.csi.openstack.org',
  gcePersistentDisk: 'pd.csi.storage.gke.io',
  portworxVolume: 'pxd.portworx.com',
  vsphereVolume: 'csi.vsphere.vmware.com',
} as const

/**
 * Whether a volume of the pod is of a CSI driver that asks for tokens of the audience.
 * @throws StatusError where a claim, volume or driver is not there.
 */
export function driverAsksFor(
  audience: string,
  objects: ObjectReader,
  pod: Stored<Pod>,
  volume: Volume,
): boolean {
  const name = driverOf(objects, pod, volume)
  if (!name) return false
  const driver = objects.get(csiDrivers, { name })
  if (!driver) throw notFound({ group: 'storage.k8s.io', plural: 'csidriver' }, name)
  return (driver.spec.tokenRequests ?? []).some((request) => request.audience === audience)
}

/** The CSI driver that serves a volume, by its claim where it has one. */
function driverOf(
  objects: ObjectReader,
  { metadata }: Stored<Pod>,
  volume: Volume,
): string | undefined {
  const { name, csi, ephemeral, persistentVolumeClaim } = volume
  if (csi) return csi.driver
  const claimName = ephemeral ? `${metadata.name}-${name}` : persistentVolumeClaim?.claimName
  if (claimName === undefined) return successorOf(volume)
  const { namespace = '' } = metadata
  const claim = objects.get(persistentVolumeClaims, { namespace, name: claimName })
  if (!claim) throw notFound({ group: '', plural: 'persistentvolumeclaim' }, claimName)
  const { volumeName = '' } = claim.spec ?? {}
  const found = objects.get(persistentVolumes, { name: volumeName })
  if (!found) throw notFound({ group: '', plural: 'persistentvolume' }, volumeName)
  return found.spec?.csi?.driver ?? successorOf(found.spec ?? {})
}

function successorOf(source: Volume | NonNullable<PersistentVolume['spec']>): string | undefined {
  return Object.entries(successors).find(([kind]) => Object.hasOwn(source, kind))?.[1]
}
