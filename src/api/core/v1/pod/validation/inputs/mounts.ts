import {
  type FieldError,
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  notFoundField,
} from '#machinery/validation'
import type {
  Container,
  Volume,
  VolumeDevice,
  VolumeMount,
} from '../../../../../generated/types/index.ts'
import { eachItem, ensure, requireOneOf, requireValue } from '../../../../../shared/checks.ts'
import { validateDescendingPath } from '../../../../../shared/paths.ts'

/** Volumes by name; those with errors of their own are missing. */
export type VolumesByName = ReadonlyMap<string, Volume>

/** Where a container sees its volumes, as directories and as devices. */
export function validateMountsAndDevices(
  container: Container,
  volumes: VolumesByName,
  path: FieldPath,
): FieldErrors {
  const { volumeMounts = [], volumeDevices = [] } = container
  return [
    ...validateMounts(container, volumes, path.child('volumeMounts')),
    ...validateDevices(volumeDevices, volumeMounts, volumes, path.child('volumeDevices')),
  ]
}

function validateMounts(
  container: Container,
  volumes: VolumesByName,
  path: FieldPath,
): FieldErrors {
  const { volumeMounts = [], volumeDevices = [] } = container
  if (volumeMounts.length === 0) return []
  const deviceNames = new Set(volumeDevices.map(({ name }) => name))
  const devicePaths = new Set(volumeDevices.map(({ devicePath }) => devicePath))
  const taken = new Set<string>()
  return eachItem(volumeMounts, path, (mount, at) => {
    const { name, mountPath } = mount
    const repeated = taken.has(mountPath)
    taken.add(mountPath)
    const pathError = (holds: boolean, detail: string) =>
      ensure(holds, () => invalidField(at.child('mountPath'), mountPath, detail))
    return [
      ...requireValue(name, at.child('name')),
      ...ensure(volumes.has(name), () => notFoundField(at.child('name'), name)),
      ...requireValue(mountPath, at.child('mountPath')),
      ...pathError(!repeated, 'must be unique'),
      ...ensure(!deviceNames.has(name), () =>
        invalidField(at.child('name'), name, 'must not already exist in volumeDevices'),
      ),
      ...pathError(
        !devicePaths.has(mountPath),
        'must not already exist as a path in volumeDevices',
      ),
      ...validateSubPaths(mount, { list: path, item: at }),
      ...validatePropagation(mount, container, path.child('mountPropagation')),
      ...validateRecursiveReadOnly(mount, path.child('recursiveReadOnly')),
    ]
  })
}

/** Upstream names the list in some of these errors and the item in others. */
function validateSubPaths(
  { subPath, subPathExpr }: VolumeMount,
  at: { readonly list: FieldPath; readonly item: FieldPath },
): FieldErrors {
  return [
    ...(subPath ? validateDescendingPath(subPath, at.list.child('subPath')) : []),
    ...ensure(!subPath || !subPathExpr, () =>
      invalidField(
        at.item.child('subPathExpr'),
        subPathExpr,
        'subPathExpr and subPath are mutually exclusive',
      ),
    ),
    ...(subPathExpr ? validateDescendingPath(subPathExpr, at.list.child('subPathExpr')) : []),
  ]
}

function validatePropagation(
  { mountPropagation }: VolumeMount,
  { securityContext }: Container,
  path: FieldPath,
): FieldErrors {
  if (mountPropagation === undefined) return []
  const isAllowed = mountPropagation !== 'Bidirectional' || securityContext?.privileged === true
  return [
    ...requireOneOf(mountPropagation, path, ['Bidirectional', 'HostToContainer', 'None']),
    ...ensure(isAllowed, () =>
      forbiddenField(
        path,
        'Bidirectional mount propagation is available only to privileged containers',
      ),
    ),
  ]
}

function validateRecursiveReadOnly(mount: VolumeMount, path: FieldPath): FieldErrors {
  const { recursiveReadOnly, readOnly, mountPropagation } = mount
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return []
  const known = requireOneOf(recursiveReadOnly, path, ['Disabled', 'Enabled', 'IfPossible'])
  if (known.length > 0) return known
  const propagates = mountPropagation !== undefined && mountPropagation !== 'None'
  return [
    ...ensure(readOnly === true, () =>
      forbiddenField(path, 'may only be specified when readOnly is true'),
    ),
    ...ensure(!propagates, () =>
      forbiddenField(path, 'may only be specified when mountPropagation is None or not specified'),
    ),
  ]
}

function validateDevices(
  devices: readonly VolumeDevice[],
  mounts: readonly VolumeMount[],
  volumes: VolumesByName,
  path: FieldPath,
): FieldErrors {
  const mountNames = new Set(mounts.map(({ name }) => name))
  const mountPaths = new Set(mounts.map(({ mountPath }) => mountPath))
  const [names, paths] = [new Set<string>(), new Set<string>()]
  return eachItem(devices, path, ({ name, devicePath }, at) => {
    const error = (field: string, value: string, detail: string) => (): FieldError =>
      invalidField(at.child(field), value, detail)
    const errors = [
      ...requireValue(name, at.child('name')),
      ...ensure(!names.has(name), error('name', name, 'must be unique')),
      ...validateDeviceVolume(name, volumes, at.child('name')),
      ...requireValue(devicePath, at.child('devicePath')),
      ...ensure(!paths.has(devicePath), error('devicePath', devicePath, 'must be unique')),
      ...ensure(
        !(devicePath ?? '').split('/').includes('..'),
        error('devicePath', devicePath, "can not contain backsteps ('..')"),
      ),
      ...ensure(
        !mountNames.has(name),
        error('name', name, 'must not already exist in volumeMounts'),
      ),
      ...ensure(
        !mountPaths.has(devicePath),
        error('devicePath', devicePath, 'must not already exist as a path in volumeMounts'),
      ),
    ]
    names.add(name)
    paths.add(devicePath)
    return errors
  })
}

function validateDeviceVolume(name: string, volumes: VolumesByName, path: FieldPath): FieldErrors {
  const volume = volumes.get(name)
  if (!volume) return [notFoundField(path, name)]
  return ensure(Boolean(volume.persistentVolumeClaim ?? volume.ephemeral), () =>
    invalidField(
      path,
      name,
      'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
    ),
  )
}
