import { tryParseQuantity } from '#machinery/quantity'
import {
  checkConfigMapKey,
  checkDns1123Subdomain,
  checkEnvVarName,
  checkQualifiedName,
  type FieldErrors,
  type FieldPath,
  invalidField,
  notSupportedField,
  requiredField,
  subdomainName,
} from '#machinery/validation'
import type {
  EnvFromSource,
  EnvVar,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from '../../../../../generated/types/index.ts'
import { eachItem, ensure, invalidWith, requireValue } from '../../../../../shared/checks.ts'
import { validateUnreservedPath } from '../../../../../shared/paths.ts'

const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
const volumeFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
]
/** What can be named at all; which of it depends on the place. */
const knownFields = new Set([
  ...envFields,
  ...volumeFields,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
])

const resources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]
const cpuDivisors = ['1m', '1']
const byteDivisors = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map(
  (suffix) => `1${suffix}`,
)

/** Environment variables one by one. */
export function validateEnv(list: readonly EnvVar[] | undefined, path: FieldPath): FieldErrors {
  return eachItem(list, path, (variable, at) => [
    ...(variable.name
      ? invalidWith(at.child('name'), variable.name, checkEnvVarName(variable.name))
      : [requiredField(at.child('name'))]),
    ...validateValueFrom(variable, at.child('valueFrom')),
  ])
}

/** Whole ConfigMaps and Secrets as environment variables. */
export function validateEnvFrom(
  list: readonly EnvFromSource[] | undefined,
  path: FieldPath,
): FieldErrors {
  return eachItem(list, path, ({ prefix, configMapRef, secretRef }, at) => {
    const count = [configMapRef, secretRef].filter(Boolean).length
    return [
      ...(prefix ? invalidWith(at.child('prefix'), prefix, checkEnvVarName(prefix)) : []),
      ...(configMapRef ? validateName(configMapRef.name, at.child('configMapRef', 'name')) : []),
      ...(secretRef ? validateName(secretRef.name, at.child('secretRef', 'name')) : []),
      // Upstream names the list here, not the item.
      ...ensure(count > 0, () =>
        invalidField(path, '', 'must specify one of: `configMapRef` or `secretRef`'),
      ),
      ...ensure(count < 2, () =>
        invalidField(path, '', 'may not have more than one field specified at a time'),
      ),
    ]
  })
}

function validateName(name: string | undefined, path: FieldPath): FieldErrors {
  return name ? invalidWith(path, name, subdomainName(name, true)) : [requiredField(path)]
}

function validateValueFrom({ value, valueFrom }: EnvVar, path: FieldPath): FieldErrors {
  if (!valueFrom) return []
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom
  const count = Object.values(valueFrom).filter(Boolean).length
  return [
    ...(fieldRef ? validateFieldRef(fieldRef, path.child('fieldRef'), 'env') : []),
    ...(resourceFieldRef
      ? validateResourceFieldRef(resourceFieldRef, path.child('resourceFieldRef'), 'env')
      : []),
    ...(configMapKeyRef ? validateKeyRef(configMapKeyRef, path.child('configMapKeyRef')) : []),
    ...(secretKeyRef ? validateKeyRef(secretKeyRef, path.child('secretKeyRef')) : []),
    ...(fileKeyRef ? validateFileKeyRef(fileKeyRef, path.child('fileKeyRef')) : []),
    ...validateSourceCount(count, value, path),
  ]
}

function validateSourceCount(
  count: number,
  value: string | undefined,
  path: FieldPath,
): FieldErrors {
  const error = (detail: string) => [invalidField(path, '', detail)]
  if (count === 0) {
    return error(
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
    )
  }
  if (value) return error('may not be specified when `value` is not empty')
  return count > 1 ? error('may not have more than one field specified at a time') : []
}

/** A key of a ConfigMap or Secret. */
function validateKeyRef(
  { name, key }: { readonly name?: string; readonly key: string },
  path: FieldPath,
): FieldErrors {
  return [
    ...invalidWith(path.child('name'), name ?? '', checkDns1123Subdomain(name ?? '')),
    ...(key
      ? invalidWith(path.child('key'), key, checkConfigMapKey(key))
      : [requiredField(path.child('key'))]),
  ]
}

function validateFileKeyRef(
  ref: { readonly volumeName: string; readonly path: string; readonly key: string },
  path: FieldPath,
): FieldErrors {
  return [
    ...(ref.key
      ? invalidWith(path.child('key'), ref.key, checkEnvVarName(ref.key))
      : [requiredField(path.child('key'))]),
    ...requireValue(ref.volumeName, path.child('volumeName')),
    ...(ref.path
      ? validateUnreservedPath(ref.path, path.child('path'))
      : [requiredField(path.child('path'))]),
  ]
}

type Place = 'env' | 'volume'

/** A field of the pod itself, from those that its place can show. */
export function validateFieldRef(
  { apiVersion, fieldPath }: ObjectFieldSelector,
  path: FieldPath,
  place: Place,
): FieldErrors {
  if (!apiVersion) return [requiredField(path.child('apiVersion'))]
  if (!fieldPath) return [requiredField(path.child('fieldPath'))]
  return validateFieldName(fieldPath, path, place)
}

function validateFieldName(fieldPath: string, path: FieldPath, place: Place): FieldErrors {
  const subscripted = /^([^[]+)\['(.*)'\]$/.exec(fieldPath)
  const [name, key] = subscripted ? [subscripted[1]!, subscripted[2]!] : [fieldPath, undefined]
  if (!knownFields.has(name)) {
    const detail = `error converting fieldPath: field label not supported: ${name}`
    return [invalidField(path.child('fieldPath'), fieldPath, detail)]
  }
  if (key !== undefined) return validateSubscript(name, key, path)
  const fields = place === 'env' ? envFields : volumeFields
  return ensure(fields.includes(name), () =>
    notSupportedField(path.child('fieldPath'), name, fields),
  )
}

function validateSubscript(name: string, key: string, path: FieldPath): FieldErrors {
  switch (name) {
    case 'metadata.annotations':
      return invalidWith(path, key, checkQualifiedName(key.toLowerCase()))
    case 'metadata.labels':
      return invalidWith(path, key, checkQualifiedName(key))
    default:
      return [invalidField(path, name, 'does not support subscript')]
  }
}

/** A request or limit of a container. */
export function validateResourceFieldRef(
  { containerName, resource, divisor }: ResourceFieldSelector,
  path: FieldPath,
  place: Place,
): FieldErrors {
  if (place === 'volume' && !containerName) return [requiredField(path.child('containerName'))]
  if (!resource) return [requiredField(path.child('resource'))]
  const isHugePages = /^(limits|requests)\.hugepages-/.test(resource)
  if (!isHugePages && !resources.includes(resource)) {
    return [notSupportedField(path.child('resource'), resource, resources)]
  }
  return validateDivisor(resource, divisor, path.child('divisor'))
}

function validateDivisor(
  resource: string,
  divisor: string | undefined,
  path: FieldPath,
): FieldErrors {
  const given = tryParseQuantity(divisor ?? '0')
  if (!given || given.nanos === 0n) return []
  const isCpu = resource.endsWith('.cpu')
  const allowed = isCpu ? cpuDivisors : byteDivisors
  if (allowed.some((each) => tryParseQuantity(each)?.nanos === given.nanos)) return []
  const values = isCpu ? '1m and 1' : byteDivisors.join(', ')
  const detail = `only divisor's values ${values} are supported with the ${divisorResource(resource)} resource`
  return [invalidField(path, resource, detail)]
}

function divisorResource(resource: string): string {
  const name = resource.slice(resource.indexOf('.') + 1)
  if (name.startsWith('hugepages-')) return 'hugepages'
  return name === 'ephemeral-storage' ? 'local ephemeral storage' : name
}
