import type { Column, Stored } from '#machinery'
import type { Ingress } from '../../../generated/types/networking-v1.ts'
import { ageColumn, nameColumn, none, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { validateIngress } from './validation.ts'

const shown = 3

export const ingressColumns: readonly Column<Ingress>[] = [
  nameColumn,
  text('Class', classText),
  text('Hosts', hostsText),
  text('Address', ({ status }) =>
    (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '').join(','),
  ),
  text('Ports', ({ spec }) => (spec?.tls?.length ? '80, 443' : '80')),
  ageColumn,
]

/** Ingresses route HTTP from outside to Services. */
export const ingresses = defineResource<Ingress>(
  { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' },
  {
    columns: ingressColumns,
    tracksGeneration: true,
    prepareForCreate: (draft) => withStatus(draft, { loadBalancer: {} }),
    prepareForUpdate: keepStatus,
    validate: validateIngress,
    subresources: { status: statusPart() },
  },
)

function classText({ metadata, spec }: Stored<Ingress>): string {
  return spec?.ingressClassName ?? metadata.annotations?.['kubernetes.io/ingress.class'] ?? none
}

function hostsText({ spec }: Ingress): string {
  const hosts = (spec?.rules ?? []).flatMap(({ host }) => host || [])
  if (hosts.length === 0) return '*'
  const text = hosts.slice(0, shown).join(',')
  return hosts.length > shown ? `${text} + ${hosts.length - shown} more...` : text
}
