import { deepEqual, type Stored } from '#machinery'
import { type FieldErrors, fieldPath, invalidField } from '#machinery/validation'
import type { ResourceQuota } from '../../../generated/types/index.ts'
import { ensure, requireOneOf } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { validateResourceName, validateResourceQuantity } from '../../../shared/resource-amounts.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'

const scopes = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
]

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
    validate,
    validateUpdate: (quota, old: Stored<ResourceQuota>) => [
      ...validate(quota),
      ...ensure(deepEqual(quota.spec?.scopes, old.spec?.scopes), () =>
        invalidField(fieldPath('spec', 'scopes'), quota.spec?.scopes ?? null, 'field is immutable'),
      ),
    ],
    subresources: { status: statusPart() },
  },
)

function usageText({ status }: ResourceQuota, isShown: (name: string) => boolean): string {
  return Object.keys(status?.hard ?? {})
    .sort()
    .filter(isShown)
    .map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${status?.hard?.[name]}`)
    .join(', ')
}

function validate({ spec }: ResourceQuota): FieldErrors {
  const hard = fieldPath('spec', 'hard')
  return [
    ...Object.entries(spec?.hard ?? {}).flatMap(([name, text]) => [
      ...(name.startsWith('count/') ? [] : validateResourceName(name, hard.key(name))),
      ...validateResourceQuantity(name, text, hard.key(name)),
    ]),
    ...(spec?.scopes ?? []).flatMap((scope) =>
      requireOneOf(scope, fieldPath('spec', 'scopes'), scopes),
    ),
  ]
}
