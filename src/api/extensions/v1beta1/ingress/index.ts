import type { Stored } from '#machinery'
import type { Ingress } from '../../../generated/types/extensions-v1beta1.ts'
import type { Ingress as NetworkingIngress } from '../../../generated/types/networking-v1.ts'
import { ingressColumns, ingresses } from '../../../networking/v1/ingress/index.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { movedWarning } from '../legacy-defaults.ts'
import { fromNetworking, toNetworking } from './conversion.ts'

/** Ingresses of the group extensions/v1beta1 are a view of those of networking.k8s.io/v1. */
export const legacyIngresses = defineResource<Ingress>(
  { group: 'extensions', version: 'v1beta1', kind: 'Ingress' },
  {
    columns: ingressColumns.map((column) => ({
      ...column,
      value: (ingress: Stored<Ingress>, nowMs: number) =>
        column.value(toNetworking(ingress) as Stored<NetworkingIngress>, nowMs),
    })),
    tracksGeneration: true,
    ...(ingresses.subresources && { subresources: ingresses.subresources as never }),
    view: {
      of: ingresses,
      toStored: toNetworking,
      fromStored: (object) => fromNetworking(object as NetworkingIngress),
    },
    deprecation: movedWarning('Ingress', 'v1.14', 'v1.22', 'networking.k8s.io/v1'),
  },
)
