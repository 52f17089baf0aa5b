import type {
  DownwardAPIVolumeFile,
  Volume,
  VolumeProjection,
} from '../../../generated/types/index.ts'
import { change, changeMember, fill, fillAbsent, mapItems } from '../../../shared/change.ts'
import { defaultResourceFieldRef } from './default-containers.ts'
import { defaultPullPolicy } from './model/image-tag.ts'

/** 0644, as JSON writes it. */
const defaultMode = 0o644

type VolumeDefaults = {
  readonly [K in keyof Volume]?: (source: NonNullable<Volume[K]>) => Volume[K]
}

const sources: VolumeDefaults = {
  secret: (source) => fillAbsent(source, { defaultMode }),
  configMap: (source) => fillAbsent(source, { defaultMode }),
  downwardAPI: (source) =>
    change(fillAbsent(source, { defaultMode }), { items: mapItems(source.items, defaultFile) }),
  projected: (source) =>
    change(fillAbsent(source, { defaultMode }), {
      sources: mapItems(source.sources, defaultProjection),
    }),
  hostPath: (source) => fillAbsent(source, { type: '' }),
  iscsi: (source) => fill(source, { iscsiInterface: 'default' }),
  rbd: (source) => fill(source, { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' }),
  scaleIO: (source) => fill(source, { storageMode: 'ThinProvisioned', fsType: 'xfs' }),
  azureDisk: (source) =>
    fillAbsent(source, {
      cachingMode: 'ReadWrite',
      kind: 'Shared',
      fsType: 'ext4',
      readOnly: false,
    }),
  image: (source) => fill(source, { pullPolicy: defaultPullPolicy(source.reference) }),
  ephemeral: (source) =>
    changeMember(source, 'volumeClaimTemplate', (template) =>
      changeMember(template, 'spec', (spec) => fillAbsent(spec, { volumeMode: 'Filesystem' })),
    ),
}

/** A volume with upstream's defaults; one without any source is an empty directory. */
export function defaultVolume(volume: Volume): Volume {
  const names = Object.keys(volume).filter((key) => key !== 'name') as (keyof Volume)[]
  if (names.every((key) => volume[key] === undefined)) return { ...volume, emptyDir: {} }
  return names.reduce(
    (current, key) =>
      changeMember(
        current,
        key,
        (source) =>
          (sources[key] as ((source: unknown) => never) | undefined)?.(source) ?? (source as never),
      ),
    volume,
  )
}

function defaultProjection(projection: VolumeProjection): VolumeProjection {
  const token = changeMember(projection, 'serviceAccountToken', (source) =>
    fillAbsent(source, { expirationSeconds: 3600 }),
  )
  return changeMember(token, 'downwardAPI', (source) =>
    change(source, { items: mapItems(source.items, defaultFile) }),
  )
}

function defaultFile(file: DownwardAPIVolumeFile): DownwardAPIVolumeFile {
  return changeMember(
    changeMember(file, 'fieldRef', (ref) => fill(ref, { apiVersion: 'v1' })),
    'resourceFieldRef',
    defaultResourceFieldRef,
  )
}
