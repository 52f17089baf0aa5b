import type {
  AuthorizationV1,
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
} from '#api'
import type { KubeObject, UserInfo } from '#machinery'
import { badRequest, invalid } from '#machinery/status'
import { type FieldErrors, fieldPath, invalidField } from '#machinery/validation'
import type { AuthorizationAttributes, Authorizer } from '../authz/authorizer.ts'
import type { Action, Actions } from './action.ts'
import { reviewedSelectors, selectorErrors } from './review-selectors.ts'

type Spec = Pick<
  AuthorizationV1.SubjectAccessReviewSpec,
  'resourceAttributes' | 'nonResourceAttributes'
>

/** May this one do that? The reviews of authorization.k8s.io, asked of the server's authorizer. */
export function accessReviewActions(authorizer: Authorizer): Actions {
  const review = async (body: KubeObject, spec: Spec, user: UserInfo, signal: AbortSignal) => {
    const decision = await authorizer.authorize(attributesOf(spec, user), signal)
    const status = {
      allowed: decision.kind === 'allow',
      ...(decision.kind === 'deny' && { denied: true }),
      ...(decision.reason && { reason: decision.reason }),
      ...(decision.error && { evaluationError: decision.error }),
    }
    return { object: { ...body, status } as KubeObject }
  }
  const ofSubject: Action = ({ resource, body }, signal) => {
    const { spec } = body as SubjectAccessReview
    refuse(resource, [...specErrors(spec), ...subjectErrors(spec)])
    return review(body, spec, subjectOf(spec), signal)
  }
  const ofSelf: Action = ({ resource, body, user }, signal) => {
    const { spec } = body as SelfSubjectAccessReview
    refuse(resource, specErrors(spec))
    return review(body, spec, user, signal)
  }
  const ofNamespace: Action = ({ resource, body, namespace }, signal) => {
    const { spec } = body as LocalSubjectAccessReview
    refuse(resource, [
      ...specErrors(spec),
      ...subjectErrors(spec),
      ...namespaceErrors(spec, namespace),
    ])
    return review(body, spec, subjectOf(spec), signal)
  }
  return {
    'subjectaccessreviews.authorization.k8s.io': ofSubject,
    'selfsubjectaccessreviews.authorization.k8s.io': ofSelf,
    'localsubjectaccessreviews.authorization.k8s.io': ofNamespace,
    'selfsubjectrulesreviews.authorization.k8s.io': rulesAction(authorizer),
  }
}

function rulesAction(authorizer: Authorizer): Action {
  return async ({ body, user }, signal) => {
    const { spec } = body as SelfSubjectRulesReview
    if (!spec?.namespace) throw badRequest('no namespace on request')
    const status = await authorizer.rulesFor(user, spec.namespace, signal)
    return { object: { ...body, spec: {}, status } as KubeObject }
  }
}

function attributesOf(spec: Spec, user: UserInfo): AuthorizationAttributes {
  const { resourceAttributes: asked, nonResourceAttributes } = spec
  if (!asked) {
    const { path = '', verb = '' } = nonResourceAttributes ?? {}
    return { kind: 'nonResource', user, path, verb }
  }
  return {
    kind: 'resource',
    user,
    verb: asked.verb ?? '',
    group: asked.group ?? '',
    version: asked.version || '*',
    resource: asked.resource ?? '',
    subresource: asked.subresource ?? '',
    namespace: asked.namespace ?? '',
    name: asked.name ?? '',
    ...reviewedSelectors(asked),
  }
}

function subjectOf(spec: AuthorizationV1.SubjectAccessReviewSpec): UserInfo {
  const { user = '', groups = [], uid, extra } = spec
  return { name: user, groups, ...(uid && { uid }), ...(extra && { extra }) }
}

function specErrors({ resourceAttributes, nonResourceAttributes }: Spec): FieldErrors {
  const path = fieldPath('spec')
  if (resourceAttributes && nonResourceAttributes) {
    const detail = 'cannot be specified in combination with resourceAttributes'
    return [invalidField(path.child('nonResourceAttributes'), nonResourceAttributes, detail)]
  }
  if (resourceAttributes) return selectorErrors(resourceAttributes)
  if (nonResourceAttributes) return []
  const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  return [invalidField(path.child('resourceAttributes'), null, detail)]
}

function subjectErrors(spec: AuthorizationV1.SubjectAccessReviewSpec): FieldErrors {
  if (spec.user || spec.groups?.length) return []
  const detail = 'at least one of user or group must be specified'
  return [invalidField(fieldPath('spec', 'user'), spec.user ?? '', detail)]
}

function namespaceErrors(spec: Spec, namespace: string): FieldErrors {
  const path = fieldPath('spec')
  const { resourceAttributes, nonResourceAttributes } = spec
  if (nonResourceAttributes) {
    const detail = 'disallowed on this kind of request'
    return [invalidField(path.child('nonResourceAttributes'), nonResourceAttributes, detail)]
  }
  const named = resourceAttributes?.namespace ?? ''
  if (named === namespace) return []
  const field = path.child('resourceAttributes', 'namespace')
  return [invalidField(field, named, 'must match metadata.namespace')]
}

function refuse(resource: Parameters<typeof invalid>[0], errors: FieldErrors): void {
  if (errors.length > 0) throw invalid(resource, '', errors)
}
