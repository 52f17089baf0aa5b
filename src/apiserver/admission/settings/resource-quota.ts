import type { ScopedResourceSelectorRequirement } from '#api'
import { fieldErrorMessage, fieldPath, requiredField } from '#machinery/validation'
import type { LimitedResource } from '../plugins/quota/charge.ts'
import { type Read, record, type SettingsRecord, textsOf, unknownKeys } from './records.ts'

/** The limited resources of a ResourceQuotaConfiguration (upstream: `ValidateConfiguration`). */
export function readLimitedResources({
  limitedResources,
}: SettingsRecord): Read<readonly LimitedResource[]> {
  const list = (Array.isArray(limitedResources) ? limitedResources : []).map(record)
  const faults = list.flatMap((each, i) => {
    const unknown = unknownKeys(each, ['apiGroup', 'resource', 'matchContains', 'matchScopes'])
    const path = fieldPath('limitedResources').index(i).child('resource')
    return [
      ...unknown.map((key) => `unknown field "${key}"`),
      ...(each.resource ? [] : [fieldErrorMessage(requiredField(path))]),
    ]
  })
  return { value: list.map(limitedResourceOf), faults }
}

function limitedResourceOf(each: SettingsRecord): LimitedResource {
  const { apiGroup, resource, matchContains, matchScopes } = each
  return {
    ...(apiGroup !== undefined && { apiGroup: `${apiGroup}` }),
    resource: `${resource}`,
    matchContains: textsOf(matchContains),
    matchScopes: (Array.isArray(matchScopes) ? matchScopes : []).map(record).map(scopeOf),
  }
}

function scopeOf({
  scopeName,
  operator,
  values,
}: SettingsRecord): ScopedResourceSelectorRequirement {
  return { scopeName: `${scopeName}`, operator: `${operator}`, values: textsOf(values) }
}
