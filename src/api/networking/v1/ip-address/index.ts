import type { Stored } from '#machinery'
import {
  checkDns1123Subdomain,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  parseIp,
  pathSegmentName,
  requiredField,
  validateImmutable,
  validateIp,
} from '#machinery/validation'
import type { IPAddress } from '../../../generated/types/index.ts'
import { invalidWith } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, none, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

type Parent = NonNullable<NonNullable<IPAddress['spec']>['parentRef']>

/** IPAddresses say to whom a cluster IP is given. */
export const ipAddresses = defineResource<IPAddress>(
  { group: 'networking.k8s.io', version: 'v1', kind: 'IPAddress' },
  {
    columns: [
      nameColumn,
      text('ParentRef', ({ spec }) => (spec?.parentRef ? parentText(spec.parentRef) : none)),
      ageColumn,
    ],
    checkName,
    validate: ({ spec }) => validateParent(spec?.parentRef, fieldPath('spec', 'parentRef')),
    validateUpdate: (next, old: Stored<IPAddress>) =>
      validateImmutable(next.spec?.parentRef, old.spec?.parentRef, fieldPath('spec', 'parentRef')),
  },
)

/** In the one form that each address has (upstream: `IsValidIP`). */
function checkName(name: string): string[] {
  const address = parseIp(name)
  if (!address) return validateIp(name, fieldPath('')).map(({ detail }) => detail)
  if (!address.standard) {
    return [
      name.includes(':') ? 'must not be an IPv4-mapped IPv6 address' : 'must not have leading 0s',
    ]
  }
  return address.text === name ? [] : [`must be in canonical form ("${address.text}")`]
}

function parentText({ group, resource, namespace, name }: Parent): string {
  const what = group ? `${resource}.${group}` : `${resource}`
  return [what.toLowerCase(), namespace, name].filter(Boolean).join('/')
}

function validateParent(parent: Parent | undefined, path: FieldPath): FieldErrors {
  if (!parent) return [requiredField(path)]
  const { group = '', resource = '', namespace = '', name = '' } = parent
  const segment = (value: string, at: FieldPath) =>
    invalidWith(at, value, pathSegmentName(value, false))
  const needed = (value: string, at: FieldPath) =>
    value === '' ? [requiredField(at)] : segment(value, at)
  return [
    ...(group === '' ? [] : invalidWith(path.child('group'), group, checkDns1123Subdomain(group))),
    ...needed(resource, path.child('resource')),
    ...needed(name, path.child('name')),
    ...(namespace === '' ? [] : segment(namespace, path.child('namespace'))),
  ]
}
