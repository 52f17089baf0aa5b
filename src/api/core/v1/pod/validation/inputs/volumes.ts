import { tryParseQuantity } from '#machinery/quantity'
import {
  checkDns1123Label,
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  requiredField,
} from '#machinery/validation'
import type { Volume } from '../../../../../generated/types/index.ts'
import {
  ensure,
  invalidWith,
  onlyOnce,
  requireOneOf,
  requireValue,
} from '../../../../../shared/checks.ts'
import { validateDescendingPath, validateNoBacksteps } from '../../../../../shared/paths.ts'
import { validateExternalSource } from './external-volumes.ts'
import type { VolumesByName } from './mounts.ts'
import { validateDownwardApi, validateKeySource, validateProjected } from './projections.ts'

/** Errors of a pod's volumes, and those without error by name: what mounts may refer to. */
export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  path: FieldPath,
): { readonly errors: FieldErrors; readonly volumes: VolumesByName } {
  const names = new Set<string>()
  const valid = new Map<string, Volume>()
  const errors = (volumes ?? []).flatMap((volume, i) => {
    const found = validateVolume(volume, path.index(i), names)
    if (found.length === 0) valid.set(volume.name, volume)
    return found
  })
  return { errors, volumes: valid }
}

function validateVolume(volume: Volume, path: FieldPath, names: Set<string>): FieldErrors {
  const { name } = volume
  return [
    ...validateSource(volume, path),
    ...(name
      ? [
          ...invalidWith(path.child('name'), name, checkDns1123Label(name)),
          ...onlyOnce(names, name, path.child('name')),
        ]
      : [requiredField(path.child('name'))]),
  ]
}

function validateSource(volume: Volume, path: FieldPath): FieldErrors {
  const kinds = (Object.keys(volume) as (keyof Volume)[]).filter(
    (key) => key !== 'name' && volume[key] !== undefined,
  )
  if (kinds.length === 0) return [requiredField(path, 'must specify a volume type')]
  return kinds.flatMap((kind, i) =>
    i === 0
      ? validateOneSource(volume, kind, path.child(kind))
      : [forbiddenField(path.child(kind), 'may not specify more than 1 volume type')],
  )
}

type SourceRules = {
  readonly [K in keyof Volume]?: (source: NonNullable<Volume[K]>, path: FieldPath) => FieldErrors
}

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

const rules: SourceRules = {
  emptyDir: ({ sizeLimit }, path) => {
    const size = sizeLimit === undefined ? undefined : tryParseQuantity(sizeLimit)
    return ensure(!size || size.nanos >= 0n, () =>
      forbiddenField(path.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity'),
    )
  },
  hostPath: (source, path) =>
    source.path
      ? [
          ...validateNoBacksteps(source.path, path.child('path')),
          ...requireOneOf(source.type ?? '', path.child('type'), hostPathTypes),
        ]
      : [requiredField(path.child('path'))],
  gitRepo: ({ repository, directory }, path) => [
    ...requireValue(repository, path.child('repository')),
    ...(directory ? validateDescendingPath(directory, path.child('directory')) : []),
  ],
  secret: (source, path) => [
    ...requireValue(source.secretName, path.child('secretName')),
    ...validateKeySource(source, path),
  ],
  configMap: (source, path) => [
    ...requireValue(source.name, path.child('name')),
    ...validateKeySource(source, path),
  ],
  persistentVolumeClaim: ({ claimName }, path) => requireValue(claimName, path.child('claimName')),
  downwardAPI: validateDownwardApi,
  projected: validateProjected,
  ephemeral: ({ volumeClaimTemplate }, path) =>
    requireValue(volumeClaimTemplate, path.child('volumeClaimTemplate')),
  image: ({ reference, pullPolicy }, path) => [
    ...requireValue(reference, path.child('reference')),
    ...(pullPolicy
      ? requireOneOf(pullPolicy, path.child('pullPolicy'), ['Always', 'IfNotPresent', 'Never'])
      : []),
  ],
}

function validateOneSource(volume: Volume, kind: keyof Volume, path: FieldPath): FieldErrors {
  const rule = rules[kind] as ((source: unknown, path: FieldPath) => FieldErrors) | undefined
  const source = volume[kind]
  return rule ? rule(source, path) : validateExternalSource(kind, source, path)
}
