import {
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from '../../../../../generated/types/index.ts'
import { eachItem, ensure, requireValue } from '../../../../../shared/checks.ts'
import { validateUnreservedPath } from '../../../../../shared/paths.ts'
import { validateFieldRef, validateResourceFieldRef } from './env.ts'

const modeMessage = 'must be a number between 0 and 0777 (octal), both inclusive'
const minTokenSeconds = 600
const maxTokenSeconds = 2 ** 32

interface KeySource {
  readonly defaultMode?: number
  readonly items?: readonly KeyToPath[]
}

/** Permissions and chosen keys of a ConfigMap or Secret as files. */
export function validateKeySource({ defaultMode, items }: KeySource, path: FieldPath): FieldErrors {
  return [
    ...validateMode(defaultMode, path.child('defaultMode')),
    ...eachItem(items, path.child('items'), ({ key, path: file, mode }, at) => [
      ...requireValue(key, at.child('key')),
      ...validateFile(file, at.child('path')),
      ...validateMode(mode, at.child('mode')),
    ]),
  ]
}

/** Fields of the pod as files. */
export function validateDownwardApi(
  source: { readonly defaultMode?: number; readonly items?: readonly DownwardAPIVolumeFile[] },
  path: FieldPath,
): FieldErrors {
  return [
    ...validateMode(source.defaultMode, path.child('defaultMode')),
    ...(source.items ?? []).flatMap((file) => validateDownwardFile(file, path)),
  ]
}

/** Several sources in one directory. */
export function validateProjected(source: ProjectedVolumeSource, path: FieldPath): FieldErrors {
  const taken = new Set<string>()
  return [
    ...validateMode(source.defaultMode, path.child('defaultMode')),
    ...eachItem(source.sources, path.child('sources'), (projection, at) => [
      ...validateProjection(projection, at),
      ...validateConflicts(projection, path, taken),
    ]),
  ]
}

/** Upstream names the volume here, not the file. */
function validateDownwardFile(file: DownwardAPIVolumeFile, path: FieldPath): FieldErrors {
  const { fieldRef, resourceFieldRef } = file
  return [
    ...validateFile(file.path, path.child('path')),
    ...(fieldRef ? validateFieldRef(fieldRef, path.child('fieldRef'), 'volume') : []),
    ...ensure(!fieldRef || !resourceFieldRef, () =>
      invalidField(
        path,
        'resource',
        'fieldRef and resourceFieldRef can not be specified simultaneously',
      ),
    ),
    ...(resourceFieldRef && !fieldRef
      ? validateResourceFieldRef(resourceFieldRef, path.child('resourceFieldRef'), 'volume')
      : []),
    ...ensure(Boolean(fieldRef ?? resourceFieldRef), () =>
      requiredField(path, 'one of fieldRef and resourceFieldRef is required'),
    ),
    ...validateMode(file.mode, path.child('mode')),
  ]
}

function validateProjection(projection: VolumeProjection, path: FieldPath): FieldErrors {
  const kinds = (Object.keys(projection) as (keyof VolumeProjection)[]).filter(
    (kind) => projection[kind] !== undefined,
  )
  if (kinds.length === 0) {
    const known =
      'secret, downwardAPI, configMap, serviceAccountToken, clusterTrustBundle, podCertificate'
    return [requiredField(path, `must specify one of: ${known}`)]
  }
  return kinds.flatMap((kind, i) =>
    i === 0
      ? validateOneProjection(projection, kind, path.child(kind))
      : [forbiddenField(path.child(kind), 'may not specify more than 1 volume type per source')],
  )
}

function validateOneProjection(
  projection: VolumeProjection,
  kind: keyof VolumeProjection,
  path: FieldPath,
): FieldErrors {
  switch (kind) {
    case 'secret':
    case 'configMap': {
      const source = projection[kind]
      return source
        ? [...requireValue(source.name, path.child('name')), ...validateKeySource(source, path)]
        : []
    }
    case 'downwardAPI':
      return projection.downwardAPI ? validateDownwardApi(projection.downwardAPI, path) : []
    case 'serviceAccountToken':
      return projection.serviceAccountToken
        ? validateToken(projection.serviceAccountToken, path)
        : []
    case 'clusterTrustBundle':
      return validateFile(projection.clusterTrustBundle?.path, path.child('path'))
    case 'podCertificate':
      return requireValue(projection.podCertificate?.signerName, path.child('signerName'))
  }
}

function validateToken(token: ServiceAccountTokenProjection, path: FieldPath): FieldErrors {
  const { expirationSeconds = 0 } = token
  const at = path.child('expirationSeconds')
  return [
    ...ensure(expirationSeconds >= minTokenSeconds, () =>
      invalidField(at, expirationSeconds, 'may not specify a duration less than 10 minutes'),
    ),
    ...ensure(expirationSeconds <= maxTokenSeconds, () =>
      invalidField(at, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'),
    ),
    ...validateFile(token.path, path.child('path')),
  ]
}

/** Files of different sources that would take one another's place. */
function validateConflicts(
  projection: VolumeProjection,
  path: FieldPath,
  taken: Set<string>,
): FieldErrors {
  const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle } = projection
  const listed: readonly { readonly path: string }[] = [
    ...(secret?.items ?? []),
    ...(configMap?.items ?? []),
    ...(downwardAPI?.items ?? []),
    ...(serviceAccountToken ? [serviceAccountToken] : []),
    ...(clusterTrustBundle ? [clusterTrustBundle] : []),
  ]
  const files = listed.map((item) => item.path)
  return files.flatMap((file) => {
    if (!file || !taken.has(file)) {
      taken.add(file)
      return []
    }
    return [invalidField(path, file, 'conflicting duplicate paths')]
  })
}

function validateFile(file: string | undefined, path: FieldPath): FieldErrors {
  return file ? validateUnreservedPath(file, path) : [requiredField(path)]
}

function validateMode(mode: number | undefined, path: FieldPath): FieldErrors {
  return ensure(mode === undefined || (mode >= 0 && mode <= 0o777), () =>
    invalidField(path, mode, modeMessage),
  )
}
