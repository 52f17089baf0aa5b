import { compareQuantities, formatQuantity } from '#machinery/quantity'
import type { ResourceQuota } from '../../../generated/types/index.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { amountsOf } from '../pod/model/requests.ts'
import { validateQuota, validateQuotaStatus, validateQuotaUpdate } from './validation.ts'

/** ResourceQuotas bound what a namespace may hold in all. */
export const resourceQuotas = defineResource<ResourceQuota>(
  { group: '', version: 'v1', kind: 'ResourceQuota' },
  {
    columns: [
      nameColumn,
      text('Request', (quota) => usageText(quota, (name) => !name.startsWith('limits'))),
      text('Limit', (quota) => usageText(quota, (name) => name.startsWith('limits'))),
      ageColumn,
    ],
    prepareForCreate: (draft) => withStatus(draft, {}),
    prepareForUpdate: keepStatus,
    validate: validateQuota,
    validateUpdate: validateQuotaUpdate,
    warnings: (quota, old) => (old ? [] : quotaWarnings(quota)),
    subresources: { status: statusPart({ validate: validateQuotaStatus }) },
  },
)

function usageText({ status }: ResourceQuota, isShown: (name: string) => boolean): string {
  return Object.keys(status?.hard ?? {})
    .sort()
    .filter(isShown)
    .map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${status?.hard?.[name]}`)
    .join(', ')
}

/** A bound of requests above that of limits is surely not meant. */
function quotaWarnings({ spec }: ResourceQuota): readonly string[] {
  const hard = amountsOf(spec?.hard)
  return ['cpu', 'memory', 'storage', 'ephemeral-storage'].flatMap((name) => {
    const isBare = name === 'cpu' || name === 'memory'
    const asked = [`requests.${name}`, ...(isBare ? [name] : [])].find((each) => hard.has(each))
    const request = hard.get(asked ?? '')
    const limit = hard.get(`limits.${name}`)
    if (!request || !limit || compareQuantities(request, limit) <= 0) return []
    const limited = `limits.${name} (${formatQuantity(limit)})`
    return [`ResourceQuota ${asked} (${formatQuantity(request)}) should be less than ${limited}`]
  })
}
