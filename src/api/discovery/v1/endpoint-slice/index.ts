import type { EndpointPort, EndpointSlice } from '../../../generated/types/discovery-v1.ts'
import { change, fillAbsent, mapItems } from '../../../shared/change.ts'
import { ageColumn, nameColumn, text, unset } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { validateEndpointSlice, validateEndpointSliceUpdate } from './validation.ts'

const shown = 3

/** EndpointSlices list the addresses behind a Service, in parts. */
export const endpointSlices = defineResource<EndpointSlice>(
  { group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice' },
  {
    columns: [
      nameColumn,
      text('AddressType', ({ addressType }) => addressType),
      text('Ports', ({ ports }) => abridged((ports ?? []).map(({ port }) => `${port ?? '*'}`))),
      text('Endpoints', ({ endpoints }) =>
        abridged((endpoints ?? []).flatMap(({ addresses }) => addresses)),
      ),
      ageColumn,
    ],
    tracksGeneration: true,
    default: (slice) => change(slice, { ports: mapItems(slice.ports, defaultPort) }),
    validate: validateEndpointSlice,
    validateUpdate: validateEndpointSliceUpdate,
  },
)

function defaultPort(port: EndpointPort): EndpointPort {
  return fillAbsent(port, { name: '', protocol: 'TCP' })
}

function abridged(values: readonly string[]): string {
  if (values.length === 0) return unset
  const text = values.slice(0, shown).join(',')
  return values.length > shown ? `${text} + ${values.length - shown} more...` : text
}
