import {
  checkDns1035Label,
  checkDns1123Subdomain,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type {
  CustomResourceDefinitionNames,
  CustomResourceDefinitionStatus,
} from '../../../generated/types/apiextensions-v1.ts'
import { eachItem, ensure } from '../../../shared/checks.ts'

/** The names of a kind; those that are not given are no fault here. */
export function validateNames(names: CustomResourceDefinitionNames, path: FieldPath): FieldErrors {
  const { plural = '', singular = '', kind = '', listKind = '' } = names
  return [
    ...validateLabel(plural, path.child('plural')),
    ...validateLabel(singular, path.child('singular')),
    ...validateKind(kind, path.child('kind')),
    ...validateKind(listKind, path.child('listKind')),
    ...eachItem(names.shortNames, path.child('shortNames'), requireLabel),
    ...ensure(kind === '' || kind !== listKind, () =>
      invalidField(path.child('listKind'), listKind, 'kind and listKind may not be the same'),
    ),
    ...eachItem(names.categories, path.child('categories'), requireLabel),
  ]
}

/** All four names of a kind must be known by the time that it is stored. */
export function requireNames(names: CustomResourceDefinitionNames, path: FieldPath): FieldErrors {
  return (['plural', 'singular', 'kind', 'listKind'] as const).flatMap((name) =>
    ensure(Boolean(names[name]), () => requiredField(path.child(name))),
  )
}

/** The status of a definition: the names that have been accepted. */
export function validateStatus(status: CustomResourceDefinitionStatus | undefined): FieldErrors {
  const path = fieldPath('status', 'acceptedNames')
  return status?.acceptedNames ? validateNames(status.acceptedNames, path) : []
}

/** The group of a kind. */
export function validateGroup(group: string, path: FieldPath): FieldErrors {
  if (group === '') return [requiredField(path)]
  const messages = checkDns1123Subdomain(group)
  if (messages.length > 0) return [invalidField(path, group, messages.join(','))]
  return ensure(group.includes('.'), () =>
    invalidField(path, group, 'should be a domain with at least one dot'),
  )
}

/** A name that is a DNS label by RFC 1035; all that is wrong with it is one error. */
export function requireLabel(value: string, path: FieldPath): FieldErrors {
  const messages = checkDns1035Label(value)
  return ensure(messages.length === 0, () => invalidField(path, value, messages.join(',')))
}

function validateLabel(value: string, path: FieldPath): FieldErrors {
  return value === '' ? [] : requireLabel(value, path)
}

function validateKind(value: string, path: FieldPath): FieldErrors {
  const messages = value === '' ? [] : checkDns1035Label(value.toLowerCase())
  const may = 'may have mixed case, but should otherwise match: '
  return ensure(messages.length === 0, () => invalidField(path, value, may + messages.join(',')))
}
