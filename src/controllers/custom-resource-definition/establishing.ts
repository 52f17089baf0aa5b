import { type CustomResourceDefinition, customResourceDefinitions, isCaBundle } from '#api'
import { hasCondition, keyOf } from '#machinery'
import { type Controller, watching } from '../runner/controller.ts'
import { definitionPermissions, recordStatus, withConditions } from './status.ts'

/** Says that a kind is served once it has its names (upstream: apiextensions' EstablishingController). */
export const customResourceEstablishingController: Controller = {
  name: 'custom-resource-establishing',
  workers: 1,
  permissions: definitionPermissions,
  start({ informers }) {
    const cache = informers.informer(customResourceDefinitions)
    return {
      watches: [watching(customResourceDefinitions, (each) => (isDue(each) ? [keyOf(each)] : []))],
      async reconcile(name, { client, clock }) {
        const definition = cache.get(name)
        if (!definition || !isDue(definition)) return undefined
        await recordStatus(
          client,
          withConditions(definition, [establishedBy(definition)], clock.wallMs()),
        )
        return undefined
      },
    }
  },
}

function isDue({ status }: CustomResourceDefinition): boolean {
  const { conditions } = status ?? {}
  return hasCondition(conditions, 'NamesAccepted') && !hasCondition(conditions, 'Established')
}

function establishedBy({ spec }: CustomResourceDefinition) {
  const bundle = spec.conversion?.webhook?.clientConfig?.caBundle
  if (bundle && !isCaBundle(bundle)) {
    return {
      type: 'Established',
      status: 'False',
      reason: 'InvalidCABundle',
      message: 'The conversion webhook CABundle is invalid',
    }
  }
  return {
    type: 'Established',
    status: 'True',
    reason: 'InitialNamesAccepted',
    message: 'the initial names have been accepted',
  }
}
