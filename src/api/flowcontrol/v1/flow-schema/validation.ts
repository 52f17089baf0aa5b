import { deepEqual } from '#machinery'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  labelName,
  requiredField,
  subdomainName,
} from '#machinery/validation'
import type { FlowSchema } from '../../../generated/types/index.ts'
import { eachItem, ensure, invalidWith, requireOneOf } from '../../../shared/checks.ts'
import { mandatoryFlowControl } from '../../bootstrap/objects.ts'
import { validateRule } from './rules.ts'

type Spec = NonNullable<FlowSchema['spec']>
type Subject = NonNullable<Spec['rules']>[number]['subjects'][number]

const maxPrecedence = 10_000
const distinguishers = ['ByNamespace', 'ByUser']
const kinds = ['Group', 'ServiceAccount', 'User']

/** The spec; that of a mandatory schema is fixed. */
export function validateFlowSchema({ metadata, spec }: FlowSchema): FieldErrors {
  const name = metadata?.name ?? ''
  const path = fieldPath('spec')
  const given: Spec = spec ?? { priorityLevelConfiguration: { name: '' } }
  const fixed = mandatoryFlowControl.schemas.find((each) => each.metadata.name === name)
  return [
    ...validateSpec(given, name, path),
    ...ensure(!fixed || deepEqual(fixed.spec, spec), () =>
      invalidField(path, spec, `spec of '${name}' must equal the fixed value`),
    ),
  ]
}

function validateSpec(spec: Spec, name: string, path: FieldPath): FieldErrors {
  const { matchingPrecedence: precedence = 0, distinguisherMethod, rules } = spec
  const level = spec.priorityLevelConfiguration.name
  const at = path.child('matchingPrecedence')
  const levelPath = path.child('priorityLevelConfiguration', 'name')
  return [
    ...ensure(precedence > 0, () => invalidField(at, precedence, 'must be a positive value')),
    ...ensure(precedence <= maxPrecedence, () =>
      invalidField(at, precedence, `must not be greater than ${maxPrecedence}`),
    ),
    ...ensure(precedence !== 1 || name === 'exempt', () =>
      invalidField(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"),
    ),
    ...(distinguisherMethod
      ? requireOneOf(
          distinguisherMethod.type,
          path.child('distinguisherMethod', 'type'),
          distinguishers,
        )
      : []),
    ...(level === ''
      ? [requiredField(levelPath, 'must reference a priority level')]
      : invalidWith(levelPath, level, subdomainName(level, false))),
    ...eachItem(rules, path.child('rules'), (rule, place) => [
      ...ensure(rule.subjects.length > 0, () =>
        requiredField(place.child('subjects'), 'subjects must contain at least one value'),
      ),
      ...eachItem(rule.subjects, place.child('subjects'), validateSubject),
      ...validateRule(rule, place),
    ]),
  ]
}

/** The member that belongs to each kind of subject. */
const memberOf = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const
const others = {
  ServiceAccount: ['User', 'Group'],
  User: ['ServiceAccount', 'Group'],
  Group: ['ServiceAccount', 'User'],
} as const

function validateSubject(subject: Subject, path: FieldPath): FieldErrors {
  const { kind } = subject
  if (kind !== 'ServiceAccount' && kind !== 'User' && kind !== 'Group') {
    return requireOneOf(kind, path.child('kind'), kinds)
  }
  const member = memberOf[kind]
  const at = path.child(member)
  return [
    ...(subject[member]
      ? validateNamed(subject, member, at)
      : [requiredField(at, `${member} is required when subject kind is '${kind}'`)]),
    ...others[kind].flatMap((other) =>
      ensure(subject[memberOf[other]] === undefined, () =>
        forbiddenField(
          path.child(memberOf[other]),
          `${memberOf[other]} is forbidden when subject kind is not '${other}'`,
        ),
      ),
    ),
  ]
}

function validateNamed(
  subject: Subject,
  member: 'serviceAccount' | 'user' | 'group',
  path: FieldPath,
): FieldErrors {
  const name = subject[member]?.name ?? ''
  const at = path.child('name')
  if (member !== 'serviceAccount') return ensure(name !== '', () => requiredField(at))
  const namespace = subject.serviceAccount?.namespace ?? ''
  const place = path.child('namespace')
  return [
    ...ensure(name !== '', () => requiredField(at)),
    ...(name === '' || name === '*' ? [] : invalidWith(at, name, subdomainName(name, false))),
    ...(namespace === ''
      ? [requiredField(place, 'must specify namespace for service account')]
      : invalidWith(place, namespace, labelName(namespace, false))),
  ]
}
