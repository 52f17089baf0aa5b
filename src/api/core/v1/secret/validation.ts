import type { Stored } from '#machinery'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  requiredField,
  tooLongField,
  validateImmutable,
} from '#machinery/validation'
import type { Secret } from '../../../generated/types/index.ts'
import { ensure } from '../../../shared/checks.ts'
import {
  binaryBytes,
  maxDataBytes,
  validateKeys,
  validateSealed,
} from '../../../shared/immutable-data.ts'

const dataPath = fieldPath('data')
const accountAnnotation = 'kubernetes.io/service-account.name'

export function validateSecret(secret: Secret): FieldErrors {
  return [
    ...validateKeys(secret.data, dataPath),
    ...ensure(binaryBytes(secret.data) <= maxDataBytes, () => tooLongField(dataPath, maxDataBytes)),
    ...validateByType(secret),
  ]
}

export function validateSecretUpdate(secret: Secret, old: Stored<Secret>): FieldErrors {
  return [
    ...validateImmutable(secret.type, old.type, fieldPath('type')),
    ...validateSealed(secret, old),
    ...validateSecret(secret),
  ]
}

/** What each well-known type must hold. */
function validateByType({ type, data = {}, metadata }: Secret): FieldErrors {
  const has = (key: string) => Object.hasOwn(data, key)
  const requireKeys = (...keys: string[]) =>
    keys.flatMap((key) => ensure(has(key), () => requiredField(dataPath.key(key))))
  switch (type) {
    case 'kubernetes.io/service-account-token': {
      const path = fieldPath('metadata', 'annotations').key(accountAnnotation)
      return ensure(Boolean(metadata?.annotations?.[accountAnnotation]), () => requiredField(path))
    }
    case 'kubernetes.io/dockercfg':
      return validateJson(data['.dockercfg'], dataPath.key('.dockercfg'))
    case 'kubernetes.io/dockerconfigjson':
      return validateJson(data['.dockerconfigjson'], dataPath.key('.dockerconfigjson'))
    case 'kubernetes.io/basic-auth':
      return has('username') || has('password') ? [] : requireKeys('username', 'password')
    case 'kubernetes.io/ssh-auth':
      return ensure(Boolean(data['ssh-privatekey']), () =>
        requiredField(dataPath.key('ssh-privatekey')),
      )
    case 'kubernetes.io/tls':
      return requireKeys('tls.crt', 'tls.key')
    default:
      return []
  }
}

function validateJson(value: string | undefined, path: FieldPath): FieldErrors {
  if (value === undefined) return [requiredField(path)]
  try {
    JSON.parse(Buffer.from(value, 'base64').toString())
    return []
  } catch (error) {
    return [invalidField(path, '<secret contents redacted>', (error as Error).message)]
  }
}
