import type { Column } from '#machinery'
import type { Service, ServicePort } from '../../../generated/types/index.ts'
import { ageColumn, labelText, nameColumn, none, text, wide } from '../../../shared/columns.ts'

export const serviceColumns: readonly Column<Service>[] = [
  nameColumn,
  text('Type', ({ spec }) => spec?.type ?? ''),
  text('Cluster-IP', ({ spec }) => spec?.clusterIPs?.[0] || spec?.clusterIP || none),
  text('External-IP', externalText),
  text('Port(s)', ({ spec }) => spec?.ports?.map(portText).join(',') || none),
  ageColumn,
  ...wide<Service>(text('Selector', ({ spec }) => labelText(spec?.selector))),
]

function portText({ port, nodePort, protocol }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`
}

function externalText({ spec, status }: Service): string {
  const { type, externalIPs = [], externalName = '' } = spec ?? {}
  if (type === 'ExternalName') return externalName
  if (type !== 'LoadBalancer') return externalIPs.join(',') || none
  const ingress = status?.loadBalancer?.ingress ?? []
  const given = [...new Set(ingress.map(({ ip, hostname }) => ip || hostname || ''))].filter(
    Boolean,
  )
  const all = [...given.sort(), ...externalIPs]
  return all.length === 0 ? '<pending>' : all.join(',')
}
