import { type FieldErrors, type FieldPath, fieldPath, invalidField } from '#machinery/validation'
import type {
  SelfSubjectAccessReviewSpec,
  SubjectAccessReviewSpec,
} from '../../generated/types/authorization-v1.ts'
import { ensure, requireValue } from '../../shared/checks.ts'

const path: FieldPath = fieldPath('spec')

/** A question about one resource, or one URL, and not both. */
export function validateQuestion(spec: SelfSubjectAccessReviewSpec | undefined): FieldErrors {
  const { resourceAttributes: resource, nonResourceAttributes: url } = spec ?? {}
  if (resource && url) {
    return [
      invalidField(
        path.child('nonResourceAttributes'),
        url,
        'cannot be specified in combination with resourceAttributes',
      ),
    ]
  }
  return ensure(Boolean(resource ?? url), () =>
    invalidField(
      path.child('resourceAttributes'),
      resource ?? null,
      'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ),
  )
}

/** The same about somebody, who has to be named. */
export function validateSubjectQuestion(spec: SubjectAccessReviewSpec | undefined): FieldErrors {
  const { user = '', groups = [] } = spec ?? {}
  return [
    ...validateQuestion(spec),
    ...ensure(user !== '' || groups.length > 0, () =>
      invalidField(path.child('user'), user, 'at least one of user or group must be specified'),
    ),
  ]
}

/** The same within a namespace. */
export function validateLocalQuestion(
  spec: SubjectAccessReviewSpec | undefined,
  namespace: string | undefined,
): FieldErrors {
  const at = path.child('resourceAttributes', 'namespace')
  const asked = spec?.resourceAttributes?.namespace ?? ''
  return [
    ...validateSubjectQuestion(spec),
    ...ensure(!spec?.resourceAttributes || asked === (namespace ?? ''), () =>
      invalidField(at, asked, 'must match metadata.namespace'),
    ),
    ...ensure(!spec?.nonResourceAttributes, () =>
      invalidField(
        path.child('nonResourceAttributes'),
        spec?.nonResourceAttributes,
        'disallowed on this kind of request',
      ),
    ),
  ]
}

export function validateRulesQuestion(namespace: string | undefined): FieldErrors {
  return requireValue(namespace, path.child('namespace'))
}
