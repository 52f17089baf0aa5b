import { customResourceDefinitions } from '#api'
import { deepEqual, findCondition, keyOf } from '#machinery'
import { type Controller, watching } from '../runner/controller.ts'
import { hasItsNames, planNames } from './names.ts'
import { definitionPermissions, recordStatus, withConditions } from './status.ts'

/** Gives kinds their names, each to one only (upstream: apiextensions' NamingConditionController). */
export const customResourceNamesController: Controller = {
  name: 'custom-resource-names',
  workers: 1,
  permissions: definitionPermissions,
  start({ informers }) {
    const cache = informers.informer(customResourceDefinitions)
    return {
      // A name that one gives back may be what another waits for.
      watches: [
        watching(customResourceDefinitions, (changed) => {
          const waiting = cache
            .list()
            .filter((each) => each.spec.group === changed.spec.group && !hasItsNames(each))
          return [keyOf(changed), ...waiting.map(keyOf)]
        }),
      ],
      async reconcile(name, { client, clock }) {
        const cached = cache.get(name)
        if (!cached || hasItsNames(cached)) return undefined
        // The cache may not know yet which names were given last.
        const { items } = await client.list(customResourceDefinitions)
        const definition = items.find(({ metadata }) => metadata.name === name)
        if (!definition || hasItsNames(definition)) return undefined
        const plan = planNames(definition, items)
        const held = findCondition(definition.status?.conditions, 'NamesAccepted')
        const { reason, message } = plan.namesAccepted
        const isKnown = held?.reason === reason && held?.message === message
        if (isKnown && deepEqual(definition.status?.acceptedNames, plan.accepted)) return undefined
        const named = {
          ...definition,
          status: { ...definition.status, acceptedNames: plan.accepted },
        }
        const conditions = [plan.namesAccepted, plan.established]
        await recordStatus(client, withConditions(named, conditions, clock.wallMs()))
        return undefined
      },
    }
  },
}
