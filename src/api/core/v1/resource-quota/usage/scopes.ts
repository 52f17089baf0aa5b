import type {
  ResourceQuota,
  ScopedResourceSelectorRequirement,
} from '../../../../generated/types/index.ts'

/** The scopes of a quota as one list of selectors; a plain scope must exist. */
export function scopeSelectorsOf({
  spec,
}: Pick<ResourceQuota, 'spec'>): readonly ScopedResourceSelectorRequirement[] {
  return [
    ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ]
}

/**
 * Whether the name that an object has for a scope is among those that are asked for, as a label with this
 * value would be: what has none is not in any list.
 */
export function selectsName(
  { operator, values = [] }: ScopedResourceSelectorRequirement,
  name: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return name !== undefined && values.includes(name)
    case 'NotIn':
      return name === undefined || !values.includes(name)
    case 'Exists':
      return name !== undefined
    case 'DoesNotExist':
      return name === undefined
    default:
      return false
  }
}
